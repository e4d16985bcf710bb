"""Payments: what a buyer pays for one or several orders at once, under one number."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from commerce.store.base import Base, Id, Key, Sealed

PAGE = "J"
"""Behind a payment's number: the same payment, asked for by the page. A provider takes one number
for one way of paying only; the bare number is the code to scan."""


class State(StrEnum):
    WAITING = "waiting"
    PAID = "paid"
    CLOSED = "closed"


class Payment(Base):
    """`number` is the provider's out_trade_no. Its amount never changes."""

    __tablename__ = "payments"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    number: Mapped[str | None] = mapped_column(String(32), unique=True)
    key: Mapped[str] = mapped_column(Key, unique=True)
    buyer_id: Mapped[int] = mapped_column(Id, ForeignKey("members.id"))
    amount_fen: Mapped[int]
    state: Mapped[str] = mapped_column(String(10), default=State.WAITING)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    paid_at: Mapped[datetime | None]
    code_url: Mapped[str | None] = mapped_column(String(200))
    """What the Native QR code says, once the provider gave it."""
    transaction_id: Mapped[str | None] = mapped_column(String(64))
    paid_number: Mapped[str | None] = mapped_column(String(32))
    """Under which of its numbers it was paid: `number`, or that with PAGE behind it."""

    __table_args__ = (Index("payments_waiting", "state", "expires_at"), Base.__table_args__)


class Notification(Base):
    """What a provider told us, verified, as it came. Kept; told twice it is one row."""

    __tablename__ = "pay_notifications"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    provider: Mapped[str] = mapped_column(String(12))
    external_id: Mapped[str] = mapped_column(String(64))
    event: Mapped[str] = mapped_column(String(40))
    body: Mapped[str] = mapped_column(Sealed)
    heard_at: Mapped[datetime]

    __table_args__ = (
        UniqueConstraint("provider", "external_id", name="pay_notifications_once"),
        Base.__table_args__,
    )


class RefundState(StrEnum):
    REQUESTED = "requested"  # Booked with us, not yet done at the provider.
    DONE = "done"
    FAILED = "failed"  # The provider cannot; an operator's row.


class Refund(Base):
    """Money back for an order: `amount_fen` of its goods, in cash and in credit."""

    __tablename__ = "refunds"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    number: Mapped[str | None] = mapped_column(String(32), unique=True)
    key: Mapped[str] = mapped_column(Key, unique=True)
    order_id: Mapped[int] = mapped_column(Id, ForeignKey("orders.id"), index=True)
    amount_fen: Mapped[int]
    cash_fen: Mapped[int]
    """Freight given back included."""
    credit_fen: Mapped[int]
    reason: Mapped[str] = mapped_column(Sealed, default="")
    state: Mapped[str] = mapped_column(String(10), default=RefundState.REQUESTED)
    requested_at: Mapped[datetime]
    done_at: Mapped[datetime | None]


class Returned(Base):
    """A payment that nothing can be delivered for: it came too late, or twice. All of it goes back
    by itself, under a number of its own. It was never in the books."""

    __tablename__ = "payment_returns"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    number: Mapped[str | None] = mapped_column(String(32), unique=True)
    transaction_id: Mapped[str] = mapped_column(String(64), unique=True)
    payment_id: Mapped[int] = mapped_column(Id, ForeignKey("payments.id"), index=True)
    paid_number: Mapped[str] = mapped_column(String(32))
    amount_fen: Mapped[int]
    state: Mapped[str] = mapped_column(String(10), default=RefundState.REQUESTED)
    requested_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
