"""
The official account's callback: a bare ASGI route, the only asynchronous part of the way in.

Read (64 KiB, 0.8 s) → verify, decrypt, parse → the writer's desk → the passive reply.
Whatever is not answered within 4 s is kept on disk and acknowledged; its answer follows by the
outbox. So the platform's five seconds are kept, and nothing that was acknowledged is lost.
"""

import asyncio
import contextlib
import logging
import os
import time
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import parse_qsl

from bot.channels import official_account
from bot.channels.envelope import (
    Forged,
    Keys,
    Malformed,
    Mode,
    Opened,
    Stale,
    echo,
    open_envelope,
    seal,
)
from bot.intake import DatabaseAwayError, Heard, Intake, Ticket
from bot.message import Message
from bot.reply import Silence

log = logging.getLogger(__name__)

LARGEST = 64 * 1024
READ_S = 0.8
ANSWER_S = 4.0
GRACE_S = 0.2
"""For an answer that is known and only waits for its commit."""

SUCCESS = b"success"
ANSWERS = {
    400: b"bad request",
    403: b"forbidden",
    405: b"method not allowed",
    408: b"request timeout",
    413: b"too large",
    503: b"try again",
}

Found = TypeVar("Found")
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class Refused(Exception):
    """Answered with a status and one fixed body for it."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


@dataclass
class Seen:
    """What the health page and the metrics know of this door."""

    answered: int = 0
    refused: int = 0
    stale: int = 0
    """Correctly signed and out of the window, in a row: our clock or theirs is wrong."""
    kept: int = 0


class OfficialCallback:
    """GET and POST of `/wechat/official`. `keys`: the new ones first, then the old ones."""

    def __init__(
        self,
        keys: tuple[Keys, ...],
        mode: Mode,
        clock: Callable[[], datetime],
        intake: Intake,
        *,
        answer_s: float = ANSWER_S,
    ) -> None:
        self._keys, self._mode, self._clock, self._intake = keys, mode, clock, intake
        self._answer_s = answer_s
        self.seen = Seen()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            body, timing = await self._answer(scope, receive)
        except Refused as refused:
            self.seen.refused += 1
            await _send(send, refused.status, ANSWERS[refused.status], close=True)
            return
        self.seen.answered += 1
        await _send(send, 200, body, timing, xml=scope["method"] == "POST" and body != SUCCESS)

    async def _answer(self, scope: Scope, receive: Receive) -> tuple[bytes, str]:
        query = dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))
        if scope["method"] == "GET":
            return self._checked(lambda: echo(query, self._keys, now=self._clock())).encode(), ""
        if scope["method"] != "POST":
            raise Refused(405)
        body = await _read(scope, receive)
        started = time.perf_counter()
        now = self._clock()
        opened: Opened = self._checked(
            lambda: open_envelope(query, body, self._keys, now=now, mode=self._mode)
        )
        message: Message | None = self._checked(lambda: _message(opened, now))
        read_ms = (time.perf_counter() - started) * 1000
        if message is None:
            return SUCCESS, ""
        heard = await self._hear(message)
        if heard is None:
            return SUCCESS, f"open;dur={read_ms:.2f}"
        started = time.perf_counter()
        answer = self._sealed(opened, message, heard)
        sealed_ms = (time.perf_counter() - started) * 1000
        timing = (
            f'open;dur={read_ms:.2f}, answer;dur={heard.took_ms:.2f};desc="{heard.name}", '
            f"seal;dur={sealed_ms:.2f}"
        )
        return answer, timing

    def _checked(self, read: Callable[[], Found]) -> Found:
        try:
            found = read()
        except Stale:
            self.seen.stale += 1
            raise Refused(403) from None
        except Forged:
            raise Refused(403) from None
        except Malformed:
            raise Refused(400) from None
        self.seen.stale = 0
        return found

    async def _hear(self, message: Message) -> Heard | None:
        """What the house answers, or None when it follows later."""
        ticket = self._intake.put(message)
        heard = asyncio.wrap_future(ticket.heard)
        try:
            return await asyncio.wait_for(asyncio.shield(heard), self._answer_s)
        except TimeoutError:
            return await self._too_slow(ticket, heard)
        except DatabaseAwayError:
            await self._keep(message)
            return None

    async def _too_slow(self, ticket: Ticket, heard: asyncio.Future[Heard]) -> Heard | None:
        """Kept on disk it is heard again, and what was heard already is then said by the outbox."""
        if not ticket.give_up():
            with contextlib.suppress(TimeoutError, DatabaseAwayError):
                return await asyncio.wait_for(asyncio.shield(heard), GRACE_S)
        heard.add_done_callback(_ignore)
        await self._keep(ticket.message)
        return None

    async def _keep(self, message: Message) -> None:
        """Acknowledged only once it is on disk; otherwise the platform shall send it again."""
        try:
            await asyncio.to_thread(self._intake.spool.keep, message, time.time_ns())
        except OSError:
            log.exception("neither database nor disk takes a message")
            raise Refused(503) from None
        self.seen.kept += 1

    def _sealed(self, opened: Opened, message: Message, heard: Heard) -> bytes:
        if isinstance(heard.reply, Silence):
            return SUCCESS
        original_id = opened.fields["ToUserName"]
        now = self._clock()
        xml = official_account.render_passive(heard.reply, message.sender, original_id, now)
        if xml is None:
            return SUCCESS
        if not opened.encrypted:
            return xml.encode()
        nonce = os.urandom(8).hex()
        timestamp = str(int(now.timestamp()))
        return seal(xml, opened.keys, timestamp, nonce, os.urandom(16)).encode()


def _message(opened: Opened, now: datetime) -> Message | None:
    """`Malformed` also without the account's own id: nobody could be answered in its name."""
    message = official_account.parse(opened.fields, now)
    original_id = opened.fields.get("ToUserName")
    if message is not None and not (original_id and isinstance(original_id, str)):
        raise Malformed
    return message


async def _read(scope: Scope, receive: Receive) -> bytes:
    """The body. 413 above 64 KiB, without reading on; 408 when it dawdles."""
    headers = dict(scope["headers"])
    length = headers.get(b"content-length", b"0")
    if not length.isdigit() or int(length) > LARGEST:
        raise Refused(413)
    try:
        async with asyncio.timeout(READ_S):
            return await _collect(receive)
    except TimeoutError:
        raise Refused(408) from None


async def _collect(receive: Receive) -> bytes:
    parts: list[bytes] = []
    size = 0
    while True:
        event = await receive()
        if event["type"] == "http.disconnect":
            raise Refused(400)
        part = event.get("body", b"")
        size += len(part)
        if size > LARGEST:
            raise Refused(413)
        parts.append(part)
        if not event.get("more_body"):
            return b"".join(parts)


async def _send(
    send: Send,
    status: int,
    body: bytes,
    timing: str = "",
    *,
    close: bool = False,
    xml: bool = False,
) -> None:
    """What a GET gives back is the caller's own text: no browser may take it for a page."""
    headers = [
        (b"content-type", b"text/xml; charset=utf-8" if xml else b"text/plain"),
        (b"x-content-type-options", b"nosniff"),
        (b"content-length", str(len(body)).encode()),
    ]
    if timing:
        headers.append((b"server-timing", timing.encode("latin-1", "replace")))
    if close:
        headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _ignore(heard: asyncio.Future[Heard]) -> None:
    """The answer went to the outbox; a failure is the spool's business."""
    if not heard.cancelled():
        heard.exception()
