"""Cases: what a person of the staff must look at. Opened once per key, closed once."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, func, select
from sqlalchemy.orm import Mapped, mapped_column

from commerce.errors import NoSuchCase
from commerce.outbox import notify
from commerce.people import staff
from commerce.people.staff import Role
from commerce.store.base import Base, Id, Key, Sealed
from commerce.store.once import insert_once
from commerce.work import Work

LONGEST_WORDS = 2000


class Case(Base):
    """「C7」 is the case with id 7."""

    __tablename__ = "cases"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(Key, unique=True)
    kind: Mapped[str] = mapped_column(String(20))
    member_id: Mapped[int | None] = mapped_column(Id, ForeignKey("members.id"))
    """Whom it is about; None: nobody we know."""
    words: Mapped[str] = mapped_column(Sealed)
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[int | None] = mapped_column(Id, ForeignKey("members.id"))

    __table_args__ = (Index("cases_open", "closed_at", "id"), Base.__table_args__)


def open_case(work: Work, kind: str, member_id: int | None, words: str, *, key: str) -> Case:
    """The case of this key, opened now if it is new; reviewers are told of a new one."""
    new = insert_once(
        work.session,
        Case,
        key=key,
        kind=kind,
        member_id=member_id,
        words=words,
        opened_at=work.now,
    )
    case = work.session.scalars(select(Case).where(Case.key == key)).one()
    if new:
        for colleague in staff.colleagues(work, Role.REVIEWER):
            notify(work, colleague, "case_opened", key=f"case:{case.id}:{colleague}", case=case.id)
    return case


def open_of(work: Work, kind: str, member_id: int) -> Case | None:
    """The member's open case of that kind: what comes later is added to it."""
    rows = select(Case).where(
        Case.kind == kind, Case.member_id == member_id, Case.closed_at.is_(None)
    )
    return work.session.scalar(rows.order_by(Case.id).limit(1))


def add_words(work: Work, case: Case, words: str) -> None:
    """Below what was said before; of very many words the newest stay."""
    case.words = f"{case.words}\n{words}"[-LONGEST_WORDS:]
    work.session.flush()


def open_cases(work: Work, *, limit: int = 10) -> tuple[list[Case], int]:
    """The oldest open ones, and how many there are in all."""
    rows = select(Case).where(Case.closed_at.is_(None))
    total = work.session.scalar(select(func.count()).select_from(rows.subquery())) or 0
    return list(work.session.scalars(rows.order_by(Case.id).limit(limit))), total


def find(work: Work, number: int) -> Case:
    """NoSuchCase if there is none."""
    case = work.session.get(Case, number)
    if case is None:
        raise NoSuchCase(number)
    return case


def close(work: Work, case: Case, *, by: int) -> bool:
    """False if it was closed before."""
    if case.closed_at is not None:
        return False
    case.closed_at, case.closed_by = work.now, by
    work.session.flush()
    return True
