"""A small demo world, made the way people would make it: through the sandbox's levers only."""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

MANAGER = "店长"
STAR = "阿强"
"""Works at the corporation too."""
PEOPLE = (MANAGER, "小明", "小红", "小刚", "阿丽", STAR)
MAKERS, FANS = "千星创作者群", "千星福利群"
ASK_ALONE = "查订单、退换货、直播时间，点这里找我一对一：{link}\n手机号和地址请不要发在群里。"
"""What the platform itself answers in a group of customers, where no bot is let in."""
KEYWORDS = ("订单", "退", "换", "售后", "直播", "几点", "提现", "收益")
NOT_A_REPLY = ("me", "微信")  # The person's own messages, and notices of the platform itself.
ANSWER_WITHIN_S = 10.0
GOODS = Path(__file__).parents[1] / "examples" / "products.csv"
"""Eight products of four suppliers with their papers, in three warehouses."""

# A proxy of the environment has no business between two processes of one machine.
_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def seed(sandbox_url: str, staff_code: Callable[[], str]) -> None:
    """Six people have a phone, and there are two groups; 店长 follows, is made an admin by a
    one-time code, and joins.

    Running it again changes nothing. RuntimeError when the sandbox refuses or the bot keeps silent.
    """
    for name in PEOPLE:
        lever(sandbox_url, "/people", {"name": name, "corp_member": name in (MANAGER, STAR)})
    if lever(sandbox_url, "/state")["corp"]:
        _make_groups(sandbox_url)
    if any(_is_welcome(message) for message in _phone(sandbox_url, 0)):
        return
    _act(sandbox_url, "follow", {})
    for text in (staff_code(), "加入", MANAGER):
        _act(sandbox_url, "say", {"door": "official", "text": text})


def _make_groups(sandbox_url: str) -> None:
    """One of the corporation's own, and one of customers with the native auto-reply."""
    makers = {"name": MAKERS, "kind": "internal", "members": [MANAGER, STAR]}
    lever(sandbox_url, "/groups", makers)
    link = lever(sandbox_url, "/kf/accounts")["accounts"][0]["url"]
    words = ASK_ALONE.format(link=link)
    fans = {"name": FANS, "kind": "external", "members": [MANAGER, "小红"]}
    reply = {"auto_reply": [{"keywords": KEYWORDS, "text": words}], "default_reply": words}
    lever(sandbox_url, "/groups", {**fans, **reply})


def lever(sandbox_url: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    """GET, or POST when there is a body, of /sandbox/v1; RuntimeError says what was refused."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(
        f"{sandbox_url}/sandbox/v1{path}", data, {"Content-Type": "application/json"}
    )
    try:
        with _opener.open(request, timeout=ANSWER_WITHIN_S) as response:
            answer: dict[str, Any] = json.load(response)
    except urllib.error.HTTPError as error:
        with error:
            words = error.read().decode(errors="replace")[:200]
        raise RuntimeError(f"沙盒拒绝了 {path}：{error.code} {words}") from error
    except OSError as error:
        raise RuntimeError(f"沙盒没有应答 {path}：{error}") from error
    return answer


def _act(sandbox_url: str, act: str, body: dict[str, Any]) -> None:
    """Do it as 店长, and wait for the bot's answer, because people answer what they have read."""
    since = max((message["n"] for message in _phone(sandbox_url, 0)), default=0)
    lever(sandbox_url, f"/people/{quote(MANAGER)}/{act}", body)
    deadline = time.monotonic() + ANSWER_WITHIN_S
    while all(message["from"] in NOT_A_REPLY for message in _phone(sandbox_url, since)):
        if time.monotonic() > deadline:
            raise RuntimeError(f"演示数据：{MANAGER}没有等到回复")
        time.sleep(0.05)


def _phone(sandbox_url: str, since: int) -> list[dict[str, Any]]:
    answer = lever(sandbox_url, f"/people/{quote(MANAGER)}/phone?since={since}")
    return list(answer["messages"])


def _is_welcome(message: dict[str, Any]) -> bool:
    return message["from"] not in NOT_A_REPLY and f"欢迎，{MANAGER}" in message.get("text", "")
