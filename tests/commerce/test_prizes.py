"""Prizes: claimed once, for nothing, in time, by whoever won them."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from commerce.agenda import DueTask
from commerce.errors import (
    ClaimsPaused,
    NoPrize,
    NoSuchPrize,
    NotActive,
    NotStaff,
    PrizeLapsed,
    SoldOut,
)
from commerce.goods import buying, stock
from commerce.goods.orders import Offer, Order
from commerce.goods.orders import State as OrderState
from commerce.goods.products import Product
from commerce.goods.stock import Stock
from commerce.lives import awarding, checking, draw, drawing, prizes
from commerce.lives.lives import Live
from commerce.lives.lotteries import DrawRecord, Lottery
from commerce.lives.prizes import Prize, PrizeState
from commerce.money import ledger, settlement
from commerce.money.earnings import Earning
from commerce.people import binding, joining, members
from commerce.people.members import Member
from commerce.people.members import State as MemberState
from commerce.work import Office, Work
from tests.commerce.draws import (
    HOME,
    SECRET,
    crowd,
    drawn,
    given,
    numbers,
    planned,
    starts,
    told,
    with_lottery,
)
from tests.commerce.sales import product
from tests.commerce.stars import later, reviewer, star, visitor


@pytest.fixture
def goods(work: Work) -> Product:
    return product(work, pieces=10)


@pytest.fixture
def held(work: Work, goods: Product) -> tuple[Live, Lottery, list[Prize]]:
    """Three winners of twelve; three of ten pieces kept."""
    live, lottery = with_lottery(work, threshold=12, goods=goods)
    crowd(work, live, 12)
    return live, lottery, drawn(work, live, lottery)


def winner(work: Work, prize: Prize) -> Member:
    return members.get(work, prize.member_id)


def shelf(work: Work, goods: Product) -> tuple[int, int]:
    row = work.session.scalars(select(Stock).where(Stock.product_id == goods.id)).one()
    return row.on_hand, row.reserved


def test_a_claim_is_an_order_for_nothing_paid_at_once(work: Work, goods: Product, held):
    _, _, (first, *_) = held
    amy = winner(work, first)
    assert shelf(work, goods) == (10, 3)

    order = prizes.claim(later(work, hours=1), amy, first.id, HOME)

    assert (order.state, order.offer) == (OrderState.PAID, Offer.PRIZE)
    assert (order.base_fen, order.freight_fen, order.cash_fen, order.unit_fen) == (0, 0, 0, 0)
    assert (order.list_fen, order.quantity, order.payment_id) == (99_00, 1, None)
    assert (order.promoter_id, order.earns, order.live_id) == (None, False, None)
    assert HOME.address in order.recipient
    assert (first.state, first.order_id) == (PrizeState.CLAIMED, order.id)
    assert first.decided_at == work.now + timedelta(hours=1)
    assert shelf(work, goods) == (9, 2)
    assert stock.left(work, goods.id) == 7


def test_the_organiser_s_tax_is_noted_and_booked_once(work: Work, held):
    """20 % of what 99.00 is after tax: 123.75 − 99.00 = 24.75. Nobody's own money moves."""
    _, _, (first, *_) = held
    amy = winner(work, first)
    assert ledger.posted_fen(work, ledger.TAX) == 0

    for _ in range(2):
        prizes.claim(work, amy, first.id, HOME)

    assert first.tax_fen == 24_75
    booked = [ledger.posted_fen(work, one) for one in (ledger.TAX, ledger.PROMOTION)]
    assert booked == [24_75, -24_75]
    assert ledger.balances(work, amy.id) == ledger.Balances()


def test_where_no_tax_is_due_none_is_booked(work: Work, held):
    _, _, (first, *_) = held
    tax = work.rules.tax.model_copy(update={"prize_rate_bp": 0})
    free = replace(work, rules=work.rules.model_copy(update={"tax": tax}))

    prizes.claim(free, winner(work, first), first.id, HOME)

    assert (first.tax_fen, ledger.posted_fen(work, ledger.TAX)) == (0, 0)


def test_claiming_twice_is_one_order(work: Work, goods: Product, held):
    _, _, (first, *_) = held
    amy = winner(work, first)

    order = prizes.claim(work, amy, first.id, HOME)
    again = prizes.claim(later(work, days=9), amy, first.id, HOME)

    assert again.id == order.id
    assert work.session.scalar(select(func.count(Order.id))) == 1
    assert shelf(work, goods) == (9, 2)


def test_who_claims_hears_of_no_payment_and_it_is_to_be_shipped(work: Work, held):
    _, _, (first, *_) = held
    amy = winner(work, first)

    order = prizes.claim(work, amy, first.id, HOME)

    assert told(work, amy.id) == ["lottery_won"]
    assert [task.args for task in planned(work, "check_shipped")] == [{"order_id": order.id}]


def test_nobody_earns_by_a_prize_and_it_is_no_sale(office: Office, clock):
    """E12: even where a star brought the winner and hosts the live."""
    with office.work() as work:
        host = star(work, "小明")
        live, lottery = with_lottery(work, threshold=3, winners=1)
        live.host_id = host.id
        crowd(work, live, 3)
        (won,) = drawn(work, live, lottery)
        order_id = prizes.claim(work, winner(work, won), won.id, HOME).id
        escrow = work.session.get_one(Order, order_id).escrow
    clock.passes(days=1)

    settlement.settle(office, escrow)

    with office.reading() as work:
        assert work.session.scalar(select(func.count(Earning.id))) == 0
        assert work.session.get_one(Member, host.id).pending_gmv_fen == 0
        assert ledger.posted_fen(work, ledger.SALES) == 0
        assert work.session.get_one(Order, order_id).settlement_id is not None


def test_somebody_else_s_prize_is_none(work: Work, held):
    _, _, (first, *_) = held

    with pytest.raises(NoPrize):
        prizes.claim(work, visitor(work), first.id, HOME)
    with pytest.raises(NoPrize):
        prizes.claim(work, visitor(work), 999_999, HOME)


def test_who_became_another_member_meanwhile_claims_it_too(work: Work, held):
    _, _, (first, *_) = held
    amy = star(work, "小艾")
    assert binding.merge(work, amy, winner(work, first)) is amy

    assert prizes.of_member(work, amy)[0].prize.id == first.id
    assert prizes.claim(work, amy, first.id, HOME).buyer_id == amy.id


def test_who_is_suspended_claims_nothing(work: Work, held):
    _, _, (first, *_) = held
    amy = winner(work, first)
    amy.state = MemberState.SUSPENDED

    with pytest.raises(NotActive):
        prizes.claim(work, amy, first.id, HOME)


# Time


def test_the_last_second_counts_and_the_next_does_not(work: Work, held):
    _, _, (first, second, _) = held
    assert first.claim_until == work.now + timedelta(hours=72)

    prizes.claim(later(work, hours=71, minutes=59, seconds=59), winner(work, first), first.id, HOME)

    with pytest.raises(PrizeLapsed) as refused:
        prizes.claim(later(work, hours=72), winner(work, second), second.id, HOME)
    assert refused.value.until == second.claim_until


def test_what_nobody_claims_goes_back_to_the_shelf_and_is_told(work: Work, goods, held):
    _, lottery, (first, second, third) = held
    prizes.claim(work, winner(work, first), first.id, HOME)
    (lapse,) = planned(work, "lapse_prizes")
    assert lapse.due_at == work.now + timedelta(hours=72)

    for _ in range(2):
        prizes.lapse(later(work, hours=72), lottery.id)

    assert [prize.state for prize in given(work, lottery)] == [
        PrizeState.CLAIMED,
        PrizeState.LAPSED,
        PrizeState.LAPSED,
    ]
    assert stock.left(work, goods.id) == 9
    assert shelf(work, goods) == (9, 0)
    for prize in (second, third):
        assert told(work, prize.member_id) == ["lottery_won", "prize_lapsed"]
    assert told(work, first.member_id) == ["lottery_won"]


def test_before_its_time_nothing_lapses(work: Work, held):
    _, lottery, _ = held

    prizes.lapse(later(work, hours=71, minutes=59), lottery.id)

    assert {prize.state for prize in given(work, lottery)} == {PrizeState.OFFERED}


# Substitutes (E58)


def test_the_next_score_takes_the_place_of_who_may_not_win(work: Work, held):
    live, lottery, found = held
    tickets = draw.unpack(work.session.get_one(DrawRecord, lottery.id).body)["tickets"]
    order = draw.ranking(SECRET.hex(), lottery.digest, "", tickets)
    fourth = int(draw.booking(order[3]))
    boss, tomorrow = reviewer(work), later(work, days=1)
    eve = winner(work, found[1])

    substitute = awarding.disqualify(
        tomorrow, live.id, numbers(work, found)[1], "同一人多个账号", by=boss
    )

    assert substitute is not None
    assert (substitute.place, numbers(work, [substitute])) == (4, [fourth])
    assert substitute.claim_until == tomorrow.now + timedelta(hours=72)
    assert found[1].state == PrizeState.INELIGIBLE
    assert told(work, eve.id)[-1] == "prize_withdrawn"
    assert told(work, substitute.member_id) == ["lottery_won"]
    assert stock.held(work, lottery.hold) == 3
    assert planned(work, "lapse_prizes")[-1].due_at == substitute.claim_until
    with pytest.raises(NoPrize):
        prizes.claim(tomorrow, eve, found[1].id, HOME)
    prizes.claim(tomorrow, winner(work, substitute), substitute.id, HOME)
    assert not checking.check(work, lottery).findings


def test_with_nobody_left_the_piece_goes_back(work: Work, goods: Product):
    live, lottery = with_lottery(work, threshold=2, winners=2, goods=goods)
    crowd(work, live, 2)
    found = drawn(work, live, lottery)
    boss = reviewer(work)

    assert awarding.disqualify(work, live.id, numbers(work, found)[0], "刷号", by=boss) is None

    assert stock.left(work, goods.id) == 9


def test_what_is_decided_stays_so(work: Work, held):
    live, _, (first, second, _) = held
    boss = reviewer(work)
    prizes.claim(work, winner(work, first), first.id, HOME)
    number = numbers(work, [first])[0]

    for live_id, wrong in ((live.id, number), (live.id, 99), (live.id + 1, number)):
        with pytest.raises(NoSuchPrize):
            awarding.disqualify(work, live_id, wrong, "刷号", by=boss)
    with pytest.raises(NotStaff):
        awarding.disqualify(work, live.id, numbers(work, [second])[0], "刷号", by=star(work))


# Paused


def test_while_paused_nothing_is_claimed_and_nothing_lapses(work: Work, held):
    _, lottery, (first, *_) = held
    amy, boss, paused = winner(work, first), reviewer(work), later(work, hours=60)
    checking.pause(paused, lottery, "名单指纹不一致")

    with pytest.raises(ClaimsPaused):
        prizes.claim(later(work, hours=61), amy, first.id, HOME)
    prizes.lapse(later(work, hours=72), lottery.id)
    assert first.state == PrizeState.OFFERED

    assert checking.resume(later(work, hours=70), lottery, by=boss)
    assert not checking.resume(later(work, hours=70), lottery, by=boss)
    work.session.refresh(first)
    assert first.claim_until == work.now + timedelta(hours=82)  # 72 and the ten it was paused.
    prizes.lapse(later(work, hours=81), lottery.id)
    assert first.state == PrizeState.OFFERED
    prizes.claim(later(work, hours=81, minutes=59), amy, first.id, HOME)
    prizes.lapse(later(work, hours=82), lottery.id)
    assert [prize.state for prize in given(work, lottery)].count(PrizeState.LAPSED) == 2


# What stays


def test_who_leaves_keeps_the_record_without_a_name(work: Work, held):
    _, lottery, (first, *_) = held
    amy = winner(work, first)
    joining.join(work, amy, "小艾")
    prizes.claim(work, amy, first.id, HOME)
    joining.leave(work, amy)

    joining.erase(work, amy.id)

    won = next(one for one in prizes.of_lottery(work, lottery) if one.prize.id == first.id)
    assert won.number == numbers(work, [first])[0]
    assert (amy.nickname, amy.name) == ("", "已退出的朋友")


# What is held


def test_held_pieces_cannot_be_bought(work: Work):
    goods = product(work, pieces=5)
    stock.hold(work, "test", goods.id, 4)
    stock.hold(work, "test", goods.id, 4)

    assert stock.left(work, goods.id) == 1
    with pytest.raises(SoldOut):
        buying.quote(work, visitor(work), goods.id, 2)
    with pytest.raises(SoldOut):
        stock.hold(work, "more", goods.id, 2)
    assert stock.release_hold(work, "test", 3) == 3
    assert stock.release_hold(work, "test", 3) == 1
    assert stock.release_hold(work, "test") == 0
    assert shelf(work, goods) == (5, 0)


def test_a_hold_over_two_warehouses_is_handed_on_from_both(work: Work):
    goods = product(work, pieces=2)
    other = product(work, pieces=1)
    row = work.session.scalars(select(Stock).where(Stock.product_id == other.id)).one()
    work.session.add(Stock(product_id=goods.id, warehouse_id=row.warehouse_id, on_hand=3))
    work.session.flush()
    stock.hold(work, "test", goods.id, 5)

    wanted = buying.quote(work, visitor(work), goods.id, 5, agreed=buying.Agreed(takes_stock=False))
    order = buying.place(work, visitor(work), replace(wanted, from_hold="test"), key="k")

    assert stock.held(work, "test") == 0
    rows = select(Stock).where(Stock.product_id == goods.id).order_by(Stock.warehouse_id)
    assert [(one.on_hand, one.reserved) for one in work.session.scalars(rows)] == [(2, 2), (3, 3)]
    stock.release(work, order.id, goods.id)
    assert stock.left(work, goods.id) == 5


def test_less_held_than_ordered_is_sold_out(work: Work):
    goods = product(work, pieces=5)
    stock.hold(work, "test", goods.id, 1)
    buyer = visitor(work)
    wanted = buying.quote(work, buyer, goods.id, 2)
    with pytest.raises(SoldOut), work.session.begin_nested():
        buying.place(work, buyer, replace(wanted, from_hold="test"), key="k")

    assert stock.held(work, "test") == 1
    assert shelf(work, goods) == (5, 1)


def test_the_draw_leaves_one_task_for_what_is_not_claimed(work: Work, held):
    live, lottery, _ = held
    starts(work, live)
    drawing.run(later(work, hours=2), lottery.id)

    rows = select(func.count(DueTask.id)).where(DueTask.task == "lapse_prizes")
    assert work.session.scalar(rows) == 1
