"""
A live: planned, started, ended. What is sold in between is settled some minutes later.

scheduled → live → ended → settled, or scheduled → cancelled. Every step may be asked for twice and
happens once; a live that nobody ends is ended by its latest time, and marked so. What a star plans
is looked at before it starts (`programme`, `commerce.trust.live_review`).

`by`: who takes the step; None for the shop's own machines.
"""

from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, case, delete, or_, select
from sqlalchemy.orm import Mapped, mapped_column

from commerce import agenda
from commerce.errors import (
    BadRealName,
    LiveCancelled,
    LiveHasStarted,
    LiveIsOver,
    LiveNotApproved,
    LiveNotStarted,
    LiveTextRefused,
    LiveTitleRefused,
    LiveTooLong,
    NoSuchLive,
    NotConfirmed,
    PlannedInThePast,
)
from commerce.lives import evening, shown
from commerce.lives.lives import Live, State
from commerce.people import audit, members, staff
from commerce.people.members import Member
from commerce.people.staff import Role
from commerce.store.base import Base, Id, Sealed
from commerce.store.once import inserted
from commerce.trust import review
from commerce.work import Work

LONGEST_TITLE = 30  # characters
LONGEST_NAME = 30
LONGEST_REASON = 100
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


def create(
    work: Work,
    host: Member,
    title: str,
    planned_at: datetime,
    *,
    ends_at: datetime | None = None,
    for_shop: bool = False,
    key: str | None = None,
) -> Live:
    """A live of this host's; the same key is the same live. The shop's own, or of staff that looks
    after lives, is approved at once. LiveTitleRefused, PlannedInThePast, LiveTooLong, NotConfirmed;
    NotJoined."""
    known = _of_key(work, key)
    if known is not None:
        return known
    members.need_joined(host)
    title = checked_title(work, title)
    ends_at = checked_times(work, planned_at, ends_at)
    if not is_confirmed(work, host):
        raise NotConfirmed
    is_approved = for_shop or is_staff(work, host)
    values = {
        "title": title,
        "host_id": host.id,
        "state": State.SCHEDULED,
        "planned_at": planned_at,
        "ends_at": ends_at,
        "approved_at": work.now if is_approved else None,
        "key": key,
    }
    made = inserted(work.session, Live, values)
    if made is None:  # Somebody announced it at the same moment.
        return work.session.scalars(select(Live).where(Live.key == key)).one()
    live = work.session.get_one(Live, made[0])
    audit.record(work, host.id, "create_live", f"live:{live.id}")
    if is_approved:
        evening.announced(work, live)
    return live


def checked_title(work: Work, title: str) -> str:
    """In one line, without what advertising law forbids. LiveTitleRefused names the words."""
    title = " ".join(title.split()).strip("「」")
    words = review.forbidden_words(work.rules, title)
    if words or not title or len(title) > LONGEST_TITLE:
        raise LiveTitleRefused(words, LONGEST_TITLE)
    return title


def checked_text(work: Work, text: str, longest: int) -> str:
    """A script or a reason, as it is kept. LiveTextRefused names the words."""
    text = text.strip()
    words = review.forbidden_words(work.rules, text)
    if words or not text or len(text) > longest:
        raise LiveTextRefused(words, longest)
    return text


def checked_times(work: Work, planned_at: datetime, ends_at: datetime | None) -> datetime:
    """When a live planned for then is meant to end. PlannedInThePast, LiveTooLong."""
    if planned_at < work.now:
        raise PlannedInThePast
    latest = work.rules.lives.latest_end
    ends_at = ends_at or planned_at + min(work.rules.lives.lasts, latest)
    if not planned_at < ends_at <= planned_at + latest:
        raise LiveTooLong(int(latest.total_seconds()))
    return ends_at


def start(work: Work, live_id: int, *, by: Member | None) -> bool:
    """On the air from now. False if it was already; LiveIsOver, LiveCancelled, NoSuchLive, and
    LiveNotApproved before somebody has looked at it. It ends by itself when nobody ends it."""
    live = directed(work, live_id, by)
    if live.state == State.LIVE:
        return False
    if live.state == State.CANCELLED:
        raise LiveCancelled(live.id)
    if live.state != State.SCHEDULED:
        raise LiveIsOver(live.id)
    if live.approved_at is None:
        raise LiveNotApproved(live.id, shown.missing(work, live), live.sent_back)
    live.state, live.started_at = State.LIVE, work.now
    work.session.flush()
    _record(work, by, "start_live", live)
    due_at = work.now + work.rules.lives.latest_end
    agenda.plan(work, "end_live", key=f"end_live:{live.id}", due_at=due_at, live_id=live.id)
    evening.started(work, live)
    return True


def end(work: Work, live_id: int, *, by: Member | None) -> bool:
    """Off the air; its settlement is planned. False if it was already. LiveNotStarted before its
    start, LiveCancelled, NoSuchLive."""
    live = directed(work, live_id, by)
    if not end_now(work, live):
        return False
    _record(work, by, "end_live", live)
    return True


def end_now(work: Work, live: Live) -> bool:
    """As `end`, of a live whose row is locked, whoever says so."""
    if live.state == State.SCHEDULED:
        raise LiveNotStarted(live.id)
    if live.state == State.CANCELLED:
        raise LiveCancelled(live.id)
    return _end(work, live)


def end_by_itself(work: Work, live_id: int) -> None:
    """Its latest time has come. Nothing if somebody ended it. Safe to run again."""
    live = locked(work, live_id)
    live.ended_late = _end(work, live) or live.ended_late
    work.session.flush()


def cancel(work: Work, live_id: int, reason: str, *, by: Member | None) -> bool:
    """It will not take place; everybody who booked is told the reason. False if it was cancelled
    already. LiveHasStarted, LiveTextRefused, NoSuchLive."""
    live = directed(work, live_id, by)
    if live.state == State.CANCELLED:
        return False
    if live.state != State.SCHEDULED:
        raise LiveHasStarted(live.id)
    live.cancel_reason = checked_text(work, reason, LONGEST_REASON)
    live.state, live.cancelled_at = State.CANCELLED, work.now
    work.session.flush()
    _record(work, by, "cancel_live", live)
    evening.cancelled(work, live)
    return True


def find(work: Work, live_id: int) -> Live:
    """NoSuchLive if there is none."""
    live = work.session.get(Live, live_id)
    if live is None:
        raise NoSuchLive(live_id)
    return live


def upcoming(work: Work, *, limit: int = 5) -> list[Live]:
    """What people may be shown: what is on the air, then what comes next."""
    comes = (Live.state == State.SCHEDULED) & (Live.planned_at > work.now - SHOWN_AFTER)
    rows = select(Live).where(or_(Live.state == State.LIVE, comes), Live.approved_at.is_not(None))
    first = case((Live.state == State.LIVE, 0), else_=1)
    return list(work.session.scalars(rows.order_by(first, Live.planned_at, Live.id).limit(limit)))


def newest(work: Work, state: State | None, limit: int) -> list[Live]:
    """All lives, or all in that state, by when they are planned: the latest first."""
    rows = select(Live) if state is None else select(Live).where(Live.state == state)
    return list(work.session.scalars(rows.order_by(Live.planned_at.desc(), Live.id).limit(limit)))


def of_host(work: Work, member: Member, state: State) -> list[Live]:
    """The member's own lives in that state, the next one first; of the staff's: all."""
    rows = select(Live).where(Live.state == state)
    if not is_staff(work, member):
        rows = rows.where(Live.host_id.in_(members.with_former_ids(work, member)))
    return list(work.session.scalars(rows.order_by(Live.planned_at, Live.id).limit(5)))


def may_direct(work: Work, live: Live, member: Member) -> bool:
    """Its host, and the staff that looks after lives."""
    return members.get(work, live.host_id).id == member.id or is_staff(work, member)


def is_staff(work: Work, member: Member | None) -> bool:
    """Whether the member looks after lives for the shop; its machines do."""
    return member is None or bool(staff.roles(work, member) & {Role.HOST, Role.ADMIN})


def locked(work: Work, live_id: int) -> Live:
    """The live's row, held until the unit of work ends, as it is now. NoSuchLive."""
    held = {"key_share": True}  # Orders and bookings that point at it may still be written.
    live = work.session.get(Live, live_id, with_for_update=held, populate_existing=True)
    if live is None:
        raise NoSuchLive(live_id)
    return live


def directed(work: Work, live_id: int, by: Member | None) -> Live:
    """As `locked`, for who may direct it. Somebody else's live is none: nobody learns what others
    plan."""
    live = locked(work, live_id)
    if by is not None and not may_direct(work, live, by):
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
    evening.ended(work, live)
    return True


def _of_key(work: Work, key: str | None) -> Live | None:
    if key is None:
        return None
    return work.session.scalar(select(Live).where(Live.key == key))


def _record(work: Work, by: Member | None, act: str, live: Live) -> None:
    audit.record(work, by.id if by else None, act, f"live:{live.id}")
