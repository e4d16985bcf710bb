"""
Stock: pieces of a product in warehouses. Never oversold.

An order takes its pieces in one transaction: reserved when it is made, confirmed when it is paid,
released when it is cancelled. The database itself refuses more reserved pieces than there are.
"""

from sqlalchemy import CheckConstraint, ForeignKey, String, delete, func, select
from sqlalchemy.orm import Mapped, mapped_column

from commerce.errors import SoldOut
from commerce.store.base import Base, Id
from commerce.work import Work


class Warehouse(Base):
    __tablename__ = "warehouses"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(60), unique=True)
    city: Mapped[str] = mapped_column(String(20), default="")


class Stock(Base):
    """`on_hand` pieces lie there, `reserved` of them wait for a payment."""

    __tablename__ = "stock"

    product_id: Mapped[int] = mapped_column(Id, ForeignKey("products.id"), primary_key=True)
    warehouse_id: Mapped[int] = mapped_column(Id, ForeignKey("warehouses.id"), primary_key=True)
    on_hand: Mapped[int]
    reserved: Mapped[int] = mapped_column(default=0)
    counted: Mapped[int | None]
    """What the catalogue said last. Saying the same again does not bring back what was sold."""

    __table_args__ = (
        CheckConstraint("reserved >= 0 AND reserved <= on_hand", name="stock_never_oversold"),
        Base.__table_args__,
    )


class Reservation(Base):
    """Pieces of one warehouse that an order has taken."""

    __tablename__ = "reservations"

    order_id: Mapped[int] = mapped_column(Id, ForeignKey("orders.id"), primary_key=True)
    warehouse_id: Mapped[int] = mapped_column(Id, ForeignKey("warehouses.id"), primary_key=True)
    quantity: Mapped[int]


def left(work: Work, product_id: int) -> int:
    """How many pieces can still be ordered, over all warehouses."""
    free = select(func.sum(Stock.on_hand - Stock.reserved)).where(Stock.product_id == product_id)
    return int(work.session.scalar(free) or 0)


def reserve(work: Work, order_id: int, product_id: int, quantity: int) -> None:
    """Try: take the pieces from the fullest warehouses. SoldOut, and nothing taken, when there are
    too few of them altogether."""
    shelves = _shelves(work, product_id)
    if sum(shelf.on_hand - shelf.reserved for shelf in shelves) < quantity:
        raise SoldOut(product_id, sum(shelf.on_hand - shelf.reserved for shelf in shelves))
    wanted = quantity
    for shelf in sorted(shelves, key=lambda shelf: shelf.reserved - shelf.on_hand):
        pieces = min(wanted, shelf.on_hand - shelf.reserved)
        if pieces:
            shelf.reserved += pieces
            taken = Reservation(order_id=order_id, warehouse_id=shelf.warehouse_id)
            taken.quantity = pieces
            work.session.add(taken)
        wanted -= pieces
    work.session.flush()


def confirm(work: Work, order_id: int, product_id: int) -> None:
    """The order is paid: its pieces have left the shelf. Nothing for who reserved nothing."""
    for shelf, taken in _taken(work, order_id, product_id):
        shelf.on_hand -= taken.quantity
        shelf.reserved -= taken.quantity
    work.session.flush()


def release(work: Work, order_id: int, product_id: int) -> None:
    """Cancel: the pieces an unpaid order had reserved may be ordered again."""
    for shelf, taken in _taken(work, order_id, product_id):
        shelf.reserved -= taken.quantity
    work.session.execute(delete(Reservation).where(Reservation.order_id == order_id))
    work.session.flush()


def put_back(work: Work, order_id: int, product_id: int) -> None:
    """A paid order that was never shipped is refunded whole: its pieces lie there again."""
    for shelf, taken in _taken(work, order_id, product_id):
        shelf.on_hand += taken.quantity
    work.session.execute(delete(Reservation).where(Reservation.order_id == order_id))
    work.session.flush()


def _shelves(work: Work, product_id: int) -> list[Stock]:
    """All shelves of a product, locked in one order."""
    rows = select(Stock).where(Stock.product_id == product_id).order_by(Stock.warehouse_id)
    held = rows.with_for_update().execution_options(populate_existing=True)
    return list(work.session.scalars(held))


def _taken(work: Work, order_id: int, product_id: int) -> list[tuple[Stock, Reservation]]:
    rows = select(Reservation).where(Reservation.order_id == order_id)
    taken = {row.warehouse_id: row for row in work.session.scalars(rows)}
    if not taken:
        return []
    shelves = _shelves(work, product_id)
    return [(shelf, taken[shelf.warehouse_id]) for shelf in shelves if shelf.warehouse_id in taken]
