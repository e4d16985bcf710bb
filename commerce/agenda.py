"""
What must happen later, written in the same transaction as the reason for it.

Two kinds of due work. A *task* is claimed and done in one transaction. A *call* talks to a
platform: it is claimed with a lease, no transaction is open while the platform is asked, and it
is finished only by whoever still holds the lease. Losing the queue, the worker or the answer
loses nothing: what is not done is still due.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Index, String, Update, delete, func, or_, select, update
from sqlalchemy.orm import Mapped, mapped_column

from commerce.store.base import Base, Id, Key
from commerce.store.once import insert_all_once, insert_once
from commerce.work import Work

LEASE = timedelta(seconds=12)
"""Longer than any platform may take (8 s)."""

TRIES = 8
"""After so many failures it is an operator's row."""

CROWD = ("tell", "broadcast_part", "close_payment", "score_order")
"""Tasks that come by the ten thousand, in a live and after it, and nobody waits for: everything
else goes before them."""

SAID = ("deliver", "tell")
"""Short calls to one person each: a worker makes several at a time."""

LATE = timedelta(minutes=2)
LATE_FOR_US = timedelta(seconds=15)
"""So long after its time something should be done even right after an outage."""
DONE_KEPT = timedelta(days=30)

BACK_OFF = timedelta(seconds=2)
SOON = timedelta(seconds=1)
LONGEST_BACK_OFF = timedelta(minutes=10)


class DueTask(Base):
    """One thing to do. Neither done nor failed: it is due from `due_at` on."""

    __tablename__ = "due_tasks"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(Key, unique=True)
    task: Mapped[str] = mapped_column(String(40))
    due_at: Mapped[datetime]
    args: Mapped[dict[str, Any]]
    attempts: Mapped[int] = mapped_column(default=0)
    """Only ever counts up: it is what tells one holder of the lease from the next."""
    forgiven: Mapped[int] = mapped_column(default=0)
    """So many of the attempts were before an operator said again."""
    lease_until: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]
    error: Mapped[str] = mapped_column(String(200), default="")

    __table_args__ = (
        Index("due_tasks_due", "done_at", "failed_at", "due_at"),
        Base.__table_args__,
    )

    @property
    def tries(self) -> int:
        """How often it was tried since it was planned, or since an operator said again."""
        return self.attempts - self.forgiven


@dataclass(frozen=True)
class Standing:
    """How many tasks are due and not done, how many of them too long already, and how many were
    given up."""

    due: int
    late: int
    failed: int


DUE_NOW = "due_now"
"""Set on a session in which something became due: whoever commits it may hurry the tick."""


def plan(work: Work, task: str, *, key: str, due_at: datetime | None = None, **args: Any) -> bool:
    """Plan it for `due_at` (default: now). Planning the same key again changes nothing."""
    due_at = due_at or work.now
    if due_at <= work.now:
        work.session.info[DUE_NOW] = True
    new: dict[str, Any] = {"task": task, "due_at": due_at, "args": args}
    return insert_once(work.session, DueTask, key=key, attempts=0, forgiven=0, error="", **new)


def plan_all(
    work: Work, task: str, plans: Sequence[tuple[str, dict[str, Any]]], *, due_at: datetime
) -> None:
    """Plan many of one task for the same time, by key and arguments, in one go."""
    if due_at <= work.now:
        work.session.info[DUE_NOW] = True
    same = {"task": task, "due_at": due_at, "attempts": 0, "forgiven": 0, "error": ""}
    insert_all_once(
        work.session, DueTask, [{"key": key, "args": args, **same} for key, args in plans]
    )


def due(
    work: Work, *, real_now: datetime, limit: int, crowd: bool = False
) -> list[tuple[int, int, str]]:
    """(id, attempts, task) of what is due and nobody is at, the longest due first: of the crowd,
    or of everything else."""
    these = DueTask.task.in_(CROWD) if crowd else DueTask.task.not_in(CROWD)
    rows = select(DueTask.id, DueTask.attempts, DueTask.task).where(
        _open(), DueTask.due_at <= work.now, _unleased(real_now), these
    )
    found = work.session.execute(rows.order_by(DueTask.due_at, DueTask.id).limit(limit))
    return [(row.id, row.attempts, row.task) for row in found]


def claim(work: Work, task_id: int) -> DueTask | None:
    """Do it in this transaction: a rollback unclaims it. None if it is done or not yet due."""
    claimed = _mine(work, task_id).values(done_at=work.now)
    return _row(work, task_id) if _changed(work, claimed) else None


def lease(work: Work, task_id: int, *, real_now: datetime) -> DueTask | None:
    """Be the only one at it for a while. None if it is done, not yet due, or somebody is at it.

    A lease runs in real time, whatever the clock of the house says."""
    leased = _mine(work, task_id).where(_unleased(real_now))
    leased = leased.values(lease_until=real_now + LEASE, attempts=DueTask.attempts + 1)
    return _row(work, task_id) if _changed(work, leased) else None


def put_off(work: Work, task_id: int, *, real_now: datetime) -> bool:
    """Nobody is at it for a moment, and it counts as no attempt: it has to wait for another."""
    off = _mine(work, task_id).where(_unleased(real_now))
    return _changed(work, off.values(lease_until=real_now + SOON))


def renew(work: Work, task: DueTask, *, real_now: datetime) -> bool:
    """Hold the lease for a while more. False if it was given back or somebody else has it now."""
    held = _held(task).where(DueTask.lease_until.is_not(None))
    return _changed(work, held.values(lease_until=real_now + LEASE))


def finish(work: Work, task: DueTask) -> bool:
    """The call is done. False if the lease was lost meanwhile: then somebody else finishes it."""
    return _changed(work, _held(task).values(done_at=work.now, lease_until=None))


def fail(work: Work, task: DueTask, error: str, *, final: bool = False) -> bool:
    """Due again after a pause that doubles; `final`, or after too many tries: an operator's row."""
    pause = min(BACK_OFF * 2**task.tries, LONGEST_BACK_OFF)
    values = {
        "due_at": work.now + pause,
        "lease_until": None,
        "failed_at": work.now if final or task.tries >= TRIES else None,
        "error": error[:200],
    }
    return _changed(work, _held(task).values(values))


def undone(work: Work, task_ids: Sequence[int]) -> list[DueTask]:
    """Those of which anything is left to do."""
    return list(work.session.scalars(select(DueTask).where(DueTask.id.in_(task_ids), _open())))


def forget_done(work: Work, task: str) -> None:
    """Delete what was done long ago, of a task whose key is kept elsewhere. Safe to run again."""
    done = DueTask.done_at < work.now - DONE_KEPT
    work.session.execute(delete(DueTask).where(DueTask.task == task, done))


def find(work: Work, key: str) -> int | None:
    """The id of what is called so."""
    return work.session.scalar(select(DueTask.id).where(DueTask.key == key))


def forget(work: Work, key: str) -> None:
    """Delete this one if it is done: what comes round all the time would fill the table."""
    done = DueTask.done_at.is_not(None)
    work.session.execute(delete(DueTask).where(DueTask.key == key, done))


def late_count(work: Work) -> int:
    """How much has been due for longer than any worker needs to come back."""
    late = select(func.count()).where(_open(), DueTask.due_at < work.now - LATE)
    return work.session.scalar(late) or 0


def standing(work: Work) -> Standing:
    """How things stand now, for an operator."""
    due = select(func.count()).where(_open(), DueTask.due_at <= work.now)
    late = select(func.count()).where(_open(), DueTask.due_at < work.now - LATE_FOR_US)
    failed = select(func.count()).where(_given_up())
    return Standing(*(work.session.scalar(rows) or 0 for rows in (due, late, failed)))


def given_up(work: Work, *, limit: int) -> list[DueTask]:
    """What waits for an operator, the oldest first."""
    rows = select(DueTask).where(_given_up()).order_by(DueTask.failed_at, DueTask.id)
    return list(work.session.scalars(rows.limit(limit)))


def retry(work: Work, task_id: int) -> bool:
    """An operator's word: the failed row has all its tries again."""
    return bool(_anew(work, DueTask.id == task_id))


def retry_all(work: Work) -> int:
    """As `retry`, everything that waits for an operator. Returns how many."""
    return _anew(work)


def _given_up() -> Any:
    return DueTask.done_at.is_(None) & DueTask.failed_at.is_not(None)


def _anew(work: Work, *which: Any) -> int:
    again = update(DueTask).where(_given_up(), *which)
    anew = {"failed_at": None, "forgiven": DueTask.attempts, "due_at": work.now, "error": ""}
    work.session.flush()
    work.session.info[DUE_NOW] = True
    return work.session.connection().execute(again.values(anew)).rowcount


def _open() -> Any:
    return DueTask.done_at.is_(None) & DueTask.failed_at.is_(None)


def _unleased(now: datetime) -> Any:
    return or_(DueTask.lease_until.is_(None), DueTask.lease_until <= now)


def _mine(work: Work, task_id: int) -> Update:
    return update(DueTask).where(DueTask.id == task_id, _open(), DueTask.due_at <= work.now)


def _held(task: DueTask) -> Update:
    return update(DueTask).where(DueTask.id == task.id, DueTask.attempts == task.attempts, _open())


def _changed(work: Work, statement: Update) -> bool:
    work.session.flush()
    return work.session.connection().execute(statement).rowcount == 1


def _row(work: Work, task_id: int) -> DueTask:
    return work.session.get_one(DueTask, task_id, populate_existing=True)
