"""
Earnings: one line per person and reason, and how it came about.

`earning_lines` is the formula, pure, over the terms an order froze at payment. Settlement writes
the same lines in SQL; a law holds the two equal. A line never changes its amount: what refunds
take back is added beside it.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from commerce.fen import share_floor
from commerce.goods.orders import Mode, Order
from commerce.store.base import Base, Id, Key


class Kind(StrEnum):
    SALES_COMMISSION = "sales_commission"
    HOST_MARKUP = "host_markup"
    TEAM_REWARD = "team_reward"
    TRAFFIC_REWARD = "traffic_reward"
    RANK_BONUS = "rank_bonus"


class State(StrEnum):
    PENDING = "pending"
    AVAILABLE = "available"
    REVERSED = "reversed"
    VOID = "void"


class Part(IntEnum):
    """Whose share of an order a line is. One line of a part in an order, never two."""

    PROMOTER = 1
    PARENT = 2
    GRANDPARENT = 3
    HOST = 4


class Earning(Base):
    """One line. `amount_fen − reversed_fen` of it stands."""

    __tablename__ = "earnings"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    member_id: Mapped[int] = mapped_column(Id, ForeignKey("members.id"))
    kind: Mapped[str] = mapped_column(String(16))
    order_id: Mapped[int | None] = mapped_column(Id, ForeignKey("orders.id"))
    part: Mapped[int | None]
    key: Mapped[str | None] = mapped_column(Key, unique=True)
    """Names a line that comes from no order: a video's tier, a rank reached."""
    settlement_id: Mapped[int | None] = mapped_column(Id, ForeignKey("settlements.id"))
    base_fen: Mapped[int | None]
    rate_bp: Mapped[int | None]
    amount_fen: Mapped[int]
    reversed_fen: Mapped[int] = mapped_column(default=0)
    state: Mapped[str] = mapped_column(String(10), default=State.PENDING)
    created_at: Mapped[datetime]
    held_until: Mapped[datetime | None]
    """Of a line without an order; the others are held by their order."""
    awaits_operator: Mapped[bool] = mapped_column(default=False)
    """A rank bonus: an operator releases it, on top of its time."""
    released_at: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("order_id", "part", name="earnings_once"),
        CheckConstraint("amount_fen > 0", name="earnings_something"),
        CheckConstraint("reversed_fen BETWEEN 0 AND amount_fen", name="earnings_reversed"),
        Index("earnings_of_member", "member_id", "created_at", "id"),
        Index("earnings_of_settlement", "settlement_id"),
        Index("earnings_held", "state", "held_until"),
        Base.__table_args__,
    )

    @property
    def stands_fen(self) -> int:
        return self.amount_fen - self.reversed_fen

    @property
    def tier(self) -> int | None:
        """Of a team reward: 2 for a parent's, 3 for a grandparent's."""
        return self.part if self.kind == Kind.TEAM_REWARD else None


class Reversal(Base):
    """What a refund or a verdict took back from a line, and from where; negative: what came back to
    it when the verdict was overturned. Never changed."""

    __tablename__ = "reversals"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    earning_id: Mapped[int] = mapped_column(Id, ForeignKey("earnings.id"))
    key: Mapped[str] = mapped_column(Key)
    """The refund's or the verdict's."""
    amount_fen: Mapped[int]
    from_pending_fen: Mapped[int] = mapped_column(default=0)
    from_available_fen: Mapped[int] = mapped_column(default=0)
    to_debt_fen: Mapped[int] = mapped_column(default=0)
    at: Mapped[datetime]

    __table_args__ = (
        UniqueConstraint("earning_id", "key", name="reversals_once"),
        Base.__table_args__,
    )


@dataclass(frozen=True)
class EarningLine:
    """Who earns what of an order. `rate_bp` is None where no rate is used (markup)."""

    part: Part
    kind: Kind
    member_id: int
    base_fen: int
    rate_bp: int | None
    amount_fen: int


def earning_lines(order: Order) -> list[EarningLine]:
    """All lines of a paid order, on the full base. Pure: it reads the terms frozen at payment and
    nothing that can change. Lines of nothing are left out."""
    if not order.earns:
        return []
    shares = (
        (Part.PARENT, Kind.TEAM_REWARD, order.parent_id, order.tier2_bp),
        (Part.GRANDPARENT, Kind.TEAM_REWARD, order.grandparent_id, order.tier3_bp),
        (Part.HOST, Kind.SALES_COMMISSION, order.host_id, order.host_bp),
    )
    lines = [_promoters_line(order)]
    for part, kind, member_id, rate_bp in shares:
        if member_id is not None:
            amount_fen = share_floor(order.base_fen, rate_bp)
            lines.append(EarningLine(part, kind, member_id, order.base_fen, rate_bp, amount_fen))
    return [line for line in lines if line.amount_fen > 0]


def _promoters_line(order: Order) -> EarningLine:
    assert order.promoter_id is not None
    base_fen, sales_bp = order.base_fen, order.sales_bp
    if order.mode == Mode.MARKUP:
        above_fen = max(0, base_fen - order.supply_fen * order.quantity)
        return EarningLine(
            Part.PROMOTER, Kind.HOST_MARKUP, order.promoter_id, base_fen, None, above_fen
        )
    amount_fen = share_floor(base_fen, sales_bp)
    return EarningLine(
        Part.PROMOTER, Kind.SALES_COMMISSION, order.promoter_id, base_fen, sales_bp, amount_fen
    )
