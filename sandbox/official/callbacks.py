"""Callbacks to the application: signed, three attempts, one person's acts in order."""

import asyncio
import logging
import sqlite3
import time
from typing import Any

from sandbox import envelope, faults, screen
from sandbox.envelope import Fields
from sandbox.official.attempt import Item, Outcome, attempt
from sandbox.people import Person, by_name
from sandbox.store import next_number, together
from sandbox.world import World, wait_for

ATTEMPTS = 3
FIRST_MESSAGE_ID = 24_000_000_000_000_001
REORDER_WAIT_S = 5.0


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


async def delivered(world: World, name: str) -> None:
    """Waits until no act of the person is on its way any more."""
    while task := world.workers.get(name):
        await asyncio.wait({task})


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
    try:
        await _try_three_times(world, item)
    except Exception:
        logging.getLogger("sandbox").exception("defect in the sandbox, one act is lost")
        _settle(world, item, Outcome("lost"))


async def _try_three_times(world: World, item: Item) -> None:
    if slow := faults.for_callback(world, "slow"):
        await asyncio.sleep(slow.ms / 1_000)
    outcome, number = Outcome("lost"), item.attempts
    for number in range(item.attempts + 1, ATTEMPTS + 1):
        world.db.execute("UPDATE outbox SET attempts = ? WHERE id = ?", (number, item.id))
        began = time.monotonic()
        outcome = await attempt(world, item, number)
        if outcome.state != "lost":
            break
        if number < ATTEMPTS and time.monotonic() - began < world.limits.retry_after_s:
            await asyncio.sleep(world.limits.retry_after_s)
    _settle(world, item, outcome)
    if outcome.state != "lost" and faults.for_callback(world, "duplicate"):
        await attempt(world, item, number + 1)


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
