"""Suppliers and their papers: without valid ones their goods cannot be listed."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Date, ForeignKey, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from commerce.outbox import SHANGHAI
from commerce.store.base import Base, Id
from commerce.work import Work

BUSINESS_LICENCE = "business_licence"  # 营业执照
FOOD_LICENCE = "food_licence"  # 食品经营许可证
FOOD = "食品"


class Supplier(Base):
    __tablename__ = "suppliers"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(80), unique=True)


class SupplierPaper(Base):
    """A qualification on file. A newer one of the same kind takes its place."""

    __tablename__ = "supplier_papers"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    supplier_id: Mapped[int] = mapped_column(Id, ForeignKey("suppliers.id"))
    kind: Mapped[str] = mapped_column(String(20))
    number: Mapped[str] = mapped_column(String(60))
    expires_on: Mapped[date | None] = mapped_column(Date)
    """The last day it is good for (Shanghai); None: without end."""

    __table_args__ = (
        UniqueConstraint("supplier_id", "kind", name="supplier_papers_kind"),
        Base.__table_args__,
    )


@dataclass(frozen=True)
class Missing:
    """A paper that is needed and not there, or out of date."""

    kind: str
    expired_on: date | None


def missing_papers(work: Work, supplier_id: int, category: str) -> list[Missing]:
    """What keeps this supplier's goods of a category from being listed today. Empty: nothing."""
    rows = work.session.scalars(
        select(SupplierPaper).where(SupplierPaper.supplier_id == supplier_id)
    )
    papers = {paper.kind: paper for paper in rows}
    today = work.now.astimezone(SHANGHAI).date()
    missing = []
    for kind in _needed(category):
        paper = papers.get(kind)
        if paper is None:
            missing.append(Missing(kind, None))
        elif paper.expires_on is not None and paper.expires_on < today:
            missing.append(Missing(kind, paper.expires_on))
    return missing


def _needed(category: str) -> tuple[str, ...]:
    return (BUSINESS_LICENCE, FOOD_LICENCE) if category == FOOD else (BUSINESS_LICENCE,)
