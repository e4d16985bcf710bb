"""Products: what they cost, what they are sold for, what a star earns with them."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from commerce.rules import Rank
from commerce.store.base import Base, Id


class Product(Base):
    """「商品 3」 is the product with id 3. All prices are fen for one piece."""

    __tablename__ = "products"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    code: Mapped[str] = mapped_column(String(60), unique=True)
    """The catalogue's own number of it (SKU)."""
    supplier_id: Mapped[int | None] = mapped_column(Id, ForeignKey("suppliers.id"))
    title: Mapped[str] = mapped_column(String(80))
    spec: Mapped[str] = mapped_column(String(60), default="")
    category: Mapped[str] = mapped_column(String(20), default="")
    cost_fen: Mapped[int]
    supply_fen: Mapped[int]
    price_fen: Mapped[int]
    commission_bp: Mapped[int]
    freight_fen: Mapped[int] = mapped_column(default=0)
    min_rank: Mapped[int] = mapped_column(default=Rank.TRAINEE)
    early_hours: Mapped[int] = mapped_column(default=0)
    markup_allowed: Mapped[bool] = mapped_column(default=True)
    dropship: Mapped[bool] = mapped_column(default=True)
    discount_bp: Mapped[int] = mapped_column(default=0)
    """千星专属折扣 off the list price; 0: none."""
    discount_quota: Mapped[int] = mapped_column(default=0)
    """Pieces a month at that discount."""
    subsidy_fen: Mapped[int] = mapped_column(default=0)
    """What the programme agreed to lose on a piece; 0: it must pay for itself."""
    published_at: Mapped[datetime | None]
    hidden_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint("cost_fen >= 0 AND cost_fen <= supply_fen", name="products_supply"),
        CheckConstraint("supply_fen <= price_fen AND price_fen > 0", name="products_price"),
        CheckConstraint("commission_bp BETWEEN 0 AND 3000", name="products_commission"),
        Index("products_listed", "hidden_at", "published_at"),
        Base.__table_args__,
    )


class StarPrice(Base):
    """星主专属定价: one star's own price of a product, in markup mode."""

    __tablename__ = "star_prices"

    member_id: Mapped[int] = mapped_column(Id, ForeignKey("members.id"), primary_key=True)
    product_id: Mapped[int] = mapped_column(Id, ForeignKey("products.id"), primary_key=True)
    unit_fen: Mapped[int]
    set_at: Mapped[datetime]
