"""
Seats: who has which piece at an offer's price.

A seat is claimed when its order is made and decides its price: the free one with the lowest number.
Unpaid it comes back; paid it stays taken, whatever is refunded later. One person has one.

Every act here comes after the stock of the product was taken, confirmed or released: whoever holds
those rows is the only one at the seats, so nobody looks at a seat that another is taking.
"""

from collections.abc import Collection, Sequence

from sqlalchemy import Update, bindparam, exists, select, update

from commerce import agenda
from commerce.errors import OfferClosed, OneEach, SeatGone
from commerce.goods import unlocked
from commerce.goods.offers import Kind, LiveOffer, OfferSeat, SeatState, StairBuyer
from commerce.goods.orders import Order, State
from commerce.goods.products import Product
from commerce.lives.lives import Live
from commerce.people import members, staff
from commerce.people.members import Member
from commerce.store.bulk import among
from commerce.store.once import insert_once
from commerce.work import Work

PLAIN = {"synchronize_session": False}
"""The rows are not in the session."""

TAKE = (
    update(OfferSeat)
    .where(OfferSeat.offer_id == bindparam("of"), OfferSeat.seat_no == bindparam("at"))
    .values(state=SeatState.RESERVED, member_id=bindparam("member"), order_id=bindparam("order"))
)


def may_have(work: Work, buyer: Member, offer: LiveOffer, live: Live) -> bool:
    """Whether the offer is for this buyer at all, and they have not had it. The host and the staff
    take no seat from a guest; a card that friends unlocked is its owner's."""
    ids = members.with_former_ids(work, buyer)
    if offer.kind == Kind.ASSIST:
        return unlocked.usable(work, offer, ids) is not None
    if held_by(work, offer, ids):
        return False
    return offer.kind == Kind.STAIR or not host_and_staff(work, live, ids).intersection(ids)


def host_and_staff(work: Work, live: Live, ids: Collection[int]) -> set[int]:
    """The host of the live, and which of these are staff."""
    return {members.get(work, live.host_id).id, *staff.among(work, ids)}


def free_seat(work: Work, offer: LiveOffer) -> int | None:
    """The free one with the lowest number."""
    rows = select(OfferSeat.seat_no).where(
        OfferSeat.offer_id == offer.id, OfferSeat.state == SeatState.FREE
    )
    return work.session.scalar(rows.order_by(OfferSeat.seat_no).limit(1))


def free_seats(work: Work, offer: LiveOffer, *, most: int) -> list[int]:
    """Up to so many free ones, the lowest numbers first. A `stair` has none."""
    rows = select(OfferSeat.seat_no).where(
        OfferSeat.offer_id == offer.id, OfferSeat.state == SeatState.FREE
    )
    return list(work.session.scalars(rows.order_by(OfferSeat.seat_no).limit(most)))


def held_by(work: Work, offer: LiveOffer, ids: Collection[int]) -> set[int]:
    """Which of these members have had the offer's price, or wait to pay it."""
    if offer.kind == Kind.FIRST_N:
        held = OfferSeat.offer_id == offer.id, among(work.session, OfferSeat.member_id, ids)
        return {
            row for row in work.session.scalars(select(OfferSeat.member_id).where(*held)) if row
        }
    paid = StairBuyer.offer_id == offer.id, among(work.session, StairBuyer.member_id, ids)
    waits = among(work.session, Order.buyer_id, ids), Order.offer_id == offer.id
    found = set(work.session.scalars(select(StairBuyer.member_id).where(*paid)))
    unpaid = select(Order.buyer_id).where(*waits, Order.state == State.CREATED)
    return found | set(work.session.scalars(unpaid))


def reserve_each(work: Work, offer: LiveOffer, taken: Sequence[tuple[int, int, int]]) -> None:
    """(seat, member, order): free seats become these orders'. Who calls holds the stock."""
    if not taken:
        return
    rows = [
        {"at": seat_no, "of": offer.id, "member": member_id, "order": order_id}
        for seat_no, member_id, order_id in taken
    ]
    work.session.flush()
    work.session.connection().execute(TAKE, rows)


def claim(work: Work, order: Order) -> None:
    """The order takes its place in the offer it was quoted by. OfferClosed when the live is over,
    OneEach when the buyer has had one, SeatGone when others were faster: then there is no order."""
    offer = _offer_of(work, order)
    if offer is None:
        return
    if offer.closed_at is not None:
        raise OfferClosed(_title(work, offer))
    _take(work, order, offer)


def take_again(work: Work, order: Order) -> None:
    """An order that ran out was paid after all: a seat at its price once more, also after the end
    of the live, for it was made in time. OneEach, SeatGone."""
    offer = _offer_of(work, order)
    if offer is not None:
        _take(work, order, offer)


def give_back(work: Work, order: Order) -> None:
    """An unpaid order ends: somebody else may have its seat."""
    unlocked.give_back(work, order)
    if order.seat_no is None:
        return
    free = {"state": SeatState.FREE, "member_id": None, "order_id": None}
    work.session.execute(_seat_of(order).values(free), execution_options=PLAIN)


def paid(work: Work, order: Order) -> None:
    """The order is paid: the seat is nobody else's any more, and the stair counts its buyer."""
    offer = _offer_of(work, order)
    if offer is None:
        return
    if order.seat_no is not None:
        work.session.execute(_seat_of(order).values(state=SeatState.PAID), execution_options=PLAIN)
    if offer.kind == Kind.STAIR:
        new = {"order_id": order.id, "paid_at": order.paid_at}
        buyer_id = members.get(work, order.buyer_id).id
        insert_once(work.session, StairBuyer, offer_id=offer.id, member_id=buyer_id, **new)
        if offer.price_protection and offer.closed_at is not None:
            key = f"give_back_differences:{offer.id}:{order.id}"
            agenda.plan(work, "give_back_differences", key=key, offer_id=offer.id)


def _take(work: Work, order: Order, offer: LiveOffer) -> None:
    buyer = members.get(work, order.buyer_id)
    ids = members.with_former_ids(work, buyer)
    if offer.kind == Kind.ASSIST:
        unlocked.take(work, order, offer, ids)
        return
    if _is_taken(work, offer, ids, but=order.id):
        raise OneEach(_title(work, offer))
    if offer.kind == Kind.STAIR:
        return
    seat_no = free_seat(work, offer)
    if seat_no is None:
        product = work.session.get_one(Product, offer.product_id)
        raise SeatGone(product.title, product.id, offer.pieces, offer.unit_fen, product.price_fen)
    order.seat_no = seat_no
    taken = {"state": SeatState.RESERVED, "member_id": buyer.id, "order_id": order.id}
    row = update(OfferSeat).where(OfferSeat.offer_id == offer.id, OfferSeat.seat_no == seat_no)
    work.session.execute(row.values(taken), execution_options=PLAIN)
    work.session.flush()


def _is_taken(work: Work, offer: LiveOffer, ids: Sequence[int], *, but: int = 0) -> bool:
    if offer.kind == Kind.FIRST_N:
        taken = exists().where(OfferSeat.offer_id == offer.id, OfferSeat.member_id.in_(ids))
        return bool(work.session.scalar(select(taken)))
    paid = exists().where(StairBuyer.offer_id == offer.id, StairBuyer.member_id.in_(ids))
    waits = exists().where(
        Order.buyer_id.in_(ids),
        Order.offer_id == offer.id,
        Order.state == State.CREATED,
        Order.id != but,
    )
    return bool(work.session.scalar(select(paid | waits)))


def _offer_of(work: Work, order: Order) -> LiveOffer | None:
    return None if order.offer_id is None else work.session.get_one(LiveOffer, order.offer_id)


def _seat_of(order: Order) -> Update:
    return update(OfferSeat).where(
        OfferSeat.offer_id == order.offer_id,
        OfferSeat.seat_no == order.seat_no,
        OfferSeat.order_id == order.id,
    )


def _title(work: Work, offer: LiveOffer) -> str:
    return work.session.get_one(Product, offer.product_id).title
