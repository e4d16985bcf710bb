"""One attempt to deliver a callback: sealed, sent, its answer judged, told on the wire view."""

import secrets
import time
from asyncio import timeout
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import h11

from sandbox import faults, wire
from sandbox.account import Keys
from sandbox.http_client import Answer, exchange
from sandbox.people import Person
from sandbox.sealed import Abnormal, Opened
from sandbox.world import World


@dataclass(frozen=True, slots=True)
class Item:
    """One act, waiting to be delivered."""

    id: int
    door: str
    lane: str
    """Items of one lane are delivered one after the other: the name of the person who acted."""
    person: Person | None
    """None for what nobody in particular did."""
    n: int | None
    """Number of the person's own message on the phone, if it has one."""
    plain: str
    """The message before sealing."""
    answerable: bool
    attempts: int


@dataclass(frozen=True, slots=True)
class Sealed:
    query: dict[str, str]
    body: str = ""


@dataclass(frozen=True, slots=True)
class Door:
    """An address of the application: how callbacks to it are sealed and what its answers mean."""

    path: str
    keys: Callable[[World], Keys]
    seal: Callable[[World, Item], Sealed]
    """Query and body of one attempt: new nonce and signatures, same message."""
    open: Callable[[World, bytes], Opened]
    """The plain answer. Abnormal when it was not sealed as it must be."""
    read: Callable[[World, Item, bytes], dict[str, Any] | None]
    """What the plain answer shows on the phone, None for nothing. Abnormal when it is no answer."""
    show: Callable[[World, Item, dict[str, Any] | None], None]
    """Shows that, or with None that the service is faulty."""
    challenge: Callable[[World], tuple[dict[str, str], str]]
    """The query that verifies the address, and the only right answer to it."""
    content_type: str = "text/xml"
    attempts: int = 3


@dataclass(frozen=True, slots=True)
class Outcome:
    state: str
    """`answered`, `lost` (worth another attempt) or `abnormal` (an answer nobody can use)."""
    body: dict[str, Any] | None = None


@dataclass(slots=True)
class Exchange:
    """One attempt as the wire view tells it."""

    mode: str
    attempt: int
    at: float
    path: str
    query: dict[str, str]
    ms: float = 0.0
    answer: Answer | None = None
    opened: Opened | None = None
    error: str = ""


def stamped() -> str:
    """A nonce as the platforms write it."""
    return str(secrets.randbelow(10**10))


async def attempt(world: World, door: Door, item: Item, number: int) -> Outcome:
    """Delivers the act once and tells the wire view how it went."""
    sealed = door.seal(world, item)
    seen = Exchange(door.keys(world).mode, number, world.now(), door.path, sealed.query)
    async with world.slots:
        body = sealed.body.encode()
        seen.answer, seen.error, seen.ms = await ask(world, door, "POST", sealed.query, body)
    if seen.answer and faults.for_callback(world, door.path, "lost_answer"):
        seen.error = "the answer was lost (fault)"
    outcome = _judge(world, door, item, seen)
    wire.record(world, item.person.name if item.person else None, seen.at, _entry(item, seen))
    return outcome


def _judge(world: World, door: Door, item: Item, seen: Exchange) -> Outcome:
    if seen.answer and not seen.error and seen.answer.status != 200:
        seen.error = f"HTTP {seen.answer.status}"
    if seen.answer is None or seen.error:
        return Outcome("lost")
    try:
        seen.opened = door.open(world, seen.answer.body)
        return Outcome("answered", door.read(world, item, seen.opened.plain))
    except Abnormal as error:
        seen.error = str(error)
        return Outcome("abnormal")


async def ask(
    world: World, door: Door, method: str, query: dict[str, str], body: bytes = b""
) -> tuple[Answer | None, str, float]:
    """One request within the platform's deadline: answer, error, milliseconds."""
    began = time.perf_counter()
    answer, error = None, ""
    target, headers = f"{door.path}?{urlencode(query)}", {"Content-Type": door.content_type}
    try:
        async with timeout(world.limits.answer_within_s):
            answer = await exchange(world.app, method, target, body, headers)
    except TimeoutError:
        error = f"no answer within {world.limits.answer_within_s:g} s"
    except (OSError, h11.ProtocolError, ValueError) as trouble:
        error = f"no answer: {trouble}"
    return answer, error, round((time.perf_counter() - began) * 1_000, 2)


def _entry(item: Item, seen: Exchange) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "kind": "delivery",
        "attempt": seen.attempt,
        "mode": seen.mode,
        "request": {
            "method": "POST",
            "path": seen.path,
            "query": {key: wire.shorten(text) for key, text in seen.query.items()},
        },
        "xml": wire.shorten(item.plain),
        "answer": _answer(seen),
        "timing": wire.timing(seen.answer.headers.get("server-timing", "")) if seen.answer else [],
    }
    if seen.error:
        entry["error"] = seen.error
    return entry


def _answer(seen: Exchange) -> dict[str, Any]:
    answer: dict[str, Any] = {"status": None, "ms": seen.ms, "encrypted": False}
    if seen.answer:
        answer["status"] = seen.answer.status
        answer["text"] = wire.shorten(seen.answer.body.decode("utf-8", "replace"))
    if seen.opened and seen.opened.plain:
        del answer["text"]
        answer["encrypted"] = seen.opened.encrypted
        answer["xml"] = wire.shorten(seen.opened.plain.decode("utf-8", "replace"))
    return answer


async def verify(world: World, door: Door) -> dict[str, Any]:
    """The platform's GET check of the server address: whether the right answer came back."""
    query, expected = door.challenge(world)
    answer, error, ms = await ask(world, door, "GET", query)
    found: dict[str, Any] = {"ok": False, "status": answer.status if answer else None, "ms": ms}
    if answer:
        found["ok"] = answer.status == 200 and answer.body == expected.encode()
        error = "" if found["ok"] else "the answer is not the echostr"
    return {**found, "error": error} if error else found
