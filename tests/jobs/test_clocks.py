"""Clocks that jump, a worker that slept for an hour, midnight in Shanghai (E68, E69): what happened
first is what the database has first, and what was due is done once."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from commerce.agenda import DueTask
from commerce.errors import BookingClosed, PlannedInThePast
from commerce.goods import paying
from commerce.goods.offers import LiveOffer
from commerce.goods.orders import Offer, Order
from commerce.goods.orders import State as OrderState
from commerce.goods.products import Product
from commerce.lives import bookings, checking, hosting, lotteries
from commerce.lives.broadcasts import Broadcast
from commerce.lives.lives import Live, State
from commerce.lives.lotteries import Lottery
from commerce.money import ledger
from commerce.money.paying_in import Came
from commerce.money.settlement import Settlement
from commerce.people.members import Member
from commerce.work import Office, Work
from handlers.live_words import when
from jobs import tick
from jobs.shop import Shop
from tests.commerce.draws import crowd, given, numbers, with_lottery
from tests.commerce.sales import product
from tests.commerce.stars import star, visitor
from tests.commerce.test_offers import buys, first_n, pays, stair, standing, takes
from tests.people import Clock

EIGHT = datetime(2026, 3, 6, 12, tzinfo=UTC)  # Friday, 20:00 in Shanghai.
OF_LIVES = (
    "remind",
    "freeze_draw",
    "draw",
    "lapse_prizes",
    "end_live",
    "expire_order",
    "give_back_differences",
    "settle",
)


@pytest.fixture
def shop(office: Office, tmp_path: Path) -> Shop:
    return Shop(office, None, None, tmp_path, tmp_path)  # type: ignore[arg-type]


@pytest.fixture
def goods(office: Office) -> Product:
    with office.work() as work:
        return product(work)


@pytest.fixture
def friday(office: Office) -> Live:
    """The shop's own live, announced on Monday for Friday at eight, with its reminders planned."""
    with office.work() as work:
        host = star(work, "主播")
        hosting.confirm(work, host, "王小明")
        return hosting.create(work, host, "春日好物专场", EIGHT, for_shop=True)


def wakes(shop: Shop) -> list[str]:
    """A worker does what is due in the order the tick hands it over, until nothing is."""
    done: list[str] = []
    while found := due(shop.office):
        for task_id, task in found:
            assert tick.run(shop, task_id), task
            done.append(task)
    return done


def due(office: Office) -> list[tuple[int, str]]:
    ids: list[int] = []
    tick.tick(office, lambda task_id, *_: ids.append(task_id))
    with office.reading() as work:
        found = [work.session.get_one(DueTask, task_id) for task_id in ids]
    return [(one.id, one.task) for one in found if one.task in OF_LIVES]


def begun(work: Work) -> list[str]:
    return list(work.session.scalars(select(Broadcast.notice).order_by(Broadcast.id)))


def now_of(work: Work, live: Live) -> Live:
    return work.session.get_one(Live, live.id, populate_existing=True)


def drawn_of(work: Work, live: Live) -> Lottery:
    lottery = lotteries.of_live(work, live.id, anew=True)
    assert lottery is not None
    return lottery


# A worker asleep.


def test_asleep_over_the_reminders_and_the_latest_draw(
    office: Office, shop: Shop, clock: Clock, friday: Live
):
    """Nobody started it; the worker slept from before seven to half past nine."""
    with office.work() as work:
        with_lottery(work, now_of(work, friday))
        crowd(work, now_of(work, friday), 12)
    clock.now = EIGHT + timedelta(minutes=90)

    assert wakes(shop) == ["remind", "remind", "freeze_draw", "draw"]

    with office.reading() as work:
        lottery = drawn_of(work, friday)
        assert (lottery.state, len(given(work, lottery))) == (lotteries.State.DRAWN, 3)
        # No reminder of what should have begun long ago; nobody loses time to claim.
        assert begun(work) == ["lottery_won"] * 3 + ["lottery_drawn"]
        assert lottery.claim_until == clock.now + timedelta(hours=72)
    assert wakes(shop) == []


def test_asleep_into_the_last_hour_the_reminder_says_how_long_there_really_is(
    office: Office, shop: Shop, clock: Clock, friday: Live
):
    with office.work() as work:
        crowd(work, now_of(work, friday), 1)
    clock.now = EIGHT - timedelta(minutes=20)

    assert wakes(shop) == ["remind", "remind"]

    with office.reading() as work:
        [said] = work.session.scalars(select(Broadcast)).all()
        assert said.facts["before_s"] == 20 * 60


def test_asleep_over_the_end_what_was_due_first_is_done_first(
    office: Office, shop: Shop, clock: Clock, friday: Live, goods: Product
):
    """Two paid 99.00, two 89.00, the last price is 79.00; a fifth never pays. Ended at nine; the
    worker slept until ten."""
    clock.now = EIGHT
    with office.work() as work:
        tonight = now_of(work, friday)
        hosting.start(work, tonight.id, by=None)
        stair(work, tonight, goods, price_protection=True)
        for _ in range(4):
            pays(work, takes(work, goods, tonight))
    clock.now = EIGHT + timedelta(minutes=50)
    with office.work() as work:
        takes(work, goods, now_of(work, friday))
    clock.now = EIGHT + timedelta(hours=1)
    with office.work() as work:
        hosting.end(work, friday.id, by=None)
    clock.now = EIGHT + timedelta(hours=2)

    # Due on Thursday at eight, Friday at seven and eight; a quarter past eight, of what was paid;
    # nine; five past nine; ten past nine.
    early = ["remind"] * 3 + ["expire_order"] * 4
    assert wakes(shop) == [*early, "give_back_differences", "expire_order", "settle"]
    with office.reading() as work:
        orders = list(work.session.scalars(select(Order).order_by(Order.id)))
        assert [order.difference_fen for order in orders] == [20_00, 20_00, 10_00, 10_00, 0]
        assert orders[4].state == OrderState.CANCELLED
        assert ledger.balance_fen(work, ledger.escrow(str(friday.id))) == 0
        assert len(work.session.scalars(select(Settlement)).all()) == 1
    assert wakes(shop) == []


# A clock that jumps.


def test_back_by_an_hour_nothing_begins_again_and_numbers_go_on(
    office: Office, shop: Shop, clock: Clock, friday: Live, goods: Product
):
    with office.work() as work:
        with_lottery(work, now_of(work, friday))
        early = crowd(work, now_of(work, friday), 6)
    clock.now -= timedelta(hours=1)
    with office.work() as work:
        late = crowd(work, now_of(work, friday), 6)
    clock.now = EIGHT
    with office.work() as work:
        hosting.start(work, friday.id, by=None)
        offer_id = first_n(work, now_of(work, friday), goods, pieces=3).id
        takes(work, goods, now_of(work, friday))
    wakes(shop)
    with office.reading() as work:
        won = numbers(work, given(work, drawn_of(work, friday)))

    clock.now = EIGHT - timedelta(hours=1)  # Before its start, and before its last hour.

    assert wakes(shop) == []
    with office.work() as work:
        tonight = now_of(work, friday)
        found = [bookings.of(work, one, tonight) for one in (*early, *late)]
        assert [one.number for one in found if one] == list(range(1, 13))
        with pytest.raises(BookingClosed):
            bookings.book(work, visitor(work), tonight)
        assert not hosting.start(work, tonight.id, by=None)
        assert tonight.started_at == EIGHT
        assert takes(work, goods, tonight).seat_no == 2
        assert numbers(work, given(work, drawn_of(work, friday))) == won
        assert standing(work, work.session.get_one(LiveOffer, offer_id)) == (1, 2, 0)


def test_back_by_an_hour_after_the_settlement_late_money_is_settled_too(
    office: Office, shop: Shop, clock: Clock, friday: Live, goods: Product
):
    """Ended at nine and settled at ten past; then it is five past eight again, and one whose order
    had run out pays after all."""
    clock.now = EIGHT
    with office.work() as work:
        hosting.start(work, friday.id, by=None)
        first_n(work, now_of(work, friday), goods, pieces=2)
        pays(work, takes(work, goods, now_of(work, friday)))
        late = takes(work, goods, now_of(work, friday))
    clock.now = EIGHT + timedelta(hours=1)
    with office.work() as work:
        hosting.end(work, friday.id, by=None)
    clock.now = EIGHT + timedelta(minutes=70)
    assert wakes(shop)[-1] == "settle"

    clock.now = EIGHT + timedelta(minutes=5)

    with office.work() as work:
        assert not hosting.end(work, friday.id, by=None)
        assert now_of(work, friday).ended_at == EIGHT + timedelta(hours=1)
        [outside] = buys(work, visitor(work), goods, now_of(work, friday))
        assert (outside.offer, outside.unit_fen) == (Offer.LIST, 99_00)
        assert pays(work, work.session.get_one(Order, late.id)) == Came.PAID
        assert ledger.balance_fen(work, ledger.escrow(str(friday.id))) == 9_90
    assert "settle" not in wakes(shop)
    clock.now = EIGHT + timedelta(minutes=70)
    assert wakes(shop).count("settle") == 1
    with office.reading() as work:
        assert ledger.balance_fen(work, ledger.escrow(str(friday.id))) == 0
        sold = work.session.scalars(select(Order).where(Order.offer == Offer.FIRST_N)).all()
        assert [one.unit_fen for one in sold if one.settlement_id is not None] == [9_90, 9_90]


def test_ahead_by_an_hour_and_back_who_ran_out_too_early_pays_and_has_the_seat(
    office: Office, shop: Shop, clock: Clock, friday: Live, goods: Product
):
    """A host an hour ahead let the order run out after ten minutes of real time."""
    clock.now = EIGHT
    with office.work() as work:
        hosting.start(work, friday.id, by=None)
        offer_id = first_n(work, now_of(work, friday), goods, pieces=1).id
        order = takes(work, goods, now_of(work, friday))
    clock.now = EIGHT + timedelta(minutes=10 + 60)
    assert "expire_order" in wakes(shop)

    clock.now = EIGHT + timedelta(minutes=10)

    with office.work() as work:
        again = work.session.get_one(Order, order.id)
        assert again.state == OrderState.CANCELLED
        assert pays(work, again) == Came.PAID
        assert (again.state, again.seat_no, again.unit_fen) == (OrderState.PAID, 1, 9_90)
        assert standing(work, work.session.get_one(LiveOffer, offer_id)) == (0, 0, 1)


# Cut-offs, to the second.


def test_the_latest_draw_is_at_its_second_and_not_before(
    office: Office, shop: Shop, clock: Clock, friday: Live
):
    with office.work() as work:
        with_lottery(work, now_of(work, friday))
        crowd(work, now_of(work, friday), 12)
    clock.now = EIGHT + timedelta(minutes=30) - timedelta(seconds=1)
    assert wakes(shop) == ["remind", "remind"]
    with office.work() as work:
        last = bookings.book(work, visitor(work), now_of(work, friday))

    clock.now += timedelta(seconds=1)

    assert wakes(shop) == ["freeze_draw", "draw"]
    with office.work() as work:
        lottery = drawn_of(work, friday)
        assert (lottery.state, lottery.people) == (lotteries.State.DRAWN, last.number)
        with pytest.raises(BookingClosed):
            bookings.book(work, visitor(work), now_of(work, friday))


def test_a_live_nobody_ends_ends_at_its_latest_second(
    office: Office, shop: Shop, clock: Clock, friday: Live
):
    clock.now = EIGHT
    with office.work() as work:
        hosting.start(work, friday.id, by=None)
    clock.now = EIGHT + timedelta(hours=12, seconds=-1)
    assert "end_live" not in wakes(shop)

    clock.now += timedelta(seconds=1)

    assert "end_live" in wakes(shop)
    with office.reading() as work:
        live = now_of(work, friday)
        assert (live.state, live.ended_at, live.ended_late) == (State.ENDED, clock.now, True)


def test_an_order_is_kept_to_its_last_second(
    office: Office, shop: Shop, clock: Clock, friday: Live, goods: Product
):
    clock.now = EIGHT
    with office.work() as work:
        hosting.start(work, friday.id, by=None)
        first_n(work, now_of(work, friday), goods, pieces=1)
        order = takes(work, goods, now_of(work, friday))
    clock.now = EIGHT + timedelta(minutes=15, seconds=-1)
    assert "expire_order" not in wakes(shop)

    clock.now += timedelta(seconds=1)

    assert "expire_order" in wakes(shop)
    with office.reading() as work:
        assert work.session.get_one(Order, order.id).state == OrderState.CANCELLED


# Midnight in Shanghai, which is four in the afternoon in the database.


def test_over_midnight_money_stays_with_its_live_and_outside_it_with_the_day_it_was_paid(
    office: Office, clock: Clock, friday: Live, goods: Product
):
    midnight = datetime(2026, 3, 6, 16, tzinfo=UTC)
    clock.now = midnight - timedelta(seconds=90)
    with office.work() as work:
        hosting.start(work, friday.id, by=None)
        inside = takes(work, goods, now_of(work, friday))
        [outside] = buys(work, visitor(work), goods, None)
        assert pays(work, buys(work, visitor(work), goods, None)[0]) == Came.PAID
    clock.now = midnight
    with office.work() as work:
        for one in (inside, outside):
            assert pays(work, work.session.get_one(Order, one.id)) == Came.PAID

    with office.reading() as work:
        found = list(work.session.scalars(select(Order).order_by(Order.id)))
        assert [one.escrow for one in found] == [str(friday.id), "2026-03-07", "2026-03-06"]
    assert paying.place(None, midnight - timedelta(microseconds=1)) == "2026-03-06"


@pytest.mark.parametrize(
    ("paused_at", "answered_at"),
    [
        # 23:59 on the sixth, and 00:00 on the seventh: each time the next noon but one day on.
        (datetime(2026, 3, 6, 15, 59, tzinfo=UTC), datetime(2026, 3, 7, 4, tzinfo=UTC)),
        (datetime(2026, 3, 6, 16, 0, tzinfo=UTC), datetime(2026, 3, 8, 4, tzinfo=UTC)),
    ],
)
def test_the_next_day_is_the_next_day_in_shanghai(paused_at: datetime, answered_at: datetime):
    assert checking.answer_by(paused_at) == answered_at


def test_a_live_after_midnight_is_said_by_its_own_day_and_the_past_is_none(
    office: Office, clock: Clock
):
    half_past = datetime(2026, 3, 6, 16, 30, tzinfo=UTC)
    assert when(half_past) == "3月7日 周六 00:30"
    with office.work() as work:
        host = star(work, "主播")
        hosting.confirm(work, host, "王小明")
        hosting.create(work, host, "夜场", half_past, for_shop=True)
    clock.now = half_past + timedelta(seconds=1)
    with office.work() as work, pytest.raises(PlannedInThePast):
        hosting.create(work, host_of(work), "夜场", half_past, for_shop=True)


def host_of(work: Work) -> Member:
    return work.session.scalars(select(Member)).one()
