"""
Price protection: who paid more in a `stair` than its last step gets the difference back, once.

It is a refund like any other: the books, the promoter's lines and the buyer's credit follow from
it in proportion, before the settlement and after it.
"""

from sqlalchemy import select

from commerce import agenda
from commerce.goods.offers import LiveOffer, StairBuyer
from commerce.goods.orders import Order
from commerce.money import refunds
from commerce.work import Work

BATCH = 200
REASON = "直播降价，补差价"


def give_back_differences(work: Work, offer_id: int, after: int = 0) -> None:
    """The task: some buyers of a closed offer, above this order id; what is left is planned for at
    once. Safe to run again. Orders paid later plan it once more for themselves."""
    offer = work.session.get_one(LiveOffer, offer_id)
    if offer.last_fen is None or not offer.price_protection:
        return
    paid = select(Order.id).join(StairBuyer, StairBuyer.order_id == Order.id)
    rows = paid.where(
        StairBuyer.offer_id == offer.id,
        Order.unit_fen > offer.last_fen,
        Order.difference_fen == 0,
        Order.id > after,
    )
    found = work.session.scalars(rows.order_by(Order.id).limit(BATCH)).all()
    for order_id in found:
        give_back_difference(work, order_id, offer.last_fen)
    if len(found) == BATCH:
        key = f"give_back_differences:{offer.id}:after:{found[-1]}"
        last = int(found[-1])
        agenda.plan(work, "give_back_differences", key=key, offer_id=offer.id, after=last)


def give_back_difference(work: Work, order_id: int, last_fen: int) -> int:
    """So much goes back for one order: once, and never more than is left of it."""
    order = refunds.lock(work, order_id)
    left_fen = order.base_fen - order.refunded_fen
    difference_fen = min((order.unit_fen - last_fen) * order.quantity, left_fen)
    if difference_fen <= 0 or order.difference_fen or order.voided_at is not None:
        return 0
    key = f"difference:{order.id}"
    refunds.return_difference(work, order.id, difference_fen, key=key, reason=REASON)
    return difference_fen
