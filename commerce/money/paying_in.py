"""
Paying in: a provider says, verified, that a payment was made. It counts once, in whatever order and
however often it is said.

What comes too late is honoured while everything the order needs is still there, at its price; what
cannot be honoured, or was paid twice, goes back by itself.
"""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select

from commerce import agenda
from commerce.errors import Refusal
from commerce.fen import show_yuan
from commerce.goods import buying, sales
from commerce.goods.orders import Order
from commerce.goods.orders import State as OrderState
from commerce.money.payments import PAGE, Payment, Refund, RefundState, Returned, State
from commerce.outbox import Priority, notify
from commerce.people import members
from commerce.store.book import number as numbered
from commerce.store.once import insert_once
from commerce.trust import cases, scoring
from commerce.work import Work


class Came(StrEnum):
    """What became of what the provider said."""

    PAID = "paid"
    AGAIN = "again"  # It was known.
    RETURNED = "returned"  # Too late, or paid twice: all of it goes back.
    MISMATCH = "mismatch"  # Another amount than was asked: nothing moves, people look.
    UNKNOWN = "unknown"  # No payment of ours has this number.


def settle_payment(
    work: Work,
    number: str,
    amount_fen: int,
    transaction_id: str,
    *,
    paid_at: datetime,
    payer: str = "",
) -> Came:
    """Verified: `amount_fen` was paid under this number, by whom the provider calls `payer`. Its
    orders are paid, or the money goes back. Safe to say again, at any time."""
    payment = find(work, number)
    if payment is None:
        alarm(work, f"收到没有单号的付款 {show_yuan(amount_fen)} 元，{number}。", key=number)
        return Came.UNKNOWN
    if _is_known(work, payment, transaction_id):
        return Came.AGAIN
    if amount_fen != payment.amount_fen:
        words = f"{number} 应付 {show_yuan(payment.amount_fen)}，实收 {show_yuan(amount_fen)} 元。"
        alarm(work, words, key=f"{number}:{transaction_id}", member_id=payment.buyer_id)
        return Came.MISMATCH
    if payment.state == State.PAID or not _is_wanted(work, payment):
        return _return(work, payment, number, transaction_id)
    payment.state, payment.paid_at = State.PAID, min(paid_at, work.now)
    payment.transaction_id, payment.paid_number = transaction_id, number
    # Its other number could still be paid.
    key = f"close_payment:{payment.id}"
    agenda.plan(work, "close_payment", key=key, payment_id=payment.id)
    for order in sorted(buying.orders_of(work, payment), key=lambda one: one.product_id):
        order.payer_trace = scoring.payer_trace(work, payer) if payer else None
        sales.order_paid(work, order, paid_at=payment.paid_at)
    return Came.PAID


def find(work: Work, number: str) -> Payment | None:
    """The payment one of whose numbers this is, held until the unit of work ends."""
    rows = select(Payment).where(Payment.number == number.removesuffix(PAGE)).with_for_update()
    return work.session.scalar(rows.execution_options(populate_existing=True))


def orders_paid_by(work: Work, payment_id: int) -> list[Order]:
    """What is paid by it, in the order it was wanted; nothing is held."""
    rows = select(Order).where(Order.payment_id == payment_id).order_by(Order.id)
    return list(work.session.scalars(rows))


def refund_done(work: Work, number: str, amount_fen: int) -> bool:
    """Verified: this money has gone back. False when it was known, or the number is not ours."""
    row = _going_back(work, number)
    if row is None:
        alarm(work, f"收到没有单号的退款 {show_yuan(amount_fen)} 元，{number}。", key=number)
        return False
    asked_fen = row.cash_fen if isinstance(row, Refund) else row.amount_fen
    if amount_fen != asked_fen:
        words = f"退款 {number} 应退 {show_yuan(asked_fen)}，实退 {show_yuan(amount_fen)} 元。"
        alarm(work, words, key=f"{number}:{amount_fen}", member_id=_whose(work, row))
        return False
    if row.state == RefundState.DONE:
        return False
    row.state, row.done_at = RefundState.DONE, work.now
    work.session.flush()
    return True


def refund_failed(work: Work, number: str, reason: str) -> None:
    """Verified: the provider could not give it back. People do it by hand; the books stay."""
    row = _going_back(work, number)
    if row is None or row.state == RefundState.DONE:
        return
    row.state = RefundState.FAILED
    words = f"退款 {number} 没有退成：{reason}。"
    alarm(work, words, key=f"{number}:failed", member_id=_whose(work, row))


def alarm(work: Work, words: str, *, key: str, member_id: int | None = None) -> None:
    """A difference with a provider: an operator's case, once per key, about a member or nobody."""
    about = None if member_id is None else members.get(work, member_id).id
    cases.open_case(work, "payment", about, words, key=f"payment:{key}"[:120])


def _is_known(work: Work, payment: Payment, transaction_id: str) -> bool:
    if payment.transaction_id == transaction_id:
        return True
    returned = select(Returned.id).where(Returned.transaction_id == transaction_id)
    return work.session.scalar(returned) is not None


def _is_wanted(work: Work, payment: Payment) -> bool:
    """Its orders wait for it, or could be made anew after they ran out. Who cancelled wants none of
    it any more."""
    orders = buying.orders_of(work, payment)
    gone = [order for order in orders if order.state != OrderState.CREATED]
    if not gone:
        return True
    return all(_ran_out(order) for order in gone) and _taken_again(work, gone)


def _ran_out(order: Order) -> bool:
    if order.state != OrderState.CANCELLED or order.expires_at is None:
        return False
    return order.cancelled_at is not None and order.cancelled_at >= order.expires_at


def _taken_again(work: Work, orders: Sequence[Order]) -> bool:
    """All of them, or nothing of any."""
    try:
        with work.session.begin_nested():
            for order in sorted(orders, key=lambda one: one.product_id):
                buying.take_again(work, order)
    except Refusal:
        return False
    return True


def _return(work: Work, payment: Payment, number: str, transaction_id: str) -> Came:
    new = insert_once(
        work.session,
        Returned,
        transaction_id=transaction_id,
        payment_id=payment.id,
        paid_number=number,
        amount_fen=payment.amount_fen,
        state=RefundState.REQUESTED,
        requested_at=work.now,
    )
    if not new:
        return Came.AGAIN
    found = select(Returned).where(Returned.transaction_id == transaction_id)
    row = work.session.scalars(found).one()
    row.number = numbered(work, "B", row.id)
    work.session.flush()
    agenda.plan(work, "return_payment", key=f"return_payment:{row.id}", returned_id=row.id)
    notify(
        work,
        members.get(work, payment.buyer_id).id,
        "late_payment_returned",
        key=f"late_payment_returned:{row.id}",
        priority=Priority.MONEY,
        amount_fen=row.amount_fen,
        twice=payment.state == State.PAID,
        refund_days=work.rules.after_sales.refund_days.days,
    )
    return Came.RETURNED


def _going_back(work: Work, number: str) -> Refund | Returned | None:
    refund = work.session.scalar(select(Refund).where(Refund.number == number).with_for_update())
    if refund is not None:
        return refund
    return work.session.scalar(select(Returned).where(Returned.number == number).with_for_update())


def _whose(work: Work, row: Refund | Returned) -> int:
    if isinstance(row, Refund):
        return work.session.get_one(Order, row.order_id).buyer_id
    return work.session.get_one(Payment, row.payment_id).buyer_id
