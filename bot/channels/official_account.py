"""The official account: what its callbacks mean, and what our replies look like there.

The message models and the reply templates are WeRoBot's; what was signed was checked before.
"""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from werobot.parser import process_message
from werobot.replies import ImageReply, TextReply

from bot.channels import markup
from bot.channels.fields import Malformed, needed, sent_at, text_of
from bot.channels.limits import Allowance, Limits
from bot.message import Channel, Happening, Kind, Message
from bot.reply import Ask, Card, Picture, Reply, Text, Video

LIMITS = Limits(
    passive=True,
    after_message=Allowance(5, timedelta(hours=48)),
    after_tap=Allowance(3, timedelta(minutes=1)),
    unasked=None,
    text_bytes=2048,
    cards=False,
)

READ = (
    *("ToUserName", "FromUserName", "CreateTime", "MsgType", "Event"),
    *("EventKey", "Content", "MediaId", "ThumbMediaId", "Url"),
)
NUMBER = re.compile("[0-9]{1,20}")  # 64 bits.
TEMPLATE = re.compile("[0-9A-Za-z_-]{1,64}")
OPENID = re.compile(r"[\w.@+=-]{1,64}", re.ASCII)

Reading = tuple[Kind, str, str]
"""Kind, text and scene of a message."""


def parse(fields: dict[str, Any], now: datetime) -> Message | None:
    """What a person did, or None for what concerns nobody here: receipts, opened links, places.

    A message without a sender, a type or an id is `Malformed`. A time that no clock of the
    platform can have shown is replaced by `now`.
    """
    kind = needed(fields, "MsgType").lower()
    if kind == "event":
        event = needed(fields, "Event").lower()
        if event in PERMITS:
            return _permitted(fields, event, now)
        reading, name = EVENTS.get(event), _event_name
    else:
        reading, name = MESSAGES.get(kind), _message_name
    if reading is None:
        return None
    did, text, scene = reading(_model(fields))
    return Message(
        channel=Channel.OFFICIAL,
        id=name(fields),
        sender=_sender(fields),
        kind=did,
        text=markup.heard(text),
        sent_at=sent_at(fields, now),
        scene=markup.heard(scene),
    )


def _permitted(fields: dict[str, Any], event: str, now: datetime) -> Message | None:
    """「yes T1,no T2」: what somebody answered when asked whether we may tell them something, or
    turned off later. None when it names nothing."""
    where, words = PERMITS[event]
    holder = fields.get(where)
    listed = holder.get("List") if isinstance(holder, dict) else None
    entries = listed if isinstance(listed, list) else [listed]
    found = [_answer(entry, words) for entry in entries[:MOST_TEMPLATES] if isinstance(entry, dict)]
    text = ",".join(answer for answer in found if answer)
    if not text:
        return None
    return Message(
        channel=Channel.OFFICIAL,
        id=_event_name({**fields, "EventKey": text}),
        sender=_sender(fields),
        kind=Kind.PERMIT,
        text=text,
        sent_at=sent_at(fields, now),
    )


def _answer(entry: dict[str, Any], words: dict[str, str]) -> str:
    template, status = text_of(entry, "TemplateId"), text_of(entry, "SubscribeStatusString")
    answer = words.get(status)
    return f"{answer} {template}" if answer and TEMPLATE.fullmatch(template) else ""


def _model(fields: dict[str, Any]) -> Any:
    """WeRoBot's message. Of all fields only those read here, for it keeps them as attributes: an
    element named like one of its own would replace it.
    """
    return process_message({key: text_of(fields, key) for key in READ if key in fields})  # type: ignore[no-untyped-call]


def _read_text(model: Any) -> Reading:
    return Kind.TEXT, model.content or "", ""


def _read_link(model: Any) -> Reading:
    """A shared link is read as if its address had been typed: so a video is handed in."""
    url = model.url or ""
    return (Kind.TEXT, url, "") if re.match("https?://", url) else (Kind.OTHER, "", "")


def _read_video(model: Any) -> Reading:
    return Kind.VIDEO, f"{model.media_id or ''} {model.thumb_media_id or ''}", ""


def _read_other(model: Any) -> Reading:
    return Kind.OTHER, "", ""


def _read_tap(model: Any) -> Reading:
    return Kind.TAP, model.key or "", ""


def _read_scan(model: Any) -> Reading:
    return Kind.SCAN, model.key or "", ""


def _read_follow(model: Any) -> Reading:
    return Kind.HAPPENING, Happening.FOLLOWED, (model.key or "").removeprefix("qrscene_")


def _read_leave(model: Any) -> Reading:
    return Kind.HAPPENING, Happening.LEFT, ""


def _read_withdrawn_consent(model: Any) -> Reading:
    return Kind.HAPPENING, Happening.WITHDREW_CONSENT, ""


MESSAGES: dict[str, Callable[[Any], Reading]] = {
    "text": _read_text,
    "link": _read_link,
    "video": _read_video,
    "shortvideo": _read_video,
    "image": _read_other,
    "voice": _read_other,
    "location": _read_other,
}

EVENTS: dict[str, Callable[[Any], Reading]] = {
    "click": _read_tap,
    "scan": _read_scan,
    "subscribe": _read_follow,
    "unsubscribe": _read_leave,
    "user_authorization_revoke": _read_withdrawn_consent,
    "user_authorization_cancellation": _read_withdrawn_consent,
}


PERMITS = {
    "subscribe_msg_popup_event": ("SubscribeMsgPopupEvent", {"accept": "yes", "reject": "no"}),
    "subscribe_msg_change_event": ("SubscribeMsgChangeEvent", {"reject": "off"}),
}
"""Where an event has its answers, and what each of them means."""
MOST_TEMPLATES = 10


def _message_name(fields: dict[str, Any]) -> str:
    number = text_of(fields, "MsgId")
    if not NUMBER.fullmatch(number):
        raise Malformed
    return f"official:m:{number}"


def _event_name(fields: dict[str, Any]) -> str:
    """Events have no id. The platform says to compare sender and time; two different events of one
    second differ in the rest. Hashed, because ids are logged and senders are not.
    """
    rest = (text_of(fields, key) for key in ("Event", "EventKey", "CreateTime", "Ticket"))
    digest = sha256(repr((_sender(fields), *rest)).encode()).hexdigest()
    return f"official:e:{digest[:40]}"


def _sender(fields: dict[str, Any]) -> str:
    """Consent events are sent in the platform's own name and say `OpenID` for the person."""
    sender = text_of(fields, "OpenID") or text_of(fields, "FromUserName")
    if not OPENID.fullmatch(sender):
        raise Malformed
    return sender


def render_passive(
    reply: Reply, openid: str, original_id: str, now: datetime, media_id: str | None = None
) -> str | None:
    """The XML that answers a callback, or None to answer `success`: silence, or a picture that has
    not been uploaded yet. `original_id` is the account's own (`ToUserName` of the message).
    """
    text = _cdata(media_id or "") if isinstance(reply, Picture) else _cdata(shown(reply))
    if not text:
        return None
    ends = {"target": _cdata(openid), "source": _cdata(original_id), "time": int(now.timestamp())}
    template: Any = ImageReply if isinstance(reply, Picture) else TextReply
    return str(template(content=text, media_id=text, **ends).render()).strip()


def render_custom(reply: Reply, openid: str, media_id: str | None = None) -> dict[str, Any]:
    """The body of `message/custom/send`. `ValueError` for what cannot be sent: silence, and a
    picture without its media id.
    """
    if isinstance(reply, Picture) and media_id:
        return {"touser": openid, "msgtype": "image", "image": {"media_id": media_id}}
    if isinstance(reply, Video):
        video = {"media_id": reply.media_id, "thumb_media_id": reply.thumb_id}
        return {"touser": openid, "msgtype": "video", "video": video}
    text = shown(reply)
    if not text:
        raise ValueError(f"nothing to send: {type(reply).__name__}")
    return {"touser": openid, "msgtype": "text", "text": {"content": text}}


def shown(reply: Reply) -> str:
    """The text of a reply with links and tappable choices, at most 2048 bytes. Too long, it loses
    first the links of its choices, then its end. Empty for what has no text.
    """
    text, choices = said(reply)
    whole = _below(markup.linked(text), markup.tappable(choices))
    if len(whole.encode()) <= LIMITS.text_bytes:
        return whole
    words = _below("", markup.quoted(choices))
    room = LIMITS.text_bytes - len(words.encode())
    if room < LIMITS.text_bytes // 2:
        return markup.shorten(markup.linked(text) + words, LIMITS.text_bytes)
    return markup.shorten(markup.linked(text), room) + words


def plain(reply: Reply) -> str:
    """The same text without markup, whole: what a log, a test or a door without links may show."""
    text, choices = said(reply)
    return _below(markup.plain(text), markup.quoted(choices))


def said(reply: Reply) -> tuple[str, tuple[str, ...]]:
    """Words with our markup, and the choices below them."""
    if isinstance(reply, Text | Ask):
        return reply.text, reply.choices
    if isinstance(reply, Card):
        return f"{markup.link(reply.title, reply.url)}\n{reply.text}".rstrip(), ()
    return (reply.otherwise if isinstance(reply, Video) else ""), ()


def _below(text: str, choices: str) -> str:
    return f"{text}\n{choices}" if choices else text


def _cdata(text: str) -> str:
    """WeRoBot's templates put texts into CDATA as they are; this one cannot break out."""
    return text.replace("]]>", "]]]]><![CDATA[>")
