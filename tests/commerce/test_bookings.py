"""Bookings: one each, a number for good, and none once the list is closed."""

import pytest
from sqlalchemy import func, select

from commerce.errors import BookingClosed, NotActive, NothingBooked
from commerce.lives import bookings, drawing
from commerce.lives.bookings import Booking
from commerce.lives.lives import State
from commerce.people import binding
from commerce.people.members import State as MemberState
from commerce.work import Work
from tests.commerce.draws import crowd, scheduled, starts, with_lottery
from tests.commerce.stars import later, star, visitor


def test_numbers_follow_each_other_from_one(work: Work):
    live, other = scheduled(work), scheduled(work)

    crowd(work, live, 3)
    first_of_another = bookings.book(work, visitor(work), other)

    rows = select(Booking.number).where(Booking.live_id == live.id).order_by(Booking.id)
    assert work.session.scalars(rows).all() == [1, 2, 3]
    assert (first_of_another.number, first_of_another.shown) == (1, "000001")
    assert bookings.count(work, live.id) == 3


def test_booking_twice_is_booking_once(work: Work):
    live, amy = scheduled(work), visitor(work)

    first = bookings.book(work, amy, live)
    again = bookings.book(later(work, hours=1), amy, live)

    assert (again.id, again.number) == (first.id, 1)
    assert bookings.count(work, live.id) == 1


def test_booking_again_after_cancelling_revives_the_same_number(work: Work):
    live, amy = scheduled(work), visitor(work)
    bookings.book(work, amy, live)
    bookings.cancel(work, amy, live)
    crowd(work, live, 2)
    assert bookings.of(work, amy, live) is None
    assert bookings.count(work, live.id) == 2

    revived = bookings.book(work, amy, live)

    assert revived.number == 1
    assert bookings.count(work, live.id) == 3
    assert bookings.book(work, visitor(work), live).number == 4


def test_nothing_booked_nothing_to_cancel(work: Work):
    live, amy = scheduled(work), visitor(work)
    with pytest.raises(NothingBooked):
        bookings.cancel(work, amy, live)

    bookings.book(work, amy, live)
    bookings.cancel(work, amy, live)

    with pytest.raises(NothingBooked):
        bookings.cancel(work, amy, live)
    assert bookings.count(work, live.id) == 0


@pytest.mark.parametrize("state", [State.LIVE, State.ENDED, State.SETTLED, State.CANCELLED])
def test_once_it_started_nobody_gets_a_number(work: Work, state: State):
    live, amy = scheduled(work), visitor(work)
    bookings.book(work, amy, live)
    live.state = state

    with pytest.raises(BookingClosed):
        bookings.book(work, visitor(work), live)
    with pytest.raises(BookingClosed):
        bookings.cancel(work, amy, live)

    assert bookings.count(work, live.id) == 1


def test_a_frozen_list_is_closed_though_the_live_has_not_started(work: Work):
    live, lottery = with_lottery(work, threshold=3)
    amy = crowd(work, live, 3)[0]
    late = later(work, days=3, minutes=30)
    drawing.freeze(late, lottery.id)

    with pytest.raises(BookingClosed):
        bookings.book(late, visitor(work), live)
    with pytest.raises(BookingClosed):
        bookings.cancel(late, amy, live)
    assert bookings.book(late, amy, live).number == 1  # Who has one hears the number again.


def test_who_is_suspended_books_nothing(work: Work):
    eve = star(work, "小艺")
    eve.state = MemberState.SUSPENDED

    with pytest.raises(NotActive):
        bookings.book(work, eve, scheduled(work))


def test_two_members_who_became_one_have_one_booking(work: Work):
    live, amy, also_amy = scheduled(work), star(work, "小艾"), visitor(work)
    bookings.book(work, visitor(work), live)
    bookings.book(work, also_amy, live)
    bookings.book(work, amy, live)
    assert binding.merge(work, amy, also_amy) is amy

    assert bookings.book(work, amy, live).number == 2
    assert bookings.cancel(work, amy, live).number == 2

    assert bookings.of(work, amy, live) is None
    assert bookings.count(work, live.id) == 1
    assert bookings.book(work, amy, live).number == 2


def test_what_somebody_has_booked_the_newest_first(work: Work):
    amy = visitor(work)
    first, second, third = (scheduled(work) for _ in range(3))
    for minutes, live in enumerate((first, second, third)):
        bookings.book(later(work, minutes=minutes), amy, live)
    bookings.cancel(work, amy, second)

    found = [live.id for _, live in bookings.of_member(work, amy)]

    assert found == [third.id, first.id]


def test_a_start_does_not_change_who_has_booked(work: Work):
    live, _ = with_lottery(work)
    crowd(work, live, 4)

    starts(work, live)

    active = select(func.count()).where(Booking.live_id == live.id, Booking.cancelled_at.is_(None))
    assert work.session.scalar(active) == bookings.count(work, live.id) == 4
