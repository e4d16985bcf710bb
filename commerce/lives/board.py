"""The live board: who watches, who buys, minute by minute; and what the host is told about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint, case, distinct, func, select
from sqlalchemy.orm import Mapped, mapped_column

from commerce.fen import rate_of
from commerce.goods.orders import Order
from commerce.goods.products import Product
from commerce.goods.stock import Stock
from commerce.lives import shown
from commerce.lives.lives import Live, State
from commerce.store.base import Base, Id
from commerce.work import Work

WHOLE_BP = 10_000


class Visit(Base):
    """Somebody entered a live, once or often."""

    __tablename__ = "live_visits"

    live_id: Mapped[int] = mapped_column(Id, ForeignKey("lives.id"), primary_key=True)
    member_id: Mapped[int] = mapped_column(Id, ForeignKey("members.id"), primary_key=True)
    entered_at: Mapped[datetime]


class Minute(Base):
    """What one minute of a live brought."""

    __tablename__ = "live_minutes"

    live_id: Mapped[int] = mapped_column(Id, ForeignKey("lives.id"), primary_key=True)
    minute: Mapped[datetime] = mapped_column(primary_key=True)
    online: Mapped[int | None]
    """How many different people were there in it. None: nobody counted."""
    entered: Mapped[int] = mapped_column(default=0)
    orders: Mapped[int] = mapped_column(default=0)
    gmv_fen: Mapped[int] = mapped_column(default=0)


class Hint(Base):
    """A hint the host was given: at most one in so many minutes."""

    __tablename__ = "live_hints"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    live_id: Mapped[int] = mapped_column(Id, ForeignKey("lives.id"))
    kind: Mapped[str] = mapped_column(String(20))
    given_at: Mapped[datetime]

    __table_args__ = (
        UniqueConstraint("live_id", "given_at", name="live_hints_one_at_a_time"),
        Base.__table_args__,
    )


@dataclass(frozen=True)
class Shown:
    """A product of the live: what of it was sold there, and how many pieces are left."""

    product_id: int
    title: str
    sold: int
    gmv_fen: int
    left: int


@dataclass(frozen=True)
class Figures:
    """A live at one moment. Sums are of what was paid, without freight; refunds take nothing away.

    `recent` is the time from one possible hint to the next."""

    live: Live
    entered: int
    viewers: int
    """Different people who entered, or bought without entering."""
    buyers: int
    orders: int
    gmv_fen: int
    recent_orders: int
    recent_bp: int | None
    """Different buyers lately, of the most that were there at one time since; None: too few were,
    or nobody counted."""
    goods: tuple[Shown, ...]
    minutes: tuple[Minute, ...]
    """In their order, without the one that is still running."""

    @property
    def online(self) -> int | None:
        """How many were there in the last whole minute. None when nobody counted, or it is over."""
        is_on = self.live.state == State.LIVE and self.minutes
        return self.minutes[-1].online if is_on else None

    @property
    def peak(self) -> int | None:
        """The most that were there in one minute."""
        return max((one.online for one in self.minutes if one.online is not None), default=None)

    @property
    def conversion_bp(self) -> int | None:
        """How many of those who were there bought. None when nobody was seen to enter."""
        return rate_of(self.buyers, self.viewers) if self.entered else None


def figures(work: Work, live: Live) -> Figures:
    """Everything the board shows, by a fixed number of queries."""
    minutes = tuple(minutes_of(work, live))
    sums, entered, sold = _sums(work, live), _entered(work, live), goods(work, live)
    return Figures(
        live=live,
        entered=entered,
        viewers=entered + sums.unseen,
        buyers=sums.buyers,
        orders=sums.orders,
        gmv_fen=sum(one.gmv_fen for one in sold),
        recent_orders=sums.recent_orders,
        recent_bp=_recent_bp(work, minutes, sums.recent_buyers),
        goods=sold,
        minutes=minutes,
    )


def minute_of(at: datetime) -> datetime:
    """The minute in which this is."""
    return at.replace(second=0, microsecond=0)


def minutes_of(work: Work, live: Live) -> list[Minute]:
    """What was written down so far, in its order."""
    rows = select(Minute).where(Minute.live_id == live.id).order_by(Minute.minute)
    return list(work.session.scalars(rows.execution_options(populate_existing=True)))


def recent_bp(work: Work, live: Live) -> int | None:
    """As in `Figures`, for who wants to know nothing else."""
    since = work.now - work.rules.board.hint_every
    bought = select(func.count(distinct(Order.buyer_id)))
    bought = bought.where(Order.escrow == str(live.id), Order.paid_at > since)
    return _recent_bp(work, minutes_of(work, live), work.session.scalar(bought) or 0)


def goods(work: Work, live: Live) -> tuple[Shown, ...]:
    """What is shown in the live in its order, and after it what else was sold in it."""
    rows = (
        select(
            Order.product_id,
            func.sum(Order.quantity).label("sold"),
            func.sum(Order.base_fen).label("fen"),
        )
        .where(Order.escrow == str(live.id))
        .group_by(Order.product_id)
    )
    sold = {row.product_id: (int(row.sold), int(row.fen)) for row in work.session.execute(rows)}
    ids = shown.goods_ids(work, live)
    ids += [product_id for product_id in sorted(sold) if product_id not in ids]
    free = func.sum(Stock.on_hand - Stock.reserved).label("free")
    lying = select(Stock.product_id, free).where(Stock.product_id.in_(ids))
    left = {row[0]: int(row[1]) for row in work.session.execute(lying.group_by(Stock.product_id))}
    named = select(Product.id, Product.title).where(Product.id.in_(ids))
    titles = {row.id: row.title for row in work.session.execute(named)}
    return tuple(
        Shown(one, titles[one], *sold.get(one, (0, 0)), left=left.get(one, 0)) for one in ids
    )


@dataclass(frozen=True)
class Sums:
    """Of everybody who bought: `unseen` of the buyers never entered; `recent` is the time from one
    possible hint to the next."""

    orders: int
    buyers: int
    unseen: int
    recent_orders: int
    recent_buyers: int


def _sums(work: Work, live: Live) -> Sums:
    """In one go along the orders of the live, person by person."""
    is_recent = case((Order.paid_at > work.now - work.rules.board.hint_every, 1), else_=0)
    each = (
        select(
            Order.buyer_id,
            func.count().label("orders"),
            func.sum(is_recent).label("recent"),
        )
        .where(Order.escrow == str(live.id))
        .group_by(Order.buyer_id)
        .subquery()
    )
    came = (Visit.live_id == live.id) & (Visit.member_id == each.c.buyer_id)
    all_ = select(
        func.sum(each.c.orders),
        func.count(),
        func.sum(case((Visit.member_id.is_(None), 1), else_=0)),
        func.sum(each.c.recent),
        func.sum(case((each.c.recent > 0, 1), else_=0)),
    ).select_from(each.outerjoin(Visit.__table__, came))
    return Sums(*(int(one or 0) for one in work.session.execute(all_).one()))


def _recent_bp(work: Work, minutes: Sequence[Minute], buyers: int) -> int | None:
    since = minute_of(work.now - work.rules.board.hint_every)
    here = max((one.online or 0 for one in minutes if one.minute >= since), default=0)
    if here < work.rules.board.least_viewers:
        return None
    return min(rate_of(buyers, here), WHOLE_BP)


def _entered(work: Work, live: Live) -> int:
    return work.session.scalar(select(func.count()).where(Visit.live_id == live.id)) or 0
