"""
Every line explains itself: where it came from, at which rate and why, what it waits for and what
was taken back. Facts only, from which anybody recomputes the line to the same fen; the words are
chosen where they are said.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import or_, select

from commerce.fen import part_floor, share_floor
from commerce.goods.orders import Mode, Order
from commerce.goods.products import Product
from commerce.lives.lives import Live
from commerce.money import holds, taken_back
from commerce.money.earnings import (
    Earning,
    EarningLine,
    Kind,
    Part,
    State,
    earning_lines,
)
from commerce.money.holds import Hold
from commerce.money.taken_back import TakenBack
from commerce.people.members import Member, shown_name
from commerce.rules import Rank
from commerce.work import Work

ESTIMATED = "estimated"  # Paid, not settled: there is no line yet, and no balance has it.


@dataclass(frozen=True)
class Sale:
    """The order, as it was agreed at payment. Amounts in fen, of all pieces unless it says so."""

    order_id: int
    tail: str
    product: str
    quantity: int
    mode: Mode
    list_fen: int
    unit_fen: int
    """Of one piece: what it was sold for."""
    coupon_fen: int
    credit_fen: int
    """The part of the base that was paid from earnings: it counts as paid."""
    base_fen: int
    supply_fen: int
    """Of one piece: the wholesale price."""
    refunded_fen: int
    paid_at: datetime
    live: str | None
    """The title of the live it was sold in."""
    seller: str | None
    """Who sold it, where that is somebody else."""

    @property
    def offer_fen(self) -> int:
        """What offers took off the list price, besides the coupon. Below 0: it was sold above."""
        return self.list_fen - self.coupon_fen - self.base_fen


@dataclass(frozen=True)
class Rate:
    """Basis points and their parts. `rank` is the receiver's when the order was paid."""

    rate_bp: int
    rank: Rank
    goods_bp: int = 0
    uplift_bp: int = 0

    @property
    def is_capped(self) -> bool:
        return self.rate_bp < self.goods_bp + self.uplift_bp


@dataclass(frozen=True)
class Explanation:
    """One line. `state` is a line's, or `estimated`. Markup has no rate, a reward no sale."""

    line_id: int | None
    kind: Kind
    part: Part | None
    key: str | None
    """Of a reward: what it was given for."""
    amount_fen: int
    reversed_fen: int
    state: str
    sale: Sale | None = None
    rate: Rate | None = None
    hold: Hold | None = None
    """What it waits for, unless nothing is left to wait for."""
    released_at: datetime | None = None
    earlier_fen: int = 0
    """Of a traffic reward: what lower tiers of the same video have brought before."""
    tier_fen: int = 0
    """Of a traffic reward: what its tier is worth; less was given at the month's limit."""
    taken_back: tuple[TakenBack, ...] = field(default=())

    @property
    def stands_fen(self) -> int:
        return self.amount_fen - self.reversed_fen

    @property
    def borne_fen(self) -> int:
        """What a late refund would have taken back, and the platform bears instead."""
        if self.sale is None or self.state == State.VOID:
            return 0
        target_fen = part_floor(self.amount_fen, self.sale.refunded_fen, self.sale.base_fen)
        return max(0, target_fen - self.reversed_fen)


def recompute(explanation: Explanation) -> int | None:
    """The line's amount from the facts of its explanation alone. None for a reward, whose amount
    is the fact itself."""
    sale = explanation.sale
    if sale is None:
        return None
    if explanation.rate is None:
        return max(0, sale.base_fen - sale.supply_fen * sale.quantity)
    return share_floor(sale.base_fen, explanation.rate.rate_bp)


def explain(work: Work, earning: Earning) -> Explanation:
    """One line, as it is now."""
    return explain_all(work, [earning])[0]


def explain_all(work: Work, earnings: Sequence[Earning]) -> list[Explanation]:
    """Many lines in their order, by a fixed number of queries however many they are."""
    orders = _orders(work, {line.order_id for line in earnings if line.order_id is not None})
    sales = _sales(work, orders.values())
    waiting = holds.of_orders(work, orders.values())
    taken = taken_back.of_lines(work, earnings)
    earlier = _earlier(work, earnings)
    found = []
    for line in earnings:
        order = orders.get(line.order_id) if line.order_id is not None else None
        pending = line.state == State.PENDING
        hold = waiting[order.id] if order else holds.of_reward(work, line)
        part = None if line.part is None else Part(line.part)
        found.append(
            Explanation(
                line_id=line.id,
                kind=Kind(line.kind),
                part=part,
                key=line.key,
                amount_fen=line.amount_fen,
                reversed_fen=line.reversed_fen,
                state=line.state,
                sale=None if order is None else _seen_by(sales[order.id], part),
                rate=None if order is None or part is None else _rate(order, part, line.rate_bp),
                hold=hold if pending else None,
                released_at=line.released_at,
                earlier_fen=earlier.get(line.id, 0),
                tier_fen=_tier_fen(work, line),
                taken_back=tuple(taken.get(line.id, ())),
            )
        )
    return found


def estimate(work: Work, order: Order, member_ids: Iterable[int]) -> list[Explanation]:
    """What a paid order that is not settled yet will bring these members, by its frozen terms."""
    wanted = set(member_ids)
    lines = [line for line in earning_lines(order) if line.member_id in wanted]
    if not lines or order.settlement_id is not None or order.paid_at is None:
        return []
    sale = _sales(work, [order])[order.id]
    hold = holds.of_unsettled(work, order)
    return [_estimated(order, line, _seen_by(sale, line.part), hold) for line in lines]


def _estimated(order: Order, line: EarningLine, sale: Sale, hold: Hold) -> Explanation:
    off_fen = part_floor(line.amount_fen, order.refunded_fen, order.base_fen)
    off_fen = line.amount_fen if order.voided_at is not None else off_fen
    return Explanation(
        line_id=None,
        kind=line.kind,
        part=line.part,
        key=None,
        amount_fen=line.amount_fen,
        reversed_fen=off_fen,
        state=ESTIMATED,
        sale=sale,
        rate=_rate(order, line.part, line.rate_bp),
        hold=hold,
        taken_back=_expected(order, off_fen),
    )


def _expected(order: Order, off_fen: int) -> tuple[TakenBack, ...]:
    if not off_fen or order.paid_at is None:
        return ()
    refunded_fen = None if order.voided_at is not None else order.refunded_fen
    return (TakenBack(off_fen, 0, refunded_fen, order.voided_at or order.paid_at),)


def _seen_by(sale: Sale, part: Part | None) -> Sale:
    """The promoter knows who sold it."""
    if part is not Part.PROMOTER:
        return sale
    return replace(sale, seller=None)


def _rate(order: Order, part: Part, rate_bp: int | None) -> Rate | None:
    """None where no rate is used (markup)."""
    if rate_bp is None:
        return None
    ranks = {
        Part.PROMOTER: order.promoter_rank,
        Part.PARENT: order.parent_rank,
        Part.GRANDPARENT: order.grandparent_rank,
    }
    rank = Rank(ranks.get(part) or Rank.TRAINEE)
    if part is Part.PROMOTER:
        return Rate(rate_bp, rank, order.commission_bp, order.uplift_bp)
    return Rate(rate_bp, rank)


def _orders(work: Work, ids: set[int]) -> dict[int, Order]:
    rows = work.session.scalars(select(Order).where(Order.id.in_(ids))) if ids else ()
    return {order.id: order for order in rows}


def _sales(work: Work, orders: Iterable[Order]) -> dict[int, Sale]:
    """What was sold, by the order's id; products, lives and sellers by one query each."""
    orders = list(orders)
    products = _named(work, Product, {order.product_id for order in orders})
    lives = _named(work, Live, {order.live_id for order in orders if order.live_id})
    sellers = _sellers(work, {order.promoter_id for order in orders if order.promoter_id})
    found = {}
    for order in orders:
        assert order.paid_at is not None, order.id
        found[order.id] = Sale(
            order_id=order.id,
            tail=order.tail,
            product=products[order.product_id],
            quantity=order.quantity,
            mode=Mode(order.mode),
            list_fen=order.list_fen,
            unit_fen=order.unit_fen,
            coupon_fen=order.coupon_fen,
            credit_fen=order.credit_fen,
            base_fen=order.base_fen,
            supply_fen=order.supply_fen,
            refunded_fen=order.refunded_fen,
            paid_at=order.paid_at,
            live=lives.get(order.live_id or 0),
            seller=sellers.get(order.promoter_id or 0),
        )
    return found


def _named(work: Work, table: type[Product] | type[Live], ids: set[int]) -> dict[int, str]:
    if not ids:
        return {}
    rows = work.session.execute(select(table.id, table.title).where(table.id.in_(ids)))
    return {row.id: row.title for row in rows}


def _sellers(work: Work, ids: set[int]) -> dict[int, str]:
    if not ids:
        return {}
    columns = select(Member.id, Member.state, Member.nickname).where(Member.id.in_(ids))
    return {
        row.id: shown_name(row.id, row.state, row.nickname) for row in work.session.execute(columns)
    }


def _earlier(work: Work, earnings: Sequence[Earning]) -> dict[int, int]:
    """Of traffic rewards: what the same video brought before, by its lower tiers."""
    rewards = [line for line in earnings if line.kind == Kind.TRAFFIC_REWARD and line.key]
    if not rewards:
        return {}
    videos = {_video(line.key) for line in rewards}
    same = or_(*(Earning.key.startswith(f"{video}:", autoescape=True) for video in videos))
    rows = select(Earning.id, Earning.key, Earning.amount_fen).where(same)
    given = work.session.execute(rows).all()
    return {
        line.id: sum(
            row.amount_fen
            for row in given
            if row.id < line.id and _video(row.key) == _video(line.key)
        )
        for line in rewards
    }


def _video(key: str | None) -> str:
    """「traffic:12」 of 「traffic:12:300000」"""
    return ":".join((key or "").split(":")[:2])


def _tier_fen(work: Work, line: Earning) -> int:
    """What the tier that was reached is worth; 0 where the plan knows it no more."""
    plays = "".join((line.key or "").split(":")[2:3])
    tiers = {str(tier.plays): tier.reward_fen for tier in work.rules.plan.traffic.tiers}
    return tiers.get(plays, 0) if line.kind == Kind.TRAFFIC_REWARD else 0
