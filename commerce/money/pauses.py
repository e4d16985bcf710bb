"""
Payout pauses: while one is open no money leaves. Whoever finds something wrong writes one; only a
person of the staff ends it.
"""

from datetime import datetime

from sqlalchemy import ForeignKey, String, select, update
from sqlalchemy.orm import Mapped, mapped_column

from commerce.outbox import Priority, notify
from commerce.people import audit, staff
from commerce.people.members import Member
from commerce.people.staff import Role
from commerce.store.base import Base, Id
from commerce.store.once import lock_by_name
from commerce.work import Work

NOT_ENOUGH = "NOT_ENOUGH"
MISMATCH = "mismatch"  # The platform has another amount or payee under our number.
CONTRADICTION = "contradiction"  # The platform says the opposite of what it said before.
DRIFT = "drift"  # The audit found the books broken.


class PayoutPause(Base):
    """Open while `ended_at` is None. `reason` is one of the above or the platform's own word."""

    __tablename__ = "payout_pauses"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    reason: Mapped[str] = mapped_column(String(60))
    since: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[int | None] = mapped_column(Id, ForeignKey("members.id"))


def pause(work: Work, reason: str, *, about: str = "") -> bool:
    """Stop all payouts; finance is told, with `about` (a number, a place). False if they are
    paused for that reason already."""
    lock_by_name(work.session, "payouts")
    if any(one.reason == reason for one in open_pauses(work)):
        return False
    row = PayoutPause(reason=reason[:60], since=work.now)
    work.session.add(row)
    work.session.flush()
    audit.record(work, None, "pause_payouts", f"pause:{row.id}", reason=reason[:60])
    for colleague in staff.colleagues(work, Role.FINANCE):
        notify(
            work,
            colleague,
            "payouts_paused",
            key=f"pause:{row.id}:{colleague}",
            priority=Priority.MONEY,
            reason=reason,
            about=about,
        )
    return True


def is_paused(work: Work) -> bool:
    """Whether any pause is open: then no payout may start."""
    return bool(open_pauses(work))


def open_pauses(work: Work) -> list[PayoutPause]:
    """The oldest first."""
    rows = select(PayoutPause).where(PayoutPause.ended_at.is_(None)).order_by(PayoutPause.id)
    return list(work.session.scalars(rows))


def end_all(work: Work, by: Member) -> int:
    """An operator's word: payouts go on. How many pauses ended. NotStaff."""
    staff.need_role(work, by, Role.FINANCE)
    ended = open_pauses(work)
    changed = update(PayoutPause).where(PayoutPause.ended_at.is_(None))
    work.session.execute(changed.values(ended_at=work.now, ended_by=by.id))
    for one in ended:
        audit.record(work, by.id, "resume_payouts", f"pause:{one.id}", reason=one.reason)
    return len(ended)
