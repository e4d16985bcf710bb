"""What `qianxing say` does: one person says something through the sandbox, and we listen."""

import json
import time
from typing import Any
from urllib.parse import quote

import requests

DOORS = {"official": "公众号", "wecom": "微信客服", "app": "企业微信应用", "group": "智能机器人"}
QUIET_S = 1.0
"""So long after the last word nobody seems to say anything more."""


def say(
    text: str,
    *,
    name: str,
    door: str,
    group: str | None,
    wait: float,
    as_json: bool,
    url: str,
) -> str:
    """The replies as text, or with `as_json` every message that came, pushes included.

    RuntimeError when the sandbox refuses or is not there."""
    try:
        messages = _said(text, name=name, door=door, group=group, wait=wait, url=url)
    except requests.RequestException:
        raise RuntimeError(
            f"沙盒没有应答：{url}，先运行 qianxing run 或用 --sandbox 写地址"
        ) from None
    if as_json:
        return json.dumps({"messages": messages}, ensure_ascii=False, indent=2)
    place = (door, group if door == "group" else None)
    return "\n\n".join(_show(message, place) for message in messages)


def _said(
    text: str, *, name: str, door: str, group: str | None, wait: float, url: str
) -> list[dict[str, Any]]:
    with requests.Session() as session:
        session.trust_env = False
        person = f"{url}/sandbox/v1/people/{quote(name, safe='')}"
        body = {"door": door, "text": text} | ({"group": group} if group else {})
        said = session.post(f"{person}/say", json=body, timeout=10)
        if not said.ok:
            raise RuntimeError(f"沙盒没有接受：{said.json().get('detail', said.status_code)}")
        return _listen(session, f"{person}/phone", said.json()["n"], wait)


def _listen(session: requests.Session, phone: str, since: int, wait: float) -> list[dict[str, Any]]:
    """All that came after `since`, as it stands in the end: an answer may be written bit by bit."""
    until = last = time.monotonic() + wait
    seen, heard = since, False
    while time.monotonic() < min(until, last):
        found = _read(session, phone, seen, QUIET_S)
        if found:
            seen = found[-1]["n"]
            heard = heard or any(message["from"] != "me" for message in found)
            last = time.monotonic() + QUIET_S if heard else until
    return [message for message in _read(session, phone, since, 0) if message["from"] != "me"]


def _read(session: requests.Session, phone: str, since: int, wait: float) -> list[dict[str, Any]]:
    params = {"since": since, "wait": wait}
    answer = session.get(phone, params=params, timeout=wait + 10)
    messages: list[dict[str, Any]] = answer.json()["messages"]
    return messages


def _show(message: dict[str, Any], said_at: tuple[str, str | None]) -> str:
    """One message as a person reads it in a terminal; where it stands, if that is elsewhere."""
    words = message.get("text") or f"〔{message['type']} {message.get('media', '')}〕"
    names = [button["text"] for button in message.get("buttons", ())]
    words = words.removesuffix("\u3000\u3000".join(names)).rstrip()
    shown = f"{words}\n{' '.join(f'[{name}]' for name in names)}".strip()
    door, group = message.get("door", "official"), message.get("group")
    return shown if (door, group) == said_at else f"〔{group or DOORS[door]}〕\n{shown}"
