"""Refusals about products, prices, stock and orders."""

from dataclasses import dataclass
from datetime import datetime

from commerce.errors.kinds import Refusal


@dataclass
class SoldOut(Refusal):
    product: int
    left: int


@dataclass
class NoSuchProduct(Refusal):
    said: str  # The number or the words it was asked by.


@dataclass
class NotOnSale(Refusal):
    """Not published, taken off, or its supplier's papers are not in order."""

    title: str


@dataclass
class NeedsRank(Refusal):
    """Goods for stars of a rank, and for who buys through one."""

    title: str
    rank: int


@dataclass
class NotYetOnSale(Refusal):
    """Early goods: until then for higher ranks only."""

    title: str
    opens_at: datetime


@dataclass
class PapersMissing(Refusal):
    """What keeps a supplier's goods off the shelf: papers not there, and papers out of date."""

    title: str
    supplier: str  # Empty: the product has none.
    missing: tuple[str, ...]
    expired: tuple[str, ...]


@dataclass
class PricesOutOfOrder(Refusal):
    """Cost ≤ supply ≤ list price, and a list price above nothing."""

    title: str
    cost_fen: int
    supply_fen: int
    price_fen: int


@dataclass
class CommissionOutside(Refusal):
    title: str
    commission_bp: int
    min_bp: int
    max_bp: int


@dataclass
class DiscountOutside(Refusal):
    """千星专属折扣 outside its span, or without pieces a month."""

    title: str
    discount_bp: int
    quota: int
    min_bp: int
    max_bp: int


@dataclass
class StockBelowReserved(Refusal):
    """Fewer pieces than orders are already waiting for."""

    title: str
    reserved: int


@dataclass
class NoMarkup(Refusal):
    """Sold at its list price only."""

    title: str


@dataclass
class OwnPriceOutside(Refusal):
    """A star's own price outside supply price and list price."""

    title: str
    asked_fen: int
    supply_fen: int
    price_fen: int


@dataclass
class OfferGone(Refusal):
    """Somebody else took the last of a quota, or used the coupon, at the same moment."""

    title: str


@dataclass
class Insolvent(Refusal):
    """At its worst a piece costs the programme more than it brings. `left_fen` is below 0;
    `least_supply_fen` and `least_price_fen` are what would do, None where nothing would."""

    title: str
    way: str  # list, coupon, discount or markup
    margin_fen: int
    costs_fen: int
    left_fen: int
    least_supply_fen: int | None
    least_price_fen: int | None


@dataclass
class CouponsGone(Refusal):
    """No coupon is given out: none at all, all of this month's are gone, or the person had one."""

    had_one: bool


@dataclass
class BadQuantity(Refusal):
    most: int  # pieces in one order


@dataclass
class BadRecipient(Refusal):
    """An address that cannot be delivered to. What is missing: name, phone or address."""

    missing: tuple[str, ...]


@dataclass
class PaymentClosed(Refusal):
    """The house cannot take money yet."""


@dataclass
class NoSuchOrder(Refusal):
    """None of the person's own orders is meant by that."""

    said: str


@dataclass
class TooLateToChange(Refusal):
    """The order has gone on: it is paid, shipped or cancelled."""

    tail: str
    state: str


@dataclass
class UnknownOrder(Refusal):
    """The staff ask for an order that nobody has."""

    said: str


@dataclass
class SeveralOrders(Refusal):
    """Several orders have this tail; their ids tell them apart."""

    tail: str
    ids: tuple[int, ...]


@dataclass
class CannotShip(Refusal):
    """The order may not leave now. Why: its state, 「after_sale」 or 「elsewhere」."""

    tail: str
    why: str


@dataclass
class BadParcel(Refusal):
    """No carrier and tracking number can be read from it; the longest name of a carrier."""

    longest: int
