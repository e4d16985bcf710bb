"""WeChat customer service (微信客服): what its pages of messages mean, and what we say there.

A callback only rings; the messages are fetched, see `jobs.sync`.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.channels import markup
from bot.channels.fields import OPENED_AT, Malformed
from bot.channels.limits import Allowance, Limits
from bot.channels.official_account import plain, said
from bot.message import Channel, Happening, Kind, Message
from bot.reply import Picture, Reply

LIMITS = Limits(
    passive=False,
    after_message=Allowance(5, timedelta(hours=48)),
    after_tap=Allowance(0, timedelta()),  # Who only entered is answered by the welcome code.
    unasked=None,
    text_bytes=2048,
    cards=False,
)

WELCOMED_WITHIN = timedelta(seconds=20)
ON_EVENT = ("text", "msgmenu")
"""What may be said by a code."""

CUSTOMER, SYSTEM = 3, 4
HEAD_BYTES, ITEM_BYTES, ID_BYTES, URL_BYTES = 1024, 128, 64, 2048
MOST_ITEMS = 10
BACK = 3
"""Of a session that changes: it ended. Otherwise a colleague has it."""

ID = re.compile(r"[\w.=+/-]{1,90}", re.ASCII)
PERSON = re.compile(r"[\w.@=+-]{1,100}", re.ASCII)
ACCOUNT = re.compile(r"[\w-]{1,64}", re.ASCII)

Item = dict[str, Any]


@dataclass(frozen=True, slots=True)
class NotDelivered:
    """What was accepted did not arrive after all."""

    id: str
    said_as: str
    sender: str
    reason: int

    @property
    def is_unwanted(self) -> bool:
        """The person wants to hear nothing more there."""
        return self.reason == 10


@dataclass(frozen=True, slots=True)
class SessionChanged:
    """A colleague has taken the conversation, or is done with it."""

    id: str
    sender: str
    with_colleague: bool


Event = NotDelivered | SessionChanged


def parse(item: Item, now: datetime) -> Message | Event | None:
    """What a person did, or what became of a conversation. None for what concerns nobody here: what
    colleagues said, and entering anew without having come by anything. `Malformed`: no item."""
    kind = _text(item, "msgtype")
    if kind == "event":
        return _event(item, now)
    if item.get("origin") != CUSTOMER:
        return None
    did, text = MESSAGES.get(kind, _read_other)(_dict(item, kind))
    return _message(item, item, now, did, markup.heard(text))


def _event(item: Item, now: datetime) -> Message | Event | None:
    event = _dict(item, "event")
    read = EVENTS.get(_text(event, "event_type"))
    return None if read is None else read(item, event, now)


def _entered(item: Item, event: Item, now: datetime) -> Message | None:
    scene, code = _text(event, "scene_param"), _text(event, "welcome_code")
    if not scene and not code:
        return None
    message = _message(item, event, now, Kind.HAPPENING, Happening.FOLLOWED)
    return replace(message, scene=markup.heard(scene)[:64], answer_code=code)


def _failed(item: Item, event: Item, now: datetime) -> Event:
    reason = event.get("fail_type")
    return NotDelivered(
        _name(item),
        _text(event, "fail_msgid"),
        _text(event, "external_userid"),
        reason if isinstance(reason, int) else 0,
    )


def _changed(item: Item, event: Item, now: datetime) -> Event:
    back = event.get("change_type") == BACK
    return SessionChanged(_name(item), _text(event, "external_userid"), with_colleague=not back)


EVENTS: dict[str, Callable[[Item, Item, datetime], Message | Event | None]] = {
    "enter_session": _entered,
    "msg_send_fail": _failed,
    "session_status_change": _changed,
}


def _read_text(said: Item) -> tuple[Kind, str]:
    """A tapped choice is its words, and counts as spoken there."""
    return Kind.TEXT, _text(said, "content")


def _read_link(said: Item) -> tuple[Kind, str]:
    """As if its address had been typed: so a video is handed in."""
    url = _text(said, "url")
    return (Kind.TEXT, url) if re.match("https?://", url) else (Kind.OTHER, "")


def _read_video(said: Item) -> tuple[Kind, str]:
    return Kind.VIDEO, _text(said, "media_id")


def _read_other(said: Item) -> tuple[Kind, str]:
    return Kind.OTHER, ""


MESSAGES: dict[str, Callable[[Item], tuple[Kind, str]]] = {
    "text": _read_text,
    "link": _read_link,
    "video": _read_video,
}


def _message(item: Item, ids: Item, now: datetime, kind: Kind, text: str) -> Message:
    sender, account = _text(ids, "external_userid"), _text(ids, "open_kfid")
    if not PERSON.fullmatch(sender) or not ACCOUNT.fullmatch(account):
        raise Malformed
    return Message(
        channel=Channel.CUSTOMER_SERVICE,
        id=_name(item),
        sender=sender,
        kind=kind,
        text=text,
        sent_at=_sent_at(item, now),
        account=account,
    )


def _name(item: Item) -> str:
    name = _text(item, "msgid")
    if not ID.fullmatch(name):
        raise Malformed
    return f"wecom:m:{name}"


def _sent_at(item: Item, now: datetime) -> datetime:
    seconds = item.get("send_time")
    if not isinstance(seconds, int) or not 0 < seconds < 10**10:
        return now
    at = datetime.fromtimestamp(seconds, UTC)
    return at if OPENED_AT < at < now + timedelta(days=1) else now


def _text(fields: Item, key: str) -> str:
    value = fields.get(key)
    if value is not None and not isinstance(value, str):
        raise Malformed
    return value or ""


def _dict(fields: Item, key: str) -> Item:
    value = fields.get(key, {})
    if not isinstance(value, dict):
        raise Malformed
    return value


def render(reply: Reply, media_id: str | None = None) -> dict[str, Any]:
    """What `send_msg` is given beside whom it is for: one body, since only five may be said.
    Links and choices become a menu where they fit into one. `ValueError` for what cannot be sent:
    silence, and a picture without its media id."""
    if isinstance(reply, Picture) and media_id:
        return {"msgtype": "image", "image": {"media_id": media_id}}
    text, choices = said(reply)
    if not text:
        raise ValueError(f"nothing to send: {type(reply).__name__}")
    return _menu(text, choices) or {
        "msgtype": "text",
        "text": {"content": markup.shorten(plain(reply), LIMITS.text_bytes)},
    }


def _menu(text: str, choices: tuple[str, ...]) -> dict[str, Any] | None:
    """None where there is nothing to tap, or not enough room."""
    links = [(_cut(words, HEAD_BYTES), url) for words, url in markup.links(text)]
    head = markup.worded(text)
    fits = (
        0 < len(links) + len(choices) <= MOST_ITEMS
        and len(head.encode()) <= HEAD_BYTES
        and all(len(url.encode()) <= URL_BYTES for _, url in links)
        and all(len(choice.encode()) <= ITEM_BYTES for choice in choices)
    )
    if not fits:
        return None
    views = [{"type": "view", "view": {"url": url, "content": words}} for words, url in links]
    clicks = [
        {"type": "click", "click": {"id": _cut(choice, ID_BYTES), "content": choice}}
        for choice in choices
    ]
    return {"msgtype": "msgmenu", "msgmenu": {"head_content": head, "list": [*views, *clicks]}}


def _cut(text: str, size: int) -> str:
    return text.encode()[:size].decode(errors="ignore")
