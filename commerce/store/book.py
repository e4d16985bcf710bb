"""
The book: six letters of this database, in every number another party keeps.

A restored or a fresh database never meets the bills of an older one under the same number.
"""

from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, mapped_column

from commerce.store.base import Base
from commerce.store.once import insert_once
from commerce.work import Work

LETTERS = "ACDEFHJKLMNPRTWX"  # Sixteen that nobody mistakes for each other.
LENGTH = 6


class Book(Base):
    """One row, drawn when the first number is given."""

    __tablename__ = "books"

    only: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    letters: Mapped[str] = mapped_column(String(6))


def number(work: Work, kind: str, row_id: int) -> str:
    """「OABCDEF00000041」: kind, book, row. The same row always has the same number."""
    return f"{kind}{_letters(work)}{row_id:08d}"


def _letters(work: Work) -> str:
    known: str | None = work.session.info.get("book")
    if known is None:
        known = work.session.scalar(select(Book.letters))
    if known is None:
        drawn = "".join(LETTERS[byte >> 4] for byte in work.secret()[:LENGTH])
        insert_once(work.session, Book, only=1, letters=drawn)
        known = work.session.scalars(select(Book.letters)).one()
    work.session.info["book"] = known
    return known
