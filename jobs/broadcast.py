"""
One part of a broadcast: batch after batch, as fast as the platform is to be asked.

The batch is written down, said to everybody in it at the same time, and noted. Killed in between it
is said once more and marked; nobody is left out, and nobody is told who may not be.
"""

import asyncio
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.channels import official_account
from bot.platforms.crowd import CUSTOM, SUBSCRIPTION, Crowd, Unanswered
from commerce import agenda
from commerce.errors import PlatformError
from commerce.lives import batches, permits
from commerce.lives.batches import REMINDERS, Batch, Told
from commerce.lives.broadcasting import PART
from commerce.lives.broadcasts import Broadcast, Waiting
from commerce.outbox import State
from commerce.work import Work
from handlers import live_notices
from jobs import addressing, bodies, crowds, pace
from jobs.addressing import Addressee
from jobs.bodies import Body
from jobs.pace import Span
from jobs.shop import Shop, real_now

log = logging.getLogger(__name__)

IN_FLIGHT = 128
AT_MOST_S = 2
"""A batch is no larger than what may be sent in so long."""
TURN_S = 20.0
"""Then somebody else's work is due, and the part is planned anew."""
LOOK_S = 0.5
"""So often somebody looks whether other work is due."""


@dataclass(frozen=True)
class Known:
    """Who was looked up together, by number; whoever is not to be told is not among `people`."""

    numbers: frozenset[int]
    people: dict[int, Addressee]
    good_until: float

    def has(self, waiting: Sequence[Waiting]) -> bool:
        still = time.monotonic() < self.good_until
        return still and all(one.number in self.numbers for one in waiting)


@dataclass(frozen=True)
class Taken:
    """A batch with its doors. Whoever in it is in nobody's reach has no openid."""

    batch: Batch
    people: list[Addressee]
    known: Known
    span: Span
    """It begins with this batch; what is left after it is for those that follow."""

    @property
    def reachable(self) -> list[Addressee]:
        return [one for one in self.people if one.openid]


@dataclass
class Turn:
    """How long this worker stays at it."""

    ends_at: float
    looks_at: float = 0.0

    def goes_on(self, work: Work) -> bool:
        now = time.monotonic()
        if now < self.looks_at:
            return now < self.ends_at
        self.looks_at = now + LOOK_S
        return now < self.ends_at and not agenda.due(work, real_now=real_now(), limit=1)


@dataclass(frozen=True, slots=True)
class Came:
    """What the platform said to one of them; no error: it is said."""

    who: Addressee
    error: PlatformError | None = None


def broadcast_part(shop: Shop, part_id: int) -> None:
    """Tell everybody in this part, or as many as fit into one turn."""
    turn = Turn(time.monotonic() + TURN_S)
    with crowds.speaking(shop.wechat) as (runner, crowd):
        taken = shop.office.do(lambda work: _take(work, part_id))
        while taken is not None:
            came = runner.run(_say(shop, crowd, taken))
            taken = _note(shop, taken, came, turn)


def _take(work: Work, part_id: int, after: Taken | None = None) -> Taken | None:
    per_second = work.rules.broadcast.per_second
    size = min(IN_FLIGHT, per_second * AT_MOST_S)
    batch = batches.take(work, part_id, size=size, after=after.batch if after else None)
    if batch is None:
        return None
    known = after.known if after and after.known.has(batch.waiting) else _look_up(work, batch)
    people = _those(known, _numbers(batch))
    if not _permits_used(work, people, part_id):  # Somebody else took one meanwhile.
        known = _look_up(work, batch)
        people = _those(known, _numbers(batch))
        _permits_used(work, people, part_id)
    left = after.span.after(len(after.reachable), per_second=per_second) if after else None
    return Taken(batch, people, known, _span(work, batch, known, left))


def _span(work: Work, batch: Batch, known: Known, left: Span | None) -> Span:
    """What is left of the last one, if it is enough for this batch; else another, for everybody
    who is known to follow too."""
    has = left.messages if left else 0
    if left is not None and _reachable(known, _numbers(batch)) <= has:
        return left
    more = _reachable(known, batch.ahead(PART)) - has
    per_second = work.rules.broadcast.per_second
    return pace.reserve(work, more, per_second=per_second, real_now=real_now(), left=left)


def _look_up(work: Work, batch: Batch) -> Known:
    """The doors of this batch and of those that follow within two seconds, in one go."""
    notice, rules = batch.broadcast.notice, work.rules
    numbers = batch.ahead(min(PART, rules.broadcast.per_second * AT_MOST_S))
    template = live_notices.template_of(rules, notice)
    but = set(batch.broadcast.facts.get("but", ()))
    found = addressing.addressed(
        work,
        batch.broadcast.live_id,
        [number for number in numbers if number not in but],
        template=template.id if template else None,
        part_id=batch.part.id,
        to_muted=notice in batches.FOR_MUTED,
        named=batch.is_for_named,
    )
    people = {one.number: one for one in found}
    return Known(frozenset(numbers), people, time.monotonic() + AT_MOST_S)


def _numbers(batch: Batch) -> list[int]:
    return [one.number for one in batch.waiting]


def _those(known: Known, numbers: Sequence[int]) -> list[Addressee]:
    return [known.people[number] for number in numbers if number in known.people]


def _reachable(known: Known, numbers: Sequence[int]) -> int:
    return sum(bool(one.openid) for one in _those(known, numbers))


def _permits_used(work: Work, people: Sequence[Addressee], part_id: int) -> bool:
    used = [one.permit_id for one in people if one.permit_id is not None]
    return not used or permits.use(work, used, part_id)


async def _say(shop: Shop, crowd: Crowd, taken: Taken) -> list[Came]:
    """All of them at once, evenly over the time they were given."""
    loop = asyncio.get_running_loop()
    apart = 1 / shop.office.rules.broadcast.per_second
    begins = loop.time() + (taken.span.starts_at - real_now()).total_seconds()
    by_window, by_permit = _bodies(shop, taken.batch.broadcast)

    async def say(place: int, one: Addressee) -> Came:
        wait = begins + place * apart - loop.time()
        if wait > 0:
            await asyncio.sleep(wait)
        api, body = (CUSTOM, by_window) if one.permit_id is None else (SUBSCRIPTION, by_permit)
        try:
            await crowd.send(api, body(one.number, one.openid))
        except PlatformError as error:
            return Came(one, error)
        return Came(one)

    return await asyncio.gather(*(say(*each) for each in enumerate(taken.reachable)))


def _bodies(shop: Shop, broadcast: Broadcast) -> tuple[Body, Body]:
    """Through an open window, and by a permit."""
    notice, rules = broadcast.notice, shop.office.rules
    until = broadcast.facts.get("until")
    is_over = until is not None and shop.office.clock() >= datetime.fromisoformat(until)
    facts = broadcast.facts | {"late": is_over}

    def words(number: int) -> dict[str, Any]:
        said = shop.bot.tell(notice, facts | {"number": number})
        body = official_account.render_custom(said, "")
        return {name: field for name, field in body.items() if name != "touser"}

    def fields(number: int) -> dict[str, Any]:
        return live_notices.permitted(rules, notice, facts | {"number": number})

    has_template = live_notices.template_of(rules, notice) is not None
    return bodies.for_all(words), bodies.for_all(fields if has_template else words)


def _note(shop: Shop, taken: Taken, came: Sequence[Came], turn: Turn) -> Taken | None:
    """What became of them, and in the same transaction the next batch. None: this worker is done,
    or somebody else has the part."""
    told, rest = _sorted_out(taken, came)
    pause = bool(rest) and 2 * len(rest) >= len(came)
    if pause:
        log.warning("the platform takes hardly anything: part %d waits", taken.batch.part.id)

    def note(work: Work) -> Taken | None:
        go_on = not pause and turn.goes_on(work)
        kept = batches.put_down(work, taken.batch, told, rest, pause=pause, go_on=go_on)
        return _take(work, taken.batch.part.id, taken) if kept and go_on else None

    return shop.office.do(note)


def _sorted_out(taken: Taken, came: Sequence[Came]) -> tuple[list[Told], list[Waiting]]:
    waiting = {one.number: one for one in taken.batch.waiting}
    told = [_unreached(taken.batch, one, waiting) for one in taken.people if not one.openid]
    retries = [one for one in came if one.error is not None and one.error.retryable]
    is_down = 2 * len(retries) >= len(came)
    rest: list[Waiting] = []
    for one in came:
        before = waiting[one.who.number]
        if one.error is not None and one.error.retryable:
            again = _again(before, one.error, is_down=is_down)
            if again is not None:
                rest.append(again)
                continue
        told.append(_told(one, before))
    return told, rest


def _again(before: Waiting, error: PlatformError, *, is_down: bool) -> Waiting | None:
    """A platform that takes nothing at all says nothing about this one person."""
    unsure = isinstance(error, Unanswered)
    if is_down:
        return before._replace(unsure=before.unsure or unsure)
    return batches.tried(before, unsure=unsure)


def _told(came: Came, before: Waiting) -> Told:
    """Whatever the platform refuses is said at the next visit."""
    who, error = came.who, came.error
    state = State.SENT if error is None else State.MISSED
    return Told(
        who.number,
        who.member_id,
        state,
        identity_id=who.identity_id if who.permit_id is None else None,
        error="" if error is None else str(error.code),
        unsure=before.unsure or isinstance(error, Unanswered),
    )


def _unreached(batch: Batch, one: Addressee, waiting: dict[int, Waiting]) -> Told:
    """Who wants no advertisement is not reminded; the result of a draw is owed to everybody."""
    owed = not (one.is_muted and batch.broadcast.notice in REMINDERS)
    state = State.MISSED if owed else None
    unsure = waiting[one.number].unsure and owed
    return Told(one.number, one.member_id, state, unsure=unsure)
