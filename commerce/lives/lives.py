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

    __table_args__ = (Index("lives_by_time", "state", "planned_at"), Base.__table_args__)
