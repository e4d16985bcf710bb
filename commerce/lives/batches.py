"""
The batches of one part of a broadcast: taken before they go out, put down after.

Whoever puts a batch down must still hold it: `turn` counts on with every batch that is taken.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, select

from commerce import agenda
from commerce.agenda import BACK_OFF, LONGEST_BACK_OFF, TRIES
from commerce.lives.broadcasting import Step
from commerce.lives.broadcasts import Broadcast, Part, Waiting
from commerce.lives.lives import Live, State
from commerce.outbox import Outgoing, Priority
from commerce.outbox import State as Said
from commerce.store.once import insert_all_once
from commerce.work import Work

REMINDERS = tuple(Step)
FOR_MUTED = ("lottery_won",)
"""No advertisement: also for who wants none, and first of what was missed."""
MAYBE_TWICE = "maybe_twice"
OF_NO_WORDS = ("but", "number")


@dataclass(frozen=True)
class Batch:
    """Who is told now. `again`: it was under way when somebody was killed."""

    part: Part
    broadcast: Broadcast
    waiting: list[Waiting]
    again: bool
    overtakes: Sequence[int]
    """Earlier broadcasts of the same live, of which nobody need hear any more who hears this."""

    def ahead(self, most: int) -> list[int]:
        """The numbers of this batch, and those that come next: so many together."""
        part = self.part
        numbers = [one.number for one in self.waiting] + [number for number, *_ in part.rest]
        last = min(part.last, part.reached + most - len(numbers))
        return numbers + list(range(part.reached + 1, last + 1))

    @property
    def is_for_named(self) -> bool:
        return self.part.last <= 0


@dataclass(frozen=True, slots=True)
class Told:
    """What became of one person. MISSED: said first at their next visit, if it is still true then;
    None: nothing is said, and nothing is owed."""

    number: int
    member_id: int
    state: Said | None
    identity_id: int | None = None
    """The door whose allowance it took."""
    error: str = ""
    unsure: bool = False


def take(work: Work, part_id: int, *, size: int, after: Batch | None = None) -> Batch | None:
    """The next batch of a part, which nobody else takes meanwhile. None: the part is finished.
    `after`: this one was put down in the same unit of work."""
    if after is None:
        part = work.session.get_one(Part, part_id, with_for_update=True, populate_existing=True)
        broadcast = work.session.get_one(Broadcast, part.broadcast_id)
        overtakes = _overtakes(work, broadcast)
    else:
        part = work.session.get_one(Part, part_id)
        broadcast, overtakes = after.broadcast, after.overtakes
    if part.finished_at is not None:
        return None
    again = bool(part.sending)
    waiting, rest = [Waiting(*one) for one in part.sending or part.rest[:size]], part.rest
    if not again:
        rest = rest[size:]
        fresh = range(part.reached + 1, min(part.last, part.reached + size - len(waiting)) + 1)
        waiting += [Waiting(number) for number in fresh]
        part.reached += len(fresh)
    if not waiting or _is_stale(work, broadcast):
        part.finished_at, part.sending, part.rest = work.now, [], []
        return None
    part.sending, part.rest = [list(one) for one in waiting], rest
    part.turn += 1
    work.session.flush()
    if again:
        waiting = [one._replace(unsure=True) for one in waiting]
    return Batch(part, broadcast, waiting, again, overtakes)


def put_down(
    work: Work,
    batch: Batch,
    told: Sequence[Told],
    rest: Sequence[Waiting],
    *,
    pause: bool,
    go_on: bool,
) -> bool:
    """What became of everybody in it; `rest` could not be served just now and goes with the next
    batch, after a pause that doubles if there is one. False if the batch was lost meanwhile: then
    nothing is noted. Unless this worker goes on, the next batch is planned."""
    part = work.session.get_one(Part, batch.part.id, with_for_update=True, populate_existing=True)
    if part.turn != batch.part.turn or not part.sending:
        return False
    _write(work, batch, told)
    part.sending, part.rest = [], [*(list(one) for one in rest), *part.rest]
    part.pauses = part.pauses + 1 if pause else 0
    part.sent += sum(one.state is Said.SENT for one in told)
    part.missed += sum(one.state is Said.MISSED for one in told)
    part.maybe_twice += sum(one.unsure for one in told)
    if not go_on:
        wait = min(BACK_OFF * 2**part.pauses, LONGEST_BACK_OFF) if pause else timedelta(0)
        key = f"broadcast_part:{part.id}:{part.turn}"
        agenda.plan(work, "broadcast_part", key=key, due_at=work.now + wait, part_id=part.id)
    return True


def tried(one: Waiting, *, unsure: bool) -> Waiting | None:
    """To be tried once more; None when that has been often enough."""
    if one.tries + 1 >= TRIES:
        return None
    return one._replace(tries=one.tries + 1, unsure=one.unsure or unsure)


def forget_old(work: Work) -> None:
    """Nobody asks any more what was said long ago to very many. Safe to run again."""
    old = Outgoing.sent_at < work.now - agenda.DONE_KEPT
    work.session.execute(delete(Outgoing).where(Outgoing.key.like("broadcast:%"), old))


def _is_stale(work: Work, broadcast: Broadcast) -> bool:
    """It is over, or reminds of what is off or at another time by now."""
    if broadcast.good_until is not None and work.now >= broadcast.good_until:
        return True
    if broadcast.notice not in REMINDERS:
        return False
    live = work.session.get_one(Live, broadcast.live_id)
    is_moved = live.planned_at.isoformat() != broadcast.facts["at"]
    return live.state == State.CANCELLED or is_moved


def _overtakes(work: Work, broadcast: Broadcast) -> Sequence[int]:
    """A reminder that was missed is overtaken by whatever is said of the same live later."""
    older = select(Broadcast.id).where(
        Broadcast.live_id == broadcast.live_id,
        Broadcast.id < broadcast.id,
        Broadcast.notice.in_(REMINDERS),
    )
    return work.session.scalars(older).all()


def _write(work: Work, batch: Batch, told: Sequence[Told]) -> None:
    keys = [_key(broadcast_id, one.number) for broadcast_id in batch.overtakes for one in told]
    if keys:
        missed = delete(Outgoing).where(Outgoing.key.in_(keys), Outgoing.state == Said.MISSED)
        work.session.execute(missed.execution_options(synchronize_session=False))
    rows = _rows(work, batch.broadcast, told)
    if rows:
        insert_all_once(work.session, Outgoing, rows)


def _rows(work: Work, broadcast: Broadcast, told: Sequence[Told]) -> list[dict[str, Any]]:
    said, missed = _content(broadcast), _content(broadcast, late=True)
    same = {
        "priority": Priority.MONEY if broadcast.notice in FOR_MUTED else Priority.MARKETING,
        "attempts": 1,
        "created_at": work.now,
        "due_at": work.now,
    }
    rows = []
    for one in told:
        if one.state is None:
            continue
        is_said = one.state is Said.SENT
        row = {
            "key": _key(broadcast.id, one.number),
            "member_id": one.member_id,
            "identity_id": one.identity_id if is_said else None,
            "content": f"{said if is_said else missed}{one.number}}}}}",
            "state": one.state,
            "sent_at": work.now if is_said else None,
            "error": MAYBE_TWICE if one.unsure else one.error,
        }
        rows.append(row | same)
    return rows


def _content(broadcast: Broadcast, *, late: bool = False) -> str:
    """The content of a row, written once for all: it ends where the number of each stands."""
    facts = {name: fact for name, fact in broadcast.facts.items() if name not in OF_NO_WORDS}
    content: dict[str, Any] = {"notice": broadcast.notice}
    if late:
        facts["late"] = True
        if broadcast.good_until is not None:
            content["good_until"] = broadcast.good_until.isoformat()
    whole = json.dumps(content | {"facts": facts | {"number": 0}}, ensure_ascii=False)
    return whole.removesuffix("0}}")


def _key(broadcast_id: int, number: int) -> str:
    return f"broadcast:{broadcast_id}:{number}"
