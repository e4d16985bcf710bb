"""Through which door each person of a batch may be told: for all of them at once, in a few queries.

First a yes they gave for this very thing, then a door that still grants a message; else not now.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, func, select

from bot.channels import official_account
from bot.channels.limits import Allowance
from bot.inbox import InboxEntry
from bot.message import Channel, Kind
from commerce.lives import permits
from commerce.lives.bookings import Booking
from commerce.outbox import Outgoing, State
from commerce.people import members
from commerce.people.identities import ERASED, Identity
from commerce.people.members import Member
from commerce.people.members import State as Standing
from commerce.store.base import spelt_out
from commerce.work import Work
from jobs.doors import SPOKEN, TAPPED

AWAY = (Standing.SUSPENDED, Standing.LEFT)


class Door(NamedTuple):
    id: int
    openid: str


@dataclass(frozen=True, slots=True)
class Addressee:
    """Somebody who booked. `openid` empty: no door may be used now."""

    number: int
    member_id: int
    is_muted: bool
    identity_id: int | None = None
    openid: str = ""
    permit_id: int | None = None
    """The yes that it takes."""


def addressed(
    work: Work,
    live_id: int,
    numbers: Collection[int],
    *,
    template: str | None,
    part_id: int,
    to_muted: bool,
    named: bool = False,
) -> list[Addressee]:
    """Who of these bookings is to be told: not who cancelled, left or is suspended. `to_muted`: it
    is no advertisement; `named`: it is for these numbers, whatever else the person has booked."""
    if not numbers:
        return []
    booked = _booked(live_id, numbers)
    people, doors = _with_doors(work, live_id, booked, named=named)
    asked = {one.member_id for one in people if to_muted or not one.is_muted}
    doors = {member_id: found for member_id, found in doors.items() if member_id in asked}
    ids = [door.id for found in doors.values() for door in found]
    yes = permits.held(work, ids, template, part_id) if template and ids else {}
    granted = _granted(work, ids) if len(yes) < len(ids) else {}
    return [_placed(one, doors.get(one.member_id, []), yes, granted) for one in people]


def _booked(live_id: int, numbers: Collection[int]) -> ColumnElement[bool]:
    """Bookings that count. Mostly numbers follow each other: a span of them is quickly said."""
    first, last = min(numbers), max(numbers)
    these = Booking.number.between(first, last)
    if last - first >= len(numbers):
        these = Booking.number.in_(spelt_out(numbers))
    return and_(Booking.live_id == live_id, these, Booking.cancelled_at.is_(None))


def _with_doors(
    work: Work, live_id: int, booked: ColumnElement[bool], *, named: bool
) -> tuple[list[Addressee], dict[int, list[Door]]]:
    """The people, and the doors of each that are open, the newest first."""
    rows = (
        select(
            Booking.number,
            Member.id,
            Member.state,
            Member.muted_at,
            Member.merged_into,
            Identity.id.label("door"),
            Identity.external_id,
        )
        .join(Member, Member.id == Booking.member_id)
        .outerjoin(Identity, and_(Identity.member_id == Member.id, _open_doors()))
        .where(booked, Member.state.not_in(AWAY))
        .order_by(Booking.number, Identity.id.desc())
    )
    people: dict[int, Addressee] = {}
    doors: dict[int, list[Door]] = defaultdict(list)
    several = _several(work, booked)
    for row in work.session.execute(rows):
        if row.merged_into is not None or row.id in several:
            several.add(row.merged_into or row.id)
            continue
        people[row.number] = Addressee(row.number, row.id, row.muted_at is not None)
        if row.door is not None:
            doors[row.id].append(Door(row.door, row.external_id))
    for one in _once(work, live_id, booked, several, named=named) if several else ():
        people[one.number] = one
        doors[one.member_id] = _doors(work, one.member_id)
    return list(people.values()), doors


def _open_doors() -> ColumnElement[bool]:
    return and_(
        Identity.channel == Channel.OFFICIAL,
        Identity.is_open,
        Identity.external_id.not_like(f"{ERASED}%"),
    )


def _doors(work: Work, member_id: int) -> list[Door]:
    theirs = select(Identity.id, Identity.external_id).where(
        Identity.member_id == member_id, _open_doors()
    )
    found = work.session.execute(theirs.order_by(Identity.id.desc()))
    return [Door(identity_id, openid) for identity_id, openid in found]


def _several(work: Work, booked: ColumnElement[bool]) -> set[int]:
    """Who booked and has been several members before."""
    merged = select(Member.merged_into).where(
        Member.merged_into.in_(select(Booking.member_id).where(booked))
    )
    return {one for one in work.session.scalars(merged.distinct()) if one is not None}


def _once(
    work: Work,
    live_id: int,
    booked: ColumnElement[bool],
    member_ids: Collection[int],
    *,
    named: bool,
) -> list[Addressee]:
    """Each is told once, by the lowest number they booked, or the lowest named, whoever they were
    then."""
    numbers = set(work.session.scalars(select(Booking.number).where(booked)))
    found = []
    for member_id in {members.get(work, one).id for one in member_ids}:
        member = members.get(work, member_id)
        theirs = select(func.min(Booking.number)).where(
            Booking.live_id == live_id,
            Booking.member_id.in_(members.with_former_ids(work, member)),
            booked if named else Booking.cancelled_at.is_(None),
        )
        lowest = work.session.scalar(theirs)
        if lowest in numbers and member.state not in AWAY:
            found.append(Addressee(lowest, member.id, member.muted_at is not None))
    return found


def _placed(
    one: Addressee, doors: Sequence[Door], yes: dict[int, int], granted: dict[int, int]
) -> Addressee:
    door = next((door for door in doors if door.id in yes), None)
    door = door or next((door for door in doors if granted.get(door.id, 0) > 0), None)
    if door is None:
        return one
    permit_id = yes.get(door.id)
    return Addressee(one.number, one.member_id, one.is_muted, door.id, door.openid, permit_id)


def _granted(work: Work, identity_ids: Collection[int]) -> dict[int, int]:
    """How many messages the platform still grants at each door: the larger of both windows."""
    limits = official_account.LIMITS
    since = work.now - max(limits.after_message.lasts, limits.after_tap.lasts)
    heard = _heard(work, identity_ids, since) if identity_ids else {}
    sent = _sent(work, list(heard), since) if heard else {}
    return {
        identity_id: max(
            _left(kinds, SPOKEN, limits.after_message, sent.get(identity_id, []), work.now),
            _left(kinds, TAPPED, limits.after_tap, sent.get(identity_id, []), work.now),
        )
        for identity_id, kinds in heard.items()
    }


def _left(
    heard: dict[str, datetime],
    kinds: tuple[Kind, ...],
    grant: Allowance,
    sent: list[datetime],
    now: datetime,
) -> int:
    at = max((heard[kind] for kind in kinds if kind in heard), default=None)
    if at is None or at + grant.lasts <= now:
        return 0
    return grant.messages - sum(one >= at for one in sent)


def _heard(
    work: Work, identity_ids: Collection[int], since: datetime
) -> dict[int, dict[str, datetime]]:
    rows = (
        select(InboxEntry.identity_id, InboxEntry.kind, func.max(InboxEntry.heard_at))
        .where(InboxEntry.identity_id.in_(spelt_out(identity_ids)), InboxEntry.heard_at > since)
        .group_by(InboxEntry.identity_id, InboxEntry.kind)
    )
    found: dict[int, dict[str, datetime]] = defaultdict(dict)
    for identity_id, kind, at in _plain(work, rows):
        found[identity_id][kind] = at
    return found


def _sent(work: Work, identity_ids: Collection[int], since: datetime) -> dict[int, list[datetime]]:
    rows = select(Outgoing.identity_id, Outgoing.sent_at).where(
        Outgoing.identity_id.in_(spelt_out(identity_ids)),
        Outgoing.state == State.SENT,
        Outgoing.sent_at >= since,
    )
    found: dict[int, list[datetime]] = defaultdict(list)
    for identity_id, at in _plain(work, rows):
        found[identity_id].append(at)
    return found


def _plain(work: Work, rows: Any) -> Any:
    """Columns that may be empty elsewhere, and cannot be here."""
    return work.session.execute(rows)
