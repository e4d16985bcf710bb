"""
Shipping: what is paid and still with us, where it goes, and that it has left. For the staff.

An imported order is shipped where it was bought: here it may be looked at, and no more.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Select, func, select

from commerce.errors import CannotShip, SeveralOrders, UnknownOrder
from commerce.goods import fulfilment, recipients
from commerce.goods.orders import Offer, Order, State
from commerce.goods.products import Product
from commerce.goods.recipients import Recipient
from commerce.outbox import notify
from commerce.people import audit, members, staff
from commerce.people.members import Member
from commerce.people.staff import Role
from commerce.trust import after_sales
from commerce.work import Work

WAITING = (Order.state == State.PAID, Order.offer != Offer.AGREED)
SENT = (Order.shipped_at.is_not(None), Order.state != State.REFUNDED, Order.offer != Offer.AGREED)
TAIL_DIGITS, TAILS, LONGEST_NUMBER, NAMED = 4, 10_000, 18, 4


def queue(work: Work, by: Member, *, limit: int) -> tuple[Sequence[Order], int]:
    """Our own orders that wait to be shipped, paid longest ago first, and how many there are in
    all. NotStaff."""
    staff.need_role(work, by, Role.REVIEWER)
    total = work.session.scalar(select(func.count(Order.id)).where(*WAITING)) or 0
    rows = select(Order).where(*WAITING).order_by(Order.paid_at, Order.id)
    return work.session.scalars(rows.limit(limit)).all(), total


def ship_by(work: Work, order: Order) -> datetime | None:
    """When the buyer was promised that it leaves; None before payment."""
    return None if order.paid_at is None else order.paid_at + work.rules.orders.ship_within


def number(order_id: int) -> str:
    """What `find` takes for this order and no other: 「73」, 「04711」, 「10073」."""
    plain = str(order_id)
    return f"0{plain}" if len(plain) == TAIL_DIGITS else plain


def find(
    work: Work, by: Member, said: str, *, rather: Sequence[ColumnElement[bool]] = WAITING
) -> Order:
    """Anybody's order: four digits are a tail, more or fewer the whole number. Of several with one
    tail it is the one that waits to be shipped, or what is wanted `rather`. NotStaff,
    UnknownOrder, SeveralOrders."""
    staff.need_role(work, by, Role.REVIEWER)
    if not (said.isascii() and said.isdecimal() and len(said) <= LONGEST_NUMBER):
        raise UnknownOrder(said[:LONGEST_NUMBER])
    rows = _called(work, said).order_by(Order.id.desc()).limit(NAMED)
    found = work.session.scalars(rows).all()
    if not found:
        raise UnknownOrder(said)
    waiting = found if len(found) == 1 else work.session.scalars(rows.where(*rather)).all()
    if len(waiting) != 1:
        raise SeveralOrders(said, tuple(order.id for order in waiting or found))
    return waiting[0]


def look_at_recipient(work: Work, by: Member, order: Order) -> Recipient | None:
    """Whom it goes to, in full; it is recorded who looked. None where nobody said. NotStaff."""
    staff.need_role(work, by, Role.REVIEWER)
    audit.record(work, by.id, "look_at_recipient", f"order:{order.id}")
    return None if order.recipient is None else recipients.from_json(order.recipient)


def need_waiting(work: Work, by: Member, said: str) -> Order:
    """The order, held, if it may leave now. CannotShip with the reason, and the refusals of
    `find`."""
    order = after_sales.lock_order(work, find(work, by, said).id)
    why = why_not(work, order)
    if why is not None:
        raise CannotShip(order.tail, why)
    return order


def why_not(work: Work, order: Order) -> str | None:
    """Why it cannot leave now: it is bought elsewhere, an after-sales case is open, or its state,
    where that is not paid. None when it can."""
    if order.offer == Offer.AGREED:
        return "elsewhere"
    if order.state != State.PAID:
        return order.state
    return None if after_sales.open_of(work, order.id) is None else "after_sale"


def send(work: Work, by: Member, said: str, *, carrier: str, tracking_no: str) -> Order:
    """It has left: the buyer is told, and nobody is asked any more why it has not. The refusals of
    `need_waiting`."""
    order = need_waiting(work, by, said)
    fulfilment.ship(work, order, carrier, tracking_no)
    fulfilment.close_unshipped(work, order, by=by.id)
    audit.record(work, by.id, "ship_order", f"order:{order.id}")
    return order


def is_sent(order: Order) -> bool:
    """It left from here, and was not refunded since."""
    is_ours = order.offer != Offer.AGREED and order.state != State.REFUNDED
    return is_ours and order.shipped_at is not None


def need_sent(work: Work, by: Member, said: str) -> Order:
    """The order, held, if it left from here and was not refunded since. CannotShip with the reason,
    and the refusals of `find`."""
    order = after_sales.lock_order(work, find(work, by, said, rather=SENT).id)
    if order.offer == Offer.AGREED:
        raise CannotShip(order.tail, "elsewhere")
    if not is_sent(order):
        why = "not_sent" if order.state == State.PAID else order.state
        raise CannotShip(order.tail, why)
    return order


def correct(work: Work, by: Member, said: str, *, carrier: str, tracking_no: str) -> Order:
    """It left under another number than was said: the buyer is told the right one, and nothing else
    changes. The same once more is told to nobody. The refusals of `need_sent`."""
    order = need_sent(work, by, said)
    before = (order.carrier, order.tracking_no)
    fulfilment.ship(work, order, carrier, tracking_no)
    if (order.carrier, order.tracking_no) == before:
        return order
    audit.record(work, by.id, "correct_parcel", f"order:{order.id}", before=before[1])
    notify(
        work,
        members.get(work, order.buyer_id).id,
        "parcel_corrected",
        key=f"parcel_corrected:{order.id}:{work.now.isoformat()}",
        order=order.tail,
        product=work.session.get_one(Product, order.product_id).title,
        carrier=order.carrier,
        number=order.tracking_no,
    )
    return order


def _called(work: Work, said: str) -> Select[Order]:
    if len(said) != TAIL_DIGITS:
        return select(Order).where(Order.id == int(said))
    last = work.session.scalar(select(func.max(Order.id))) or 0
    return select(Order).where(Order.id.in_(range(int(said), last + 1, TAILS)))
