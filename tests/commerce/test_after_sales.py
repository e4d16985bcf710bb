"""After-sales: what may go back, who decides, and what becomes of the lines meanwhile."""

from dataclasses import dataclass
from datetime import timedelta
from itertools import permutations

import pytest
from sqlalchemy import select

from commerce.agenda import DueTask
from commerce.errors import (
    AfterSaleDecided,
    NothingToRefund,
    NotReturnable,
    NotStaff,
    OpenedGoods,
    OwnCase,
    ReturnTooLate,
)
from commerce.goods import fulfilment, stock
from commerce.goods.orders import Order
from commerce.goods.orders import State as OrderState
from commerce.goods.suppliers import FOOD
from commerce.lives.lives import Live
from commerce.money import audit, ledger, refunds, releases, settlement
from commerce.money.earnings import State as LineState
from commerce.money.payments import Payment, Refund
from commerce.outbox import Outgoing
from commerce.people.audit import AuditRecord
from commerce.people.members import Member
from commerce.trust import after_sales, returns
from commerce.trust.after_sales import AfterSale, Kind, State
from commerce.work import Office, Work
from tests.commerce.sales import lines, live, paid_order, product
from tests.commerce.stars import later, reviewer, star, visitor
from tests.people import Clock


@dataclass
class Sale:
    """dan bought for 94.00 through amy: her line is 18.80."""

    amy: Member
    dan: Member
    colleague: Member
    order: Order


@pytest.fixture
def sale(office: Office) -> Sale:
    with office.work() as work:
        amy, dan, colleague = star(work, "amy"), visitor(work), reviewer(work)
        order = paid_order(work, dan, amy, 94_00)
    settlement.settle(office, order.escrow)
    return Sale(amy, dan, colleague, order)


def shipped(office: Office, sale: Sale, *, received: bool = True) -> Order:
    with office.work() as work:
        order = work.session.get_one(Order, sale.order.id)
        fulfilment.ship(work, order, "顺丰", "SF1")
        if received:
            fulfilment.receive(work, order)
        return order


def now(office: Office, sale: Sale) -> Order:
    with office.reading() as work:
        return work.session.get_one(Order, sale.order.id)


def bought(work: Work, sale: Sale) -> Order:
    return work.session.get_one(Order, sale.order.id)


def line(office: Office, sale: Sale):
    with office.reading() as work:
        return lines(work, sale.order)[0]


def told(work, member):
    rows = select(Outgoing).where(Outgoing.member_id == member.id).order_by(Outgoing.id)
    return [row.said["notice"] for row in work.session.scalars(rows)]


# What may go back


def test_what_is_not_shipped_goes_back_at_once(office, sale):
    with office.work() as work:
        order = work.session.get_one(Order, sale.order.id)
        row = returns.ask(work, order, Kind.UNWANTED, "不想要了")

        assert row.state == State.REFUNDED
    assert now(office, sale).state == OrderState.REFUNDED
    assert now(office, sale).open_holds == 0
    assert line(office, sale).state == LineState.REVERSED


def test_freight_goes_back_with_goods_that_never_left_and_stock_lies_there_again(work):
    goods = product(work, pieces=10)
    order = paid_order(work, visitor(work), None, 198_00, goods=goods, quantity=2, freight_fen=8_00)
    stock.reserve(work, order.id, goods.id, 2)
    stock.confirm(work, order.id, goods.id)
    assert stock.left(work, goods.id) == 8

    returns.ask(work, order, Kind.UNWANTED, "")

    # 198.00 goods and 8.00 freight.
    refund = work.session.scalars(select(Refund).where(Refund.order_id == order.id)).one()
    assert (refund.amount_fen, refund.cash_fen) == (198_00, 206_00)
    assert stock.left(work, goods.id) == 10


def test_a_part_of_what_is_not_shipped_leaves_the_stock_alone(work):
    goods = product(work, pieces=10)
    order = paid_order(work, visitor(work), None, 198_00, goods=goods, quantity=2)
    stock.reserve(work, order.id, goods.id, 2)
    stock.confirm(work, order.id, goods.id)

    returns.ask(work, order, Kind.UNWANTED, "", amount_fen=99_00)

    assert stock.left(work, goods.id) == 8
    assert (order.refunded_fen, order.state) == (99_00, OrderState.PAID)


@pytest.mark.parametrize(
    ("kind", "days", "is_opened", "is_food", "refused"),
    [
        (Kind.UNWANTED, 7, None, False, None),  # The last instant of the seventh day.
        (Kind.UNWANTED, 7.001, None, False, ReturnTooLate),
        (Kind.UNWANTED, 1, True, False, None),  # Opened, but no food.
        (Kind.UNWANTED, 1, True, True, OpenedGoods),
        (Kind.UNWANTED, 1, False, True, None),
        (Kind.FAULTY, 30, True, True, None),  # Bad is bad: no days, no exception.
        (Kind.INCOMPLETE, 30, None, True, None),
    ],
)
def test_what_may_go_back_after_receipt(work, kind, days, is_opened, is_food, refused):
    goods = product(work)
    goods.category = FOOD if is_food else "家居"
    order = paid_order(work, visitor(work), star(work), 94_00, goods=goods)
    fulfilment.ship(work, order, "顺丰", "SF1")
    fulfilment.receive(work, order)
    after = later(work, days=days)

    if refused is None:
        assert returns.ask(after, order, kind, "", is_opened=is_opened).state == State.OPENED
    else:
        with pytest.raises(refused):
            returns.ask(after, order, kind, "", is_opened=is_opened)


def test_on_its_way_without_a_reason_is_in_time(work):
    order = paid_order(work, visitor(work), star(work))
    fulfilment.ship(work, order, "顺丰", "SF1")

    assert returns.ask(later(work, days=9), order, Kind.UNWANTED, "").state == State.OPENED


def test_nothing_paid_or_nothing_left_is_not_returnable(office, sale):
    with office.work() as work:
        order = work.session.get_one(Order, sale.order.id)
        refunds.refund(work, order.id, 94_00, key="r")
        with pytest.raises(NotReturnable):
            returns.ask(work, order, Kind.FAULTY, "")
        with pytest.raises(NothingToRefund):
            after_sales.open_case(work, order, 1)


@pytest.mark.parametrize("wanted_fen", [0, -1, 94_01])
def test_so_much_was_not_paid(work, wanted_fen):
    order = paid_order(work, visitor(work), star(work), 94_00)
    fulfilment.ship(work, order, "顺丰", "SF1")

    with pytest.raises(NothingToRefund):
        returns.ask(work, order, Kind.FAULTY, "", amount_fen=wanted_fen)


def test_freight_above_the_goods_is_the_platforms_cost(office, sale):
    # 94.00 goods, 10.00 freight: asked for 100.00. The line gives back its 18.80 and no more.
    with office.work() as work:
        fresh = paid_order(work, sale.dan, sale.amy, 94_00, freight_fen=10_00)
        fulfilment.ship(work, fresh, "顺丰", "SF2")
    settlement.settle(office, fresh.escrow)
    with office.work() as work:
        row = returns.ask(
            work, work.session.get_one(Order, fresh.id), Kind.FAULTY, "坏了", amount_fen=100_00
        )
        returns.approve(work, row.id, by=work.session.get_one(Member, sale.colleague.id))

    with office.reading() as work:
        found = work.session.get_one(Order, fresh.id)
        assert (found.refunded_fen, found.freight_back_fen) == (94_00, 6_00)
        [earned] = lines(work, fresh)
        assert (earned.amount_fen, earned.reversed_fen) == (18_80, 18_80)
        # 104.00 came in, 100.00 went back, nobody earns: 4.00 of freight stay. (And the other
        # order's 94.00 − 18.80 = 75.20.)
        assert ledger.balance_fen(work, ledger.SALES) == 4_00 + 75_20


# While it is open


def test_lines_are_held_while_a_case_is_open_and_released_with_the_next_sweep(
    office, sale, clock: Clock
):
    shipped(office, sale)
    with office.work() as work:
        row = returns.ask(work, bought(work, sale), Kind.FAULTY, "坏了")
        assert told(work, sale.colleague)[-1] == "after_sale_opened"
    assert now(office, sale).open_holds == 1
    clock.passes(days=8)
    assert office.do(releases.release) == 0

    with office.work() as work:
        returns.reject(work, row.id, "照片里没有破损", by=sale.colleague)
        assert told(work, sale.dan)[-1] == "after_sale_rejected"

    assert now(office, sale).open_holds == 0
    assert office.do(releases.release) == 1
    assert line(office, sale).state == LineState.AVAILABLE


def test_what_nobody_decides_is_approved_after_exactly_two_days(office, sale, clock: Clock):
    shipped(office, sale)
    with office.work() as work:
        row = returns.ask(work, bought(work, sale), Kind.FAULTY, "2 袋破损", amount_fen=30_00)
        task = work.session.scalars(
            select(DueTask).where(DueTask.task == "decide_after_sale")
        ).one()
        assert task.due_at == work.now + timedelta(hours=48)
        assert row.decide_by == task.due_at

    clock.passes(hours=48)
    for _ in range(2):
        office.do(lambda work: returns.approve_by_itself(work, **task.args))

    # 18.80 × 30.00 ÷ 94.00 = 6.00.
    assert now(office, sale).refunded_fen == 30_00
    assert line(office, sale).reversed_fen == 6_00
    with office.reading() as work:
        found = work.session.get_one(AfterSale, row.id)
        assert (found.state, found.decided_by) == (State.REFUNDED, None)


def test_a_decided_case_is_not_approved_by_itself(office, sale, clock: Clock):
    shipped(office, sale)
    with office.work() as work:
        row = returns.ask(work, bought(work, sale), Kind.FAULTY, "坏了")
        returns.reject(work, row.id, "没有", by=sale.colleague)
    clock.passes(hours=48)

    office.do(lambda work: returns.approve_by_itself(work, row.id))

    assert now(office, sale).refunded_fen == 0


def test_an_order_has_one_open_case(office, sale):
    shipped(office, sale)
    with office.work() as work:
        first = returns.ask(work, bought(work, sale), Kind.FAULTY, "坏了")
        again = returns.ask(later(work, minutes=1), bought(work, sale), Kind.FAULTY, "还是坏的")

        assert again.id == first.id
    assert now(office, sale).open_holds == 1


def test_any_refund_ends_the_case(office, sale):
    shipped(office, sale)
    with office.work() as work:
        row = returns.ask(work, bought(work, sale), Kind.FAULTY, "坏了")
        refunds.refund(work, sale.order.id, 5_00, key="by hand")

        assert work.session.get_one(AfterSale, row.id).state == State.REFUNDED
    assert now(office, sale).open_holds == 0


# Who decides


def test_who_may_decide(office, sale):
    shipped(office, sale)
    with office.work() as work:
        row = returns.ask(work, bought(work, sale), Kind.FAULTY, "坏了")
        own = returns.ask(work, _shipped_order(work, sale.colleague, sale.amy), Kind.FAULTY, "坏了")
        promoted = returns.ask(
            work, _shipped_order(work, sale.dan, sale.colleague), Kind.FAULTY, "坏了"
        )

        with pytest.raises(NotStaff):
            returns.approve(work, row.id, by=sale.amy)
        for one in (own, promoted):
            with pytest.raises(OwnCase):
                returns.approve(work, one.id, by=sale.colleague)
        returns.approve(work, row.id, by=sale.colleague)
        for act in (
            lambda: returns.approve(work, row.id, by=sale.colleague),
            lambda: returns.reject(work, row.id, "不", by=sale.colleague),
        ):
            with pytest.raises(AfterSaleDecided):
                act()
    assert now(office, sale).refunded_fen == 94_00


def _shipped_order(work, buyer, promoter):
    order = paid_order(work, buyer, promoter)
    fulfilment.ship(work, order, "顺丰", "SF3")
    return order


# The same money twice


@pytest.mark.parametrize("first", ["refund", "chargeback"])
def test_a_refund_and_a_chargeback_of_the_same_money_are_one_reversal(office, sale, first):
    shipped(office, sale)
    with office.work() as work:
        row = returns.ask(work, bought(work, sale), Kind.FAULTY, "坏了")

    def refund(work):
        found = work.session.get_one(AfterSale, row.id)
        if found.state == State.OPENED:
            returns.approve(work, row.id, by=sale.colleague)

    def chargeback(work):
        returns.charged_back(work, sale.order.id, 94_00, key="bank:1")

    acts = [refund, chargeback] if first == "refund" else [chargeback, refund]
    for act in (*acts, chargeback):
        office.do(act)

    assert now(office, sale).refunded_fen == 94_00
    assert line(office, sale).reversed_fen == 18_80
    with office.reading() as work:
        assert ledger.balances(work, sale.amy.id).pending_fen == 0
        assert ledger.balance_fen(work, ledger.WORLD) == 0
        assert len(work.session.scalars(select(Refund)).all()) == 1
        notes = select(AuditRecord.facts).where(AuditRecord.act == "charged_back")
        counted = [facts["counted_fen"] for facts in work.session.scalars(notes)]
    assert sum(counted) == (94_00 if first == "chargeback" else 0)


def test_a_chargeback_asks_no_provider_for_the_money(work):
    buyer = visitor(work)
    payment = Payment(
        key="p", buyer_id=buyer.id, amount_fen=94_00, created_at=work.now, expires_at=work.now
    )
    work.session.add(payment)
    work.session.flush()
    order = paid_order(work, buyer, star(work), 94_00, payment_id=payment.id)

    row = returns.charged_back(work, order.id, 94_00, key="bank:2")

    assert row.state == "done"
    assert not work.session.scalars(select(DueTask).where(DueTask.task == "pay_back")).all()


def test_a_chargeback_after_a_part_counts_the_rest_only(office, sale):
    office.do(lambda work: refunds.refund(work, sale.order.id, 30_00, key="r"))

    office.do(lambda work: returns.charged_back(work, sale.order.id, 94_00, key="bank:3"))

    assert now(office, sale).refunded_fen == 94_00
    assert line(office, sale).reversed_fen == 18_80


# The order of events


EVENTS = ("end", "settle", "ask", "decide", "sweep")
ORDERS = [
    order
    for order in permutations(EVENTS)
    if order.index("ask") < order.index("decide") and order.index("end") < order.index("settle")
]


def what_happens(evening: Live, sold: Order, colleague: Member, *, approves: bool):
    def end(work):
        work.session.get_one(Live, evening.id).ended_at = work.now

    def ask(work):
        one = work.session.get_one(Order, sold.id)
        returns.ask(work, one, Kind.FAULTY, "2 袋破损", amount_fen=30_00)

    def decide(work):
        row = work.session.scalars(select(AfterSale)).one()
        if approves:
            returns.approve(work, row.id, by=colleague)
        else:
            returns.reject(work, row.id, "没有", by=colleague)

    return {"end": end, "ask": ask, "decide": decide, "sweep": releases.release}


@pytest.mark.parametrize(
    ("order", "approves"),
    [*((order, True) for order in ORDERS[::2]), *((order, False) for order in ORDERS[1::4])],
    ids=lambda value: "-".join(value) if isinstance(value, tuple) else str(value),
)
def test_whenever_it_is_opened_and_decided_the_end_is_the_same(
    office: Office, clock: Clock, order, approves
):
    with office.work() as work:
        amy, colleague, dan = star(work, "amy"), reviewer(work), visitor(work)
        evening = live(work, amy)
        sold = paid_order(work, dan, amy, 94_00, live=evening)
        fulfilment.ship(work, sold, "顺丰", "SF1")
        fulfilment.receive(work, sold)

    acts = what_happens(evening, sold, colleague, approves=approves)
    for name in order:
        clock.passes(days=2)  # 10 days in all: the hold of 7 ends on the way.
        if name == "settle":
            settlement.settle(office, sold.escrow)
        else:
            office.do(acts[name])
    clock.passes(minutes=1)
    while office.do(releases.release):
        pass

    # Approved: 18.80 − ⌊18.80 × 30 ÷ 94⌋ = 12.80 to amy, released; rejected: all of 18.80.
    stands_fen = 12_80 if approves else 18_80
    with office.reading() as work:
        [earned] = lines(work, sold)
        held = ledger.balances(work, amy.id)
        assert (earned.state, earned.stands_fen) == (LineState.AVAILABLE, stands_fen)
        assert (held.available_fen, held.pending_fen, held.debt_fen) == (stands_fen, 0, 0)
        assert ledger.balance_fen(work, ledger.escrow(sold.escrow)) == 0
        assert ledger.balance_fen(work, ledger.WORLD) == -(64_00 if approves else 94_00)
    assert audit.audit(office).findings == ()


def test_a_case_that_is_open_before_the_settlement_keeps_the_line_then(office, clock: Clock):
    with office.work() as work:
        amy, colleague = star(work, "amy"), reviewer(work)
        evening = live(work, amy)
        sold = paid_order(work, visitor(work), amy, 94_00, live=evening)
        after_sales.open_case(work, sold, 30_00, "2 袋破损")
    settlement.settle(office, sold.escrow)
    clock.passes(days=16)
    assert office.do(releases.release) == 0

    with office.work() as work:
        assert after_sales.reject(work, sold, "没有", by=colleague.id)
        assert not after_sales.reject(work, sold, "没有", by=colleague.id)

    assert office.do(releases.release) == 1
