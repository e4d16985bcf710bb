"""
Orders: one product, some pieces, one buyer. What was agreed at payment is frozen on the row.

`base_fen` is what was paid for the goods: after discounts, without freight, shopping credit
included. Everything anybody earns is computed on it.
"""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from commerce.store.base import Base, Id, Key, Sealed


class State(StrEnum):
    CREATED = "created"
    PAID = "paid"
    SHIPPED = "shipped"
    RECEIVED = "received"
    COMPLETED = "completed"  # The hold has ended.
    CANCELLED = "cancelled"
    REFUNDED = "refunded"  # The whole of it.


class Mode(StrEnum):
    COMMISSION = "commission"
    MARKUP = "markup"


class Offer(StrEnum):
    """Which price an order has. The best one is taken, and never two together."""

    LIST = "list"
    STAR_PRICE = "star_price"  # The promoter's own, in markup mode.
    DISCOUNT = "discount"  # 千星专属折扣
    COUPON = "coupon"
    FIRST_N = "first_n"  # 前 N 单
    STAIR = "stair"  # 每满 N 人降一次
    ASSIST = "assist"
    PRIZE = "prize"  # 免单券
    AGREED = "agreed"  # Settled elsewhere: imported, or told by a scenario.


class Terms:
    """Frozen at payment: who may earn, and at which rates. Nothing after payment changes them."""

    promoter_id: Mapped[int | None] = mapped_column(Id, ForeignKey("members.id"))
    promoter_rank: Mapped[int | None]
    commission_bp: Mapped[int] = mapped_column(default=0)
    uplift_bp: Mapped[int] = mapped_column(default=0)
    sales_bp: Mapped[int] = mapped_column(default=0)
    """Commission and uplift together, cut at the cap."""
    supply_fen: Mapped[int] = mapped_column(default=0)
    """The wholesale price of a piece; the promoter's markup is what was paid above it."""
    parent_id: Mapped[int | None] = mapped_column(Id, ForeignKey("members.id"))
    parent_rank: Mapped[int | None]
    tier2_bp: Mapped[int] = mapped_column(default=0)
    grandparent_id: Mapped[int | None] = mapped_column(Id, ForeignKey("members.id"))
    grandparent_rank: Mapped[int | None]
    tier3_bp: Mapped[int] = mapped_column(default=0)
    host_id: Mapped[int | None] = mapped_column(Id, ForeignKey("members.id"))
    """The host of the live, where somebody else promoted and hosts have a share."""
    host_bp: Mapped[int] = mapped_column(default=0)
    earns: Mapped[bool] = mapped_column(default=False)
    """Somebody may earn by it, and it counts as GMV: false where the buyer is the promoter."""
    buyer_is_new: Mapped[bool] = mapped_column(default=False)
    """The buyer's account was only hours old."""
    rules_version: Mapped[str] = mapped_column(String(12), default="")


class Order(Terms, Base):
    __tablename__ = "orders"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(Key, unique=True)
    """Names the wish: the message or the imported line it comes from."""
    state: Mapped[str] = mapped_column(String(10), default=State.CREATED)
    buyer_id: Mapped[int] = mapped_column(Id, ForeignKey("members.id"))
    product_id: Mapped[int] = mapped_column(Id, ForeignKey("products.id"))
    quantity: Mapped[int]
    mode: Mapped[str] = mapped_column(String(10), default=Mode.COMMISSION)
    live_id: Mapped[int | None] = mapped_column(Id, ForeignKey("lives.id"))

    list_fen: Mapped[int]
    """List price of all pieces."""
    unit_fen: Mapped[int]
    """What one piece is sold for."""
    offer: Mapped[str] = mapped_column(String(12), default=Offer.LIST)
    """Which price it was."""
    offer_id: Mapped[int | None] = mapped_column(Id)
    """A `LiveOffer`. No foreign key: MariaDB would copy the whole table to add one."""
    seat_no: Mapped[int | None]
    """「你是第 73 单」: which seat of a `first_n` it has, or had."""
    coupon_fen: Mapped[int] = mapped_column(default=0)
    base_fen: Mapped[int]
    freight_fen: Mapped[int] = mapped_column(default=0)
    credit_fen: Mapped[int] = mapped_column(default=0)
    """The part of `base_fen` paid from earnings."""
    payment_id: Mapped[int | None] = mapped_column(Id, ForeignKey("payments.id"))

    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    paid_at: Mapped[datetime | None]
    shipped_at: Mapped[datetime | None]
    received_at: Mapped[datetime | None]
    completed_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]

    refunded_fen: Mapped[int] = mapped_column(default=0)
    """Of the goods."""
    credit_back_fen: Mapped[int] = mapped_column(default=0)
    freight_back_fen: Mapped[int] = mapped_column(default=0)
    difference_fen: Mapped[int] = mapped_column(default=0)
    """Of `refunded_fen`: what price protection gave back. Nobody was dissatisfied."""

    escrow: Mapped[str | None] = mapped_column(String(12))
    """Where its money waits from payment to settlement: a live's id, or a day (Shanghai)."""
    settlement_id: Mapped[int | None] = mapped_column(Id, ForeignKey("settlements.id"))
    hold_until: Mapped[datetime | None]
    open_holds: Mapped[int] = mapped_column(default=0)
    """After-sales and fraud cases that keep its lines pending."""
    voided_at: Mapped[datetime | None]
    """A verdict of fraud: its lines are void, and it counts as no sale."""

    carrier: Mapped[str] = mapped_column(String(20), default="")
    tracking_no: Mapped[str] = mapped_column(String(40), default="")

    recipient: Mapped[str | None] = mapped_column(Sealed)
    """Name, phone and address as JSON."""
    payer_trace: Mapped[str | None] = mapped_column(String(64))
    phone_trace: Mapped[str | None] = mapped_column(String(64))
    address_trace: Mapped[str | None] = mapped_column(String(64))

    __table_args__ = (
        CheckConstraint("quantity > 0 AND base_fen >= 0", name="orders_something"),
        CheckConstraint("credit_fen BETWEEN 0 AND base_fen", name="orders_credit"),
        CheckConstraint("refunded_fen BETWEEN 0 AND base_fen", name="orders_refunded"),
        Index("orders_to_settle", "escrow", "settlement_id", "id"),
        Index("orders_of_live_by_buyer", "escrow", "buyer_id", "paid_at"),
        Index("orders_of_live_by_product", "escrow", "product_id", "quantity", "base_fen"),
        Index("orders_to_release", "completed_at", "hold_until"),
        Index("orders_of_buyer", "buyer_id", "id"),
        Index("orders_of_promoter", "promoter_id", "paid_at"),
        Index("orders_of_parent", "parent_id", "paid_at"),
        Index("orders_of_grandparent", "grandparent_id", "paid_at"),
        Index("orders_of_host", "host_id", "paid_at"),
        Index("orders_of_address", "address_trace", "paid_at"),
        Base.__table_args__,
    )

    @property
    def cash_fen(self) -> int:
        """What the buyer pays in money, freight included."""
        return self.base_fen - self.credit_fen + self.freight_fen

    @property
    def tail(self) -> str:
        """「0073」: how people tell their orders apart."""
        return f"{self.id % 10_000:04d}"
