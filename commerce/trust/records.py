"""What a person of the staff looks at before judging, and what somebody may appeal against."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import case, func, or_, select

from commerce.goods.orders import Order
from commerce.money.estimates import ends_in
from commerce.people import members, staff
from commerce.people.members import Member
from commerce.people.staff import Role
from commerce.trust.fraud import FraudHold, Verdict
from commerce.work import Work

MOST_TOGETHER = 500


@dataclass(frozen=True)
class Record:
    """A promoter's orders lately, how many of them were refunded at least in part, and the verdicts
    against them ever."""

    orders: int
    refunded: int
    guilty: int


def record_of(work: Work, promoter: Member, span: timedelta) -> Record:
    """Of the orders paid within the span until now."""
    ids = members.with_former_ids(work, promoter)
    refunded = func.sum(case((Order.refunded_fen > Order.difference_fen, 1), else_=0))
    lately = Order.paid_at > work.now - span
    orders, back = work.session.execute(
        select(func.count(Order.id), refunded).where(Order.promoter_id.in_(ids), lately)
    ).one()
    guilty = select(func.count(Order.id)).where(
        Order.promoter_id.in_(ids), Order.voided_at.is_not(None)
    )
    return Record(orders, int(back or 0), work.session.scalar(guilty) or 0)


def held_with(work: Work, row: FraudHold) -> list[Order]:
    """The orders of the same promoter that are held for the same reason, this one among them."""
    promoter_id = work.session.get_one(Order, row.order_id).promoter_id
    rows = (
        select(Order)
        .join(FraudHold, FraudHold.order_id == Order.id)
        .where(
            Order.promoter_id == promoter_id,
            FraudHold.reason == row.reason,
            FraudHold.verdict.is_(None),
        )
    )
    return list(work.session.scalars(rows.order_by(Order.id).limit(MOST_TOGETHER)))


def order_of_earner(work: Work, member: Member, tail: str) -> Order | None:
    """The newest paid order that brought the member something, or would have, and whose number
    ends so."""
    ids = members.with_former_ids(work, member)
    shares = (Order.promoter_id, Order.parent_id, Order.grandparent_id, Order.host_id)
    mine = or_(*(column.in_(ids) for column in shares))
    rows = select(Order).where(mine, Order.paid_at.is_not(None), ends_in(Order.id, tail))
    return work.session.scalar(rows.order_by(Order.id.desc()).limit(1))


def latest_of(work: Work, order_id: int) -> FraudHold | None:
    """The order's newest hold, judged or not; a guilty one before all others."""
    rows = select(FraudHold).where(FraudHold.order_id == order_id).order_by(FraudHold.id.desc())
    found = work.session.scalars(rows).all()
    guilty = [row for row in found if row.verdict == Verdict.GUILTY]
    return next(iter((*guilty, *found)), None)


def queue(work: Work, by: Member, *, limit: int = 10) -> tuple[Sequence[FraudHold], int]:
    """What waits for a verdict, the oldest first, and how much it is in all. NotStaff."""
    staff.need_role(work, by, Role.REVIEWER)
    waiting = FraudHold.verdict.is_(None)
    total = work.session.scalar(select(func.count(FraudHold.id)).where(waiting)) or 0
    rows = select(FraudHold).where(waiting).order_by(FraudHold.id).limit(limit)
    return work.session.scalars(rows).all(), total
