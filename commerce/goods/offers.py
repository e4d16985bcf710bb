"""
Offers of a live: 前 N 单 at one price, a price that falls with the buyers, one friends unlock.

A `first_n` has seats, all of them there from the moment it is published: a seat decides the price
of one piece and belongs to one person (see `seats`). A `stair` has steps: the price of an order is
that of the step at which it is made. An `assist` is for who has a card that friends unlocked (see
`commerce.lives.assists`); a live has one. What an offer may lose is agreed before it is published.
"""

from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum
from typing import TypedDict, Unpack

from sqlalchemy import (
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
    exists,
    func,
    insert,
    select,
)
from sqlalchemy.orm import Mapped, mapped_column

from commerce import agenda
from commerce.errors import (
    AssistsOff,
    BelowCost,
    LiveIsOver,
    NotOnSale,
    OfferPricesOutOfOrder,
    OfferStands,
    SubsidyUsedUp,
    TooFewPieces,
)
from commerce.fen import part_floor
from commerce.goods import stock
from commerce.goods.products import Product
from commerce.lives.lives import Live
from commerce.lives.lives import State as LiveState
from commerce.money import solvency
from commerce.outbox import SHANGHAI
from commerce.store.base import Base, Id
from commerce.store.once import lock_by_name
from commerce.work import Work

SEATS_AT_ONCE = 5_000


class Kind(StrEnum):
    FIRST_N = "first_n"
    STAIR = "stair"
    ASSIST = "assist"


class LiveOffer(Base):
    """One price of one product in one live. Nothing of it changes once it is published."""

    __tablename__ = "live_offers"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    live_id: Mapped[int] = mapped_column(Id, ForeignKey("lives.id"))
    product_id: Mapped[int] = mapped_column(Id, ForeignKey("products.id"))
    kind: Mapped[str] = mapped_column(String(8))
    unit_fen: Mapped[int]
    """The price of `first_n` and `assist`, and where a `stair` begins."""
    pieces: Mapped[int] = mapped_column(default=0)
    """How many seats a `first_n` has."""
    every_buyers: Mapped[int] = mapped_column(default=0)
    off_fen: Mapped[int] = mapped_column(default=0)
    floor_fen: Mapped[int] = mapped_column(default=0)
    price_protection: Mapped[bool] = mapped_column(default=False)
    """Who paid more than the last step gets the difference back after the live."""
    subsidy_fen: Mapped[int] = mapped_column(default=0)
    """What the shop adds at most where the price does not cover its costs."""
    published_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    last_fen: Mapped[int | None]
    """The price when it closed."""

    __table_args__ = (
        UniqueConstraint("live_id", "product_id", "kind", name="live_offers_once"),
        Base.__table_args__,
    )


class SeatState(StrEnum):
    FREE = "free"
    RESERVED = "reserved"
    PAID = "paid"


class OfferSeat(Base):
    """One piece at the offer's price. All are there when it is published."""

    __tablename__ = "offer_seats"

    offer_id: Mapped[int] = mapped_column(Id, ForeignKey("live_offers.id"), primary_key=True)
    seat_no: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    state: Mapped[str] = mapped_column(String(8), default=SeatState.FREE)
    member_id: Mapped[int | None] = mapped_column(Id, ForeignKey("members.id"))
    order_id: Mapped[int | None] = mapped_column(Id, ForeignKey("orders.id"))

    __table_args__ = (
        UniqueConstraint("offer_id", "member_id", name="offer_seats_one_each"),
        Index("offer_seats_free", "offer_id", "state", "seat_no"),
        Base.__table_args__,
    )


class StairBuyer(Base):
    """Who has paid in a `stair`: the price falls with every so many different ones."""

    __tablename__ = "stair_buyers"

    offer_id: Mapped[int] = mapped_column(Id, ForeignKey("live_offers.id"), primary_key=True)
    member_id: Mapped[int] = mapped_column(Id, ForeignKey("members.id"), primary_key=True)
    order_id: Mapped[int] = mapped_column(Id, ForeignKey("orders.id"))
    paid_at: Mapped[datetime]


class Terms(TypedDict, total=False):
    """What an offer says. What is left out is as the rules have it."""

    unit_fen: int
    pieces: int
    every_buyers: int
    off_fen: int
    floor_fen: int
    price_protection: bool
    subsidy_fen: int


def publish(
    work: Work, live: Live, product: Product, kind: Kind | str, **terms: Unpack[Terms]
) -> LiveOffer:
    """A new price of the product in this live; a `stair` begins at the list price unless it is
    said, and must say its floor. LiveIsOver; NotOnSale; AssistsOff; OfferStands when it has one of
    this kind, or the live has its `assist`; OfferPricesOutOfOrder; TooFewPieces; BelowCost unless
    `subsidy_fen` covers the worst that may happen; SubsidyUsedUp when this month's budget does not
    hold that."""
    if live.state not in (LiveState.SCHEDULED, LiveState.LIVE):
        raise LiveIsOver(live.id)
    if product.published_at is None or product.hidden_at is not None:
        raise NotOnSale(product.title)
    subsidy_fen = terms.get("subsidy_fen", 0)
    made = LiveOffer(live_id=live.id, product_id=product.id, kind=kind, subsidy_fen=subsidy_fen)
    made.published_at = work.now
    if kind == Kind.FIRST_N:
        _say_first_n(work, made, terms)
    elif kind == Kind.ASSIST:
        _say_assist(work, made, terms)
    else:
        _say_stair(work, made, product, terms)
    _check(work, made, product)
    work.session.add(made)
    work.session.flush()
    if made.pieces:
        _set_seats(work, made)
    return made


def of_live(work: Work, live_id: int) -> list[LiveOffer]:
    """All offers of a live, closed ones too, as they were published."""
    rows = select(LiveOffer).where(LiveOffer.live_id == live_id).order_by(LiveOffer.id)
    return list(work.session.scalars(rows))


def open_for(work: Work, live: Live | None, product_id: int) -> list[LiveOffer]:
    """The offers of a product that may be had now: those of a live on the air."""
    if live is None or live.state != LiveState.LIVE:
        return []
    rows = select(LiveOffer).where(
        LiveOffer.live_id == live.id,
        LiveOffer.product_id == product_id,
        LiveOffer.closed_at.is_(None),
    )
    return list(work.session.scalars(rows.order_by(LiveOffer.id)))


def left(work: Work, offer: LiveOffer) -> int:
    """How many may still have its price: free seats, or the pieces there are."""
    if offer.kind != Kind.FIRST_N:
        return stock.left(work, offer.product_id)
    free = select(func.count()).where(
        OfferSeat.offer_id == offer.id, OfferSeat.state == SeatState.FREE
    )
    return work.session.scalar(free) or 0


def has_left(work: Work, offer: LiveOffer) -> bool:
    """Whether anybody may still have its price, without counting."""
    if offer.kind != Kind.FIRST_N:
        return stock.left(work, offer.product_id) > 0
    free = exists().where(OfferSeat.offer_id == offer.id, OfferSeat.state == SeatState.FREE)
    return bool(work.session.scalar(select(free)))


def now_fen(work: Work, offer: LiveOffer) -> int:
    """What a piece costs in it now, or cost when it closed."""
    if offer.last_fen is not None:
        return offer.last_fen
    if offer.kind != Kind.STAIR:
        return offer.unit_fen
    return step_fen(offer, buyers(work, offer))


def step_fen(offer: LiveOffer, buyer_count: int) -> int:
    """The price of a `stair` after so many different paid buyers, never below its floor."""
    steps = part_floor(buyer_count, 1, offer.every_buyers)
    return max(offer.floor_fen, offer.unit_fen - steps * offer.off_fen)


def buyers(work: Work, offer: LiveOffer) -> int:
    """How many different people have paid in a `stair`. A refund takes nobody away."""
    counted = select(func.count()).where(StairBuyer.offer_id == offer.id)
    return work.session.scalar(counted) or 0


def live_ended(work: Work, live: Live) -> None:
    """Nobody gets these prices any more; what price protection promised is given back by itself.
    Safe to say again."""
    for offer in of_live(work, live.id):
        if offer.closed_at is not None:
            continue
        offer.last_fen, offer.closed_at = now_fen(work, offer), work.now
        work.session.flush()
        if offer.price_protection:
            key = f"give_back_differences:{offer.id}"
            agenda.plan(work, "give_back_differences", key=key, offer_id=offer.id)


def promised_fen(work: Work) -> int:
    """What offers published this month may cost beyond what they bring."""
    local = work.now.astimezone(SHANGHAI)
    month = local.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    given = select(func.sum(LiveOffer.subsidy_fen)).where(LiveOffer.published_at >= month)
    return int(work.session.scalar(given) or 0)


def _say_first_n(work: Work, offer: LiveOffer, terms: Terms) -> None:
    usual = work.rules.offers.first_n
    offer.unit_fen = offer.floor_fen = terms.get("unit_fen", usual.price_fen)
    offer.pieces = terms.get("pieces", usual.pieces)
    offer.every_buyers = offer.off_fen = 0
    offer.price_protection = False


def _say_assist(work: Work, offer: LiveOffer, terms: Terms) -> None:
    if not work.rules.assist.enabled:
        raise AssistsOff
    offer.unit_fen = offer.floor_fen = terms.get("unit_fen", work.rules.assist.price_fen)
    offer.pieces = offer.every_buyers = offer.off_fen = 0
    offer.price_protection = False


def _say_stair(work: Work, offer: LiveOffer, product: Product, terms: Terms) -> None:
    usual = work.rules.offers.stair
    offer.unit_fen = terms.get("unit_fen", product.price_fen)
    offer.every_buyers = terms.get("every_buyers", usual.every_buyers)
    offer.off_fen = terms.get("off_fen", usual.off_fen)
    offer.floor_fen, offer.pieces = terms.get("floor_fen", 0), 0
    offer.price_protection = terms.get("price_protection", usual.price_protection)


def _check(work: Work, offer: LiveOffer, product: Product) -> None:
    lock_by_name(work.session, "offers")  # Two at once never pass one budget, nor stand twice.
    same = select(LiveOffer.id).where(
        LiveOffer.live_id == offer.live_id, LiveOffer.kind == offer.kind
    )
    if offer.kind != Kind.ASSIST:
        same = same.where(LiveOffer.product_id == offer.product_id)
    if work.session.scalar(same.limit(1)) is not None:
        raise OfferStands(product.title, offer.kind)
    falls = offer.kind != Kind.STAIR or (offer.off_fen > 0 and offer.every_buyers > 0)
    if not 0 < offer.floor_fen <= offer.unit_fen <= product.price_fen or not falls:
        raise OfferPricesOutOfOrder(
            product.title, offer.unit_fen, offer.floor_fen, product.price_fen
        )
    in_stock = stock.left(work, product.id)
    if offer.kind == Kind.FIRST_N and not 1 <= offer.pieces <= in_stock:
        raise TooFewPieces(product.title, offer.pieces, in_stock)
    _need_cover(work, offer, product, most=offer.pieces or in_stock)


def _need_cover(work: Work, offer: LiveOffer, product: Product, *, most: int) -> None:
    """At its worst all of them are sold at the least price, by those who take most of a sale."""
    case = solvency.at_price(work.rules, product, solvency.Way.LIST, offer.floor_fen)
    lost_fen = max(0, -case.left_fen - product.subsidy_fen)
    if lost_fen * most > offer.subsidy_fen:
        least_fen = solvency.least_paid(work.rules, product)
        if least_fen is not None and least_fen > product.price_fen:
            least_fen = None
        raise BelowCost(
            product.title, offer.floor_fen, most, lost_fen, offer.subsidy_fen, least_fen
        )
    left_fen = work.rules.budgets.flash_subsidy_fen - promised_fen(work)
    if offer.subsidy_fen > max(0, left_fen):
        raise SubsidyUsedUp(offer.subsidy_fen, max(0, left_fen))


def _set_seats(work: Work, offer: LiveOffer) -> None:
    for seats in _parts(offer.pieces):
        rows = [
            {"offer_id": offer.id, "seat_no": number, "state": SeatState.FREE} for number in seats
        ]
        work.session.execute(insert(OfferSeat), rows)


def _parts(pieces: int) -> Iterator[range]:
    for first in range(1, pieces + 1, SEATS_AT_ONCE):
        yield range(first, min(first + SEATS_AT_ONCE, pieces + 1))
