"""
Several pieces where an offer is for one: one order at the offer's price, the others at the next
best, under one payment. Taken only where it is the better total.
"""

from dataclasses import dataclass, replace

from commerce.goods import offers, quotes, seats
from commerce.goods.offers import Kind
from commerce.goods.orders import Offer
from commerce.goods.quotes import Quote
from commerce.lives.lives import Live
from commerce.people.members import Member
from commerce.work import Work


@dataclass(frozen=True)
class Missed:
    """A `first_n` whose seats are all taken."""

    pieces: int
    unit_fen: int


def quote(
    work: Work,
    buyer: Member,
    product_id: int,
    quantity: int = 1,
    *,
    live: Live | None = None,
    credit_fen: int = 0,
) -> list[Quote]:
    """As `quotes.quote`: one order, or two where an offer's price is for the first piece only.
    No coupon goes with either of the two."""
    whole = quotes.quote(work, buyer, product_id, quantity, live=live, credit_fen=credit_fen)
    if quantity == 1 or not offers.open_for(work, live, product_id):
        return [whole]
    first = quotes.quote(work, buyer, product_id, live=live)
    if first.live_offer_id is None:
        return [whole]
    pair = [first, quotes.plain(work, buyer, first, quantity - 1)]
    total_fen = sum(one.base_fen for one in pair)
    counts = first.offer is Offer.STAIR and whole.coupon_id is None
    if total_fen > whole.base_fen or (total_fen == whole.base_fen and not counts):
        return [whole]
    return _paid_by(pair, quotes.credit(work, buyer, credit_fen, total_fen))


def missed(work: Work, buyer: Member, product_id: int, live: Live | None) -> Missed | None:
    """The `first_n` of the live this buyer comes too late for: they could have had a seat."""
    for one in offers.open_for(work, live, product_id):
        assert live is not None
        is_full = one.kind == Kind.FIRST_N and seats.free_seat(work, one) is None
        if is_full and seats.may_have(work, buyer, one, live):
            return Missed(one.pieces, one.unit_fen)
    return None


def _paid_by(pair: list[Quote], credit_fen: int) -> list[Quote]:
    """Earnings pay for the first piece first."""
    first, rest = pair
    spent_fen = min(credit_fen, first.base_fen)
    return [
        replace(first, credit_fen=spent_fen),
        replace(rest, credit_fen=credit_fen - spent_fen),
    ]
