"""Audit records: who decided what about whom. Added to, never edited."""

from datetime import datetime
from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from commerce.store.base import Base, Id
from commerce.work import Work


class AuditRecord(Base):
    __tablename__ = "audit_records"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    at: Mapped[datetime]
    by_id: Mapped[int | None] = mapped_column(Id)
    """The member of staff; None: the house itself."""
    act: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str] = mapped_column(String(60), index=True)
    facts: Mapped[dict[str, Any]]


def record(work: Work, by_id: int | None, act: str, subject: str, **facts: Any) -> None:
    """Written with the act itself. `facts` stand in clear: nothing a member wrote."""
    work.session.add(AuditRecord(at=work.now, by_id=by_id, act=act, subject=subject, facts=facts))
