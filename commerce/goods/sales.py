"""A sale is made: the order is paid, buyer and promoter hear of it, and it is to be shipped."""

from datetime import datetime

from commerce import agenda
from commerce.goods import attribution, paying
from commerce.goods.orders import Mode, Offer, Order
from commerce.goods.products import Product
from commerce.lives.lives import Live
from commerce.money.earnings import Part, earning_lines
from commerce.outbox import Priority, notify
from commerce.people import members
from commerce.people.members import Member
from commerce.trust import scoring
from commerce.work import Work


def order_paid(work: Work, order: Order, *, paid_at: datetime) -> None:
    """`paying.pay` by the promoter the order was made with, and everything that is told of it."""
    paying.pay(work, order, _promoter(work, order), paid_at=paid_at)
    due_at = paid_at + work.rules.orders.unshipped_case_after
    key = f"check_shipped:{order.id}"
    agenda.plan(work, "check_shipped", key=key, due_at=due_at, order_id=order.id)
    product = work.session.get_one(Product, order.product_id)
    buyer = members.get(work, order.buyer_id)
    if order.offer != Offer.PRIZE:  # Who claims a prize has paid nothing, and hears so at once.
        _tell_buyer(work, order, product, buyer)
    _tell_promoter(work, order, product, buyer)
    scoring.look_at_order(work, order)


def _tell_buyer(work: Work, order: Order, product: Product, buyer: Member) -> None:
    notify(
        work,
        buyer.id,
        "order_paid",
        key=f"order_paid:{order.id}",
        priority=Priority.MONEY,
        order=order.tail,
        product=product.title,
        paid_fen=order.base_fen + order.freight_fen,
        credit_fen=order.credit_fen,
        ship_s=int(work.rules.orders.ship_within.total_seconds()),
    )


def _promoter(work: Work, order: Order) -> Member | None:
    """Whom it was credited to when it was made. Who may promote no longer makes room for the next
    by the rule; a price of their own is nobody's then."""
    if order.promoter_id is None:
        return None
    promoter = members.get(work, order.promoter_id)
    if promoter.is_joined or order.mode == Mode.MARKUP:
        return promoter
    live = work.session.get(Live, order.live_id) if order.live_id else None
    return attribution.promoter_of(work, members.get(work, order.buyer_id), live)


def _tell_promoter(work: Work, order: Order, product: Product, buyer: Member) -> None:
    if not order.earns or order.promoter_id is None:
        return
    lines = {line.part: line.amount_fen for line in earning_lines(order)}
    notify(
        work,
        members.get(work, order.promoter_id).id,
        "order_sold",
        key=f"order_sold:{order.id}",
        priority=Priority.SERVICE,
        order=order.tail,
        number=product.id,
        product=product.title,
        quantity=order.quantity,
        base_fen=order.base_fen,
        estimate_fen=lines.get(Part.PROMOTER, 0),
        is_markup=order.mode == Mode.MARKUP,
        in_live=order.live_id is not None,
    )
