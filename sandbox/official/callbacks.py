"""Callbacks to the application: signed, three attempts, one person's acts in order."""

import asyncio
import secrets
import sqlite3
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import h11

from sandbox import crypto, envelope, faults, screen, wire
from sandbox.envelope import Fields
from sandbox.http_client import Answer, exchange
from sandbox.official import passive
from sandbox.people import Person, by_name
from sandbox.store import next_number, together
from sandbox.world import World, wait_for

PATH = "/wechat/official"
ATTEMPTS = 3
FIRST_MESSAGE_ID = 24_000_000_000_000_001
REORDER_WAIT_S = 5.0


@dataclass(frozen=True, slots=True)
class Item:
    """One act of a person, waiting to be delivered."""

    id: int
    person: Person
    n: int | None
    """Number of the person's own message on the phone, if it has one."""
    xml: str
    answerable: bool
    attempts: int


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
    opened: passive.Opened | None = None
    error: str = ""


def message(world: World, person: Person, kind: str, fields: Fields, n: int) -> None:
    """Queues a message of the person, with a new 64-bit MsgId."""
    number = next_number(world.db, "message_id", FIRST_MESSAGE_ID)
    _queue(world, person, [("MsgType", kind), *fields, ("MsgId", number)], n, True)


def event(
    world: World, person: Person, name: str, fields: Fields = (), answerable: bool = True
) -> None:
    """Queues an event; the answer to one that is not `answerable` is never shown."""
    _queue(world, person, [("MsgType", "event"), ("Event", name), *fields], None, answerable)


def _queue(
    world: World, person: Person, fields: list[tuple[str, Any]], n: int | None, answerable: bool
) -> None:
    head = [
        ("ToUserName", world.account.original_id),
        ("FromUserName", person.openid),
        ("CreateTime", int(world.now())),
    ]
    world.db.execute(
        "INSERT INTO outbox (person, n, xml, answerable) VALUES (?, ?, ?, ?)",
        (person.name, n, envelope.write(head + fields), answerable),
    )
    start(world, person.name)
    world.changed(_topic(person.name))


def start(world: World, name: str) -> None:
    """Lets the person's acts be delivered, one after the other, until none waits."""
    if name not in world.workers:
        world.workers[name] = asyncio.create_task(_drain(world, name))


def start_all(world: World) -> None:
    """Takes up what an earlier process left undelivered."""
    for row in world.db.execute("SELECT DISTINCT person FROM outbox").fetchall():
        start(world, row["person"])


async def stop_all(world: World) -> None:
    workers = list(world.workers.values())
    for worker in workers:
        worker.cancel()
    await asyncio.gather(*workers, return_exceptions=True)
    world.workers.clear()


def _topic(name: str) -> str:
    return f"\0outbox {name}"


def _next(world: World, name: str, after: int = 0) -> Item | None:
    row: sqlite3.Row | None = world.db.execute(
        "SELECT * FROM outbox WHERE person = ? AND id > ? ORDER BY id LIMIT 1", (name, after)
    ).fetchone()
    person = by_name(world, name)
    if row is None or person is None:
        return None
    return Item(row["id"], person, row["n"], row["xml"], bool(row["answerable"]), row["attempts"])


async def _drain(world: World, name: str) -> None:
    try:
        while item := _next(world, name):
            if faults.for_callback(world, "reorder"):
                later = lambda held=item: _next(world, name, held.id)  # noqa: E731
                if second := await wait_for(world, _topic(name), later, REORDER_WAIT_S):
                    await _deliver(world, second)
            await _deliver(world, item)
    finally:
        world.workers.pop(name, None)


async def _deliver(world: World, item: Item) -> None:
    if slow := faults.for_callback(world, "slow"):
        await asyncio.sleep(slow.ms / 1_000)
    outcome, number = Outcome("lost"), item.attempts
    for number in range(item.attempts + 1, ATTEMPTS + 1):
        world.db.execute("UPDATE outbox SET attempts = ? WHERE id = ?", (number, item.id))
        began = time.monotonic()
        outcome = await _attempt(world, item, number)
        if outcome.state != "lost":
            break
        if number < ATTEMPTS and time.monotonic() - began < world.limits.retry_after_s:
            await asyncio.sleep(world.limits.retry_after_s)
    _settle(world, item, outcome)
    if outcome.state != "lost" and faults.for_callback(world, "duplicate"):
        await _attempt(world, item, number + 1)


def _settle(world: World, item: Item, outcome: Outcome) -> None:
    with together(world.db):
        world.db.execute("DELETE FROM outbox WHERE id = ?", (item.id,))
        arrived = outcome.state != "lost"
        screen.set_state(world, item.person.name, item.n, "delivered" if arrived else "failed")
        if not item.answerable:
            return
        if outcome.state != "answered":
            screen.noted(world, item.person, screen.UNAVAILABLE)
        elif outcome.body:
            screen.received(world, item.person, outcome.body)


async def _attempt(world: World, item: Item, number: int) -> Outcome:
    query, body = sealed(world, item)
    seen = Exchange(world.account.mode, number, world.now(), PATH, query)
    async with world.slots:
        seen.answer, seen.error, seen.ms = await ask(world, "POST", query, body.encode())
    if seen.answer and faults.for_callback(world, "lost_answer"):
        seen.error = "the answer was lost (fault)"
    outcome = _judge(world, item, seen)
    wire.record(world, item.person.name, seen.at, _entry(item, seen))
    return outcome


def _judge(world: World, item: Item, seen: Exchange) -> Outcome:
    if seen.answer and not seen.error and seen.answer.status != 200:
        seen.error = f"HTTP {seen.answer.status}"
    if seen.answer is None or seen.error:
        return Outcome("lost")
    try:
        seen.opened = passive.open_answer(world.account, seen.answer.body)
        return Outcome("answered", passive.read(world, item.person, seen.opened.xml))
    except passive.Abnormal as error:
        seen.error = str(error)
        return Outcome("abnormal")


def sealed(world: World, item: Item) -> tuple[dict[str, str], str]:
    """Query and body of one attempt: new nonce and signatures, same message."""
    account = world.account
    stamp, nonce = str(int(world.now())), str(secrets.randbelow(10**10))
    query = {
        "signature": crypto.signature(account.token, stamp, nonce),
        "timestamp": stamp,
        "nonce": nonce,
        "openid": item.person.openid,
    }
    if account.mode == "plaintext":
        return query, item.xml
    encrypted = crypto.encrypt(account.aes_key, item.xml.encode(), account.appid)
    query["encrypt_type"] = "aes"
    query["msg_signature"] = crypto.signature(account.token, stamp, nonce, encrypted)
    if account.mode == "compatible":
        return query, item.xml.replace(
            "</xml>", f"<Encrypt><![CDATA[{encrypted}]]></Encrypt></xml>"
        )
    return query, envelope.write([("ToUserName", account.original_id), ("Encrypt", encrypted)])


async def ask(
    world: World, method: str, query: dict[str, str], body: bytes = b""
) -> tuple[Answer | None, str, float]:
    """One request within the platform's deadline: answer, error, milliseconds."""
    began = time.perf_counter()
    answer, error = None, ""
    try:
        async with asyncio.timeout(world.limits.answer_within_s):
            answer = await exchange(world.app, method, f"{PATH}?{urlencode(query)}", body)
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
        "xml": wire.shorten(item.xml),
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
    if seen.opened and seen.opened.xml:
        del answer["text"]
        answer["encrypted"] = seen.opened.encrypted
        answer["xml"] = wire.shorten(seen.opened.xml.decode("utf-8", "replace"))
    return answer


async def verify(world: World) -> dict[str, Any]:
    """The platform's GET check of the server address: whether the echostr came back raw."""
    stamp, nonce = str(int(world.now())), str(secrets.randbelow(10**10))
    echo = str(secrets.randbelow(10**19))
    signed = crypto.signature(world.account.token, stamp, nonce)
    query = {"signature": signed, "timestamp": stamp, "nonce": nonce, "echostr": echo}
    answer, error, ms = await ask(world, "GET", query)
    found: dict[str, Any] = {"ok": False, "status": answer.status if answer else None, "ms": ms}
    if answer:
        found["ok"] = answer.status == 200 and answer.body == echo.encode()
        error = "" if found["ok"] else "the answer is not the echostr"
    return {**found, "error": error} if error else found
