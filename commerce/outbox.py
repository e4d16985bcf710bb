"""
What the house still has to say to somebody: answers that take a while, and notices.

Commerce writes facts (`notify`); words are chosen when they are said. A row goes out through a
door that may reach the person, in order, once; what no door lets through is said first at the
next visit.
"""

import json
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    ForeignKey,
    Index,
    String,
    bindparam,
    delete,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.orm.attributes import set_committed_value

from commerce import agenda
from commerce.rules import Hours
from commerce.store.base import Base, Id, Key, Sealed
from commerce.store.once import insert_once
from commerce.work import Work

SHANGHAI = ZoneInfo("Asia/Shanghai")


class Priority(IntEnum):
    """When the allowance is short, the lower number goes first."""

    ANSWER = 0
    MONEY = 1
    SERVICE = 2
    MARKETING = 3


class State(StrEnum):
    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    MISSED = "missed"  # No door let it through: said at the next visit.
    TOLD = "told"  # Said at a visit.
    FAILED = "failed"


class Outgoing(Base):
    __tablename__ = "outgoing"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(Key, unique=True)
    member_id: Mapped[int] = mapped_column(Id, ForeignKey("members.id"))
    identity_id: Mapped[int | None] = mapped_column(Id, ForeignKey("identities.id"))
    """The door it was asked at; None: whichever is open."""
    content: Mapped[str] = mapped_column(Sealed)
    priority: Mapped[int]
    state: Mapped[str] = mapped_column(String(8), default=State.WAITING)
    attempts: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    lease_until: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    error: Mapped[str] = mapped_column(String(60), default="")

    __table_args__ = (
        Index("outgoing_of_member", "member_id", "state"),
        Index("outgoing_of_identity", "identity_id", "sent_at"),
        Base.__table_args__,
    )

    @property
    def is_notice(self) -> bool:
        return "notice" in self.said

    @property
    def said(self) -> dict[str, Any]:
        content: dict[str, Any] = json.loads(self.content)
        return content


UNHEARD = (
    select(Outgoing)
    .where(
        Outgoing.member_id == bindparam("by"),
        or_(
            Outgoing.state == State.MISSED,
            (Outgoing.state == State.WAITING) & (Outgoing.due_at > bindparam("now")),
        ),
    )
    .order_by(Outgoing.priority, Outgoing.id)
)

SENT_SINCE = select(Outgoing.sent_at).where(
    Outgoing.identity_id == bindparam("door"),
    Outgoing.state == State.SENT,
    Outgoing.sent_at >= bindparam("since"),
)

TO_SAY = (
    select(Outgoing)
    .where(
        Outgoing.member_id == bindparam("to"),
        Outgoing.state.in_((State.WAITING, State.SENDING)),
        Outgoing.due_at <= bindparam("now"),
    )
    .order_by(Outgoing.priority, Outgoing.id)
)


def notify(
    work: Work,
    member_id: int,
    notice: str,
    *,
    key: str,
    priority: Priority = Priority.SERVICE,
    good_until: datetime | None = None,
    **facts: Any,
) -> None:
    """Tell a member a fact, once per key, at an hour when that may be told; after `good_until` it
    is not worth telling any more."""
    hours = work.rules.chat.marketing_hours
    if priority < Priority.MARKETING:
        hours = work.rules.chat.service_hours
    content: dict[str, Any] = {"notice": notice, "facts": facts}
    if good_until is not None:
        content["good_until"] = good_until.isoformat()
    _write(work, member_id, content, key=key, priority=priority, due_at=within(hours, work.now))


def answer_later(
    work: Work, member_id: int, identity_id: int | None, reply: dict[str, Any], *, key: str
) -> None:
    """The rest of an answer, through the door it was asked at. The same key is the same answer."""
    _write(
        work,
        member_id,
        {"reply": reply},
        key=key,
        priority=Priority.ANSWER,
        due_at=work.now,
        identity_id=identity_id,
    )


def within(hours: Hours, at: datetime) -> datetime:
    """`at` itself if the hours allow it, else the next time they open (Shanghai)."""
    local = at.astimezone(SHANGHAI)
    if hours.start <= local.time() < hours.end:
        return at
    opens = local.replace(hour=hours.start.hour, minute=hours.start.minute, second=0, microsecond=0)
    return opens if opens > local else opens + timedelta(days=1)


def unheard(work: Work, member_id: int) -> list[Outgoing]:
    """What could not be sent, and notices that must wait for their hour: to be said at this
    visit."""
    return list(work.session.scalars(UNHEARD, {"by": member_id, "now": work.now}))


def told(work: Work, rows: list[Outgoing]) -> list[Outgoing]:
    """These are being said now. Returns the ones nobody else has said meanwhile, and that are still
    good to know."""
    said = [row for row in rows if _change(work, row, state=State.TOLD, sent_at=work.now)]
    return [row for row in said if not _is_stale(row, work.now)]


def wake(work: Work, rows: list[Outgoing]) -> None:
    """Answers that no door let through are sent once more: the person is here, the door is open."""
    for row in rows:
        key = f"deliver:{row.key}:{row.attempts}"
        if _change(work, row, state=State.WAITING, due_at=work.now):
            agenda.plan(work, "deliver", key=key, member_id=row.member_id)


def take(work: Work, member_id: int, *, real_now: datetime) -> list[Outgoing] | None:
    """What is said next: one answer, or all notices that are due, to be said together. None if
    somebody else is saying something to them right now."""
    waiting = list(work.session.scalars(TO_SAY, {"to": member_id, "now": work.now}))
    if any(row.lease_until and row.lease_until > real_now for row in waiting):
        return None
    together = [row for row in waiting if row.is_notice] if waiting and waiting[0].is_notice else []
    leased = {"state": State.SENDING, "lease_until": real_now + agenda.LEASE}
    taken = [
        row
        for row in together or waiting[:1]
        if _change(work, row, attempts=row.attempts + 1, **leased)
    ]
    return taken if taken or not waiting else None


def renew(work: Work, rows: list[Outgoing], *, real_now: datetime) -> bool:
    """Hold what is being said for a while more. False if somebody else may be saying it by now."""
    until = real_now + agenda.LEASE
    return all(_change(work, row, lease_until=until) for row in rows)


def came_out(
    work: Work, row: Outgoing, state: State, *, door_id: int | None = None, error: str = ""
) -> bool:
    """What became of it, and at which door. False if the lease was lost meanwhile."""
    values: dict[str, Any] = {"state": state, "lease_until": None, "error": error[:60]}
    if state is State.SENT:
        values |= {"sent_at": work.now, "identity_id": door_id}
    return _change(work, row, **values)


def sent_since(work: Work, identity_id: int, at: datetime) -> list[datetime]:
    """When a door's messages were used up, since then."""
    return [row.sent_at for row in work.rows(SENT_SINCE, door=identity_id, since=at)]


def forget(work: Work, member_id: int) -> None:
    """Delete what was and would be said to who left. Safe to run again."""
    work.session.execute(delete(Outgoing).where(Outgoing.member_id == member_id))


def _write(
    work: Work,
    member_id: int,
    content: dict[str, Any],
    *,
    key: str,
    priority: Priority,
    due_at: datetime,
    identity_id: int | None = None,
) -> None:
    new = insert_once(
        work.session,
        Outgoing,
        key=key,
        member_id=member_id,
        identity_id=identity_id,
        content=json.dumps(content, ensure_ascii=False),
        priority=priority,
        state=State.WAITING,
        attempts=0,
        created_at=work.now,
        due_at=due_at,
        error="",
    )
    if new:
        key = f"deliver:{key}"
        if priority is Priority.ANSWER:
            agenda.plan(work, "deliver", key=key, due_at=due_at, member_id=member_id)
        else:
            agenda.plan(work, "tell", key=key, due_at=due_at, member_id=member_id)


def _is_stale(row: Outgoing, now: datetime) -> bool:
    """A reminder of what is over."""
    good_until = row.said.get("good_until")
    return good_until is not None and now >= datetime.fromisoformat(good_until)


def _change(work: Work, row: Outgoing, **values: Any) -> bool:
    work.session.flush()
    as_known = update(Outgoing).where(
        Outgoing.id == row.id,
        Outgoing.state == row.state,
        Outgoing.attempts == row.attempts,
    )
    if work.session.connection().execute(as_known.values(**values)).rowcount != 1:
        return False
    if row in work.session:  # What was read elsewhere stays as it was: this may be run again.
        for name, value in values.items():
            set_committed_value(row, name, value)
    return True
