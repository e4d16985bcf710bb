"""The board's numbers, each of them worked out by hand; and what the host is told when."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from commerce.agenda import DueTask
from commerce.goods.orders import Order
from commerce.goods.products import Product
from commerce.goods.stock import Stock
from commerce.lives import board, hints, minutes, room, summaries
from commerce.lives.board import Minute, Shown
from commerce.lives.lives import Live, LiveGoods, State
from commerce.money import settlement
from commerce.outbox import Outgoing
from commerce.people.members import Member
from commerce.people.staff import Role
from commerce.work import Office, Work
from tests.commerce.sales import live as on_air
from tests.commerce.sales import paid_order, product
from tests.commerce.stars import later, reviewer, star, visitor
from tests.people import Clock

MINUTE = timedelta(minutes=1)


@pytest.fixture
def host(work: Work) -> Member:
    return star(work, "小明")


@pytest.fixture
def live(work: Work, host: Member) -> Live:
    """On the air since 12:00, until 14:00."""
    made = on_air(work, host)
    made.ends_at = work.now + timedelta(hours=2)
    work.session.flush()
    return made


def test_an_evening_in_numbers(work: Work, live: Live, host: Member):
    lotus, towels = product(work, 99_00, pieces=100), product(work, 39_90, pieces=300)
    shows(work, live, lotus, towels)
    entered = [visitor(work) for _ in range(10)]
    for one in entered:
        room.enter(work, one, live)
    soon = later(work, minutes=3)
    paid(soon, live, entered[0], lotus, 99_00)
    paid(soon, live, entered[0], lotus, 198_00, quantity=2)
    paid(later(work, minutes=25), live, entered[1], towels, 39_90)
    paid(later(work, minutes=26), live, visitor(work), towels, 39_90)

    found = board.figures(later(work, minutes=30), live)

    assert (found.orders, found.gmv_fen) == (4, 376_80)  # 99.00 + 198.00 + 39.90 + 39.90
    assert (found.entered, found.viewers, found.buyers) == (10, 11, 3)
    assert found.conversion_bp == 27_27  # 3 of 11
    assert found.recent_orders == 2
    assert found.recent_bp is None  # Nobody has counted who is there.
    assert [(one.title, one.sold, one.gmv_fen) for one in found.goods] == [
        (lotus.title, 3, 297_00),
        (towels.title, 2, 79_80),
    ]


def test_who_buys_twice_is_one_buyer_and_who_watched_another_live_was_not_here(
    work: Work, live: Live, host: Member
):
    goods, other = product(work), on_air(work, host)
    twice, elsewhere = visitor(work), visitor(work)
    room.enter(work, twice, live)
    room.enter(work, elsewhere, other)
    soon = later(work, minutes=3)
    for buyer in (twice, twice, elsewhere):
        paid(soon, live, buyer, goods, 99_00)
    minutes.write_down(later(work, minutes=4), live.id, {work.now + MINUTE: 40})

    found = board.figures(later(work, minutes=5), live)

    assert (found.entered, found.viewers, found.buyers) == (1, 2, 2)
    assert (found.recent_orders, found.recent_bp) == (3, 5_00)  # 2 of 40
    assert board.recent_bp(later(work, minutes=5), live) == 5_00


def test_stock_on_the_board_is_what_can_still_be_ordered(work: Work, live: Live):
    lotus, tea = product(work, pieces=100), product(work, pieces=7)
    shows(work, live, lotus)
    shelf = work.session.scalars(select(Stock).where(Stock.product_id == lotus.id)).one()
    shelf.reserved = 2
    paid(work, live, visitor(work), tea, 99_00)

    found = board.goods(work, live)

    assert found == (
        Shown(lotus.id, lotus.title, 0, 0, 98),
        Shown(tea.id, tea.title, 1, 99_00, 7),  # Sold there though it was not shown.
    )


def test_nobody_seen_to_enter_says_nothing_about_conversion(work: Work, live: Live):
    paid(work, live, visitor(work), product(work), 99_00)

    found = board.figures(work, live)

    assert (found.viewers, found.buyers, found.conversion_bp) == (1, 1, None)


def test_each_order_stands_in_the_minute_it_was_paid_in(work: Work, live: Live):
    lotus = product(work)
    for seconds, fen in ((0, 10_00), (59, 20_00), (60, 30_00), (179, 40_00)):
        paid(later(work, seconds=seconds), live, visitor(work), lotus, fen)
    room.enter(later(work, seconds=61), visitor(work), live)

    minutes.write_down(later(work, seconds=182), live.id, {work.now + MINUTE: 7})

    assert written(work, live) == [
        (0, None, 0, 2, 30_00),
        (1, 7, 1, 1, 30_00),
        (2, None, 0, 1, 40_00),
    ]


def test_a_payment_told_late_is_put_where_it_belongs(work: Work, live: Live):
    lotus = product(work)
    minutes.write_down(later(work, minutes=5), live.id, {})
    paid(later(work, minutes=2), live, visitor(work), lotus, 99_00)

    minutes.write_down(later(work, minutes=6), live.id, {})

    assert written(work, live)[2] == (2, None, 0, 1, 99_00)
    assert sum(row[3] for row in written(work, live)) == 1


def test_written_down_twice_or_late_it_is_the_same(work: Work, live: Live):
    paid(later(work, minutes=1), live, visitor(work), product(work), 99_00)
    online: dict[datetime, int | None] = {work.now + n * MINUTE: n for n in range(60)}

    minutes.write_down(later(work, minutes=60), live.id, online)
    once = written(work, live)
    minutes.write_down(later(work, minutes=60), live.id, {})

    assert written(work, live) == once
    assert [row[1] for row in once] == list(range(60))
    assert minutes.open_minutes(later(work, minutes=61), live.id) == [work.now + 60 * MINUTE]


def test_after_the_end_only_what_was_still_paid_and_then_it_stops(work: Work, live: Live):
    lotus = product(work)
    ended(later(work, minutes=10, seconds=30), live)
    paid(later(work, minutes=20), live, visitor(work), lotus, 99_00)
    valid = work.rules.orders.unpaid_valid
    work.session.query(DueTask).delete()

    minutes.write_down(later(work, minutes=22), live.id, {})
    assert plans(work) == 1
    minutes.write_down(replace(work, now=live.ended_at + valid + 3 * MINUTE), live.id, {})

    assert [row[0] for row in written(work, live)] == [*range(11), 20]
    assert plans(work) == 1
    found = board.figures(later(work, hours=1), live)
    assert sum(row[3] for row in written(work, live)) == found.orders == 1


def test_the_next_time_is_after_the_next_whole_minute(work: Work, live: Live):
    minutes.begin(later(work, seconds=20), live)
    minutes.begin(later(work, seconds=40), live)

    (task,) = work.session.scalars(select(DueTask).where(DueTask.task == "board_minute"))
    assert task.due_at == work.now + timedelta(seconds=62)


@pytest.mark.parametrize(
    ("buyers", "online", "said"),
    [
        (1, 51, "low_conversion"),  # 1.96 %
        (1, 50, None),  # 2.00 % is not low
        (0, 20, "low_conversion"),
        (0, 19, None),  # So few say nothing.
    ],
)
def test_low_conversion(work: Work, live: Live, buyers: int, online: int, said: str | None):
    goods = product(work)
    for number in range(buyers):
        paid(later(work, minutes=5 + number), live, visitor(work), goods, 99_00)
    now = later(work, minutes=12)
    minutes.write_down(now, live.id, {work.now + 8 * MINUTE: online})

    assert kinds(work, live) == ([said] if said else [])


def test_the_first_minutes_of_a_live_are_not_judged(work: Work, live: Live):
    minutes.write_down(later(work, minutes=9, seconds=59), live.id, {work.now + MINUTE: 100})
    assert kinds(work, live) == []

    minutes.write_down(later(work, minutes=10), live.id, {})
    assert kinds(work, live) == ["low_conversion"]


@pytest.mark.parametrize(
    ("pieces", "sold", "said"),
    [
        (5, 1, True),
        (6, 1, False),
        (10, 90, True),  # 10 of 100
        (11, 90, False),  # 10.89 %
        (0, 3, True),
        (3, 0, False),  # So few were there from the start.
    ],
)
def test_stock_nearly_gone(work: Work, live: Live, pieces: int, sold: int, said: bool):
    goods = product(work, pieces=pieces)
    shows(work, live, goods)
    if sold:
        paid(work, live, visitor(work), goods, 99_00 * sold, quantity=sold)

    hints.give(later(work, minutes=1), live)

    assert kinds(work, live) == ([f"low_stock:{goods.id}"] if said else [])


def test_at_most_one_hint_in_ten_minutes_and_each_product_once(work: Work, live: Live):
    few, fewer = product(work, pieces=3), product(work, pieces=2)
    shows(work, live, few, fewer)
    for goods in (few, fewer):
        paid(work, live, visitor(work), goods, 99_00)

    given = [n for n in range(60) if hints.give(later(work, minutes=n), live) is not None]

    assert given == [0, 10]
    assert kinds(work, live) == [f"low_stock:{few.id}", f"low_stock:{fewer.id}"]


def test_the_hint_before_the_end_is_never_crowded_out(work: Work, live: Live):
    """It ends at minute 120: nothing else is said from 105 on, at 115 it is said, once."""
    few = product(work, pieces=3)
    shows(work, live, few)
    paid(work, live, visitor(work), few, 99_00)

    given = [n for n in range(105, 125) if hints.give(later(work, minutes=n), live) is not None]

    assert given == [115]
    assert kinds(work, live) == ["closing"]


def test_only_the_host_and_colleagues_who_host_are_told(work: Work, live: Live, host: Member):
    colleague, others = reviewer(work, Role.HOST), [reviewer(work, Role.REVIEWER)]
    others.append(reviewer(work, Role.FINANCE))
    few = product(work, pieces=3)
    shows(work, live, few)
    paid(work, live, visitor(work), few, 99_00)

    hints.give(later(work, minutes=1), live)

    told = [row for row in work.session.scalars(select(Outgoing)) if "board_hint" in row.content]
    assert {row.member_id for row in told} == {host.id, colleague.id}
    facts = told[0].said["facts"]
    assert (facts["hint"], facts["product"], facts["left"]) == ("low_stock", few.title, 3)
    assert told[0].said["good_until"] == (work.now + 11 * MINUTE).isoformat()


def test_what_a_settled_live_came_to(office: Office, clock: Clock):
    with office.work() as work:
        host, promoter, buyer = star(work, "小明"), star(work, "小红"), visitor(work)
        live = on_air(work, host)
        goods = product(work, 100_00)  # 20 % commission
        for one in (host, promoter):
            paid_order(work, buyer, one, 100_00, live=live, goods=goods)
        refunded = paid_order(work, visitor(work), host, 50_00, live=live, goods=goods)
        live_id, refunded_id = live.id, refunded.id
    clock.passes(minutes=125)
    with office.work() as work:
        ended(work, work.session.get_one(Live, live_id))
    clock.passes(minutes=10)
    settlement.settle(office, str(live_id))
    with office.work() as work:
        order = work.session.get_one(Order, refunded_id)
        order.refunded_fen, order.difference_fen = 30_00, 10_00

    with office.reading() as work:
        found = summaries.summary(work, work.session.get_one(Live, live_id))

    assert found.lasted == timedelta(minutes=125)
    assert (found.progress.orders, found.progress.settled) == (3, 3)
    assert (found.figures.gmv_fen, found.figures.buyers) == (250_00, 2)
    assert (found.refunds, found.refunded_fen) == (1, 20_00)
    assert (found.earned_fen, found.earners) == (50_00, 2)  # 20 + 20 + 10


def test_the_last_live_of_a_host_is_the_one_that_ended_last(work: Work):
    host, other = star(work, "小明"), star(work, "小红")
    made = [on_air(work, host) for _ in range(7)]
    for number, live in enumerate(made):
        ended(later(work, minutes=number), live)
    ended(later(work, hours=1), on_air(work, other))

    assert summaries.last_over(work, host) == made[-1]
    assert summaries.last_over(work, star(work, "小刚")) is None


def shows(work: Work, live: Live, *goods: Product) -> None:
    for position, one in enumerate(goods):
        work.session.add(LiveGoods(live_id=live.id, product_id=one.id, position=position))
    work.session.flush()


def paid(
    work: Work, live: Live, buyer: Member, goods: Product, base_fen: int, *, quantity: int = 1
) -> None:
    paid_order(work, buyer, None, base_fen, live=live, goods=goods, quantity=quantity)


def ended(work: Work, live: Live) -> None:
    live.state, live.ended_at = State.ENDED, work.now
    work.session.flush()


def written(work: Work, live: Live) -> list[tuple[int, int | None, int, int, int]]:
    """Minute, online, entered, orders and fen, in their order."""
    rows: Iterable[Minute] = board.minutes_of(work, live)
    assert live.started_at is not None
    return [
        (
            int((row.minute - board.minute_of(live.started_at)).total_seconds()) // 60,
            row.online,
            row.entered,
            row.orders,
            row.gmv_fen,
        )
        for row in rows
    ]


def kinds(work: Work, live: Live) -> list[str]:
    given = select(board.Hint).where(board.Hint.live_id == live.id).order_by(board.Hint.id)
    return [one.kind for one in work.session.scalars(given)]


def plans(work: Work) -> int:
    return len(list(work.session.scalars(select(DueTask).where(DueTask.task == "board_minute"))))
