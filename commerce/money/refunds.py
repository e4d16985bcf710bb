"""
Refunds: money back to a buyer, and everything that follows from it, in one transaction.

The books change when the refund is decided; the provider is asked afterwards, under a number that
never changes. Credit goes back to the wallet in proportion, the rest is cash.
"""

from dataclasses import dataclass

from sqlalchemy import select

from commerce import agenda
from commerce.errors import NothingToRefund
from commerce.fen import part_floor
from commerce.goods import stock
from commerce.goods.orders import Order, State
from commerce.goods.paying import counts_for_ranks
from commerce.money import ledger, reversals
from commerce.money.ledger import Move
from commerce.money.payments import Refund, RefundState
from commerce.outbox import Priority, notify
from commerce.people import members, ranks
from commerce.store.book import number
from commerce.trust import after_sales, scoring
from commerce.work import Work


@dataclass(frozen=True)
class Asked:
    """What is to go back, and why."""

    amount_fen: int
    key: str
    reason: str = ""
    freight_fen: int = 0
    has_gone_back: bool = False
    is_difference: bool = False


def refund(
    work: Work,
    order_id: int,
    amount_fen: int,
    *,
    key: str,
    reason: str = "",
    freight_fen: int = 0,
    has_gone_back: bool = False,
) -> Refund:
    """Give back `amount_fen` of the goods, and so much of the freight; an open after-sales case
    ends with it. `has_gone_back`: the buyer has the cash already (a chargeback), nobody is asked
    for it. The same key twice is the same refund. NothingToRefund when the order was not paid, or
    less than that is left of it."""
    asked = Asked(amount_fen, key, reason, freight_fen, has_gone_back)
    return _refund(work, order_id, asked)


def return_difference(
    work: Work, order_id: int, amount_fen: int, *, key: str, reason: str
) -> Refund:
    """Price protection keeps its word: a refund that ends no case and is a sign of nothing. As
    `refund`."""
    return _refund(work, order_id, Asked(amount_fen, key, reason, is_difference=True))


def _refund(work: Work, order_id: int, asked: Asked) -> Refund:
    order = lock(work, order_id)
    earlier = work.session.scalar(select(Refund).where(Refund.key == asked.key))
    if earlier is not None:
        return earlier
    amount_fen, freight_fen = asked.amount_fen, asked.freight_fen
    left_fen = 0 if order.paid_at is None else order.base_fen - order.refunded_fen
    freight_left_fen = order.freight_fen - order.freight_back_fen
    if not 0 <= amount_fen <= left_fen or not 0 <= freight_fen <= freight_left_fen:
        raise NothingToRefund(order.id, left_fen)
    if amount_fen + freight_fen == 0:
        raise NothingToRefund(order.id, left_fen)
    was_held = order.completed_at is None
    row = _write(work, order, asked)
    if asked.is_difference:
        order.difference_fen += amount_fen
    else:
        after_sales.end_by_refund(work, order)
    if order.settlement_id is not None:
        reversals.reverse_refunded(work, order, key=f"refund:{row.id}")
    _uncount(work, order, amount_fen, was_held=was_held)
    _go_back(work, row, asked)
    if order.state == State.REFUNDED and order.shipped_at is None:
        stock.put_back(work, order.id, order.product_id)
    if not asked.is_difference:
        scoring.look_at_promoter(work, order)
    return row


def lock(work: Work, order_id: int) -> Order:
    """The order's row as it is now, held until the unit of work ends."""
    return work.session.get_one(Order, order_id, with_for_update=True, populate_existing=True)


def _write(work: Work, order: Order, asked: Asked) -> Refund:
    amount_fen, freight_fen = asked.amount_fen, asked.freight_fen
    refunded_fen = order.refunded_fen + amount_fen
    credit_fen = part_floor(order.credit_fen, refunded_fen, order.base_fen) - order.credit_back_fen
    row = Refund(
        key=asked.key,
        order_id=order.id,
        amount_fen=amount_fen,
        cash_fen=amount_fen - credit_fen + freight_fen,
        credit_fen=credit_fen,
        reason=asked.reason,
        state=RefundState.REQUESTED,
        requested_at=work.now,
    )
    work.session.add(row)
    work.session.flush()
    row.number = number(work, "R", row.id)
    order.refunded_fen = refunded_fen
    order.credit_back_fen += credit_fen
    order.freight_back_fen += freight_fen
    if order.refunded_fen == order.base_fen:
        order.state, order.completed_at = State.REFUNDED, order.completed_at or work.now
    work.session.flush()
    _book(work, order, row)
    return row


def _book(work: Work, order: Order, row: Refund) -> None:
    """Out of escrow, or of sales once settled: cash to the world, credit to the wallet, where it
    pays a debt first."""
    assert order.escrow is not None
    source = ledger.SALES if order.settlement_id is not None else ledger.escrow(order.escrow)
    buyer_id = members.get(work, order.buyer_id).id
    owed_fen = min(row.credit_fen, ledger.lock(work, buyer_id).debt_fen) if row.credit_fen else 0
    ledger.post(
        work,
        f"refund:{row.id}",
        Move(source, ledger.WORLD, row.cash_fen),
        Move(source, ledger.debt(buyer_id), owed_fen),
        Move(source, ledger.available(buyer_id), row.credit_fen - owed_fen),
    )


def _uncount(work: Work, order: Order, amount_fen: int, *, was_held: bool) -> None:
    """The views show sales net of refunds; ranks lose only what they had not yet been given."""
    if not order.earns or order.promoter_id is None or order.voided_at is not None:
        return
    assert order.paid_at is not None
    ranks.count_sale(work, order.promoter_id, -amount_fen, order.paid_at)
    if was_held and counts_for_ranks(order):
        ranks.expect_gmv(work, order.promoter_id, -amount_fen)


def _go_back(work: Work, row: Refund, asked: Asked) -> None:
    """Cash goes back by the way it came; without any it is done at once."""
    order = work.session.get_one(Order, row.order_id)
    if asked.has_gone_back or order.payment_id is None or row.cash_fen == 0:
        row.state, row.done_at = RefundState.DONE, work.now
    else:
        agenda.plan(work, "pay_back", key=f"pay_back:{row.id}", refund_id=row.id)
    notify(
        work,
        members.get(work, order.buyer_id).id,
        "refunded",
        key=f"refunded:{row.id}",
        priority=Priority.MONEY,
        order=order.tail,
        amount_fen=row.amount_fen,
        cash_fen=row.cash_fen,
        credit_fen=row.credit_fen,
        reason=row.reason,
        refund_days=work.rules.after_sales.refund_days.days,
        is_difference=asked.is_difference,
    )
