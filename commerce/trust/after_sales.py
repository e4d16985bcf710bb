"""
After-sales: a buyer's case about an order. While it is open, none of the order's lines is released.

What may be given back, and who decides, is in `returns`. Money that goes back to the buyer ends the
case, whatever it was that gave it back.
"""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, func, select
from sqlalchemy.orm import Mapped, mapped_column

from commerce import agenda
from commerce.errors import NoSuchAfterSale, NothingToRefund
from commerce.goods.orders import Order
from commerce.outbox import Priority, notify
from commerce.people import audit, members, staff
from commerce.people.members import Member
from commerce.people.staff import Role
from commerce.store.base import Base, Id, Sealed
from commerce.work import Work

LONGEST_WORDS = 500


class State(StrEnum):
    OPENED = "opened"
    REFUNDED = "refunded"
    REJECTED = "rejected"


class Kind(StrEnum):
    """Why the buyer wants money back."""

    UNWANTED = "unwanted"  # Without a reason, some days after receipt.
    FAULTY = "faulty"  # Bad, broken: the platform pays the return.
    INCOMPLETE = "incomplete"  # Something is missing, or it is the wrong thing.


class AfterSale(Base):
    """「售后 S7」 is the case with id 7."""

    __tablename__ = "after_sales"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    order_id: Mapped[int] = mapped_column(Id, ForeignKey("orders.id"), index=True)
    state: Mapped[str] = mapped_column(String(10), default=State.OPENED)
    kind: Mapped[str] = mapped_column(String(12), default=Kind.FAULTY)
    reason: Mapped[str] = mapped_column(Sealed, default="")
    wanted_fen: Mapped[int]
    """Goods first, freight after them."""
    photos: Mapped[int] = mapped_column(default=0)
    """How many pictures the buyer sent; they stay in the conversation."""
    opened_at: Mapped[datetime]
    decide_by: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[int | None] = mapped_column(Id, ForeignKey("members.id"))
    answer: Mapped[str] = mapped_column(Sealed, default="")

    __table_args__ = (Index("after_sales_queue", "state", "decide_by"), Base.__table_args__)


def open_case(
    work: Work,
    order: Order,
    amount_fen: int | None = None,
    reason: str = "",
    *,
    kind: Kind = Kind.FAULTY,
) -> AfterSale:
    """Hold the order until it is decided how much goes back; without an amount: all the goods. An
    order has one open case: a second one is the first. NothingToRefund when so much is not left,
    goods and freight together."""
    order = lock_order(work, order.id)
    earlier = open_of(work, order.id)
    if earlier is not None:
        return earlier
    wanted_fen = goods_left(order) if amount_fen is None else amount_fen
    if not 0 < wanted_fen <= goods_left(order) + freight_left(order):
        raise NothingToRefund(order.id, goods_left(order))
    row = AfterSale(
        order_id=order.id,
        state=State.OPENED,
        kind=kind,
        reason=reason[:LONGEST_WORDS],
        wanted_fen=wanted_fen,
        opened_at=work.now,
        decide_by=work.now + work.rules.after_sales.approved_after,
    )
    order.open_holds += 1
    work.session.add(row)
    work.session.flush()
    key = f"decide_after_sale:{row.id}"
    agenda.plan(work, "decide_after_sale", key=key, due_at=row.decide_by, after_sale_id=row.id)
    return row


def reject(work: Work, order: Order, answer: str, *, by: int | None = None) -> bool:
    """Nothing goes back; the buyer reads the answer as it is. False when no case is open."""
    order = lock_order(work, order.id)
    row = open_of(work, order.id)
    if row is None:
        return False
    _end(work, row, order, State.REJECTED, by=by)
    row.answer = answer[:LONGEST_WORDS]
    work.session.flush()
    audit.record(work, by, "reject_after_sale", f"after_sale:{row.id}")
    notify(
        work,
        members.get(work, order.buyer_id).id,
        "after_sale_rejected",
        key=f"after_sale:{row.id}:rejected",
        priority=Priority.SERVICE,
        after_sale=row.id,
        order=order.tail,
        reason=row.answer,
    )
    return True


def end_by_refund(work: Work, order: Order, *, by: int | None = None) -> None:
    """Money went back to the buyer: the order's open case, if there is one, is at its end."""
    row = open_of(work, order.id)
    if row is not None:
        _end(work, row, order, State.REFUNDED, by=by)


def open_of(work: Work, order_id: int) -> AfterSale | None:
    """The order's open case, as it is now."""
    rows = select(AfterSale).where(AfterSale.order_id == order_id, AfterSale.state == State.OPENED)
    return work.session.scalar(rows.execution_options(populate_existing=True))


def latest_of(work: Work, order_id: int) -> AfterSale | None:
    """The order's newest case, open or not."""
    rows = select(AfterSale).where(AfterSale.order_id == order_id)
    return work.session.scalar(rows.order_by(AfterSale.id.desc()).limit(1))


def find(work: Work, number: int) -> AfterSale:
    """NoSuchAfterSale if there is none."""
    row = work.session.get(AfterSale, number)
    if row is None:
        raise NoSuchAfterSale(number)
    return row


def queue(work: Work, by: Member, *, limit: int = 10) -> tuple[Sequence[AfterSale], int]:
    """What waits for a decision, the most urgent first, and how much it is in all. NotStaff."""
    staff.need_role(work, by, Role.REVIEWER)
    waiting = AfterSale.state == State.OPENED
    total = work.session.scalar(select(func.count(AfterSale.id)).where(waiting)) or 0
    rows = select(AfterSale).where(waiting).order_by(AfterSale.decide_by, AfterSale.id)
    return work.session.scalars(rows.limit(limit)).all(), total


def lock_order(work: Work, order_id: int) -> Order:
    """The order's row as it is now, held until the unit of work ends."""
    return work.session.get_one(Order, order_id, with_for_update=True, populate_existing=True)


def goods_left(order: Order) -> int:
    """What could still go back of the goods, in fen; nothing of what was not paid."""
    return 0 if order.paid_at is None else order.base_fen - order.refunded_fen


def freight_left(order: Order) -> int:
    return 0 if order.paid_at is None else order.freight_fen - order.freight_back_fen


def _end(work: Work, row: AfterSale, order: Order, state: State, *, by: int | None) -> None:
    """What the case kept is released with the next sweep, if its hold is over."""
    row.state, row.decided_at, row.decided_by = state, work.now, by
    order.open_holds -= 1
    work.session.flush()
