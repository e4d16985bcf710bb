"""
Fulfilment: shipped, received, or not shipped in time. An order's hold follows its delivery.

Once the hold has ended nothing here moves it again: what is available never returns to pending.
"""

from datetime import datetime

from sqlalchemy import select

from commerce import agenda
from commerce.errors import TooLateToChange
from commerce.goods.orders import Order, State
from commerce.goods.products import Product
from commerce.groups import occasions
from commerce.outbox import notify
from commerce.people import members
from commerce.trust import cases
from commerce.trust.cases import Case
from commerce.work import Work

OPEN = (State.PAID, State.SHIPPED)


def ship(work: Work, order: Order, carrier: str, number: str, *, tell: bool = True) -> None:
    """The goods have left. From now on the delivery is tracked: the hold ends some days after
    receipt, which comes by itself after ten days. A new number replaces the old one; on what was
    received nothing changes. TooLateToChange when it was not paid, or is refunded."""
    _need_paid(order)
    is_new = order.shipped_at is None
    order.carrier, order.tracking_no = carrier[:20], number[:40]
    if order.received_at is not None:
        return
    if is_new:
        order.shipped_at = work.now
    assert order.shipped_at is not None
    if order.state == State.PAID:
        order.state = State.SHIPPED
    receives_at = taken_for_received(work, order.shipped_at)
    _hold(work, order, receives_at)
    work.session.flush()
    key = f"receive_order:{order.id}"
    agenda.plan(work, "receive_order", key=key, due_at=receives_at, order_id=order.id)
    if is_new and tell:
        notify(
            work,
            members.get(work, order.buyer_id).id,
            "order_shipped",
            key=f"order_shipped:{order.id}",
            order=order.tail,
            product=work.session.get_one(Product, order.product_id).title,
            carrier=order.carrier,
            number=order.tracking_no,
            receive_days=work.rules.orders.received_after.days,
        )


def receive(work: Work, order: Order) -> None:
    """The buyer has it. Safe to run again. TooLateToChange when it was not paid, or is refunded."""
    _need_paid(order)
    if order.received_at is not None:
        return
    order.received_at = work.now
    order.shipped_at = order.shipped_at or work.now
    if order.state in OPEN:
        order.state = State.RECEIVED
    _hold(work, order, work.now)
    work.session.flush()
    occasions.parcel_received(work)


def taken_for_received(work: Work, shipped_at: datetime) -> datetime:
    """When what was shipped then has come, if nobody says so before."""
    return shipped_at + work.rules.orders.received_after


def held_until(work: Work, received_at: datetime) -> datetime:
    """When the hold of what is received then ends."""
    return received_at + work.rules.plan.hold.received_days


def receive_order(work: Work, order_id: int) -> None:
    """The task: nobody said it had come, and it is taken for received."""
    order = _held(work, order_id)
    if order.state == State.SHIPPED:
        receive(work, order)


def check_shipped(work: Work, order_id: int) -> None:
    """The task: an order that is still not shipped becomes an operator's case."""
    order = _held(work, order_id)
    if order.state == State.PAID and order.received_at is None:
        buyer_id = members.get(work, order.buyer_id).id
        words = f"订单尾号 {order.tail} 付款后还没发货，商品 {order.product_id}。"
        cases.open_case(work, "unshipped", buyer_id, words, key=_unshipped(order))


def close_unshipped(work: Work, order: Order, *, by: int) -> None:
    """It has left, so the case about it, if there is one, needs nobody. Safe to run again."""
    case = work.session.scalar(select(Case).where(Case.key == _unshipped(order)))
    if case is not None:
        cases.close(work, case, by=by)


def _unshipped(order: Order) -> str:
    return f"unshipped:{order.id}"


def _need_paid(order: Order) -> None:
    if order.paid_at is None or order.state in (State.CANCELLED, State.REFUNDED):
        raise TooLateToChange(order.tail, order.state)


def _hold(work: Work, order: Order, received_at: datetime) -> None:
    """Some days after receipt, while the hold has not ended."""
    if order.completed_at is None:
        order.hold_until = held_until(work, received_at)


def _held(work: Work, order_id: int) -> Order:
    return work.session.get_one(Order, order_id, with_for_update=True, populate_existing=True)
