"""
Flash orders: many people want one piece at an offer's price at the same moment.

They are decided together, in the order they came, by a few statements for all of them. Nothing is
decided here that `buying` would decide otherwise: the same rows, locks and prices, many at a time.
Whoever has a better price of their own buys by that one, and takes no seat. Who comes too late
costs no lock.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select, update

from commerce.errors import NotForYou, OfferClosed, OneEach, Refusal, SeatGone, SoldOut
from commerce.goods import (
    attribution,
    buying,
    coupons,
    offers,
    quotes,
    recipients,
    seats,
    stock,
    touches,
)
from commerce.goods.offers import Kind, LiveOffer, OfferSeat, SeatState
from commerce.goods.orders import Mode, Offer, Order, State
from commerce.goods.products import Product, StarPrice
from commerce.goods.quotes import Quote
from commerce.lives.lives import Live
from commerce.lives.lives import State as LiveState
from commerce.money.payments import Payment
from commerce.people import members
from commerce.people.members import Member
from commerce.store.book import number
from commerce.store.bulk import among, insert_all
from commerce.store.once import lock_by_name
from commerce.work import Work

NUMBERED = update(Payment).where(Payment.id == bindparam("of")).values(number=bindparam("as"))


@dataclass(frozen=True)
class Wish:
    """One piece at the offer's price or a better one, for this member. The same key is the same
    wish."""

    member_id: int
    key: str


@dataclass(frozen=True)
class Placed:
    """An order that was made, now or by an earlier wish of the same key."""

    order_id: int
    buyer_id: int
    seat_no: int | None
    unit_fen: int
    cash_fen: int
    payment_id: int | None
    expires_at: datetime
    state: str = State.CREATED


Decision = Placed | Refusal


def decide(work: Work, offer_id: int, wishes: Sequence[Wish]) -> list[Decision]:
    """An order each, or why there is none: OfferClosed, OneEach, SeatGone, SoldOut, NotForYou; and
    as `quotes.check_on_sale`. A wish that was decided before has the same order again."""
    decided = _earlier(work, wishes)
    offer = work.session.get(LiveOffer, offer_id)
    live = None if offer is None else work.session.get(Live, offer.live_id)
    if offer is None or live is None or offer.kind == Kind.ASSIST:
        return [decided.get(wish.key, OfferClosed("")) for wish in wishes]
    product = work.session.get_one(Product, offer.product_id)
    together = Round(work, offer, live, product, decided, _asking(work, wishes, decided))
    if offer.closed_at is not None or live.state != LiveState.LIVE:
        together.end(OfferClosed(product.title))
    together.leave_out_who_had_one()
    if together.asking and not offers.has_left(work, offer):
        together.end(together.gone)
    if together.asking:
        together.look_at_everybody()
    if together.asking:
        together.sell_below()
    if together.asking:
        together.place()
    # What is left is one person's second wish of these.
    return [decided.get(wish.key, OneEach(product.title)) for wish in wishes]


@dataclass(frozen=True)
class Full:
    """An offer of which nobody else can have a piece now."""

    refusal: SeatGone | OfferClosed
    holders: frozenset[int]
    """All ids of who has one: they may still ask what became of their wish."""
    for_good: bool
    """Every seat is paid, or the live is over: none comes back."""


def full(work: Work, offer_id: int) -> Full | None:
    """None while there is a free seat, and for what has none."""
    offer = work.session.get(LiveOffer, offer_id)
    is_open = offer is not None and offer.closed_at is None
    if offer is None or (is_open and (offer.kind != Kind.FIRST_N or offers.has_left(work, offer))):
        return None
    rows = select(OfferSeat.member_id, OfferSeat.state).where(
        OfferSeat.offer_id == offer.id, OfferSeat.state != SeatState.FREE
    )
    taken = {row.member_id: row.state for row in work.session.execute(rows)}
    former = select(Member.id).where(among(work.session, Member.merged_into, set(taken)))
    product = work.session.get_one(Product, offer.product_id)
    gone = SeatGone(product.title, product.id, offer.pieces, offer.unit_fen, product.price_fen)
    return Full(
        gone if is_open else OfferClosed(product.title),
        frozenset({*taken, *work.session.scalars(former)}),
        not is_open or all(state == SeatState.PAID for state in taken.values()),
    )


@dataclass
class Asking:
    """Somebody whose wish is not decided yet."""

    key: str
    buyer: Member
    ids: tuple[int, ...]
    """The buyer's, and of who was merged into them."""
    promoter: Member | None = None


@dataclass
class Round:
    """The wishes of one offer that are decided together."""

    work: Work
    offer: LiveOffer
    live: Live
    product: Product
    decided: dict[str, Decision]
    asking: list[Asking]
    refused: dict[int, Refusal | None] = field(default_factory=dict)
    """Whether the product is on sale for a rank, once it was asked."""

    @property
    def ids(self) -> list[int]:
        return [member_id for one in self.asking for member_id in one.ids]

    @property
    def gone(self) -> Refusal:
        product, offer = self.product, self.offer
        if offer.kind == Kind.STAIR:
            return SoldOut(product.id, 0)
        return SeatGone(product.title, product.id, offer.pieces, offer.unit_fen, product.price_fen)

    def end(self, refusal: Refusal) -> None:
        """Nobody who is still asking gets one."""
        self.decided.update((one.key, refusal) for one in self.asking)
        self.asking = []

    def leave_out(self, whom: Sequence[Asking], decision: Decision) -> None:
        self.decided.update((one.key, decision) for one in whom)
        self.asking = [one for one in self.asking if one not in whom]

    def leave_out_who_had_one(self) -> None:
        had = seats.held_by(self.work, self.offer, self.ids) if self.asking else set()
        them = [one for one in self.asking if had.intersection(one.ids)]
        self.leave_out(them, OneEach(self.product.title))

    def look_at_everybody(self) -> None:
        """Whom the order would be credited to, and whether this buyer may have it."""
        came = touches.touched(self.work, [one.buyer.id for one in self.asking])
        for one in self.asking:
            find = attribution.promoter_of if one.buyer.id in came else attribution.untouched
            one.promoter = find(self.work, one.buyer, self.live)
        not_these = self._excluded()
        own = self._with_an_own_price()
        for one in list(self.asking):
            has_own = one.promoter is not None and one.promoter.id in own
            refusal = self._off_sale(one)
            if has_own or not_these.intersection(one.ids):
                refusal = NotForYou(self.product.title)
            if refusal is not None:
                self.leave_out([one], refusal)

    def sell_below(self) -> None:
        """Who has a better price than the offer's buys by it. Whoever loses it in this moment goes
        on asking for the offer's."""
        quoted = [(one, self._quote_below(one)) for one in self._may_pay_less()]
        wanted = [(one, quote) for one, quote in quoted if quote is not None]
        for buyer_id in sorted(one.buyer.id for one, _ in wanted):
            lock_by_name(self.work.session, f"buyer:{buyer_id}")  # As alone: before the stock.
        for one, quote in wanted:
            placed = self._placed_below(one, quote)
            if placed is not None:
                self.leave_out([one], placed)

    def place(self) -> None:
        """From here on nobody else takes a piece of the product, or a seat."""
        shelves = stock.lock(self.work, self.offer.product_id)
        keys = [one.key for one in self.asking]
        self.decided.update(_of_keys(self.work, keys))
        self.asking = [one for one in self.asking if one.key not in self.decided]
        self.leave_out_who_had_one()
        most = min(len(self.asking), stock.free_of(shelves))
        free: list[int | None] = [None] * most
        if self.offer.kind == Kind.FIRST_N:
            free = [*seats.free_seats(self.work, self.offer, most=most)]
        self.leave_out(self.asking[len(free) :], self.gone)
        if self.asking:
            unit_fen = offers.now_fen(self.work, self.offer)
            wanted = [self._quote(one, unit_fen) for one in self.asking]
            rows = self._orders(wanted, free)
            order_ids = insert_all(self.work.session, Order, rows)
            stock.reserve_each(self.work, shelves, order_ids)
            self._take_seats(free, order_ids)
            self.decided.update(_as_placed(*each) for each in zip(order_ids, rows, strict=True))

    def _may_pay_less(self) -> list[Asking]:
        """A coarse sieve, so that a crowd is not quoted one by one."""
        unit_fen = offers.now_fen(self.work, self.offer)
        open_now = offers.open_for(self.work, self.live, self.product.id)
        if any(offers.now_fen(self.work, one) < unit_fen for one in open_now):
            return list(self.asking)
        off_fen = self.product.price_fen - unit_fen
        some = coupons.worth_more_than(self.work, self.ids, self.product.price_fen, off_fen)
        is_less = quotes.discounted_fen(self.product) <= unit_fen
        return [
            one
            for one in self.asking
            if some.intersection(one.ids)
            or (is_less and quotes.sells_discounted(self.work, self.product, one.promoter))
        ]

    def _quote_below(self, one: Asking) -> Quote | None:
        try:
            wanted = quotes.quote(self.work, one.buyer, self.product.id, live=self.live)
        except Refusal:
            return None
        return None if wanted.live_offer_id == self.offer.id else wanted

    def _placed_below(self, one: Asking, wanted: Quote) -> Placed | None:
        to = recipients.saved(self.work, one.buyer.id)
        try:
            with self.work.session.begin_nested():
                order = buying.place(self.work, one.buyer, wanted, key=one.key, recipient=to)
        except Refusal:
            return None
        return _as_placed(order.id, vars(order))[1]

    def _excluded(self) -> set[int]:
        if self.offer.kind == Kind.STAIR:
            return set()
        return seats.host_and_staff(self.work, self.live, self.ids)

    def _with_an_own_price(self) -> set[int]:
        """Promoters who sell it in a way of their own, which knows no offers of a live."""
        ids = {one.promoter.id for one in self.asking if one.promoter is not None}
        if not ids or not self.product.markup_allowed:
            return set()
        rows = select(StarPrice.member_id).where(
            StarPrice.product_id == self.product.id,
            StarPrice.member_id.in_(ids),
            StarPrice.unit_fen.between(self.product.supply_fen, self.product.price_fen),
        )
        return set(self.work.session.scalars(rows))

    def _off_sale(self, one: Asking) -> Refusal | None:
        rank = quotes.rank_of(one.buyer, one.promoter)
        if rank not in self.refused:
            try:
                quotes.check_on_sale(self.work, self.product, one.buyer, one.promoter)
                self.refused[rank] = None
            except Refusal as refusal:
                self.refused[rank] = refusal
        return self.refused[rank]

    def _quote(self, one: Asking, unit_fen: int) -> Quote:
        return Quote(
            product=self.product,
            quantity=1,
            mode=Mode.COMMISSION,
            offer=Offer(self.offer.kind),
            unit_fen=unit_fen,
            coupon_fen=0,
            freight_fen=self.product.freight_fen,
            credit_fen=0,
            promoter_id=one.promoter.id if one.promoter else None,
            live_id=self.live.id,
            is_own_link=one.promoter is not None and one.promoter.id == one.buyer.id,
            live_offer_id=self.offer.id,
        )

    def _orders(self, wanted: Sequence[Quote], free: Sequence[int | None]) -> list[dict[str, Any]]:
        """What the orders will say; their payments are made."""
        work, asked = self.work, list(zip(self.asking, wanted, strict=True))
        payments = [
            buying.payment_row(work, one.buyer, quote.cash_fen, key=one.key) for one, quote in asked
        ]
        payment_ids = insert_all(work.session, Payment, payments)
        numbers = [{"of": one, "as": number(work, "P", one)} for one in payment_ids]
        work.session.connection().execute(NUMBERED, numbers)
        buying.plan_payments(work, payment_ids)
        to = recipients.saved_of(work, [one.buyer.id for one in self.asking])
        return [
            {
                **buying.row_of(work, one.buyer, quote, key=one.key),
                **to.get(one.buyer.id, {}),
                "payment_id": payment_id,
                "seat_no": seat_no,
            }
            for (one, quote), payment_id, seat_no in zip(asked, payment_ids, free, strict=True)
        ]

    def _take_seats(self, free: Sequence[int | None], order_ids: Sequence[int]) -> None:
        taken = [
            (seat_no, one.buyer.id, order_id)
            for seat_no, one, order_id in zip(free, self.asking, order_ids, strict=True)
            if seat_no is not None
        ]
        seats.reserve_each(self.work, self.offer, taken)


def _earlier(work: Work, wishes: Sequence[Wish]) -> dict[str, Decision]:
    return _of_keys(work, [wish.key for wish in wishes])


def _of_keys(work: Work, keys: Sequence[str]) -> dict[str, Decision]:
    """What became of the same wishes before."""
    found = work.session.scalars(select(Order).where(Order.key.in_(keys)))
    return dict(_as_placed(order.id, vars(order)) for order in found)


def _as_placed(order_id: int, row: dict[str, Any]) -> tuple[str, Placed]:
    """By its key. `row` is the order as it stands, or as it was written."""
    return row["key"], Placed(
        order_id,
        row["buyer_id"],
        row.get("seat_no"),
        row["unit_fen"],
        row["base_fen"] - row["credit_fen"] + row["freight_fen"],
        row["payment_id"],
        row["expires_at"],
        row.get("state", State.CREATED),
    )


def _asking(work: Work, wishes: Sequence[Wish], decided: dict[str, Decision]) -> list[Asking]:
    """Everybody once, as who they are now, by the wish that came first."""
    open_ = [wish for wish in wishes if wish.key not in decided]
    ids = {wish.member_id for wish in open_}
    known = {row.id: row for row in work.session.scalars(select(Member).where(Member.id.in_(ids)))}
    now = {member_id: members.get(work, member.id) for member_id, member in known.items()}
    former: dict[int, list[int]] = {buyer.id: [] for buyer in now.values()}
    merged = select(Member.id, Member.merged_into).where(Member.merged_into.in_(former))
    for row in work.session.execute(merged):
        former[row.merged_into].append(row.id)
    found: dict[int, Asking] = {}
    for wish in open_:
        buyer = now[wish.member_id]
        asking = Asking(wish.key, buyer, (buyer.id, *former[buyer.id]))
        found.setdefault(buyer.id, asking)
    return list(found.values())
