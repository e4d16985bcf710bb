"""What the house said unasked, and what it planned for later."""

from typing import Any

from sqlalchemy import select

from commerce.agenda import DueTask
from commerce.outbox import Outgoing
from commerce.work import Work


def told(work: Work, notice: str) -> list[tuple[int, dict[str, Any]]]:
    """Who was told that, and its facts, the oldest first."""
    rows = work.session.scalars(select(Outgoing).order_by(Outgoing.id))
    return [(row.member_id, row.said["facts"]) for row in rows if row.said.get("notice") == notice]


def planned(work: Work, task: str) -> list[DueTask]:
    """The oldest first."""
    rows = select(DueTask).where(DueTask.task == task).order_by(DueTask.id)
    return list(work.session.scalars(rows))
