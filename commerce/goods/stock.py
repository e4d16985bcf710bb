"""
Stock: pieces of a product in warehouses. Never oversold.

An order takes its pieces in one transaction: reserved when it is made, confirmed when it is paid,
released when it is cancelled. What is promised before anybody orders, prizes and the like, is held
under a name and handed on to the orders. The database itself refuses more reserved pieces than
there are.
"""

from collections.abc import Sequence

from sqlalchemy import CheckConstraint, ForeignKey, String, delete, func, insert, select
from sqlalchemy.orm import Mapped, mapped_column

from commerce.errors import SoldOut
from commerce.goods.orders import Order
from commerce.store.base import Base, Id, Key
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


class StockHold(Base):
    """Pieces of one warehouse that are promised and not ordered yet: of a lottery, of an assist."""

    __tablename__ = "stock_holds"

    key: Mapped[str] = mapped_column(Key, primary_key=True)
    """Names the promise."""
    warehouse_id: Mapped[int] = mapped_column(Id, ForeignKey("warehouses.id"), primary_key=True)
    product_id: Mapped[int] = mapped_column(Id, ForeignKey("products.id"))
    quantity: Mapped[int]

    __table_args__ = (
        CheckConstraint("quantity > 0", name="stock_holds_something"),
        Base.__table_args__,
    )


def left(work: Work, product_id: int) -> int:
    """How many pieces can still be ordered, over all warehouses."""
    free = select(func.sum(Stock.on_hand - Stock.reserved)).where(Stock.product_id == product_id)
    return int(work.session.scalar(free) or 0)


def cities(work: Work, product_id: int) -> tuple[str, ...]:
    """Where what can be ordered lies. Empty unless it is known of every warehouse with some."""
    rows = select(Warehouse.city).join(Stock, Stock.warehouse_id == Warehouse.id)
    free = rows.where(Stock.product_id == product_id, Stock.on_hand > Stock.reserved)
    found = list(work.session.scalars(free.order_by(Warehouse.id)))
    return tuple(dict.fromkeys(found)) if all(found) else ()


def reserve(work: Work, order_id: int, product_id: int, quantity: int) -> None:
    """Try: take the pieces from the fullest warehouses. SoldOut, and nothing taken, when there are
    too few of them altogether."""
    note(work, order_id, take(work, product_id, quantity))


def take(work: Work, product_id: int, quantity: int) -> list[tuple[int, int]]:
    """As `reserve`, for an order that is about to be made: (warehouse, pieces) for `note`. The
    stock is locked before the order is there, because the order will point at people whom those
    who pay for others lock after the stock."""
    return _take(work, product_id, quantity)


def note(work: Work, order_id: int, taken: Sequence[tuple[int, int]]) -> None:
    """The pieces that were taken are this order's."""
    for warehouse_id, pieces in taken:
        kept = Reservation(order_id=order_id, warehouse_id=warehouse_id, quantity=pieces)
        work.session.add(kept)
    work.session.flush()


def lock(work: Work, product_id: int) -> list[Stock]:
    """Nobody else takes or gives back a piece until the unit of work ends."""
    return _shelves(work, product_id)


def free_of(shelves: list[Stock]) -> int:
    """How many pieces of these shelves can still be ordered."""
    return sum(shelf.on_hand - shelf.reserved for shelf in shelves)


def reserve_each(work: Work, shelves: list[Stock], order_ids: Sequence[int]) -> None:
    """As `reserve`, one piece for each order, from shelves that are locked. SoldOut."""
    found = _take(work, shelves[0].product_id, len(order_ids), shelves)
    from_each = (warehouse_id for warehouse_id, pieces in found for _ in range(pieces))
    rows = [
        {"order_id": order_id, "warehouse_id": warehouse_id, "quantity": 1}
        for order_id, warehouse_id in zip(order_ids, from_each, strict=True)
    ]
    work.session.flush()
    work.session.connection().execute(insert(Reservation), rows)


def hold(work: Work, key: str, product_id: int, quantity: int) -> None:
    """Keep the pieces for a promise. SoldOut, and nothing kept, when there are too few. The same
    key twice is the same promise."""
    shelves = _shelves(work, product_id)
    if _held(work, key):
        return
    for warehouse_id, pieces in _take(work, product_id, quantity, shelves):
        kept = StockHold(key=key, warehouse_id=warehouse_id)
        kept.product_id, kept.quantity = product_id, pieces
        work.session.add(kept)
    work.session.flush()


def held(work: Work, key: str) -> int:
    """How many pieces are kept for this promise and not handed on yet."""
    return sum(kept.quantity for kept in _held(work, key))


def is_held(work: Work, key: str) -> bool:
    """Whether any piece is kept for this promise, without holding it."""
    kept = select(StockHold.key).where(StockHold.key == key)
    return work.session.scalar(kept.limit(1)) is not None


def release_hold(work: Work, key: str, quantity: int | None = None) -> int:
    """So many of the kept pieces (None: all) may be ordered again. Returns how many: fewer when
    fewer are kept. Safe to run again when it is all of them."""
    return sum(pieces for _, pieces in _let_go(work, key, quantity, back=True))


def take_hold(work: Work, key: str, order: Order) -> None:
    """The order's pieces come from what is kept. SoldOut, and nothing taken, when that is less."""
    found = _let_go(work, key, order.quantity, back=False)
    if sum(pieces for _, pieces in found) < order.quantity:
        raise SoldOut(order.product_id, 0)
    for warehouse_id, pieces in found:
        taken = Reservation(order_id=order.id, warehouse_id=warehouse_id, quantity=pieces)
        work.session.add(taken)
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


def _take(
    work: Work, product_id: int, quantity: int, shelves: list[Stock] | None = None
) -> list[tuple[int, int]]:
    """From which warehouse how many: reserved now. SoldOut."""
    shelves = _shelves(work, product_id) if shelves is None else shelves
    free = sum(shelf.on_hand - shelf.reserved for shelf in shelves)
    if free < quantity:
        raise SoldOut(product_id, free)
    found, wanted = [], quantity
    for shelf in sorted(shelves, key=lambda shelf: shelf.reserved - shelf.on_hand):
        pieces = min(wanted, shelf.on_hand - shelf.reserved)
        if pieces:
            shelf.reserved += pieces
            found.append((shelf.warehouse_id, pieces))
        wanted -= pieces
    return found


def _held(work: Work, key: str) -> list[StockHold]:
    rows = select(StockHold).where(StockHold.key == key).order_by(StockHold.warehouse_id)
    current = rows.with_for_update().execution_options(populate_existing=True)
    return list(work.session.scalars(current))


def _let_go(work: Work, key: str, quantity: int | None, *, back: bool) -> list[tuple[int, int]]:
    """Up to so many pieces are kept no longer; `back`: nor reserved."""
    work.session.flush()
    product_id = work.session.scalar(
        select(StockHold.product_id).where(StockHold.key == key).limit(1)
    )
    if product_id is None:
        return []
    shelves = {shelf.warehouse_id: shelf for shelf in _shelves(work, product_id)}
    found, wanted = [], quantity
    for kept in _held(work, key):
        pieces = kept.quantity if wanted is None else min(wanted, kept.quantity)
        if not pieces:
            break
        wanted = None if wanted is None else wanted - pieces
        found.append((kept.warehouse_id, pieces))
        if back:
            shelves[kept.warehouse_id].reserved -= pieces
        if pieces == kept.quantity:
            work.session.delete(kept)
        else:
            kept.quantity -= pieces
    work.session.flush()
    return found


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
