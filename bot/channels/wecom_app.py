"""The app in WeCom, where colleagues are: what its callbacks mean, and what we send there.

A colleague may be written to at any time, so nothing is answered in the callback itself: every
answer goes out as a message of the app, with buttons where they fit.
"""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from bot.channels import markup, official_account
from bot.channels.fields import Malformed, needed, sent_at, text_of
from bot.channels.limits import Allowance, Limits
from bot.message import Channel, Happening, Kind, Message
from bot.reply import Ask, Card, Picture, Reply, Text

LIMITS = Limits(
    passive=False,
    after_message=Allowance(30, timedelta(minutes=1)),
    after_tap=Allowance(30, timedelta(minutes=1)),
    unasked=Allowance(30, timedelta(minutes=1)),
    text_bytes=2048,
    cards=True,
)
NUMBER = re.compile("[0-9]{1,20}")
USERID = re.compile(r"[\w.@-]{1,64}", re.ASCII)
ADDRESS = re.compile("https?://")
TITLE, BODY = 26, 112  # Characters of a card.
LEAST, STOPS = 6, "。！？；：，、 "
"""A title that had to be shortened ends before one of these, but says at least so much."""
BUTTONS, LABEL = 6, 10

Reading = tuple[Kind, str]


def parse(fields: dict[str, Any], now: datetime) -> Message | None:
    """What a colleague did, or None for what concerns nobody here."""
    kind = needed(fields, "MsgType").lower()
    event = needed(fields, "Event").lower() if kind == "event" else ""
    reading = EVENTS.get(event) if event else MESSAGES.get(kind)
    if reading is None:
        return None
    did, text = reading(fields)
    return Message(
        channel=Channel.WECOM_APP,
        id=_event_name(fields) if event else _message_name(fields),
        sender=_sender(fields),
        kind=did,
        text=markup.heard(text),
        sent_at=sent_at(fields, now),
    )


def _read_text(fields: dict[str, Any]) -> Reading:
    return Kind.TEXT, text_of(fields, "Content")


def _read_link(fields: dict[str, Any]) -> Reading:
    url = text_of(fields, "Url")
    return (Kind.TEXT, url) if ADDRESS.match(url) else (Kind.OTHER, "")


def _read_other(fields: dict[str, Any]) -> Reading:
    return Kind.OTHER, ""


def _read_tap(fields: dict[str, Any]) -> Reading:
    return Kind.TAP, text_of(fields, "EventKey")


def _read_button(fields: dict[str, Any]) -> Reading:
    """The key of a button is its words: tapping it says them."""
    return Kind.TEXT, text_of(fields, "EventKey")


def _read_arrival(fields: dict[str, Any]) -> Reading:
    return Kind.HAPPENING, Happening.FOLLOWED


def _read_leave(fields: dict[str, Any]) -> Reading:
    return Kind.HAPPENING, Happening.LEFT


MESSAGES: dict[str, Callable[[dict[str, Any]], Reading]] = {
    "text": _read_text,
    "link": _read_link,
    "image": _read_other,
    "voice": _read_other,
    "video": _read_other,
    "location": _read_other,
}
EVENTS: dict[str, Callable[[dict[str, Any]], Reading]] = {
    "click": _read_tap,
    "template_card_event": _read_button,
    "subscribe": _read_arrival,
    "unsubscribe": _read_leave,
}


def _message_name(fields: dict[str, Any]) -> str:
    number = text_of(fields, "MsgId")
    if not NUMBER.fullmatch(number):
        raise Malformed
    return f"app:m:{number}"


def _event_name(fields: dict[str, Any]) -> str:
    """Events have no id: sender, time and what was touched. Hashed, because ids are logged."""
    keys = ("Event", "EventKey", "CreateTime", "TaskId")
    rest = (text_of(fields, key) for key in keys)
    digest = sha256(repr((_sender(fields), *rest)).encode()).hexdigest()
    return f"app:e:{digest[:40]}"


def _sender(fields: dict[str, Any]) -> str:
    sender = text_of(fields, "FromUserName")
    if not USERID.fullmatch(sender):
        raise Malformed
    return sender


def render(
    reply: Reply, userid: str, agent_id: int, task_id: str, media_id: str | None = None
) -> dict[str, Any]:
    """The body of `message/send`; `task_id` names a card with buttons, once for ever. `ValueError`
    for what cannot be sent: silence, and a picture without its media id.
    """
    to = {"touser": userid, "agentid": agent_id}
    if isinstance(reply, Picture) and media_id:
        return {**to, "msgtype": "image", "image": {"media_id": media_id}}
    if isinstance(reply, Card):
        card = {"title": reply.title, "description": reply.text or reply.title, "url": reply.url}
        return {**to, "msgtype": "textcard", "textcard": {**card, "btntxt": "打开"}}
    buttons = with_buttons(reply, task_id)
    if buttons is not None:
        return {**to, "msgtype": "template_card", "template_card": buttons}
    text = shown(reply)
    if not text:
        raise ValueError(f"nothing to send: {type(reply).__name__}")
    return {**to, "msgtype": "text", "text": {"content": text}}


def shown(reply: Reply) -> str:
    """The text of a reply, its choices as words to type, at most 2048 bytes."""
    text, choices = official_account.said(reply)
    words = f"\n{markup.quoted(choices)}" if choices else ""
    room = LIMITS.text_bytes - len(words.encode())
    return markup.shorten(markup.linked(text), max(room, LIMITS.text_bytes // 2)) + words


def with_buttons(reply: Reply, task_id: str) -> dict[str, Any] | None:
    """A card with a button for every choice. None: it would not fit into one."""
    if not isinstance(reply, Text | Ask) or not 1 <= len(reply.choices) <= BUTTONS:
        return None
    title, body = headed(markup.plain(reply.text))
    if len(body) > BODY or any(len(one) > LABEL for one in reply.choices):
        return None
    return {
        "card_type": "button_interaction",
        "main_title": {"title": title},
        **({"sub_title_text": body} if body else {}),
        "button_list": [{"text": one, "style": 1, "key": one} for one in reply.choices],
        "task_id": task_id,
    }


def headed(text: str) -> tuple[str, str]:
    """A title and what stands below it. Where the first line is too long for a title, it begins
    the title, and the whole text stands below."""
    first, _, rest = text.partition("\n")
    if len(first) <= TITLE:
        return first, rest
    stops = [at for at, sign in enumerate(first[:TITLE]) if sign in STOPS and at >= LEAST]
    return f"{first[: stops[-1] if stops else TITLE - 1]}…", text
