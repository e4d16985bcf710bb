"""The AI bot of internal groups: what it is told, by callback or by long connection, and what it
answers. In a group it hears what calls it by name; alone with somebody it is one more private door.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import unquote

from bot.channels import markup, official_account, wecom_app
from bot.channels.fields import OPENED_AT, SECONDS, Malformed, needed, text_of
from bot.channels.limits import Allowance, Limits
from bot.message import Channel, Happening, Kind, Message
from bot.reply import Reply

LIMITS = Limits(
    passive=True,
    after_message=Allowance(1, timedelta(hours=1)),
    after_tap=Allowance(1, timedelta(hours=1)),
    unasked=None,
    text_bytes=20_480,
    cards=False,
)
NAME = re.compile(r"[\w-]{1,100}", re.ASCII)
USERID = re.compile(r"[\w.@-]{1,64}", re.ASCII)
CALLED = re.compile(r"\s*@\S+\s*")
RESPONSE = re.compile(r"[?&]response_code=([\w.~%+=-]{1,500})(?:&|$)", re.ASCII)
ENTERED, TAPPED = "enter_chat", "template_card_event"

Reading = tuple[Kind, str]


def parse(fields: dict[str, Any], now: datetime, *, bot_id: str, name: str = "") -> Message | None:
    """What a colleague did, or None for what concerns nobody here, the bot's own words among it.
    `name`: what the bot is called in groups. `Malformed` for another bot's message.
    """
    if text_of(fields, "aibotid") != bot_id:
        raise Malformed
    sender = text_of(_part(fields, "from"), "userid")
    event = event_of(fields)
    reading = READINGS.get(event or needed(fields, "msgtype"))
    if reading is None or sender == bot_id:
        return None
    if not USERID.fullmatch(sender) or not NAME.fullmatch(text_of(fields, "msgid")):
        raise Malformed
    room = needed(fields, "chatid") if fields.get("chattype") == "group" else None
    kind, text = reading(fields)
    said = markup.heard(text)
    is_typed = kind is Kind.TEXT and not event
    words = _uncalled(said, name) if room and is_typed else said
    return Message(
        channel=Channel.GROUP if room else Channel.WECOM_APP,
        id=f"group:m:{fields['msgid']}",
        sender=sender,
        kind=kind,
        text=words,
        sent_at=_sent_at(fields, now),
        room=room,
        answer_code=_code(fields) if room else "",
        is_called=not room or not is_typed or words != said,
    )


def event_of(fields: dict[str, Any]) -> str:
    """The name of the event; empty for a message."""
    is_event = text_of(fields, "msgtype") == "event"
    return needed(_part(fields, "event"), "eventtype") if is_event else ""


def _uncalled(text: str, name: str) -> str:
    """Without the bot's name, wherever it stands; else without the name it starts with."""
    called = re.compile(rf"\s*@{re.escape(name)}\s*") if name else CALLED
    found = called if called.search(text) else CALLED
    return (found.sub(" ", text) if found is called else found.sub("", text, 1)).strip()


def _read_text(fields: dict[str, Any]) -> Reading:
    return Kind.TEXT, text_of(_part(fields, "text"), "content")


def _read_voice(fields: dict[str, Any]) -> Reading:
    """The platform has written down what was said."""
    return Kind.TEXT, text_of(_part(fields, "voice"), "content")


def _read_mixed(fields: dict[str, Any]) -> Reading:
    items = _part(fields, "mixed").get("msg_item")
    parts = [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []
    words = (text_of(_part(part, "text"), "content") for part in parts)
    return Kind.TEXT, " ".join(word for word in words if word)


def _read_other(fields: dict[str, Any]) -> Reading:
    return Kind.OTHER, ""


def _read_arrival(fields: dict[str, Any]) -> Reading:
    return Kind.HAPPENING, Happening.FOLLOWED


def _read_button(fields: dict[str, Any]) -> Reading:
    """The key of a button is its words: tapping it says them."""
    return Kind.TEXT, needed(_card(fields), "event_key")


READINGS: dict[str, Callable[[dict[str, Any]], Reading]] = {
    "text": _read_text,
    "voice": _read_voice,
    "mixed": _read_mixed,
    "image": _read_other,
    "file": _read_other,
    "video": _read_other,
    ENTERED: _read_arrival,
    TAPPED: _read_button,
}


def _card(fields: dict[str, Any]) -> dict[str, Any]:
    return _part(_part(fields, "event"), TAPPED)


def _code(fields: dict[str, Any]) -> str:
    """Of the address where one answer may still be sent; the host is ours to know."""
    found = RESPONSE.search(text_of(fields, "response_url"))
    return unquote(found[1]) if found else ""


def _sent_at(fields: dict[str, Any], now: datetime) -> datetime:
    seconds = text_of(fields, "create_time")
    if not SECONDS.fullmatch(seconds):
        return now
    at = datetime.fromtimestamp(int(seconds), UTC)
    return at if OPENED_AT < at < now + timedelta(days=1) else now


def _part(fields: dict[str, Any], key: str) -> dict[str, Any]:
    part = fields.get(key)
    return part if isinstance(part, dict) else {}


def render(reply: Reply, fields: dict[str, Any], page: str) -> dict[str, Any] | None:
    """The body that answers what was told in `fields`, or None where nothing can be said at once.
    `page` is where a card leads that takes the place of the one that was tapped.
    """
    text = shown(reply)
    if not text:
        return None
    event = event_of(fields)
    card = wecom_app.with_buttons(reply, f"say-{fields['msgid']}")
    if card is not None and not event and not markup.links(official_account.said(reply)[0]):
        return {"msgtype": "template_card", "template_card": card}
    if event == ENTERED:
        return {"msgtype": "text", "text": {"content": text}}
    if event == TAPPED:
        return _updated(text, fields, page)
    return {"msgtype": "stream", "stream": {"id": fields["msgid"], "finish": True, "content": text}}


def render_late(reply: Reply) -> dict[str, Any]:
    """The one answer that may still follow. `ValueError` for what has no words."""
    text = shown(reply)
    if not text:
        raise ValueError(f"nothing to send: {type(reply).__name__}")
    return {"msgtype": "markdown", "markdown": {"content": text}}


def shown(reply: Reply) -> str:
    """The text of a reply as the bot's markdown, its choices as words to type."""
    text, choices = official_account.said(reply)
    words = f"\n{markup.quoted(choices)}" if choices else ""
    room = LIMITS.text_bytes - len(words.encode())
    return markup.shorten(markup.marked(text), max(room, LIMITS.text_bytes // 2)) + words


def _updated(text: str, fields: dict[str, Any], page: str) -> dict[str, Any]:
    """Only whoever tapped sees it, in the place of the card."""
    title, _, rest = text.partition("\n")
    card = {
        "card_type": "text_notice",
        "main_title": {"title": title[: wecom_app.TITLE]},
        "sub_title_text": (rest or title)[: wecom_app.BODY],
        "card_action": {"type": 1, "url": page},
        "task_id": text_of(_card(fields), "task_id"),
    }
    told = [text_of(_part(fields, "from"), "userid")]
    return {"response_type": "update_template_card", "userids": told, "template_card": card}
