"""
Coupons: 满 29 减 5, one per person, for some days, so many a month.

A person is a member, a telephone number and an address: the first two are kept as traces, from the
order that used the coupon.
"""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ForeignKey, String, func, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column

from commerce.errors import CouponsGone, OfferGone
from commerce.fen import part_floor
from commerce.goods.orders import Order
from commerce.outbox import SHANGHAI
from commerce.people import members
from commerce.people.members import Member
from commerce.store.base import Base, Id
from commerce.store.bulk import among
from commerce.store.once import lock_by_name
from commerce.work import Work

NAME = "新人券"


class Coupon(Base):
    """One per person. Reserved by an unpaid order, given back when it is cancelled."""

    __tablename__ = "coupons"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    member_id: Mapped[int] = mapped_column(Id, ForeignKey("members.id"), unique=True)
    phone_trace: Mapped[str | None] = mapped_column(String(64), unique=True)
    address_trace: Mapped[str | None] = mapped_column(String(64), unique=True)
    minimum_fen: Mapped[int]
    off_fen: Mapped[int]
    issued_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    order_id: Mapped[int | None] = mapped_column(Id, ForeignKey("orders.id"))


def issue(work: Work, member: Member) -> Coupon:
    """Give the person their one coupon. CouponsGone when they had it, or this month's number or
    budget is used up; what was given out before keeps its worth."""
    rule = work.rules.coupons
    if of_member(work, member) is not None:
        raise CouponsGone(had_one=True)
    lock_by_name(work.session, "coupons")
    if not rule.enabled or left_this_month(work) < 1:
        raise CouponsGone(had_one=False)
    coupon = Coupon(
        member_id=member.id,
        minimum_fen=rule.minimum_fen,
        off_fen=rule.off_fen,
        issued_at=work.now,
        expires_at=work.now + rule.valid,
    )
    work.session.add(coupon)
    work.session.flush()
    return coupon


def left_this_month(work: Work) -> int:
    """How many may still be given out, by number and by budget."""
    rule = work.rules.coupons
    local = work.now.astimezone(SHANGHAI)
    month = local.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    found = select(func.count(), func.sum(Coupon.off_fen)).where(Coupon.issued_at >= month)
    number, promised_fen = work.session.execute(found).one()
    left_fen = work.rules.budgets.coupons_fen - int(promised_fen or 0)
    return max(0, min(rule.per_month - number, part_floor(left_fen, 1, rule.off_fen)))


def of_member(work: Work, member: Member) -> Coupon | None:
    """The person's coupon, used or not; whoever was merged into them had it too."""
    ids = [member.id, *(row.id for row in members.merged_into(work, member.id))]
    rows = select(Coupon).where(Coupon.member_id.in_(ids)).order_by(Coupon.id)
    return work.session.scalar(rows.limit(1))


def usable(work: Work, member: Member, list_fen: int) -> Coupon | None:
    """The person's coupon, if it is good for goods of this price now."""
    coupon = of_member(work, member)
    if coupon is None or coupon.order_id is not None or coupon.expires_at <= work.now:
        return None
    return coupon if list_fen >= coupon.minimum_fen else None


def worth_more_than(
    work: Work, member_ids: Collection[int], list_fen: int, off_fen: int
) -> set[int]:
    """Who of these has a coupon that takes more than this off goods of this price now."""
    rows = select(Coupon.member_id).where(
        among(work.session, Coupon.member_id, member_ids),
        Coupon.order_id.is_(None),
        Coupon.expires_at > work.now,
        Coupon.minimum_fen <= list_fen,
        Coupon.off_fen > off_fen,
    )
    return set(work.session.scalars(rows))


def is_anothers(work: Work, coupon_id: int, traces: tuple[str, str]) -> bool:
    """Whether this telephone number or address has used another coupon."""
    phone, address = traces
    rows = select(Coupon.id).where(
        Coupon.id != coupon_id, or_(Coupon.phone_trace == phone, Coupon.address_trace == address)
    )
    return work.session.scalar(rows.limit(1)) is not None


def take(work: Work, coupon_id: int, order: Order) -> None:
    """An unpaid order uses it. OfferGone when another order, or another coupon of the same
    telephone number or address, was first."""
    coupon = work.session.get_one(Coupon, coupon_id, with_for_update=True, populate_existing=True)
    if coupon.order_id is not None:
        raise OfferGone(NAME)
    _mark(work, coupon, order)


def retrace(work: Work, order: Order) -> None:
    """The order goes elsewhere: its coupon is used there. OfferGone as `take`."""
    coupon = work.session.scalar(select(Coupon).where(Coupon.order_id == order.id))
    if coupon is not None:
        _mark(work, coupon, order)


def _mark(work: Work, coupon: Coupon, order: Order) -> None:
    try:
        with work.session.begin_nested():
            coupon.order_id = order.id
            coupon.phone_trace, coupon.address_trace = order.phone_trace, order.address_trace
            work.session.flush()
    except IntegrityError:
        raise OfferGone(NAME) from None


def take_again(work: Work, order: Order, member_id: int) -> None:
    """For an order that ran out and was paid after all, whatever the time: it was given in time."""
    coupon = of_member(work, members.get(work, member_id))
    if coupon is None:
        raise OfferGone(NAME)
    take(work, coupon.id, order)


def give_back(work: Work, order: Order) -> None:
    """An unpaid order gives up its coupon."""
    if not order.coupon_fen:
        return
    coupon = work.session.scalar(select(Coupon).where(Coupon.order_id == order.id))
    if coupon is not None:
        coupon.order_id = coupon.phone_trace = coupon.address_trace = None
        work.session.flush()
