"""Customer contact: people who add a colleague in WeCom, who leave, and groups that change. Told at
`/wecom/app`.

They are known by the same id as in customer service; the first words to them are said by the code
that comes with the event, once and within 20 seconds.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from bot.channels import markup
from bot.channels.fields import Malformed, needed, sent_at, text_of
from bot.channels.official_account import plain
from bot.message import Channel, Happening, Kind, Message
from bot.reply import Reply

EVENT = "change_external_contact"
GROUP_EVENT = "change_external_chat"
WELCOME = "welcome:"
"""What an answer code begins with that is good for `send_welcome_msg`."""
TEXT_BYTES = 4000
PERSON = re.compile(r"[\w.@=+-]{1,100}", re.ASCII)
CHAT = re.compile(r"[\w.@=+-]{1,64}", re.ASCII)
CHANGES = {
    "add_external_contact": Happening.ADDED,
    "add_half_external_contact": Happening.ADDED,
    "del_external_contact": Happening.LEFT,
    "del_follow_user": Happening.LEFT,
}


@dataclass(frozen=True, slots=True)
class GroupChange:
    """`has_joined`: people came in; else the group itself changed. `name`: of this change alone."""

    chat_id: str
    has_joined: bool
    name: str


def changed_group(fields: dict[str, Any]) -> GroupChange | None:
    """What to look at again. None for what is no such event, and for people who left."""
    if text_of(fields, "Event").lower() != GROUP_EVENT:
        return None
    chat_id, detail = text_of(fields, "ChatId"), text_of(fields, "UpdateDetail").lower()
    if not CHAT.fullmatch(chat_id):
        raise Malformed
    if detail == "del_member":
        return None
    keys = ("ChangeType", "UpdateDetail", "CreateTime", "CurMemVer")
    digest = sha256(repr([text_of(fields, key) for key in keys]).encode()).hexdigest()
    return GroupChange(chat_id, detail == "add_member", digest[:16])


def parse(fields: dict[str, Any], now: datetime) -> Message | None:
    """Who came or left. None for every other change."""
    happening = CHANGES.get(text_of(fields, "ChangeType").lower())
    if happening is None:
        return None
    sender = needed(fields, "ExternalUserID")
    if not PERSON.fullmatch(sender):
        raise Malformed
    code = text_of(fields, "WelcomeCode")
    return Message(
        channel=Channel.CUSTOMER_SERVICE,
        id=_name(fields),
        sender=sender,
        kind=Kind.HAPPENING,
        text=happening,
        sent_at=sent_at(fields, now),
        scene=markup.heard(text_of(fields, "State"))[:64],
        answer_code=f"{WELCOME}{code}" if code and happening is Happening.ADDED else "",
    )


def _name(fields: dict[str, Any]) -> str:
    """Events have no id. Hashed, because ids are logged."""
    keys = ("ChangeType", "UserID", "ExternalUserID", "CreateTime")
    digest = sha256(repr([text_of(fields, key) for key in keys]).encode()).hexdigest()
    return f"contact:e:{digest[:40]}"


def render_welcome(reply: Reply, code: str, picture_id: str | None = None) -> dict[str, Any]:
    """The body of `send_welcome_msg`, with a picture if there is one."""
    words = markup.shorten(plain(reply), TEXT_BYTES)
    body: dict[str, Any] = {"welcome_code": code.removeprefix(WELCOME), "text": {"content": words}}
    if picture_id:
        body["attachments"] = [{"msgtype": "image", "image": {"media_id": picture_id}}]
    return body
