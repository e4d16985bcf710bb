"""Lives: scheduled → live → ended → settled. What is sold inside one is settled with it."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from commerce.store.base import Base, Id


class State(StrEnum):
    SCHEDULED = "scheduled"
    LIVE = "live"
    ENDED = "ended"
    SETTLED = "settled"
    CANCELLED = "cancelled"


class Live(Base):
    """「场次 7」 is the live with id 7."""

    __tablename__ = "lives"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    title: Mapped[str] = mapped_column(String(60))
    host_id: Mapped[int] = mapped_column(Id, ForeignKey("members.id"))
    state: Mapped[str] = mapped_column(String(10), default=State.SCHEDULED)
    planned_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    ended_late: Mapped[bool] = mapped_column(default=False)
    """Nobody ended it; its latest time did."""
    settled_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    """When it is meant to end."""
    script: Mapped[str] = mapped_column(String(500), default="")
    approved_at: Mapped[datetime | None]
    """Title, goods and script were looked at; before that it cannot start."""
    sent_back: Mapped[str] = mapped_column(String(100), default="")
    """Why it was not approved."""
    cancelled_at: Mapped[datetime | None]
    cancel_reason: Mapped[str] = mapped_column(String(100), default="")
    """What everybody who booked is told."""
    key: Mapped[str | None] = mapped_column(String(80))
    """What a machine called it when it announced it: the same key is the same live."""

    __table_args__ = (
        Index("lives_by_time", "state", "planned_at"),
        Index("lives_by_key", "key", unique=True),
        Base.__table_args__,
    )

    @property
    def is_announced(self) -> bool:
        """People may be shown it, book it and share it."""
        return self.approved_at is not None and self.state in (State.SCHEDULED, State.LIVE)


class LiveGoods(Base):
    """What is shown in a live, in this order."""

    __tablename__ = "live_goods"

    live_id: Mapped[int] = mapped_column(Id, ForeignKey("lives.id"), primary_key=True)
    product_id: Mapped[int] = mapped_column(Id, ForeignKey("products.id"), primary_key=True)
    position: Mapped[int]
