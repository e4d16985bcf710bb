"""
Saying what is on the outbox to one person: in order, within what the platform grants, once.

A row is leased before it is sent, in one transaction with its task; what became of it, the next
row and the end of the task are one transaction, too. Killed between the platform's yes and our
note of it, the row is said once more after the lease: platforms keep no memory of what they were
asked to say.
"""

import logging
from dataclasses import dataclass

from bot.message import Channel
from bot.reply import Picture, Reply, Text, from_json
from commerce import agenda, outbox, undelivered
from commerce.agenda import DueTask
from commerce.errors import PlatformError, WindowClosed
from commerce.outbox import Outgoing, State
from commerce.people import identities, members
from commerce.people.identities import Identity
from commerce.work import Work
from jobs import pictures
from jobs.doors import DOORS, allowance
from jobs.leases import held
from jobs.shop import Shop, real_now

log = logging.getLogger(__name__)


class Lost(Exception):
    """Somebody else is or may be saying it: whoever notices stops, and notes nothing."""


@dataclass(frozen=True)
class Taken:
    """What is said now, through which door. No door, or nothing granted there: not now."""

    member_id: int
    rows: list[Outgoing]
    door: Identity | None

    @property
    def channel(self) -> Channel:
        """An answer for a group goes back there, whoever asked."""
        assert self.door is not None
        return Channel.GROUP if self.rows[0].said.get("aloud") else Channel(self.door.channel)


@dataclass(frozen=True)
class Outcome:
    """What became of what was said. `error`: what the task fails with, to be tried again."""

    state: State
    note: str = ""
    error: PlatformError | None = None
    said_as: str = ""
    """The platform's name of it, where it may still tell that it did not arrive."""


def begin(work: Work, task: DueTask) -> tuple[DueTask, Taken] | None:
    """The lease of a task and of what is said next. None: there was nothing left to say, or
    somebody else is speaking to them, and the task is due again soon. Lost: it is not ours."""
    taken = _take(work, members.get(work, task.args["member_id"]).id)
    if taken is None:
        agenda.put_off(work, task.id, real_now=real_now())
        return None
    if not taken.rows:
        agenda.claim(work, task.id)
        return None
    leased = agenda.lease(work, task.id, real_now=real_now())
    if leased is None:
        raise Lost
    return leased, taken


def deliver(shop: Shop, task: DueTask, taken: Taken) -> bool:
    """Say everything that is due to this member, and finish. False when somebody else goes on."""
    further: Taken | None = taken
    while further and further.rows:
        further = _say(shop, task, further)
    return further is not None


def _say(shop: Shop, task: DueTask, taken: Taken) -> Taken | None:
    """What is to be said next. None: that is not for us to know any more."""
    try:
        outcome = _said(shop, task, taken)
    except Lost:
        log.warning("took too long, somebody else says it: %d", taken.rows[0].id)
        return None
    further = shop.office.do(lambda work: _go_on(work, task, taken, outcome))
    if outcome.error:
        raise outcome.error
    return further


def _go_on(work: Work, task: DueTask, taken: Taken, outcome: Outcome) -> Taken | None:
    """Note it and take what is next; if nothing is, the task is done."""
    door_id = taken.door.id if taken.door else None
    for row in taken.rows:
        outbox.came_out(work, row, outcome.state, door_id=door_id, error=outcome.note)
    if outcome.said_as:
        undelivered.note(work, outcome.said_as, taken.rows)
    further = None if outcome.error else _take(work, taken.member_id)
    if further and not further.rows and not agenda.finish(work, task):
        return None
    return further


def _take(work: Work, member_id: int) -> Taken | None:
    """Without rows there is nothing to say; None: somebody else is speaking to them."""
    rows = outbox.take(work, member_id, real_now=real_now())
    if not rows:
        return None if rows is None else Taken(member_id, [], None)
    if rows[0].said.get("aloud"):
        return Taken(member_id, rows, work.session.get(Identity, rows[0].identity_id))
    doors = [door for door in identities.of_member(work, member_id) if _may_knock(work, door)]
    doors.sort(key=lambda door: door.id != rows[0].identity_id)
    granted = (door for door in doors if _is_granted(work, rows[0], door))
    return Taken(member_id, rows, next(granted, None))


def _may_knock(work: Work, door: Identity) -> bool:
    """Not into a colleague's conversation."""
    there = door.is_open and not door.is_erased and door.channel in DOORS
    return there and not identities.with_colleague(door, work.now)


def _is_granted(work: Work, row: Outgoing, door: Identity) -> bool:
    """By the platform's windows, or once by what came with the message that is answered."""
    by_code = "code" in row.said and row.identity_id == door.id and row.attempts == 1
    return by_code or allowance(work, door) > 0


def _said(shop: Shop, task: DueTask, taken: Taken) -> Outcome:
    if taken.door is None:
        return Outcome(State.MISSED)
    try:
        with held(shop.office, lambda work: _renew(work, task, taken)):
            said_as = _send(shop, task, taken, taken.door)
    except WindowClosed as error:
        return Outcome(State.MISSED, str(error.code))
    except PlatformError as error:
        if error.retryable:
            tired = taken.rows[0].attempts >= agenda.TRIES  # Then a visit is waited for.
            return Outcome(State.MISSED if tired else State.WAITING, str(error.code), error)
        log.warning("not said: %s", error.code)
        gone = error.code in DOORS[taken.channel].not_there
        return Outcome(State.MISSED if gone else State.FAILED, str(error.code))
    return Outcome(State.SENT, said_as=said_as or "")


def _renew(work: Work, task: DueTask, taken: Taken) -> bool:
    """Keep others from saying it for a while more. False if one may be saying it already."""
    said = outbox.renew(work, taken.rows, real_now=real_now())
    return said and agenda.renew(work, task, real_now=real_now())


def _reply(shop: Shop, rows: list[Outgoing]) -> Reply:
    """An answer as it was given; notices in their words, said together."""
    said = [row.said for row in rows]
    if "reply" in said[0]:
        return from_json(said[0]["reply"])
    texts = [shop.bot.tell(notice["notice"], notice["facts"]) for notice in said]
    return Text("\n\n".join(text.text for text in texts), texts[-1].choices)


def _send(shop: Shop, task: DueTask, taken: Taken, door: Identity) -> str | None:
    reply, media_id = _reply(shop, taken.rows), None
    way = DOORS[taken.channel]
    if isinstance(reply, Picture):
        media_id = pictures.uploaded(shop, reply, taken.channel, way.upload)
        if not shop.office.do(lambda work: _renew(work, task, taken)):
            raise Lost
    return way.send(shop, reply, door, media_id, _code(taken, door))


def _code(taken: Taken, door: Identity) -> str:
    """What the platform wants to see with an answer, at the door where it was asked."""
    first = taken.rows[0]
    return str(first.said.get("code", "")) if first.identity_id in (door.id, None) else ""
