"""What a platform accepted and then did not deliver: it is said at the next visit after all."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import String, delete, select, update
from sqlalchemy.orm import Mapped, mapped_column

from commerce.outbox import Outgoing, State
from commerce.store.base import Base, Id
from commerce.store.once import insert_all_once
from commerce.work import Work

KEPT = timedelta(days=7)


class SaidAs(Base):
    """The platform's name of what was said; several notices may be said in one message."""

    __tablename__ = "said_as"

    name: Mapped[str] = mapped_column(String(80), primary_key=True)
    outgoing_id: Mapped[int] = mapped_column(Id, primary_key=True)
    """It may be forgotten by then."""
    said_at: Mapped[datetime]


def note(work: Work, name: str, rows: Sequence[Outgoing]) -> None:
    """These were said by that name. Safe to run again."""
    named = [{"name": name, "outgoing_id": row.id, "said_at": work.now} for row in rows]
    insert_all_once(work.session, SaidAs, named)


def lost(work: Work, name: str, error: str) -> int:
    """What was said by that name did not arrive: it waits for the next visit. Returns how many rows
    that are; telling it again changes nothing."""
    ids = select(SaidAs.outgoing_id).where(SaidAs.name == name)
    said = update(Outgoing).where(Outgoing.id.in_(ids), Outgoing.state == State.SENT)
    missed = said.values(state=State.MISSED, sent_at=None, error=error[:60])
    work.session.flush()
    return work.session.connection().execute(missed).rowcount


def forget_old(work: Work) -> None:
    """Platforms tell within hours. Safe to run again."""
    work.session.execute(delete(SaidAs).where(SaidAs.said_at < work.now - KEPT))
