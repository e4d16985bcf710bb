"""
Bookings of a live: one per person, with a number that stays theirs.

Everybody who books or cancels holds the live's counter first, and so does the freeze of the list:
numbers follow each other, and who comes after the freeze is not on the list.
"""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from commerce.errors import BookingClosed, NotActive, NothingBooked
from commerce.lives import counting, lotteries
from commerce.lives.counting import BookingCount
from commerce.lives.lives import Live, State
from commerce.lives.lotteries import Lottery
from commerce.people import members
from commerce.people.members import Member
from commerce.people.members import State as MemberState
from commerce.store.base import Base, Id
from commerce.work import Work


class Booking(Base):
    """Booking again after cancelling revives the same number."""

    __tablename__ = "bookings"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    live_id: Mapped[int] = mapped_column(Id, ForeignKey("lives.id"))
    member_id: Mapped[int] = mapped_column(Id, ForeignKey("members.id"))
    number: Mapped[int]
    booked_at: Mapped[datetime]
    cancelled_at: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("live_id", "member_id", name="bookings_one_each"),
        UniqueConstraint("live_id", "number", name="bookings_number"),
        Index("bookings_of_member", "member_id", "booked_at"),
        Base.__table_args__,
    )

    @property
    def shown(self) -> str:
        """「000087」"""
        return f"{self.number:06d}"


def book(work: Work, member: Member, live: Live) -> Booking:
    """The person's booking of this live: a new one, the one they have, or the one they cancelled.
    Who is nobody's member may book. BookingClosed once it has started or its list is frozen;
    NotActive for the suspended."""
    if member.state == MemberState.SUSPENDED:
        raise NotActive
    counter = counting.hold(work, live.id)
    booking = _latest(work, member, live.id)
    if booking is not None and booking.cancelled_at is None:
        return booking
    lottery = _still_open(work, live)
    if booking is None:
        counter.last_number += 1
        booking = Booking(live_id=live.id, member_id=member.id, number=counter.last_number)
        work.session.add(booking)
    booking.booked_at, booking.cancelled_at = work.now, None
    counter.booked += 1
    work.session.flush()
    if lottery is not None and counter.booked >= lottery.threshold:
        lotteries.reach(work, lottery)
    return booking


def cancel(work: Work, member: Member, live: Live) -> Booking:
    """They do not come after all; the number stays theirs. NothingBooked, BookingClosed."""
    counter = counting.hold(work, live.id)
    booked = [one for one in _all(work, member, live.id) if one.cancelled_at is None]
    if not booked:
        raise NothingBooked(live.id)
    _still_open(work, live)
    for booking in booked:  # Several, when several members became one.
        booking.cancelled_at = work.now
    counter.booked -= len(booked)
    work.session.flush()
    return booked[0]


def of(work: Work, member: Member, live: Live) -> Booking | None:
    """The person's booking that counts now; None when there is none, or it is cancelled."""
    booking = _latest(work, member, live.id)
    return booking if booking is not None and booking.cancelled_at is None else None


def count(work: Work, live_id: int) -> int:
    """How many are booked now."""
    counted = select(BookingCount.booked).where(BookingCount.live_id == live_id)
    return work.session.scalar(counted) or 0


def of_member(work: Work, member: Member, *, limit: int = 5) -> list[tuple[Booking, Live]]:
    """What the person has booked and not cancelled, the newest first."""
    ids = members.with_former_ids(work, member)
    rows = (
        select(Booking, Live)
        .join(Live, Live.id == Booking.live_id)
        .where(Booking.member_id.in_(ids), Booking.cancelled_at.is_(None))
        .order_by(Booking.booked_at.desc(), Booking.id.desc())
    )
    return [(row[0], row[1]) for row in work.session.execute(rows.limit(limit))]


def _latest(work: Work, member: Member, live_id: int) -> Booking | None:
    """One that counts before one that is cancelled."""
    found = _all(work, member, live_id)
    return min(found, key=lambda one: one.cancelled_at is not None, default=None)


def _all(work: Work, member: Member, live_id: int) -> list[Booking]:
    """Of everybody the person was, the lowest number first, as they are now."""
    ids = members.with_former_ids(work, member)
    rows = select(Booking).where(Booking.live_id == live_id, Booking.member_id.in_(ids))
    current = rows.order_by(Booking.number).execution_options(populate_existing=True)
    return list(work.session.scalars(current))


def _still_open(work: Work, live: Live) -> Lottery | None:
    """As it is now, the counter being held. The live's lottery, if it has one."""
    work.session.refresh(live)
    lottery = lotteries.of_live(work, live.id, anew=True)
    frozen = lottery is not None and lottery.state != lotteries.State.OPEN
    if live.state != State.SCHEDULED or frozen:
        raise BookingClosed(live.id, live.title, live.state)
    return lottery
