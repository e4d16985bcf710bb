"""The inbox: every message that was heard, once, and what was said to it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, Index, String, bindparam, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column

from bot.message import Kind, Message
from bot.reply import Reply, from_json, to_json
from commerce.store.base import Base, Id, Key, Sealed
from commerce.work import Work

KEPT = timedelta(days=7)


class InboxEntry(Base):
    """Written in the same transaction as the message's effect: both are there, or neither."""

    __tablename__ = "inbox"

    id: Mapped[str] = mapped_column(Key, primary_key=True)
    identity_id: Mapped[int | None] = mapped_column(Id, ForeignKey("identities.id"))
    kind: Mapped[str] = mapped_column(String(10))
    heard_at: Mapped[datetime]
    said: Mapped[str | None] = mapped_column(Sealed)
    late: Mapped[bool] = mapped_column(default=False)

    __table_args__ = (Index("inbox_of_identity", "identity_id", "heard_at"), Base.__table_args__)


class HeardBefore(Exception):
    """Another copy of the message was first."""


CLAIM = insert(InboxEntry)
KEEP = (
    update(InboxEntry)
    .where(InboxEntry.id == bindparam("message_id"))
    .values(identity_id=bindparam("identity_id"), said=bindparam("said"), late=bindparam("late"))
)
LAST_HEARD = (
    select(InboxEntry.kind, func.max(InboxEntry.heard_at).label("at"))
    .where(InboxEntry.identity_id == bindparam("door"))
    .group_by(InboxEntry.kind)
)


@dataclass(frozen=True, slots=True)
class Kept:
    """What is said at once is said again to every copy; `late`: it went to the outbox instead."""

    message: Message
    identity_id: int
    aloud: Reply
    late: bool


def claim(work: Work, messages: Sequence[Message]) -> None:
    """First copies pass. A second one waits here until the first is done: HeardBefore, whichever
    of the messages it is."""
    rows = [
        {"id": message.id, "kind": message.kind.value, "heard_at": work.now, "late": False}
        for message in sorted(messages, key=lambda message: message.id)  # No two wait crosswise.
    ]
    try:
        work.session.connection().execute(CLAIM, rows)
    except IntegrityError:
        raise HeardBefore from None


def heard_before(work: Work, ids: Sequence[str]) -> set[str]:
    """Which of these were heard. It holds for as long as nobody else may hear them."""
    heard = select(InboxEntry.id).where(InboxEntry.id.in_(ids))
    return set(work.session.scalars(heard))


def note(work: Work, id: str) -> None:
    """Something happened that nobody answers."""
    row = {"id": id, "kind": Kind.OTHER.value, "heard_at": work.now, "late": False}
    work.session.connection().execute(CLAIM, [row])


def keep(work: Work, answers: Sequence[Kept]) -> None:
    """With the messages that were claimed."""
    rows = [
        {
            "message_id": kept.message.id,
            "identity_id": kept.identity_id,
            "said": json.dumps(to_json(kept.aloud), ensure_ascii=False),
            "late": kept.late,
        }
        for kept in answers
    ]
    work.session.connection().execute(KEEP, rows)


def said(work: Work, message_id: str) -> tuple[Reply, bool]:
    """What was said to the first copy, and whether it went to the outbox."""
    entry = select(InboxEntry.said, InboxEntry.late).where(InboxEntry.id == message_id)
    words, late = work.session.execute(entry).one()
    assert words is not None, message_id
    return from_json(json.loads(words)), late


def last_heard(work: Work, identity_id: int) -> dict[Kind, datetime]:
    """When this door last heard each kind: platforms count what may be sent from there."""
    return {Kind(row.kind): row.at for row in work.rows(LAST_HEARD, door=identity_id)}


def forget_old(work: Work) -> None:
    """Platforms retry for minutes; a week is kept. Safe to run again."""
    work.session.execute(delete(InboxEntry).where(InboxEntry.heard_at < work.now - KEPT))
