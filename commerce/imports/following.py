"""An order that is known already goes on as its row says: shipped, received, refunded by more."""

from dataclasses import replace

from commerce.goods import fulfilment
from commerce.goods.orders import Order, State
from commerce.imports.orders import Incoming, Status
from commerce.imports.rows import BadCell, Why
from commerce.money import refunds
from commerce.work import Work

REASON = "小店退款"


def says_more(order: Order, row: Incoming) -> bool:
    """Whether anything is other than before. What was paid stays what it was, and what went back
    stays back: BadCell for a row that says otherwise."""
    paid = row.base_fen, row.freight_fen, row.quantity
    if (order.base_fen, order.freight_fen, order.quantity) != paid:
        raise BadCell("paid", Why.PRICE_CHANGED)
    if _back_fen(order, row) < 0 and row.was_paid:
        raise BadCell("refunded", Why.REFUND_TAKEN_BACK)
    return _is_further(order, row) or _back_fen(order, row) > 0


def follow(work: Work, order: Order, row: Incoming) -> None:
    """It goes on as the row says."""
    if _is_further(order, row):
        _deliver(work, order, row)
    if _back_fen(order, row) > 0:
        _refund(work, order, row)


def _is_further(order: Order, row: Incoming) -> bool:
    if order.state in (State.REFUNDED, State.CANCELLED) or order.received_at is not None:
        return False
    is_shipped = row.status is Status.SHIPPED and order.shipped_at is None
    return is_shipped or row.status is Status.RECEIVED


def _back_fen(order: Order, row: Incoming) -> int:
    """What went back since the row before."""
    return row.refunded_fen - order.refunded_fen - order.freight_back_fen


def _deliver(work: Work, order: Order, row: Incoming) -> None:
    if row.status is Status.RECEIVED:
        fulfilment.receive(replace(work, now=row.received_at or work.now), order)
    else:
        then = replace(work, now=row.shipped_at or work.now)
        fulfilment.ship(then, order, row.carrier, row.tracking_no, tell=False)


def _refund(work: Work, order: Order, row: Incoming) -> None:
    """Of the goods first, then of the freight."""
    back_fen = _back_fen(order, row)
    goods_fen = min(back_fen, order.base_fen - order.refunded_fen)
    key = f"{row.key}:refunded:{row.refunded_fen}"
    freight_fen = back_fen - goods_fen
    refunds.refund(work, order.id, goods_fen, key=key, reason=REASON, freight_fen=freight_fen)
