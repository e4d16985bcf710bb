"""The doors of the callbacks: how each platform seals what it tells us, and how it is answered."""

import json
import os
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from bot.channels import customer_contact, customer_service, group, official_account, wecom_app
from bot.channels.envelope import (
    Keys,
    Malformed,
    Mode,
    Opened,
    echo,
    open_echo,
    open_envelope,
    seal,
    seal_json,
)
from bot.channels.fields import needed, text_of
from bot.message import Message
from bot.reply import Reply

TOKEN_LENGTH = 200


@dataclass(frozen=True, slots=True)
class OfficialDoor:
    """`/wechat/official`. `keys`: the new ones first, then the old ones."""

    keys: tuple[Keys, ...]
    mode: Mode
    passive: ClassVar[bool] = official_account.LIMITS.passive

    def echo(self, query: dict[str, str], now: datetime) -> bytes:
        return echo(query, self.keys, now=now).encode()

    def open(self, query: dict[str, str], body: bytes, now: datetime) -> Opened:
        return open_envelope(query, body, self.keys, now=now, mode=self.mode)

    def read(self, opened: Opened, now: datetime) -> Message | None:
        """`Malformed` also without the account's own id: nobody could be answered in its name."""
        message = official_account.parse(opened.fields, now)
        original_id = opened.fields.get("ToUserName")
        if message is not None and not (original_id and isinstance(original_id, str)):
            raise Malformed
        return message

    def answer(self, opened: Opened, message: Message, reply: Reply, now: datetime) -> bytes | None:
        original_id = opened.fields["ToUserName"]
        xml = official_account.render_passive(reply, message.sender, original_id, now)
        if xml is None:
            return None
        return sealed_xml(xml, opened, now) if opened.encrypted else xml.encode()


@dataclass(frozen=True, slots=True)
class AppDoor:
    """`/wecom/app`: the corporation's own app, and its customers' comings and goings."""

    keys: tuple[Keys, ...]
    passive: ClassVar[bool] = wecom_app.LIMITS.passive

    def echo(self, query: dict[str, str], now: datetime) -> bytes:
        return open_echo(query, self.keys, now=now)

    def open(self, query: dict[str, str], body: bytes, now: datetime) -> Opened:
        return open_envelope(query, body, self.keys, now=now, mode="safe")

    def read(self, opened: Opened, now: datetime) -> Message | None:
        if text_of(opened.fields, "Event").lower() == customer_contact.EVENT:
            return customer_contact.parse(opened.fields, now)
        return wecom_app.parse(opened.fields, now)

    def answer(self, opened: Opened, message: Message, reply: Reply, now: datetime) -> None:
        """Everything is said by the app itself."""


@dataclass(frozen=True, slots=True)
class KfDoor:
    """`/wecom/kf`: the bell of customer service. Who rings names the account and a key for it."""

    keys: tuple[Keys, ...]

    def echo(self, query: dict[str, str], now: datetime) -> bytes:
        return open_echo(query, self.keys, now=now)

    def open(self, query: dict[str, str], body: bytes, now: datetime) -> Opened:
        return open_envelope(query, body, self.keys, now=now, mode="safe")

    def read(self, opened: Opened, now: datetime) -> dict[str, str] | None:
        fields = opened.fields
        if text_of(fields, "Event").lower() != "kf_msg_or_event":
            return None
        account = needed(fields, "OpenKfId")
        if not customer_service.ACCOUNT.fullmatch(account):
            raise Malformed
        return {"account": account, "token": text_of(fields, "Token")[:TOKEN_LENGTH]}


@dataclass(frozen=True, slots=True)
class Called(Opened):
    """With the nonce of the callback: an AI bot's answer carries the same."""

    nonce: str = ""


@dataclass(frozen=True, slots=True)
class BotDoor:
    """`/wecom/aibot`, and the same messages over the long connection. `name`: what the bot is
    called in groups; `page`: where a card leads."""

    keys: tuple[Keys, ...]
    bot_id: str
    name: str
    page: str
    passive: ClassVar[bool] = group.LIMITS.passive

    def echo(self, query: dict[str, str], now: datetime) -> bytes:
        return open_echo(query, self.keys, now=now)

    def open(self, query: dict[str, str], body: bytes, now: datetime) -> Opened:
        opened = open_envelope(query, body, self.keys, now=now, mode="safe")
        plaintext, nonce = opened.plaintext, query.get("nonce", "")
        return Called(opened.fields, opened.keys, opened.encrypted, plaintext, nonce)

    def read(self, opened: Opened, now: datetime) -> Message | None:
        return self.parse(opened.fields, now)

    def parse(self, fields: dict[str, Any], now: datetime) -> Message | None:
        return group.parse(fields, now, bot_id=self.bot_id, name=self.name)

    def render(self, fields: dict[str, Any], reply: Reply) -> dict[str, Any] | None:
        return group.render(reply, fields, self.page)

    def answer(self, opened: Opened, message: Message, reply: Reply, now: datetime) -> bytes | None:
        body = self.render(opened.fields, reply)
        if body is None or not isinstance(opened, Called):
            return None
        text, stamp = json.dumps(body, ensure_ascii=False), str(int(now.timestamp()))
        return seal_json(text, opened.keys, stamp, opened.nonce, os.urandom(16)).encode()


def sealed_xml(xml: str, opened: Opened, now: datetime) -> bytes:
    """The answer to what was opened, with the same keys."""
    nonce = os.urandom(8).hex()
    return seal(xml, opened.keys, str(int(now.timestamp())), nonce, os.urandom(16)).encode()
