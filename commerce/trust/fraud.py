"""
Fraud holds: a reason the person can read, an end, an operator's verdict, an appeal.

A rule only ever holds (`scoring`); a person judges. What no person has judged by its end is let go.
Nothing an automatic act has done is evidence for another one.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, func, select
from sqlalchemy.orm import Mapped, mapped_column

from commerce import agenda
from commerce.errors import AlreadyJudged, NoSuchHold, OwnCase
from commerce.goods.orders import Order
from commerce.goods.paying import counts_for_ranks
from commerce.money import reversals
from commerce.money.earnings import State as LineState
from commerce.money.payments import Refund
from commerce.outbox import Priority, notify
from commerce.people import audit, members, ranks, staff
from commerce.people.members import Member
from commerce.people.staff import Role
from commerce.store.base import Base, Id
from commerce.store.once import insert_once
from commerce.work import Work

TAKEN_BY = "fraud"
"""How the keys of what verdicts take from lines begin."""


class Reason(StrEnum):
    SAME_PERSON = "same_person"  # Payer, phone or address is the promoter's or an upline's.
    SAME_ADDRESS = "same_address"
    MANY_REFUNDS = "many_refunds"
    YOUNG_BUYERS = "young_buyers"
    STAFF = "staff"  # A colleague judged it, no rule had held it.


class Verdict(StrEnum):
    INNOCENT = "innocent"
    GUILTY = "guilty"
    LAPSED = "lapsed"  # Nobody judged it in time: let go.
    OVERTURNED = "overturned"  # Guilty, until an appeal: see `pardons`.


class FraudHold(Base):
    """One order held for one reason, until an operator says which. 「F3」 is the one with id 3."""

    __tablename__ = "fraud_holds"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    order_id: Mapped[int] = mapped_column(Id, ForeignKey("orders.id"))
    reason: Mapped[str] = mapped_column(String(16))
    opened_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    verdict: Mapped[str | None] = mapped_column(String(10))
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[int | None] = mapped_column(Id, ForeignKey("members.id"))
    appeal_until: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("order_id", "reason", name="fraud_holds_once"),
        Index("fraud_holds_open", "verdict", "id"),
        Base.__table_args__,
    )


def hold(work: Work, orders: Iterable[Order], reason: Reason) -> list[FraudHold]:
    """Keep the pending lines of these orders, each once for a reason; their promoters and the
    staff hear of it. What earns nobody anything, or was released, is left alone."""
    found: dict[int, list[FraudHold]] = {}
    for one in sorted(orders, key=lambda order: order.id):
        order = lock(work, one.id)
        if order.promoter_id is None or not order.earns or order.completed_at or order.voided_at:
            continue
        ends_at = work.now + work.rules.fraud.decided_within
        new = {"order_id": order.id, "reason": reason, "opened_at": work.now, "ends_at": ends_at}
        if insert_once(work.session, FraudHold, **new):
            order.open_holds += 1
            made = select(FraudHold).where(
                FraudHold.order_id == order.id, FraudHold.reason == reason
            )
            promoter_id = members.get(work, order.promoter_id).id
            found.setdefault(promoter_id, []).append(work.session.scalars(made).one())
    work.session.flush()
    for promoter_id, rows in found.items():
        _tell_held(work, promoter_id, rows, reason)
    return [row for rows in found.values() for row in rows]


def lift(work: Work, order_ids: Sequence[int]) -> None:
    """The task: what nobody has judged by its end is let go."""
    for order_id in order_ids:
        order = lock(work, order_id)
        over = [row for row in open_of(work, order_id) if row.ends_at <= work.now]
        if over:
            _end(work, order, over, Verdict.LAPSED, by=None)
            _tell_cleared(work, order, over[0])


def judge(
    work: Work, order: Order, verdict: Verdict, *, by: Member | None = None, reason: str = ""
) -> bool:
    """A person's word about an order: what held it ends; guilty, and nobody earns by it, it is no
    sale, and its promoter loses a rank. False if it was judged guilty before. With `by`: NotStaff,
    OwnCase for who earns by it or bought it."""
    order = lock(work, order.id)
    if by is not None:
        need_judge(work, order, by)
    if order.voided_at is not None:
        return False
    rows = open_of(work, order.id)
    if verdict is Verdict.GUILTY and not rows:
        rows = [_judged_by_hand(work, order)]
    _end(work, order, rows, verdict, by=by)
    audit.record(
        work,
        None if by is None else by.id,
        f"fraud_{verdict}",
        f"order:{order.id}",
        reasons=[row.reason for row in rows],
    )
    if verdict is Verdict.GUILTY:
        _void(work, order, key=f"{TAKEN_BY}:{order.id}:{rows[0].id}")
        _tell_guilty(work, order, rows[0], reason)
    elif rows:
        _tell_cleared(work, order, rows[0])
    return True


def need_open(work: Work, number: int, *, by: Member) -> tuple[FraudHold, Order]:
    """The hold and its order, if this person may still judge it. NotStaff, NoSuchHold, OwnCase,
    AlreadyJudged."""
    staff.need_role(work, by, Role.REVIEWER)
    row = find(work, number)
    order = lock(work, row.order_id)
    need_judge(work, order, by)
    if row.verdict is not None:
        who = members.get(work, row.decided_by).name if row.decided_by else ""
        assert row.decided_at is not None
        raise AlreadyJudged(number, row.verdict, who, row.decided_at)
    return row, order


def find(work: Work, number: int) -> FraudHold:
    """As it is now. NoSuchHold if there is none."""
    row = work.session.get(FraudHold, number, populate_existing=True)
    if row is None:
        raise NoSuchHold(number)
    return row


def open_of(work: Work, order_id: int) -> list[FraudHold]:
    """What holds the order now, the oldest first."""
    rows = select(FraudHold).where(FraudHold.order_id == order_id, FraudHold.verdict.is_(None))
    held = rows.order_by(FraudHold.id).execution_options(populate_existing=True)
    return list(work.session.scalars(held))


def lock(work: Work, order_id: int) -> Order:
    """The order as it is now, held until the unit of work ends."""
    return work.session.get_one(Order, order_id, with_for_update=True, populate_existing=True)


def need_judge(work: Work, order: Order, by: Member) -> None:
    """NotStaff; OwnCase for who earns by the order or bought it."""
    staff.need_role(work, by, Role.REVIEWER)
    concerned = (
        order.buyer_id,
        order.promoter_id,
        order.parent_id,
        order.grandparent_id,
        order.host_id,
    )
    if by.id in {members.get(work, one).id for one in concerned if one is not None}:
        raise OwnCase


def _judged_by_hand(work: Work, order: Order) -> FraudHold:
    row = FraudHold(order_id=order.id, reason=Reason.STAFF, opened_at=work.now, ends_at=work.now)
    order.open_holds += 1
    work.session.add(row)
    work.session.flush()
    return row


def _end(
    work: Work,
    order: Order,
    rows: Sequence[FraudHold],
    verdict: Verdict,
    *,
    by: Member | None,
) -> None:
    for row in rows:
        row.verdict, row.decided_at = verdict, work.now
        row.decided_by = None if by is None else by.id
        row.appeal_until = work.now + work.rules.fraud.appeal_within
        order.open_holds -= 1
    work.session.flush()


def _void(work: Work, order: Order, *, key: str) -> None:
    """All that stands of its lines goes back whole; lines that a settlement will still write are
    void from the start."""
    counted = counts_for_ranks(order)
    order.voided_at = work.now
    work.session.flush()
    for line in reversals.lines_of(work, order.id):
        reversals.take_back(work, line, line.stands_fen, key=key)
        line.state = LineState.VOID
    work.session.flush()
    if order.promoter_id is None or order.paid_at is None:
        return
    promoter = members.get(work, order.promoter_id)
    if order.earns:
        net_fen = order.base_fen - order.refunded_fen
        ranks.count_sale(work, promoter.id, -net_fen, order.paid_at)
    if counted:
        _uncount(work, order, promoter)
    ranks.demote(work, promoter.id, verdicts_against(work, promoter))


def verdicts_against(work: Work, promoter: Member) -> int:
    """How many of their orders are void."""
    rows = select(func.count(Order.id)).where(
        Order.promoter_id.in_(members.with_former_ids(work, promoter)),
        Order.voided_at.is_not(None),
    )
    return work.session.scalar(rows) or 0


def _uncount(work: Work, order: Order, promoter: Member) -> None:
    """Exactly the GMV that the order had brought, on its way or counted."""
    if order.completed_at is None:
        ranks.expect_gmv(work, promoter.id, order.refunded_fen - order.base_fen)
        return
    ranks.remove_gmv(work, promoter.id, counted_fen(work, order))


def counted_fen(work: Work, order: Order) -> int:
    """What a completed order brings its promoter's rank: net of the refunds until then."""
    before = select(func.coalesce(func.sum(Refund.amount_fen), 0)).where(
        Refund.order_id == order.id, Refund.requested_at <= order.completed_at
    )
    return order.base_fen - int(work.session.scalar(before) or 0)


def _tell_held(work: Work, promoter_id: int, rows: Sequence[FraudHold], reason: Reason) -> None:
    first = rows[0]
    tail = work.session.get_one(Order, first.order_id).tail
    facts: dict[str, Any] = {
        "check": str(reason),
        "order": tail,
        "orders": len(rows),
        "until": first.ends_at.isoformat(),
    }
    key = f"fraud_held:{first.id}"
    notify(work, promoter_id, "fraud_held", key=key, priority=Priority.MONEY, **facts)
    for colleague in staff.colleagues(work, Role.REVIEWER):
        new: dict[str, Any] = {"number": first.id, "orders": len(rows), "check": str(reason)}
        notify(work, colleague, "fraud_found", key=f"{key}:{colleague}", **new)
    order_ids = [row.order_id for row in rows]
    key = f"lift_holds:{first.id}"
    agenda.plan(work, "lift_holds", key=key, due_at=first.ends_at, order_ids=order_ids)


def _tell_cleared(work: Work, order: Order, row: FraudHold) -> None:
    if order.promoter_id is not None:
        promoter_id = members.get(work, order.promoter_id).id
        key = f"fraud_cleared:{row.id}"
        notify(
            work, promoter_id, "fraud_cleared", key=key, priority=Priority.MONEY, order=order.tail
        )


def _tell_guilty(work: Work, order: Order, row: FraudHold, words: str) -> None:
    if order.promoter_id is None:
        return
    promoter = members.get(work, order.promoter_id)
    assert row.appeal_until is not None
    notify(
        work,
        promoter.id,
        "fraud_guilty",
        key=f"fraud_guilty:{order.id}",
        priority=Priority.MONEY,
        order=order.tail,
        check=row.reason,
        words=words[:500],
        rank=promoter.rank,
        suspended=promoter.state == members.State.SUSPENDED,
        until=row.appeal_until.isoformat(),
    )
