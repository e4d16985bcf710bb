"""
The callbacks of all doors: a bare ASGI route, the only asynchronous part of the way in.

Read (64 KiB, 0.8 s) → verify, decrypt, parse → the writer's desk → the passive reply.
Whatever is not answered within 4 s is kept on disk and acknowledged; its answer follows by the
outbox. So the platform's five seconds are kept, and nothing that was acknowledged is lost.

What differs from platform to platform is its `Door`; what is heard there is a message for the desk
(`Callback`) or only a bell (`BellCallback`): then somebody goes and fetches the messages.
"""

import asyncio
import contextlib
import logging
import time
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeVar
from urllib.parse import parse_qsl

from sqlalchemy.exc import SQLAlchemyError

from bot.channels.envelope import Forged, Malformed, Opened, Stale
from bot.intake import DatabaseAwayError, Heard, Intake, Ticket
from bot.message import Message
from bot.reply import Reply, Silence

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


class Door(Protocol):
    """One platform's side of a callback. Each raises `Forged`, `Stale` or `Malformed`."""

    def echo(self, query: dict[str, str], now: datetime) -> bytes:
        """The answer that proves to the platform's console that this address is ours."""

    def open(self, query: dict[str, str], body: bytes, now: datetime) -> Opened:
        """The verified, decrypted callback."""


class Counter(Door, Protocol):
    """A door where messages come in."""

    @property
    def passive(self) -> bool:
        """Whether answers travel back in the callback's own response."""

    def read(self, opened: Opened, now: datetime) -> Message | None:
        """What somebody did. None: it concerns nobody here."""

    def answer(self, opened: Opened, message: Message, reply: Reply, now: datetime) -> bytes | None:
        """The body that says it, sealed. None: it cannot be said here and now."""


class Bell(Door, Protocol):
    """A door that only tells that something is to be fetched."""

    def read(self, opened: Opened, now: datetime) -> dict[str, str] | None:
        """Where, and with which key. None: it concerns nobody here."""


class _Route(ABC):
    """GET and POST of one address, as far as every door has them in common."""

    def __init__(self, door: Door, clock: Callable[[], datetime], largest: int = LARGEST) -> None:
        self._at, self._clock, self._largest = door, clock, largest
        self.seen = Seen()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            body, timing = await self._answer(scope, receive)
        except Refused as refused:
            self.seen.refused += 1
            await _send(send, refused.status, ANSWERS[refused.status], close=True)
            return
        self.seen.answered += 1
        await _send(send, 200, body, timing, xml=scope["method"] == "POST" and body[:1] == b"<")

    async def _answer(self, scope: Scope, receive: Receive) -> tuple[bytes, str]:
        query = dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))
        if scope["method"] == "GET":
            return self._checked(lambda: self._at.echo(query, self._clock())), ""
        if scope["method"] != "POST":
            raise Refused(405)
        return await self._posted(query, await _read(scope, receive, self._largest), self._clock())

    @abstractmethod
    async def _posted(self, query: dict[str, str], body: bytes, now: datetime) -> tuple[bytes, str]:
        """The answer, and what took how long."""

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


class Callback(_Route):
    """Messages: each is heard by the desk and answered at once, or later by the outbox."""

    def __init__(
        self,
        door: Counter,
        clock: Callable[[], datetime],
        intake: Intake,
        *,
        answer_s: float = ANSWER_S,
        largest: int = LARGEST,
    ) -> None:
        super().__init__(door, clock, largest)
        self._door, self._intake, self._answer_s = door, intake, answer_s

    async def _posted(self, query: dict[str, str], body: bytes, now: datetime) -> tuple[bytes, str]:
        started = time.perf_counter()
        opened = self._checked(lambda: self._door.open(query, body, now))
        message = self._checked(lambda: self._door.read(opened, now))
        read_ms = (time.perf_counter() - started) * 1000
        if message is None:
            await self.told(opened)
            return SUCCESS, ""
        heard = await self.hear(message)
        if heard is None:
            return SUCCESS, f"open;dur={read_ms:.2f}"
        started = time.perf_counter()
        answer = self._said(opened, message, heard.reply)
        sealed_ms = (time.perf_counter() - started) * 1000
        timing = (
            f'open;dur={read_ms:.2f}, answer;dur={heard.took_ms:.2f};desc="{heard.name}", '
            f"seal;dur={sealed_ms:.2f}"
        )
        return answer, timing

    async def told(self, opened: Opened) -> None:
        """Something that nobody said: here it concerns nobody."""

    async def hear(self, message: Message) -> Heard | None:
        """What the house answers, or None when it follows later. `Refused` when it was not even
        kept."""
        ticket = self._intake.put(message, has_door=self._door.passive)
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

    def _said(self, opened: Opened, message: Message, reply: Reply) -> bytes:
        if isinstance(reply, Silence):
            return SUCCESS
        return self._door.answer(opened, message, reply, self._clock()) or SUCCESS


class BellCallback(_Route):
    """A bell: `ring` notes down, in a transaction of its own, that there is something to fetch.

    A ring that is lost loses nothing: whoever fetches also looks by himself from time to time."""

    def __init__(
        self, door: Bell, clock: Callable[[], datetime], ring: Callable[[dict[str, str]], None]
    ) -> None:
        super().__init__(door, clock)
        self._door, self._ring = door, ring

    async def _posted(self, query: dict[str, str], body: bytes, now: datetime) -> tuple[bytes, str]:
        opened = self._checked(lambda: self._door.open(query, body, now))
        rung = self._checked(lambda: self._door.read(opened, now))
        if rung is not None:
            with contextlib.suppress(SQLAlchemyError):
                await asyncio.to_thread(self._ring, rung)
        return SUCCESS, ""


async def _read(scope: Scope, receive: Receive, largest: int) -> bytes:
    """The body. 413 above `largest`, without reading on; 408 when it dawdles."""
    headers = dict(scope["headers"])
    length = headers.get(b"content-length", b"0")
    if not length.isdigit() or int(length) > largest:
        raise Refused(413)
    try:
        async with asyncio.timeout(READ_S):
            return await _collect(receive, largest)
    except TimeoutError:
        raise Refused(408) from None


async def _collect(receive: Receive, largest: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    while True:
        event = await receive()
        if event["type"] == "http.disconnect":
            raise Refused(400)
        part = event.get("body", b"")
        size += len(part)
        if size > largest:
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
