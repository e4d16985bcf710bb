"""Approvals: a person of the staff decides a withdrawal; two different ones where it is large."""

from collections.abc import Sequence

from sqlalchemy import func, select

from commerce.errors import AlreadyDecided, OwnCase, SameApprover
from commerce.money import quotes
from commerce.money.payouts import give_back, plan_payout
from commerce.money.withdrawals import Approval, State, Withdrawal, find, lock, owner
from commerce.outbox import Priority, notify
from commerce.people import audit, members, staff
from commerce.people.members import Member
from commerce.people.staff import Role
from commerce.store.once import insert_once
from commerce.work import Work


def queue(work: Work, by: Member, *, limit: int = 10) -> tuple[Sequence[Withdrawal], int, int]:
    """What waits for a decision, the oldest first; how many there are, and how much it is in fen.
    NotStaff."""
    staff.need_role(work, by, Role.FINANCE)
    waiting = Withdrawal.state == State.REQUESTED
    total, sum_fen = work.session.execute(
        select(func.count(), func.coalesce(func.sum(Withdrawal.amount_fen), 0)).where(waiting)
    ).one()
    rows = select(Withdrawal).where(waiting).order_by(Withdrawal.id).limit(limit)
    return work.session.scalars(rows).all(), total, int(sum_fen)


def look(work: Work, number: int, *, by: Member) -> Withdrawal:
    """NotStaff, NoSuchWithdrawal."""
    staff.need_role(work, by, Role.FINANCE)
    return find(work, number)


def need_undecided(work: Work, number: int, *, by: Member) -> Withdrawal:
    """The withdrawal, if this person may still decide it. NotStaff, NoSuchWithdrawal, OwnCase,
    AlreadyDecided."""
    staff.need_role(work, by, Role.FINANCE)
    row = lock(work, number)
    if owner(work, row).id == by.id:
        raise OwnCase
    if row.state != State.REQUESTED:
        raise _decided(work, row)
    return row


def approve(work: Work, number: int, *, by: Member) -> Withdrawal:
    """One yes. Still `requested` afterwards: a second person is needed, and was asked. The
    refusals of `need_undecided`; SameApprover."""
    row = need_undecided(work, number, by=by)
    if not insert_once(work.session, Approval, withdrawal_id=row.id, by_id=by.id, at=work.now):
        raise SameApprover(row.id)
    audit.record(work, by.id, "approve_withdrawal", f"withdrawal:{row.id}")
    if yes_count(work, row) < row.approvals_needed:
        _ask_second(work, row, by)
        return row
    row.goes(State.APPROVED)
    row.approved_at, row.decided_by = work.now, by.id
    row.due_at = quotes.due_at(work, row)
    plan_payout(work, row)
    notify(
        work,
        owner(work, row).id,
        "withdrawal_approved",
        key=f"withdrawal:{row.id}:approved",
        priority=Priority.MONEY,
        withdrawal=row.id,
        due_at=row.due_at.isoformat(),
    )
    work.session.flush()
    return row


def reject(work: Work, number: int, reason: str, *, by: Member) -> Withdrawal:
    """The money goes back, and the member reads the reason as it is. The refusals of
    `need_undecided`."""
    row = need_undecided(work, number, by=by)
    row.reason, row.decided_by = reason[:500], by.id
    give_back(work, row, State.REJECTED)
    audit.record(work, by.id, "reject_withdrawal", f"withdrawal:{row.id}")
    notify(
        work,
        owner(work, row).id,
        "withdrawal_rejected",
        key=f"withdrawal:{row.id}:rejected",
        priority=Priority.MONEY,
        withdrawal=row.id,
        amount_fen=row.amount_fen,
        reason=row.reason,
        appeal_until=(work.now + work.rules.fraud.appeal_within).isoformat(),
    )
    return row


def pass_on(work: Work, number: int, *, by: Member) -> list[Member]:
    """Ask the other people of finance to look. Who they are. The refusals of `need_undecided`."""
    row = need_undecided(work, number, by=by)
    asked = others(work, row, by)
    for other in asked:
        notify(
            work,
            other.id,
            "withdrawal_passed_on",
            key=f"withdrawal:{row.id}:passed_on:{by.id}:{other.id}",
            withdrawal=row.id,
            by=by.name,
        )
    audit.record(work, by.id, "pass_on_withdrawal", f"withdrawal:{row.id}")
    return asked


def yes_count(work: Work, row: Withdrawal) -> int:
    """How many different people have said yes."""
    rows = select(func.count()).where(Approval.withdrawal_id == row.id)
    return work.session.scalar(rows) or 0


def others(work: Work, row: Withdrawal, by: Member) -> list[Member]:
    """Who else of finance may decide it."""
    not_they = {by.id, owner(work, row).id}
    ids = staff.colleagues(work, Role.FINANCE)
    return [members.get(work, one) for one in ids if one not in not_they]


def _ask_second(work: Work, row: Withdrawal, by: Member) -> None:
    for other in others(work, row, by):
        notify(
            work,
            other.id,
            "withdrawal_second",
            key=f"withdrawal:{row.id}:second:{other.id}",
            withdrawal=row.id,
            amount_fen=row.amount_fen,
            by=by.name,
        )


def _decided(work: Work, row: Withdrawal) -> AlreadyDecided:
    if row.decided_by is None or row.state == State.CANCELLED:
        who = owner(work, row).name if row.state == State.CANCELLED else ""
    else:
        who = members.get(work, row.decided_by).name
    at = row.approved_at or row.ended_at or row.requested_at
    return AlreadyDecided(row.id, row.state, who, at, work.now, row.reason)
