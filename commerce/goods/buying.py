"""
Buying: an order is made, waits fifteen minutes for its payment, is paid, cancelled or runs out.

What an order takes, it takes in one transaction: pieces, a coupon, credit, a place in a quota.
What it gives back, it gives back in one, too.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from commerce import agenda
from commerce.errors import NoSuchOrder, OfferGone, TooLateToChange
from commerce.goods import coupons, quotes, recipients, sales, seats, stock
from commerce.goods.orders import Offer, Order, State
from commerce.goods.products import Product
from commerce.goods.quotes import Agreed, Quote, quote
from commerce.goods.recipients import Recipient
from commerce.money import ledger, payments
from commerce.money.ledger import Move
from commerce.money.payments import Payment
from commerce.outbox import Priority, notify
from commerce.people import members
from commerce.people.members import Member
from commerce.store.book import number
from commerce.store.once import lock_by_name
from commerce.work import Work

__all__ = ["Agreed", "Quote", "quote"]


def place(
    work: Work, buyer: Member, wanted: Quote, *, key: str, recipient: Recipient | None = None
) -> Order:
    """Make the order of a quote of this unit of work, and its payment; with nothing left to pay it
    is paid at once. The same key twice is the same order. SoldOut, OfferGone, SeatGone, OneEach,
    OfferClosed, InsufficientBalance when somebody was faster."""
    return place_together(work, buyer, [wanted], key=key, recipient=recipient)[0]


def place_together(
    work: Work,
    buyer: Member,
    wanted: Sequence[Quote],
    *,
    key: str,
    recipient: Recipient | None = None,
) -> list[Order]:
    """Several orders under one payment: all of them are made, or none."""
    lock_by_name(work.session, f"buyer:{buyer.id}")
    earlier = _of_key(work, buyer, key, len(wanted))
    if earlier:
        return earlier
    # Everybody takes from the shelves in one order of products: no deadlocks.
    ordered = sorted(enumerate(wanted), key=lambda one: one[1].product_id)
    made = {
        position: _place_one(work, buyer, one, key=_key(key, position), recipient=recipient)
        for position, one in ordered
    }
    orders = [made[position] for position in range(len(wanted))]
    if wanted[0].paid_elsewhere:
        return orders
    if any(order.cash_fen for order in orders):
        _ask_for_payment(work, buyer, orders, key=key)
    else:
        for order in orders:
            sales.order_paid(work, order, paid_at=work.now)
    return orders


def cancel(work: Work, buyer: Member, order: Order) -> None:
    """The buyer wants it no longer: it and all that is paid for together with it. NoSuchOrder when
    it is another's, TooLateToChange when it is paid."""
    if members.get(work, order.buyer_id).id != buyer.id:
        raise NoSuchOrder(order.tail)
    payment = _lock_payment(work, order)
    orders = orders_of(work, payment) if payment else [order]
    if order.state != State.CREATED:
        raise TooLateToChange(order.tail, order.state)
    _give_up(work, payment, orders)


def expire(work: Work, payment_id: int) -> None:
    """The task of a payment whose time is over. Nothing when it was paid or cancelled before."""
    payment = work.session.get_one(
        Payment, payment_id, with_for_update=True, populate_existing=True
    )
    if payment.state != payments.State.WAITING:
        return
    orders = orders_of(work, payment)
    _give_up(work, payment, orders)
    notify(
        work,
        members.get(work, payment.buyer_id).id,
        "order_expired",
        key=f"order_expired:{payment.id}",
        priority=Priority.SERVICE,
        order=orders[0].tail,
        product=work.session.get_one(Product, orders[0].product_id).title,
        number=orders[0].product_id,
    )


def orders_of(work: Work, payment: Payment) -> list[Order]:
    """What is paid by it, each row held until the unit of work ends."""
    rows = select(Order).where(Order.payment_id == payment.id).order_by(Order.id)
    held = rows.with_for_update().execution_options(populate_existing=True)
    return list(work.session.scalars(held))


def unpaid(work: Work, buyer: Member) -> Order | None:
    """The buyer's newest order that still waits for its payment."""
    return newest(work, buyer, State.CREATED)


def newest(work: Work, buyer: Member, state: State) -> Order | None:
    """The buyer's newest order in that state."""
    rows = select(Order).where(Order.buyer_id.in_(_same(work, buyer)), Order.state == state)
    return work.session.scalar(rows.order_by(Order.id.desc()).limit(1))


def under_way(work: Work, buyer: Member, *, limit: int) -> list[Order]:
    """The person's newest orders that are shipped and not received."""
    rows = select(Order).where(Order.buyer_id.in_(_same(work, buyer)))
    rows = rows.where(Order.state == State.SHIPPED)
    return list(work.session.scalars(rows.order_by(Order.id.desc()).limit(limit)))


def of_buyer(work: Work, buyer: Member, *, limit: int) -> list[Order]:
    """The newest orders of a person, whatever became of them."""
    rows = select(Order).where(Order.buyer_id.in_(_same(work, buyer)))
    return list(work.session.scalars(rows.order_by(Order.id.desc()).limit(limit)))


def own(work: Work, buyer: Member, said: str) -> Order:
    """The buyer's newest order with this tail: 「0073」, or a longer number that ends so.
    NoSuchOrder when none of theirs does."""
    if said.isascii() and said.isdecimal():
        tail = said[-4:].zfill(4)
        rows = select(Order).where(Order.buyer_id.in_(_same(work, buyer)))
        rows = rows.where(Order.id % 10_000 == int(tail)).order_by(Order.id.desc())
        found = work.session.scalar(rows.limit(1))
        if found is not None:
            return found
    raise NoSuchOrder(said[:20])


def readdress(work: Work, order: Order, recipient: Recipient) -> None:
    """The order goes to another address. TooLateToChange once it is shipped; OfferGone when its
    coupon was used at that address before."""
    if order.state not in (State.CREATED, State.PAID):
        raise TooLateToChange(order.tail, order.state)
    order.recipient = recipient.to_json()
    order.phone_trace, order.address_trace = recipients.traces(work, recipient)
    work.session.flush()
    coupons.retrace(work, order)


def take_again(work: Work, order: Order) -> None:
    """An order that ran out is made anew at its price, because its payment came after all. SoldOut,
    OfferGone or InsufficientBalance when what it needs is gone; then nothing may be kept of it."""
    buyer_id = members.get(work, order.buyer_id).id
    if order.offer == Offer.DISCOUNT:
        take_quota(work, work.session.get_one(Product, order.product_id), order.quantity)
    stock.reserve(work, order.id, order.product_id, order.quantity)
    seats.take_again(work, order)
    _reserve_credit(work, order, buyer_id, key=f"order:{order.id}:credit:again")
    if order.coupon_fen:
        coupons.take_again(work, order, buyer_id)
    order.state, order.cancelled_at = State.CREATED, None
    work.session.flush()


def row_of(work: Work, buyer: Member, wanted: Quote, *, key: str) -> dict[str, Any]:
    """What a new order says, by what it was quoted."""
    product = wanted.product
    return {
        "key": key,
        "buyer_id": buyer.id,
        "product_id": product.id,
        "quantity": wanted.quantity,
        "mode": wanted.mode,
        "live_id": wanted.live_id,
        "promoter_id": wanted.promoter_id,
        "list_fen": wanted.list_fen,
        "unit_fen": wanted.unit_fen,
        "offer": wanted.offer,
        "offer_id": wanted.live_offer_id,
        "coupon_fen": wanted.coupon_fen,
        "base_fen": wanted.base_fen,
        "freight_fen": wanted.freight_fen,
        "credit_fen": wanted.credit_fen,
        "commission_bp": product.commission_bp,
        "supply_fen": product.supply_fen,
        "created_at": work.now,
        "expires_at": None if wanted.paid_elsewhere else work.now + work.rules.orders.unpaid_valid,
    }


def payment_row(work: Work, buyer: Member, amount_fen: int, *, key: str) -> dict[str, Any]:
    """What a new payment says. By its id it gets a number, and `plan_payments` does the rest."""
    return {
        "key": key,
        "buyer_id": buyer.id,
        "amount_fen": amount_fen,
        "created_at": work.now,
        "expires_at": work.now + work.rules.orders.unpaid_valid,
    }


def plan_payments(work: Work, payment_ids: Sequence[int]) -> None:
    """The provider is asked for a way to pay, and in the end nobody waits any longer."""
    expires_at = work.now + work.rules.orders.unpaid_valid
    for task, due_at in (("prepare_payment", work.now), ("expire_order", expires_at)):
        plans = [(f"{task}:{one}", {"payment_id": one}) for one in payment_ids]
        agenda.plan_all(work, task, plans, due_at=due_at)


def take_quota(work: Work, product: Product, quantity: int) -> None:
    """Nobody else counts this product's quota until the unit of work ends. OfferGone when it is
    used up."""
    lock_by_name(work.session, f"discount:{product.id}")
    if quotes.discount_left(work, product) < quantity:
        raise OfferGone(product.title)


def _place_one(
    work: Work, buyer: Member, wanted: Quote, *, key: str, recipient: Recipient | None
) -> Order:
    if wanted.offer is Offer.DISCOUNT:
        take_quota(work, wanted.product, wanted.quantity)
    from_hold = _from_hold(work, wanted)
    from_shelves = wanted.takes_stock and not from_hold
    taken = stock.take(work, wanted.product_id, wanted.quantity) if from_shelves else []
    order = Order(**row_of(work, buyer, wanted, key=key))
    if recipient is not None:
        order.recipient = recipient.to_json()
        order.phone_trace, order.address_trace = recipients.traces(work, recipient)
    work.session.add(order)
    work.session.flush()
    if from_hold:
        stock.take_hold(work, from_hold, order)
    else:
        stock.note(work, order.id, taken)
    seats.claim(work, order)
    if wanted.coupon_id is not None:
        coupons.take(work, wanted.coupon_id, order)
    _reserve_credit(work, order, buyer.id, key=f"order:{order.id}:credit")
    return order


def _from_hold(work: Work, wanted: Quote) -> str:
    """What is kept under a name is locked before the order is there, as the shelves are. What was
    kept for a card may have run out in this moment: then the piece comes from the shelves."""
    if wanted.from_hold:
        stock.lock(work, wanted.product_id)
        if wanted.offer is Offer.ASSIST and not stock.held(work, wanted.from_hold):
            return ""
    return wanted.from_hold


def _ask_for_payment(work: Work, buyer: Member, orders: Sequence[Order], *, key: str) -> None:
    amount_fen = sum(order.cash_fen for order in orders)
    payment = Payment(**payment_row(work, buyer, amount_fen, key=key))
    work.session.add(payment)
    work.session.flush()
    payment.number = number(work, "P", payment.id)
    for order in orders:
        order.payment_id = payment.id
    work.session.flush()
    key, due_at = f"expire_order:{payment.id}", payment.expires_at
    agenda.plan(work, "prepare_payment", key=f"prepare_payment:{payment.id}", payment_id=payment.id)
    agenda.plan(work, "expire_order", key=key, due_at=due_at, payment_id=payment.id)


def _give_up(work: Work, payment: Payment | None, orders: Sequence[Order]) -> None:
    """Everything an unpaid order had taken may be taken by others."""
    for order in sorted(orders, key=lambda one: one.product_id):
        order.state, order.cancelled_at = State.CANCELLED, work.now
        stock.release(work, order.id, order.product_id)
        seats.give_back(work, order)
        coupons.give_back(work, order)
        buyer_id = members.get(work, order.buyer_id).id
        ledger.post(
            work,
            f"order:{order.id}:cancelled:{work.now:%Y%m%d%H%M%S%f}",
            Move(ledger.reserved(buyer_id), ledger.available(buyer_id), order.credit_fen),
        )
    if payment is not None:
        payment.state = payments.State.CLOSED
        key = f"close_payment:{payment.id}"
        agenda.plan(work, "close_payment", key=key, payment_id=payment.id)
    work.session.flush()


def _same(work: Work, buyer: Member) -> list[int]:
    """The buyer, and who was merged into them."""
    return [buyer.id, *(row.id for row in members.merged_into(work, buyer.id))]


def _reserve_credit(work: Work, order: Order, buyer_id: int, *, key: str) -> None:
    if order.credit_fen:
        move = Move(ledger.available(buyer_id), ledger.reserved(buyer_id), order.credit_fen)
        ledger.post(work, key, move)


def _lock_payment(work: Work, order: Order) -> Payment | None:
    """The payment first, then its orders: whoever pays, cancels and expires comes in this order."""
    payment = None
    if order.payment_id is not None:
        payment = work.session.get_one(
            Payment, order.payment_id, with_for_update=True, populate_existing=True
        )
    work.session.refresh(order, with_for_update=True)
    return payment


def _of_key(work: Work, buyer: Member, key: str, count: int) -> list[Order]:
    keys = [_key(key, position) for position in range(count)]
    found = {
        order.key: order
        for order in work.session.scalars(select(Order).where(Order.key.in_(keys)))
        if order.buyer_id == buyer.id
    }
    return [found[one] for one in keys] if found else []


def _key(key: str, position: int) -> str:
    return key if position == 0 else f"{key}:{position + 1}"
