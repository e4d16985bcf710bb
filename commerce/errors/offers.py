"""Refusals about the offers of a live: what may not be published, and who came too late."""

from dataclasses import dataclass

from commerce.errors.kinds import Refusal


@dataclass
class OfferStands(Refusal):
    """The product has an offer of this kind in this live; it is not changed once it is said."""

    title: str
    kind: str  # first_n or stair


@dataclass
class OfferPricesOutOfOrder(Refusal):
    """Nothing < floor ≤ price ≤ list price, and a stair must fall."""

    title: str
    unit_fen: int
    floor_fen: int
    price_fen: int


@dataclass
class TooFewPieces(Refusal):
    """More seats than there are pieces to sell, or none at all."""

    title: str
    pieces: int
    left: int


@dataclass
class BelowCost(Refusal):
    """At `unit_fen` a piece loses `lost_fen` at its worst, `pieces` of them more than the subsidy.
    `least_fen` is the lowest price that loses nothing; None where no price up to list would do."""

    title: str
    unit_fen: int
    pieces: int
    lost_fen: int
    subsidy_fen: int
    least_fen: int | None


@dataclass
class SubsidyUsedUp(Refusal):
    """This month's budget for flash prices holds no more than that."""

    asked_fen: int
    left_fen: int


@dataclass
class SeatGone(Refusal):
    """All seats of a `first_n` are taken; the list price is still there."""

    title: str
    product: int
    pieces: int
    unit_fen: int
    price_fen: int


@dataclass
class OneEach(Refusal):
    """One piece per person at an offer's price, and this one has had theirs."""

    title: str


@dataclass
class OfferClosed(Refusal):
    """The live is not on the air."""

    title: str


@dataclass
class NotForYou(Refusal):
    """Host and staff take no seat from a guest; and who came by a star's own price has that."""

    title: str


@dataclass
class PriceNotKept(Refusal):
    """An unpaid order would have to be made anew, and could not be at its price: it stays."""

    tail: str
