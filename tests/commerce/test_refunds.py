"""Refunds, with numbers worked out by hand."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from commerce.errors import NothingToRefund
from commerce.goods import fulfilment, stock
from commerce.goods.orders import Order
from commerce.goods.orders import State as OrderState
from commerce.money import ledger, refunds, releases, settlement
from commerce.money.ledger import Balances, Move
from commerce.money.payments import Payment, Refund, RefundState
from commerce.people import ranks
from commerce.people.members import Member
from commerce.trust import after_sales
from commerce.work import Office, Work
from tests.commerce.purses import earner
from tests.commerce.sales import lines, live, paid_order, product
from tests.commerce.stars import star, visitor
from tests.commerce.told import planned, told
from tests.people import NOON, Clock

DAY = timedelta(days=1)


def facts(work: Work, notice: str) -> list[dict[str, Any]]:
    return [said for _, said in told(work, notice)]


def args(work: Work, task: str) -> list[dict[str, Any]]:
    return [row.args for row in planned(work, task)]


def with_credit(work: Work, buyer: Member, base_fen: int, credit_fen: int, **more: Any) -> Order:
    """Paid with so much of the wallet."""
    move = Move(ledger.available(buyer.id), ledger.reserved(buyer.id), credit_fen)
    ledger.post(work, f"test:credit:{buyer.id}:{base_fen}", move)
    return paid_order(work, buyer, None, base_fen, credit_fen=credit_fen, **more)


@pytest.mark.parametrize(
    ("amount_fen", "freight_fen", "is_refused"),
    [
        (94_00, 8_00, False),
        (94_01, 0, True),
        (94_00, 8_01, True),
        (-1, 2, True),
        (2, -1, True),
        (0, 0, True),
        (0, 8_00, False),
        (1, 0, False),
    ],
)
def test_no_more_goes_back_than_was_paid(work, amount_fen, freight_fen, is_refused):
    order = paid_order(work, visitor(work), star(work), 94_00, freight_fen=8_00)

    if is_refused:
        with pytest.raises(NothingToRefund) as refused:
            refunds.refund(work, order.id, amount_fen, key="r", freight_fen=freight_fen)
        assert refused.value == NothingToRefund(order.id, 94_00)
        return
    row = refunds.refund(work, order.id, amount_fen, key="r", freight_fen=freight_fen)
    assert (row.amount_fen, row.cash_fen) == (amount_fen, amount_fen + freight_fen)
    assert (order.refunded_fen, order.freight_back_fen) == (amount_fen, freight_fen)


def test_what_is_left_shrinks_with_every_refund(work):
    order = paid_order(work, visitor(work), star(work), 94_00, freight_fen=8_00)
    refunds.refund(work, order.id, 30_00, key="a", freight_fen=5_00)

    for amount_fen, freight_fen in ((64_01, 0), (0, 3_01)):
        with pytest.raises(NothingToRefund) as refused:
            refunds.refund(work, order.id, amount_fen, key="b", freight_fen=freight_fen)
        assert refused.value.left_fen == 64_00
    assert order.state == OrderState.PAID
    refunds.refund(work, order.id, 64_00, key="b", freight_fen=3_00)
    assert (order.state, order.freight_back_fen) == (OrderState.REFUNDED, 8_00)
    assert ledger.balance_fen(work, ledger.WORLD) == 0


@pytest.mark.parametrize(("completed_at", "after"), [(None, NOON), (NOON - DAY, NOON - DAY)])
def test_what_goes_back_whole_is_completed_once(work, completed_at, after):
    order = paid_order(work, visitor(work), star(work), 94_00)
    order.completed_at = completed_at
    work.session.flush()

    refunds.refund(work, order.id, 94_00, key="r")

    assert order.completed_at == after


def test_nothing_goes_back_of_what_was_never_paid(work):
    order = paid_order(work, visitor(work), star(work), 94_00)
    order.paid_at = None
    work.session.flush()

    with pytest.raises(NothingToRefund) as refused:
        refunds.refund(work, order.id, 1, key="r")

    assert refused.value.left_fen == 0


def test_the_same_key_is_the_same_refund(work):
    order = paid_order(work, visitor(work), star(work), 94_00)

    first = refunds.refund(work, order.id, 30_00, key="r", reason="碎了")
    again = refunds.refund(work, order.id, 30_00, key="r", reason="碎了")

    assert (again.id, again.reason, order.refunded_fen) == (first.id, "碎了", 30_00)
    assert first.number is not None
    assert first.number.startswith("R")


def test_credit_goes_back_in_proportion_and_pays_a_debt_first(work):
    buyer = earner(work, 40_00)
    order = with_credit(work, buyer, 94_00, 20_00, freight_fen=8_00)

    # Of 20.00: 20 × 30 ÷ 94 = 6.38(29…) back, the rest of 30.00 is cash.
    first = refunds.refund(work, order.id, 30_00, key="a", freight_fen=8_00)
    assert (first.credit_fen, first.cash_fen) == (6_38, 31_62)
    assert ledger.balances(work, buyer.id) == Balances(available_fen=26_38)

    # 20 × 60 ÷ 94 = 12.76(59…), less 6.38; 6.00 of it are owed.
    ledger.post(work, "owes", Move(ledger.debt(buyer.id), ledger.SALES, 6_00))
    second = refunds.refund(work, order.id, 30_00, key="b")
    assert (second.credit_fen, second.cash_fen) == (6_38, 23_62)
    assert ledger.balances(work, buyer.id) == Balances(available_fen=26_76)

    # All of it: 20.00 − 12.76 = 7.24; 10.00 are owed.
    ledger.post(work, "owes more", Move(ledger.debt(buyer.id), ledger.SALES, 10_00))
    third = refunds.refund(work, order.id, 34_00, key="c")
    assert (third.credit_fen, third.cash_fen) == (7_24, 26_76)
    assert ledger.balances(work, buyer.id) == Balances(available_fen=26_76, debt_fen=2_76)
    assert order.credit_back_fen == 20_00
    assert ledger.balance_fen(work, ledger.escrow(order.escrow)) == 0


def payment(work: Work, buyer: Member) -> Payment:
    row = Payment(
        key="p", buyer_id=buyer.id, amount_fen=94_00, created_at=work.now, expires_at=work.now
    )
    work.session.add(row)
    work.session.flush()
    return row


@pytest.mark.parametrize(
    ("credit_fen", "is_paid_by_card", "has_gone_back", "state"),
    [
        (0, True, False, RefundState.REQUESTED),
        (0, True, True, RefundState.DONE),
        (0, False, False, RefundState.DONE),
        (94_00, True, False, RefundState.DONE),  # All credit: no cash to ask for.
        (50_00, True, False, RefundState.REQUESTED),
    ],
)
def test_who_is_asked_for_the_cash(work, credit_fen, is_paid_by_card, has_gone_back, state):
    buyer = earner(work, 94_00)
    paid = payment(work, buyer).id if is_paid_by_card else None
    order = with_credit(work, buyer, 94_00, credit_fen, payment_id=paid)

    row = refunds.refund(work, order.id, 94_00, key="r", has_gone_back=has_gone_back, reason="退")

    is_done = state == RefundState.DONE
    assert (row.state, row.done_at) == (state, NOON if is_done else None)
    assert args(work, "pay_back") == ([] if is_done else [{"refund_id": row.id}])
    [told] = facts(work, "refunded")
    assert told["order"] == order.tail
    assert (told["amount_fen"], told["cash_fen"]) == (94_00, 94_00 - credit_fen)
    assert (told["credit_fen"], told["reason"], told["refund_days"]) == (credit_fen, "退", 3)


@pytest.mark.parametrize(
    ("is_shipped", "amount_fen", "left"), [(False, 94_00, 10), (True, 94_00, 9), (False, 93_99, 9)]
)
def test_goods_lie_there_again_only_if_they_never_left(work, is_shipped, amount_fen, left):
    goods = product(work, pieces=10)
    order = paid_order(work, visitor(work), None, 94_00, goods=goods)
    stock.reserve(work, order.id, goods.id, 1)
    stock.confirm(work, order.id, goods.id)
    if is_shipped:
        fulfilment.ship(work, order, "顺丰", "SF1")

    refunds.refund(work, order.id, amount_fen, key="r")

    assert stock.left(work, goods.id) == left


@pytest.mark.parametrize(
    ("in_live", "is_released", "is_void", "expected", "shown_fen"),
    [
        (True, False, False, (64_00, 0), 64_00),
        (True, True, False, (0, 94_00), 64_00),  # What counted once stays counted.
        (True, False, True, (94_00, 0), 94_00),  # A verdict took it already.
        (False, False, False, (0, 0), 64_00),  # Outside lives nothing counts for ranks.
    ],
)
def test_what_a_refund_takes_from_sales(
    office: Office, clock: Clock, in_live, is_released, is_void, expected, shown_fen
):
    """`expected`: of the rank, what is on its way and what counts."""
    with office.work() as work:
        amy = star(work, "amy")
        evening = live(work, amy) if in_live else None
        order = paid_order(work, visitor(work), amy, 94_00, live=evening)
        paid_order(work, visitor(work), amy, 50_00, live=live(work, amy))  # It waits meanwhile.
    settlement.settle(office, order.escrow)
    if is_released:
        clock.passes(days=15)
        office.do(releases.release)
    with office.work() as work:
        if is_void:
            work.session.get_one(Order, order.id).voided_at = work.now
        refunds.refund(work, order.id, 30_00, key="r")

    with office.reading() as work:
        found = work.session.get_one(Member, amy.id)
        assert (found.pending_gmv_fen - 50_00, found.gmv_fen) == expected
        assert work.session.scalars(select(ranks.SalesDay.gmv_fen)).all() == [shown_fen + 50_00]


def test_a_refund_of_nothing_but_freight_leaves_the_lines_alone(office: Office):
    with office.work() as work:
        amy = star(work, "amy")
        order = paid_order(work, visitor(work), amy, 94_00, freight_fen=8_00)
    settlement.settle(office, order.escrow)

    row = office.do(lambda work: refunds.refund(work, order.id, 0, key="f", freight_fen=8_00))

    assert (row.amount_fen, row.cash_fen, row.credit_fen) == (0, 8_00, 0)
    with office.reading() as work:
        assert work.session.scalars(select(Refund.id)).all() == [row.id]
        assert lines(work, order)[0].reversed_fen == 0
        # 102.00 came in, 8.00 went back, 18.80 are amy's.
        assert ledger.balance_fen(work, ledger.SALES) == 75_20


@pytest.mark.parametrize("is_difference", [True, False])
def test_a_difference_ends_no_case(work, is_difference):
    buyer = visitor(work)
    order = paid_order(work, buyer, star(work), 94_00, payment_id=payment(work, buyer).id)
    after_sales.open_case(work, order, 30_00, "碎了")

    give = refunds.return_difference if is_difference else refunds.refund
    row = give(work, order.id, 5_00, key="r", reason="降价")

    assert (row.amount_fen, row.cash_fen, row.state) == (5_00, 5_00, RefundState.REQUESTED)
    assert (order.refunded_fen, order.freight_back_fen) == (5_00, 0)
    assert order.difference_fen == (5_00 if is_difference else 0)
    assert order.open_holds == (1 if is_difference else 0)
    assert facts(work, "refunded")[0]["is_difference"] is is_difference
