"""
Who is on the list of a draw: everybody who has booked, but not the house's own people, who is
suspended, or who left after booking. One person is on it once, with their first number.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, or_, select

from commerce.goods.touches import Touch
from commerce.lives import draw
from commerce.lives.bookings import Booking
from commerce.lives.lives import Live
from commerce.lives.lotteries import Lottery
from commerce.people import members
from commerce.people.members import Member, State
from commerce.people.staff import Staff
from commerce.work import Work

AT_ONCE = 500
MOST_TICKETS = 99
"""The index of a ticket has two digits."""


@dataclass(frozen=True)
class Entrants:
    """The tickets in their order, and how many people they belong to."""

    tickets: list[str]
    people: int


def entrants(work: Work, lottery: Lottery, live: Live) -> Entrants:
    """As it stands now. Whoever freezes it holds the live's counter."""
    out = _of_no_entrant(work, lottery, live) | _second_numbers(work, live)
    found = _booked(work, live)
    numbers = [number for number in found if number not in out] if out else found
    more = _extra_tickets(work, lottery, live)
    if not more:  # As draw.ticket(number, 1), a million times.
        return Entrants([f"{number:06d}-01" for number in numbers], len(numbers))
    tickets = [
        draw.ticket(number, index)
        for number in numbers
        for index in range(1, 2 + more.get(number, 0))
    ]
    return Entrants(tickets, len(numbers))


def why_not(work: Work, live: Live, member: Member, booked_at: datetime) -> str:
    """What keeps this person from winning: 「host」, 「staff」, 「suspended」 or 「left」; empty:
    nothing."""
    if members.get(work, live.host_id).id == member.id:
        return "host"
    works = select(Staff.role).where(Staff.member_id.in_(members.with_former_ids(work, member)))
    if work.session.scalar(works.limit(1)) is not None:
        return "staff"
    if member.state == State.SUSPENDED:
        return "suspended"
    return "left" if member.left_at is not None and member.left_at >= booked_at else ""


def _booked(work: Work, live: Live) -> list[int]:
    """The numbers that count, ascending. No two are alike: as many as there are between the first
    and the last, without the cancelled ones, are all of them, and a million need not be read."""
    of_live, counts = Booking.live_id == live.id, Booking.cancelled_at.is_(None)
    span = select(func.count(), func.min(Booking.number), func.max(Booking.number))
    count, first, last = work.session.execute(span.where(of_live, counts)).one()
    if not count:
        return []
    gone = set(work.session.scalars(select(Booking.number).where(of_live, ~counts)))
    numbers = [number for number in range(first, last + 1) if number not in gone]
    if len(numbers) == count:
        return numbers
    rows = select(Booking.number).where(of_live, counts).order_by(Booking.number)
    return list(work.session.scalars(rows))


def _of_no_entrant(work: Work, lottery: Lottery, live: Live) -> set[int]:
    """The numbers of who may not win. Nobody booked before the lottery was announced."""
    perhaps = select(Member.id).where(
        Member.merged_into.is_(None),
        or_(Member.state == State.SUSPENDED, Member.left_at >= lottery.created_at),
    )
    people = {*work.session.scalars(perhaps), *work.session.scalars(select(Staff.member_id))}
    people = {members.get(work, number).id for number in (live.host_id, *people)}
    return {
        booking.number
        for booking, member in _bookings_of(work, live, people)
        if why_not(work, live, member, booking.booked_at)
    }


def _second_numbers(work: Work, live: Live) -> set[int]:
    """Several bookings of one person, who was several members then: all but the first."""
    merged = (
        select(Member.merged_into)
        .join(Booking, Booking.member_id == Member.id)
        .where(Booking.live_id == live.id, Member.merged_into.is_not(None))
        .distinct()
    )
    people = {number for number in work.session.scalars(merged) if number is not None}
    first: dict[int, int] = {}
    out: set[int] = set()
    for booking, member in _bookings_of(work, live, people):
        if first.setdefault(member.id, booking.number) != booking.number:
            out.add(booking.number)
    return out


def _bookings_of(work: Work, live: Live, people: Iterable[int]) -> list[tuple[Booking, Member]]:
    """What these people, and who was merged into them, have booked; by ascending number."""
    ordered = sorted(people)
    found: list[Booking] = []
    for start in range(0, len(ordered), AT_ONCE):
        some = ordered[start : start + AT_ONCE]
        rows = (
            select(Booking)
            .join(Member, Member.id == Booking.member_id)
            .where(
                Booking.live_id == live.id,
                Booking.cancelled_at.is_(None),
                or_(Member.id.in_(some), Member.merged_into.in_(some)),
            )
        )
        found += work.session.scalars(rows).all()
    found.sort(key=lambda booking: booking.number)
    return [(booking, members.get(work, booking.member_id)) for booking in found]


def _extra_tickets(work: Work, lottery: Lottery, live: Live) -> dict[int, int]:
    """Where the rules it was announced by give more: so many per booked friend, by the number of
    whose card brought them."""
    each = int(lottery.terms["extra_tickets"])
    if not each:
        return {}
    latest = select(func.max(Touch.id)).where(Touch.live_id == live.id).group_by(Touch.buyer_id)
    rows = (
        select(Touch.star_id, func.count())
        .join(Booking, (Booking.live_id == live.id) & (Booking.member_id == Touch.buyer_id))
        .where(Touch.id.in_(latest), Booking.cancelled_at.is_(None))
        .group_by(Touch.star_id)
    )
    friends = {members.get(work, star).id: count for star, count in work.session.execute(rows)}
    return {
        booking.number: min(each * friends[member.id], MOST_TICKETS - 1)
        for booking, member in _bookings_of(work, live, friends)
    }
