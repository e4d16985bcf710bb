"""What is agreed in a new order of the shop: as `paying.agree` writes it, for very many at once."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from commerce.fen import part_floor
from commerce.goods import attribution, fulfilment, paying, terms
from commerce.goods.orders import Mode, Offer, State
from commerce.goods.products import Product
from commerce.goods.terms import Sale
from commerce.imports.around import Around, Buyer
from commerce.imports.orders import Incoming, Status
from commerce.lives.lives import Live
from commerce.people.members import Member
from commerce.work import Work

Values = dict[str, Any]
"""By the columns of an order."""


class Credited:
    """`terms.credited`, worked out once for all orders that are alike. Good for one moment."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._known: dict[tuple[Sale, int | None], Values] = {}

    def of(self, sale: Sale, promoter: Member | None) -> Values:
        alike = sale, None if promoter is None else promoter.id
        known = self._known.get(alike)
        if known is None:
            known = self._known[alike] = terms.credited(self._work, sale, promoter)
        return known


def deal(work: Work, row: Incoming, buyer: Buyer, found: Around, credited: Credited) -> Values:
    """A new order as the row says, by the rules of this moment."""
    assert row.paid_at is not None
    product, live = found.products[row.sku], found.lives.get(row.live)
    ordered_at = row.paid_at if row.created_at is None else min(row.created_at, row.paid_at)
    promoter = _promoter(work, row, buyer, found, ordered_at)
    sale = _sale(row, buyer, product, live)
    return {
        **credited.of(sale, promoter),
        "key": row.key,
        "buyer_id": buyer.id,
        "product_id": product.id,
        "quantity": row.quantity,
        "mode": Mode.COMMISSION,
        "live_id": sale.live_id,
        "list_fen": product.price_fen * row.quantity,
        "unit_fen": part_floor(row.base_fen, 1, row.quantity),
        "offer": Offer.AGREED,
        "base_fen": row.base_fen,
        "freight_fen": row.freight_fen,
        "commission_bp": product.commission_bp,
        "supply_fen": product.supply_fen,
        "rules_version": work.rules.version,
        "created_at": ordered_at,
        "paid_at": row.paid_at,
        "escrow": paying.place(sale.live_id, row.paid_at),
        "buyer_is_new": bool(buyer.member and terms.is_new(work, buyer.member, row.paid_at)),
        "carrier": row.carrier,
        "tracking_no": row.tracking_no,
        "recipient": buyer.recipient,
        "phone_trace": buyer.phone_trace,
        "address_trace": buyer.address_trace,
        **_delivered(work, row, row.paid_at),
    }


def _sale(row: Incoming, buyer: Buyer, product: Product, live: Live | None) -> Sale:
    joined = buyer.member is not None and buyer.member.is_joined
    live_id = None if live is None else live.id
    is_free = row.base_fen == 0
    return Sale(buyer.id if joined else None, live_id, product.commission_bp, is_free)


def _promoter(
    work: Work, row: Incoming, buyer: Buyer, found: Around, ordered_at: datetime
) -> Member | None:
    """Who shared it, while they may promote; else whom any order would be credited to."""
    sharer, live = found.sharers.get(row.sharer), found.lives.get(row.live)
    if sharer is not None and sharer.is_joined:
        return sharer
    then = replace(work, now=ordered_at)
    if buyer.member is None or not buyer.came_by_share:
        return attribution.untouched(then, buyer.member, live)
    return attribution.promoter_of(then, buyer.member, live)


def _delivered(work: Work, row: Incoming, paid_at: datetime) -> Values:
    """How far it has come, as `fulfilment` writes it, and when its hold ends."""
    if row.status is Status.RECEIVED:
        at, state = row.received_at or work.now, State.RECEIVED
        hold_until = fulfilment.held_until(work, at)
        return {"state": state, "shipped_at": at, "received_at": at, "hold_until": hold_until}
    if row.status is Status.SHIPPED:
        at = row.shipped_at or work.now
        hold_until = fulfilment.held_until(work, fulfilment.taken_for_received(work, at))
        return {"state": State.SHIPPED, "shipped_at": at, "hold_until": hold_until}
    return {"state": State.PAID, "hold_until": paying.held_until(work, paid_at)}
