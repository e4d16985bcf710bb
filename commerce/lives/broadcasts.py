"""
One thing said to very many: a row per thousand bookings, and how far it has come.

A part is said in small batches. A batch is written down as `sending` before it goes out and taken
away after it; killed in between, that batch alone is said once more, and marked so. Whom the
platform could not serve just now stands in `rest` and goes with the next batch.
"""

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from commerce.store.base import Base, Id, Json, Key


class Broadcast(Base):
    """`notice` names the words; `facts` are the same for everybody."""

    __tablename__ = "broadcasts"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(Key, unique=True)
    live_id: Mapped[int] = mapped_column(Id, ForeignKey("lives.id"), index=True)
    notice: Mapped[str] = mapped_column(String(40))
    facts: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    good_until: Mapped[datetime | None]
    """A reminder: nobody is told any more from then on. None: it stays true."""


class Waiting(NamedTuple):
    """A booking number that is still to be told."""

    number: int
    tries: int = 0
    unsure: bool = False
    """It went out, and nobody knows whether it arrived."""


class Part(Base):
    """The bookings numbered `first` to `last`."""

    __tablename__ = "broadcast_parts"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    broadcast_id: Mapped[int] = mapped_column(Id, ForeignKey("broadcasts.id"))
    first: Mapped[int]
    last: Mapped[int]
    reached: Mapped[int]
    """Up to here everybody was in a batch."""
    sending: Mapped[list[Any]] = mapped_column(Json)
    rest: Mapped[list[Any]] = mapped_column(Json)
    turn: Mapped[int] = mapped_column(default=0)
    """Counts the batches: it tells who holds this one from who lost it."""
    pauses: Mapped[int] = mapped_column(default=0)
    """In a row, because the platform took hardly anything."""
    sent: Mapped[int] = mapped_column(default=0)
    missed: Mapped[int] = mapped_column(default=0)
    maybe_twice: Mapped[int] = mapped_column(default=0)
    finished_at: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("broadcast_id", "first", name="broadcast_parts_once"),
        Base.__table_args__,
    )


class Pace(Base):
    """Until when what was taken so far fills the platform's limit: all processes share one."""

    __tablename__ = "broadcast_pace"

    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    free_at: Mapped[datetime]
