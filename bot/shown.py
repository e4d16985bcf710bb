"""The list a member was shown last: 「2 呢」 means its second line, also after a restart."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from commerce.store.base import Base, Id
from commerce.work import Work

FRESH = timedelta(hours=24)
"""So long whoever looked at a list still means its numbers."""


class ShownList(Base):
    """One per member: a newer list takes the place of an older one."""

    __tablename__ = "shown_lists"

    member_id: Mapped[int] = mapped_column(Id, ForeignKey("members.id"), primary_key=True)
    name: Mapped[str] = mapped_column(String(20))
    data: Mapped[dict[str, Any]]
    """The ids in the order of their numbers, and how the list goes on."""
    shown_at: Mapped[datetime]


def remember(work: Work, member_id: int, name: str, data: dict[str, Any]) -> None:
    """From now on the numbers the member says are of this list."""
    shown = ShownList(member_id=member_id, name=name, data=data, shown_at=work.now)
    work.session.merge(shown)


def recall(work: Work, member_id: int, name: str) -> ShownList | None:
    """The last list, if it was of that name; whether it is still fresh is for the caller to say."""
    shown = work.session.get(ShownList, member_id)
    return shown if shown is not None and shown.name == name else None


def is_fresh(work: Work, shown: ShownList) -> bool:
    return work.now < shown.shown_at + FRESH
