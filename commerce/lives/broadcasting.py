"""
Saying one thing to everybody who has booked a live, and reminding them of it.

What is begun here is rows; `jobs/broadcast.py` says it, through whichever door may reach a person.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import select

from commerce import agenda, outbox
from commerce.lives.broadcasts import Broadcast, Part
from commerce.lives.counting import BookingCount
from commerce.lives.lives import Live, State
from commerce.store.once import insert_all_once, insert_once
from commerce.work import Work

PART = 1_000  # bookings
DAY = timedelta(days=1)
ZEROS = dict.fromkeys(("turn", "pauses", "sent", "missed", "maybe_twice"), 0)


class Step(StrEnum):
    """When somebody who booked is reminded."""

    DAY_BEFORE = "live_tomorrow"
    SOON = "live_soon"
    STARTED = "live_started"


def begin(
    work: Work,
    live: Live,
    notice: str,
    *,
    key: str,
    facts: dict[str, Any],
    good_until: datetime | None = None,
    only: Sequence[int] | None = None,
) -> bool:
    """Say this notice to everybody who has booked and not cancelled, within the hours of service;
    once per key. False: it was begun before. `only`: to these booking numbers and nobody else.

    The words are given `facts` and the booking's `number`; `late`: it is heard at a later visit.
    `facts["but"]` are booking numbers that hear something else, for example that they won."""
    kept = {"live_id": live.id, "notice": notice, "facts": facts, "good_until": good_until}
    if not insert_once(work.session, Broadcast, key=key, created_at=work.now, **kept):
        return False
    found = select(Broadcast.id).where(Broadcast.key == key)
    broadcast_id = work.session.scalars(found).one()
    parts = _parts(work, live, only)
    if parts:
        new = {"broadcast_id": broadcast_id, "sending": [], **ZEROS}
        insert_all_once(work.session, Part, [{**new, **part} for part in parts])
        ids = work.session.scalars(select(Part.id).where(Part.broadcast_id == broadcast_id))
        due_at = outbox.within(work.rules.chat.service_hours, work.now)
        plans = [(f"broadcast_part:{part_id}:0", {"part_id": part_id}) for part_id in ids]
        agenda.plan_all(work, "broadcast_part", sorted(plans), due_at=due_at)
    return True


def plan_reminders(work: Work, live: Live) -> None:
    """A day before, shortly before and when it starts. Safe to say again, also when it was moved:
    what was planned for another time will find that out."""
    if live.state == State.LIVE:
        _plan(work, live, Step.STARTED, work.now)
    if live.state != State.SCHEDULED:
        return
    for step, before in ((Step.DAY_BEFORE, DAY), (Step.SOON, work.rules.lives.remind_before)):
        due_at = outbox.within(work.rules.chat.service_hours, live.planned_at - before)
        if work.now <= due_at < live.planned_at:
            _plan(work, live, step, due_at)


def until(work: Work, live: Live) -> datetime:
    """When the live is meant to be over."""
    return live.ends_at or live.planned_at + work.rules.lives.lasts


def _plan(work: Work, live: Live, step: Step, due_at: datetime) -> None:
    planned_at = live.planned_at.isoformat()
    key = f"remind:{live.id}:{step}:{planned_at}"
    args = {"live_id": live.id, "step": step.value, "planned_at": planned_at}
    agenda.plan(work, "remind", key=key, due_at=due_at, **args)


def _parts(work: Work, live: Live, only: Sequence[int] | None) -> list[dict[str, Any]]:
    """Where each part begins and ends. Those who are named wait as if they had been tried."""
    if only is None:
        firsts = range(1, _last(work, live) + 1, PART)
        return [{"first": n, "last": n + PART - 1, "reached": n - 1, "rest": []} for n in firsts]
    named = [[number, 0, False] for number in sorted(only)]
    chunks = [named[at : at + PART] for at in range(0, len(named), PART)]
    nowhere = [{"first": -at, "last": -at, "reached": -at} for at in range(len(chunks))]
    return [part | {"rest": rest} for part, rest in zip(nowhere, chunks, strict=True)]


def _last(work: Work, live: Live) -> int:
    """The last booking number there is: numbers follow each other."""
    last = select(BookingCount.last_number).where(BookingCount.live_id == live.id)
    return work.session.scalar(last) or 0
