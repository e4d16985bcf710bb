"""
Saying what is on the outbox to one person: in order, within what the platform grants, once.

A row is leased before it is sent, in one transaction with its task; what became of it, the next
row and the end of the task are one transaction, too. Killed between the platform's yes and our
note of it, the row is said once more after the lease: platforms keep no memory of what they were
asked to say.
"""

import logging
from dataclasses import dataclass
from datetime import datetime

from bot import inbox
from bot.channels import official_account
from bot.channels.limits import Allowance
from bot.message import Channel, Kind
from bot.reply import Picture, Reply, Text, Video, from_json
from commerce import agenda, outbox
from commerce.agenda import DueTask
from commerce.errors import PlatformError, Rejected, WindowClosed
from commerce.outbox import Outgoing, State
from commerce.people import identities, members
from commerce.people.identities import Identity
from commerce.work import Work
from jobs import pictures
from jobs.leases import held
from jobs.shop import Shop, real_now

log = logging.getLogger(__name__)

SPOKEN = (Kind.TEXT, Kind.VIDEO, Kind.OTHER)
TAPPED = (Kind.TAP, Kind.SCAN, Kind.HAPPENING)
NOT_FOLLOWING = {40003, 43004}
NO_SUCH_MEDIUM = 40007


class Lost(Exception):
    """Somebody else is or may be saying it: whoever notices stops, and notes nothing."""


@dataclass(frozen=True)
class Taken:
    """What is said now, through which door. No door, or nothing granted there: not now."""

    member_id: int
    rows: list[Outgoing]
    door: Identity | None


@dataclass(frozen=True)
class Outcome:
    """What became of what was said. `error`: what the task fails with, to be tried again."""

    state: State
    note: str = ""
    error: PlatformError | None = None


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
    further = None if outcome.error else _take(work, taken.member_id)
    if further and not further.rows and not agenda.finish(work, task):
        return None
    return further


def allowance(work: Work, door: Identity) -> int:
    """How many messages the platform still grants at this door: the larger of both windows."""
    limits, heard = official_account.LIMITS, inbox.last_heard(work, door.id)
    windows = [
        window
        for kinds, grant in ((SPOKEN, limits.after_message), (TAPPED, limits.after_tap))
        if (window := _window(work, heard, kinds, grant))
    ]
    if not windows:
        return 0
    sent = outbox.sent_since(work, door.id, min(since for since, _ in windows))
    return max(grants - sum(at >= since for at in sent) for since, grants in windows)


def _window(
    work: Work, heard: dict[Kind, datetime], kinds: tuple[Kind, ...], grant: Allowance
) -> tuple[datetime, int] | None:
    """Since when it is open, and for how many."""
    since = max((heard[kind] for kind in kinds if kind in heard), default=None)
    if since is None or since + grant.lasts <= work.now:
        return None
    return since, grant.messages


def _take(work: Work, member_id: int) -> Taken | None:
    """Without rows there is nothing to say; None: somebody else is speaking to them."""
    rows = outbox.take(work, member_id, real_now=real_now())
    if not rows:
        return None if rows is None else Taken(member_id, [], None)
    doors = [door for door in identities.of_member(work, member_id) if _may_knock(door)]
    doors.sort(key=lambda door: door.id != rows[0].identity_id)
    granted = (door for door in doors if allowance(work, door) > 0)
    return Taken(member_id, rows, next(granted, None))


def _may_knock(door: Identity) -> bool:
    return door.is_open and not door.is_erased and door.channel == Channel.OFFICIAL


def _said(shop: Shop, task: DueTask, taken: Taken) -> Outcome:
    if taken.door is None:
        return Outcome(State.MISSED)
    try:
        with held(shop.office, lambda work: _renew(work, task, taken)):
            _send(shop, task, taken, taken.door)
    except WindowClosed as error:
        return Outcome(State.MISSED, str(error.code))
    except PlatformError as error:
        if error.retryable:
            tired = taken.rows[0].attempts >= agenda.TRIES  # Then a visit is waited for.
            return Outcome(State.MISSED if tired else State.WAITING, str(error.code), error)
        log.warning("not said: %s", error.code)
        gone = error.code in NOT_FOLLOWING
        return Outcome(State.MISSED if gone else State.FAILED, str(error.code))
    return Outcome(State.SENT)


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


def _send(shop: Shop, task: DueTask, taken: Taken, door: Identity) -> None:
    reply, media_id = _reply(shop, taken.rows), None
    if isinstance(reply, Picture):
        media_id = pictures.uploaded(shop, reply)
        if not shop.office.do(lambda work: _renew(work, task, taken)):
            raise Lost
    payload = official_account.render_custom(reply, door.external_id, media_id)
    try:
        shop.wechat.send_custom(payload)
    except Rejected as error:
        if not isinstance(reply, Video) or error.code != NO_SUCH_MEDIUM:
            raise
        gone = official_account.render_custom(Text(reply.otherwise), door.external_id)
        shop.wechat.send_custom(gone)
