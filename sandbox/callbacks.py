"""Callbacks to the application: three attempts, one lane's acts in order, many lanes at once."""

import asyncio
import logging
import sqlite3
import time

from sandbox import faults, screen
from sandbox.delivery import Item, Outcome, attempt
from sandbox.doors import DOORS
from sandbox.people import by_name
from sandbox.store import together
from sandbox.world import World, wait_for

REORDER_WAIT_S = 5.0


def queue(
    world: World, door: str, lane: str, plain: str, n: int | None = None, answerable: bool = False
) -> None:
    """Queues a message for the door; the answer to one that is not `answerable` is never shown.
    The lane is the name of the person who acted, or any other name."""
    world.db.execute(
        "INSERT INTO outbox (door, person, n, xml, answerable) VALUES (?, ?, ?, ?, ?)",
        (door, lane, n, plain, answerable),
    )
    _start(world, (door, lane))
    world.changed(_topic((door, lane)))


def _start(world: World, queue: tuple[str, str]) -> None:
    if queue not in world.workers:
        world.workers[queue] = asyncio.create_task(_drain(world, queue))


async def delivered(world: World, name: str, door: str = "official") -> None:
    """Waits until no act of the person is on its way to that door any more."""
    while task := world.workers.get((door, name)):
        await asyncio.wait({task})


def start_all(world: World) -> None:
    """Takes up what an earlier process left undelivered."""
    for row in world.db.execute("SELECT DISTINCT door, person FROM outbox").fetchall():
        _start(world, (row["door"], row["person"]))


async def stop_all(world: World) -> None:
    workers = list(world.workers.values())
    for worker in workers:
        worker.cancel()
    await asyncio.gather(*workers, return_exceptions=True)
    world.workers.clear()


def _topic(queue: tuple[str, str]) -> str:
    return "\0outbox " + "\0".join(queue)


def _next(world: World, queue: tuple[str, str], after: int = 0) -> Item | None:
    row: sqlite3.Row | None = world.db.execute(
        "SELECT * FROM outbox WHERE door = ? AND person = ? AND id > ? ORDER BY id LIMIT 1",
        (*queue, after),
    ).fetchone()
    if row is None:
        return None
    person, lane = by_name(world, row["person"]), row["person"]
    answerable = bool(row["answerable"])
    return Item(
        row["id"], row["door"], lane, person, row["n"], row["xml"], answerable, row["attempts"]
    )


async def _drain(world: World, queue: tuple[str, str]) -> None:
    try:
        while item := _next(world, queue):
            if faults.for_callback(world, DOORS[item.door].path, "reorder"):
                later = lambda held=item: _next(world, queue, held.id)  # noqa: E731
                if second := await wait_for(world, _topic(queue), later, REORDER_WAIT_S):
                    await _deliver(world, second)
            await _deliver(world, item)
    finally:
        world.workers.pop(queue, None)


async def _deliver(world: World, item: Item) -> None:
    try:
        await _try(world, item)
    except Exception:
        logging.getLogger("sandbox").exception("defect in the sandbox, one act is lost")
        _settle(world, item, Outcome("lost"))


async def _try(world: World, item: Item) -> None:
    """As many attempts as the door gets."""
    door = DOORS[item.door]
    if faults.for_callback(world, door.path, "forget"):
        world.db.execute("DELETE FROM outbox WHERE id = ?", (item.id,))
        return
    if slow := faults.for_callback(world, door.path, "slow"):
        await asyncio.sleep(slow.ms / 1_000)
    outcome, number = Outcome("lost"), item.attempts
    for number in range(item.attempts + 1, door.attempts + 1):
        world.db.execute("UPDATE outbox SET attempts = ? WHERE id = ?", (number, item.id))
        began = time.monotonic()
        outcome = await attempt(world, door, item, number)
        if outcome.state != "lost":
            break
        if number < door.attempts and time.monotonic() - began < world.limits.retry_after_s:
            await asyncio.sleep(world.limits.retry_after_s)
    _settle(world, item, outcome)
    if outcome.state != "lost" and faults.for_callback(world, door.path, "duplicate"):
        await attempt(world, door, item, number + 1)


def _settle(world: World, item: Item, outcome: Outcome) -> None:
    with together(world.db):
        world.db.execute("DELETE FROM outbox WHERE id = ?", (item.id,))
        arrived = outcome.state != "lost"
        screen.set_state(world, item.lane, item.n, "delivered" if arrived else "failed")
        if not item.answerable:
            return
        if outcome.state != "answered":
            DOORS[item.door].show(world, item, None)
        elif outcome.body:
            DOORS[item.door].show(world, item, outcome.body)
