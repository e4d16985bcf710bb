"""What `qianxing say` does: one person says something through the sandbox, and we listen."""

import json
import time
from typing import Any
from urllib.parse import quote

import requests

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
    return "\n\n".join(_show(message) for message in messages)


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
    until = time.monotonic() + wait
    heard: list[dict[str, Any]] = []
    last = until
    while time.monotonic() < min(until, last):
        params: dict[str, float] = {"since": since, "wait": QUIET_S}
        found = session.get(phone, params=params, timeout=wait + 10).json()["messages"]
        if found:
            since = found[-1]["n"]
            heard += [message for message in found if message["from"] != "me"]
            last = time.monotonic() + QUIET_S if heard else until
    return heard


def _show(message: dict[str, Any]) -> str:
    """One message as a person reads it in a terminal."""
    words = message.get("text") or f"〔{message['type']} {message.get('media', '')}〕"
    names = [button["text"] for button in message.get("buttons", ())]
    words = words.removesuffix("\u3000\u3000".join(names)).rstrip()
    return f"{words}\n{' '.join(f'[{name}]' for name in names)}".strip()
