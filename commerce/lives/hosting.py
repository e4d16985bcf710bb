"""
A plain live: announced, started, ended. What is sold in between is settled some minutes later.

scheduled → live → ended → settled. Every step may be asked for twice and happens once; a live that
nobody ends is ended by its latest time, and marked so.
"""

from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, delete, or_, select
from sqlalchemy.orm import Mapped, mapped_column

from commerce import agenda
from commerce.errors import (
    BadRealName,
    LiveIsOver,
    LiveNotStarted,
    LiveTitleRefused,
    NoSuchLive,
    NotConfirmed,
    PlannedInThePast,
)
from commerce.lives.lives import Live, State
from commerce.people import audit, members, staff
from commerce.people.members import Member
from commerce.people.staff import Role
from commerce.store.base import Base, Id, Sealed
from commerce.trust import review
from commerce.work import Work

LONGEST_TITLE = 30  # characters
LONGEST_NAME = 30
SHOWN_AFTER = timedelta(hours=2)
"""So long after its planned time a live that has not started is still announced."""


class Host(Base):
    """Who may speak in a live: named, and at least 16. Asked once."""

    __tablename__ = "hosts"

    member_id: Mapped[int] = mapped_column(Id, ForeignKey("members.id"), primary_key=True)
    real_name: Mapped[str] = mapped_column(Sealed)
    confirmed_at: Mapped[datetime]


def confirm(work: Work, member: Member, real_name: str) -> None:
    """The member's word: this is their name, and they are old enough. BadRealName; NotJoined."""
    members.need_joined(member)
    real_name = " ".join(real_name.split())
    if not 2 <= len(real_name) <= LONGEST_NAME or any(sign.isdigit() for sign in real_name):
        raise BadRealName
    work.session.merge(Host(member_id=member.id, real_name=real_name, confirmed_at=work.now))
    work.session.flush()
    audit.record(work, member.id, "host_confirmed", f"member:{member.id}")


def is_confirmed(work: Work, member: Member) -> bool:
    """Whether the member need not be asked any more."""
    ids = members.with_former_ids(work, member)
    return bool(work.session.scalar(select(Host.member_id).where(Host.member_id.in_(ids)).limit(1)))


def forget(work: Work, member_id: int) -> None:
    """Delete the name of a host who left; of who spoke in a live it is part of the records, which
    the law wants kept. Safe to run again."""
    since = work.now - work.rules.lives.records_kept
    spoke = select(Live.id).where(Live.host_id == member_id, Live.started_at > since)
    if work.session.scalar(spoke.limit(1)) is None:
        work.session.execute(delete(Host).where(Host.member_id == member_id))


def create(work: Work, host: Member, title: str, planned_at: datetime) -> Live:
    """A live of this host's. LiveTitleRefused, PlannedInThePast, NotConfirmed; NotJoined."""
    members.need_joined(host)
    title = checked_title(work, title)
    if planned_at < work.now:
        raise PlannedInThePast
    if not is_confirmed(work, host):
        raise NotConfirmed
    live = Live(title=title, host_id=host.id, state=State.SCHEDULED, planned_at=planned_at)
    work.session.add(live)
    work.session.flush()
    audit.record(work, host.id, "create_live", f"live:{live.id}")
    return live


def checked_title(work: Work, title: str) -> str:
    """In one line, without what advertising law forbids. LiveTitleRefused names the words."""
    title = " ".join(title.split()).strip("「」")
    words = review.forbidden_words(work.rules, title)
    if words or not title or len(title) > LONGEST_TITLE:
        raise LiveTitleRefused(words, LONGEST_TITLE)
    return title


def start(work: Work, live_id: int, *, by: Member) -> bool:
    """On the air from now. False if it was already; LiveIsOver, NoSuchLive. It ends by itself when
    nobody ends it."""
    live = _own(work, live_id, by)
    if live.state == State.LIVE:
        return False
    if live.state != State.SCHEDULED:
        raise LiveIsOver(live.id)
    live.state, live.started_at = State.LIVE, work.now
    work.session.flush()
    audit.record(work, by.id, "start_live", f"live:{live.id}")
    due_at = work.now + work.rules.lives.latest_end
    agenda.plan(work, "end_live", key=f"end_live:{live.id}", due_at=due_at, live_id=live.id)
    return True


def end(work: Work, live_id: int, *, by: Member) -> bool:
    """Off the air; its settlement is planned. False if it was already. LiveNotStarted before its
    start, NoSuchLive."""
    live = _own(work, live_id, by)
    if live.state == State.SCHEDULED:
        raise LiveNotStarted(live.id)
    if not _end(work, live):
        return False
    audit.record(work, by.id, "end_live", f"live:{live.id}")
    return True


def end_by_itself(work: Work, live_id: int) -> None:
    """Its latest time has come. Nothing if somebody ended it. Safe to run again."""
    live = work.session.get_one(Live, live_id, with_for_update=True, populate_existing=True)
    live.ended_late = _end(work, live) or live.ended_late
    work.session.flush()


def find(work: Work, live_id: int) -> Live:
    """NoSuchLive if there is none."""
    live = work.session.get(Live, live_id)
    if live is None:
        raise NoSuchLive(live_id)
    return live


def upcoming(work: Work, *, limit: int = 5) -> list[Live]:
    """What is on the air, then what comes next."""
    comes = (Live.state == State.SCHEDULED) & (Live.planned_at > work.now - SHOWN_AFTER)
    rows = select(Live).where(or_(Live.state == State.LIVE, comes))
    found = work.session.scalars(rows.order_by(Live.planned_at, Live.id).limit(limit))
    return sorted(found, key=lambda live: live.state != State.LIVE)


def of_host(work: Work, member: Member, state: State) -> list[Live]:
    """The member's own lives in that state, the next one first; of the staff's: all."""
    rows = select(Live).where(Live.state == state)
    if not _is_staff(work, member):
        rows = rows.where(Live.host_id.in_(members.with_former_ids(work, member)))
    return list(work.session.scalars(rows.order_by(Live.planned_at, Live.id).limit(5)))


def may_direct(work: Work, live: Live, member: Member) -> bool:
    """Its host, and the staff that looks after lives."""
    return members.get(work, live.host_id).id == member.id or _is_staff(work, member)


def _own(work: Work, live_id: int, by: Member) -> Live:
    """Somebody else's live is none: nobody learns what others plan."""
    live = work.session.get(Live, live_id, with_for_update=True, populate_existing=True)
    if live is None or not may_direct(work, live, by):
        raise NoSuchLive(live_id)
    return live


def _end(work: Work, live: Live) -> bool:
    if live.state != State.LIVE:
        return False
    live.state, live.ended_at = State.ENDED, work.now
    work.session.flush()
    due_at = work.now + work.rules.settlement.starts_after
    key = f"settle:{live.id}:{due_at:%Y%m%d%H%M}"
    agenda.plan(work, "settle", key=key, due_at=due_at, place=str(live.id))
    return True


def _is_staff(work: Work, member: Member) -> bool:
    return bool(staff.roles(work, member) & {Role.HOST, Role.ADMIN})
