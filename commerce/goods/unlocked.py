"""
A price that friends unlocked, while something is bought at it: one piece for its owner, once.

Every act here comes after the stock of the product was taken or released, as those of `seats` do.
"""

from collections.abc import Collection

from sqlalchemy import Select, select

from commerce.errors import OneEach
from commerce.goods import stock
from commerce.goods.offers import LiveOffer
from commerce.goods.orders import Offer, Order
from commerce.goods.products import Product
from commerce.lives.assists import Assist
from commerce.lives.lives import Live, State
from commerce.work import Work


def usable(work: Work, offer: LiveOffer, ids: Collection[int]) -> Assist | None:
    """The unlocked card of this person, by all their ids. None when they have bought with one."""
    return _usable(list(work.session.scalars(_cards(offer, ids))))


def hold(work: Work, assist: Assist) -> str:
    """The name under which a piece is kept for it now; 「」 when none is."""
    return assist.hold if stock.is_held(work, assist.hold) else ""


def take(work: Work, order: Order, offer: LiveOffer, ids: Collection[int]) -> None:
    """The order is what was bought with the card. OneEach when there is none that may be used."""
    cards = _cards(offer, ids).with_for_update().execution_options(populate_existing=True)
    found = _usable(list(work.session.scalars(cards)), but=order.id)
    if found is None:
        raise OneEach(work.session.get_one(Product, offer.product_id).title)
    found.order_id = order.id
    work.session.flush()


def give_back(work: Work, order: Order) -> None:
    """An unpaid order ends: its card may be used again, and keeps its piece as long as was said."""
    assist = _of(work, order)
    if assist is None:
        return
    assist.order_id = None
    work.session.flush()
    live = work.session.get_one(Live, assist.live_id)
    is_kept = assist.held_until is not None and work.now < assist.held_until
    if is_kept and live.state == State.LIVE:
        stock.hold(work, assist.hold, assist.product_id, 1)


def _usable(cards: list[Assist], *, but: int = 0) -> Assist | None:
    if any(card.order_id not in (None, but) for card in cards):
        return None
    return next((card for card in cards if card.unlocked_at is not None), None)


def _cards(offer: LiveOffer, ids: Collection[int]) -> Select[Assist]:
    rows = select(Assist).where(
        Assist.live_id == offer.live_id,
        Assist.product_id == offer.product_id,
        Assist.member_id.in_(ids),
    )
    return rows.order_by(Assist.id)


def _of(work: Work, order: Order) -> Assist | None:
    if order.offer != Offer.ASSIST:
        return None
    row = select(Assist).where(Assist.order_id == order.id).with_for_update()
    return work.session.scalar(row.execution_options(populate_existing=True))
