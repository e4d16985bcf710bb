"""An order that is known already goes on as its row says: shipped, received, refunded by more."""

from dataclasses import replace
from datetime import datetime

from commerce.goods import fulfilment
from commerce.goods.orders import Order, State
from commerce.imports.orders import Incoming, Status
from commerce.imports.rows import BadCell, Why
from commerce.money import refunds
from commerce.work import Work

REASON = "小店退款"


def follow(work: Work, order: Order, row: Incoming) -> bool:
    """Whether anything was other than before. What was paid stays what it was, and what went back
    stays back: BadCell for a row that says otherwise."""
    paid = row.base_fen, row.freight_fen, row.quantity
    if (order.base_fen, order.freight_fen, order.quantity) != paid:
        raise BadCell("paid", Why.PRICE_CHANGED)
    delivered = _deliver(work, order, row)
    return _refund(work, order, row) or delivered


def has_more(row: Incoming) -> bool:
    """Whether a new order must go on at once: receipt is dealt with when it is made."""
    return row.refunded_fen > 0 or row.status is Status.SHIPPED


def receive(work: Work, order: Order, at: datetime | None) -> None:
    """It was received then; now, where the row does not say."""
    fulfilment.receive(replace(work, now=at or work.now), order)


def _deliver(work: Work, order: Order, row: Incoming) -> bool:
    if order.state in (State.REFUNDED, State.CANCELLED) or order.received_at is not None:
        return False
    if row.status is Status.RECEIVED:
        receive(work, order, row.received_at)
        return True
    if row.status is not Status.SHIPPED or order.shipped_at is not None:
        return False
    then = replace(work, now=row.shipped_at or work.now)
    fulfilment.ship(then, order, row.carrier, row.tracking_no, tell=False)
    return True


def _refund(work: Work, order: Order, row: Incoming) -> bool:
    """The difference to what went back before: of the goods first, then of the freight."""
    back_fen = row.refunded_fen - order.refunded_fen - order.freight_back_fen
    if back_fen < 0 and row.was_paid:
        raise BadCell("refunded", Why.REFUND_TAKEN_BACK)
    if back_fen <= 0:
        return False
    goods_fen = min(back_fen, order.base_fen - order.refunded_fen)
    key = f"{row.key}:refunded:{row.refunded_fen}"
    freight_fen = back_fen - goods_fen
    refunds.refund(work, order.id, goods_fen, key=key, reason=REASON, freight_fen=freight_fen)
    return True
