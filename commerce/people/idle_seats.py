"""
Idle seats, an option: a seat without an approved video or a sale for so long becomes free again.

Both are told two weeks before. A video or a sale meanwhile keeps the seat. Who loses it keeps the
inviter, the rank and the team below; open orders keep their terms.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ForeignKey, Select, delete, exists, func, or_, select
from sqlalchemy.orm import Mapped, aliased, mapped_column

from commerce import agenda
from commerce.lives.videos import State as VideoState
from commerce.lives.videos import Video
from commerce.outbox import SHANGHAI, notify
from commerce.people import audit, members, seat_offers
from commerce.people.members import Member, State
from commerce.people.ranks import SalesDay
from commerce.people.teams import SeatOffer
from commerce.store.base import Base, Id
from commerce.work import Work

WINDOW = 10_000
"""So many ids are looked through in one unit of work."""

MOST_NOTICES = 200
"""So many are told in one unit of work."""


class IdleNotice(Base):
    """A seated member was told when the seat will be released."""

    __tablename__ = "idle_notices"

    member_id: Mapped[int] = mapped_column(Id, ForeignKey("members.id"), primary_key=True)
    given_at: Mapped[datetime]
    release_at: Mapped[datetime]


def give_notice(work: Work, *, after: int = 0) -> int | None:
    """Tell the next idle ones above this id, once each, and their parents. Returns the id to go on
    from; None: everybody was looked at. With the option off, what was announced or held lapses."""
    idle_for = work.rules.plan.team.idle_seat_days
    if idle_for is None:
        _forget(work)
        return None
    told = exists().where(IdleNotice.member_id == Member.id)
    here = Member.id.between(after + 1, after + WINDOW)
    rows = _idle_since(work.now - idle_for).where(here, ~told).order_by(Member.id)
    found = list(work.session.scalars(rows.limit(MOST_NOTICES)))
    for member in found:
        _give_notice(work, member, idle_for)
    reached = found[-1].id if len(found) == MOST_NOTICES else after + WINDOW
    highest = work.session.scalar(select(func.max(Member.id))) or 0
    return reached if reached < highest else None


def release_idle_seat(work: Work, member_id: int) -> None:
    """The time of the notice is over: the seat is released if it is idle still. Safe to run
    again."""
    member = members.lock(work, member_id)
    notice = work.session.get(IdleNotice, member_id)
    idle_for = work.rules.plan.team.idle_seat_days
    if notice is None or notice.release_at > work.now or idle_for is None:
        return
    work.session.delete(notice)
    since = min(work.now - idle_for, notice.given_at)
    idle = _idle_since(since).where(Member.id == member_id)
    if work.session.scalar(idle) is not None:
        _release(work, member)


def _idle_since(since: datetime) -> Select[Member]:
    """Who sits and neither sold nor had a video approved since then. Only active people, at active
    people's seats; a video that still waits for its answer counts as one."""
    parent = aliased(Member)
    return (
        select(Member)
        .join(parent, parent.id == Member.parent_id)
        .where(
            Member.state == State.JOINED,
            parent.state == State.JOINED,
            Member.placed_at <= since,
            Member.joined_at <= since,
            ~_sold(since),
            *(~made for made in _made(since)),
        )
    )


def _sold(since: datetime) -> Any:
    day = since.astimezone(SHANGHAI).date()
    return exists().where(
        SalesDay.member_id == Member.id, SalesDay.day >= day, SalesDay.gmv_fen > 0
    )


def _made(since: datetime) -> tuple[Any, Any]:
    """Their own videos, and those of who they were before a merge."""
    before = aliased(Member)
    approved = (Video.state == VideoState.APPROVED) & (Video.reviewed_at >= since)
    counts = or_(approved, Video.state == VideoState.WAITING)
    merged = select(before.id).where(before.merged_into == Member.id)
    return (
        exists().where(Video.member_id == Member.id, counts),
        exists().where(Video.member_id.in_(merged), counts),
    )


def _give_notice(work: Work, member: Member, idle_for: timedelta) -> None:
    assert member.parent_id is not None
    parent = members.get(work, member.parent_id)
    release_at = work.now + work.rules.joining.idle_seat_notice
    notice = IdleNotice(member_id=member.id, given_at=work.now, release_at=release_at)
    work.session.add(notice)
    work.session.flush()
    key = f"release_seat:{member.id}:{int(release_at.timestamp())}"
    agenda.plan(work, "release_idle_seat", key=key, due_at=release_at, member_id=member.id)
    for told, other in ((member, parent), (parent, member)):
        notify(
            work,
            told.id,
            "seat_idle",
            key=f"seat_idle:{member.id}:{told.id}:{int(work.now.timestamp())}",
            other=other.name,
            own=told is member,
            idle_s=int(idle_for.total_seconds()),
            until=release_at.isoformat(),
        )


def _release(work: Work, member: Member) -> None:
    assert member.parent_id is not None
    assert member.seat is not None
    parent, seat = members.lock(work, member.parent_id), member.seat
    member.parent_id = member.seat = None
    member.placed_at = work.now  # From now on they wait, behind everybody who waits already.
    work.session.flush()
    audit.record(
        work, None, "release_idle_seat", f"member:{member.id}", parent=parent.id, seat=seat
    )
    for told, other in ((member, parent), (parent, member)):
        key = f"seat_released:{member.id}:{told.id}:{int(work.now.timestamp())}"
        own = told is member
        notify(work, told.id, "seat_released", key=key, other=other.name, own=own)
    seat_offers.offer(work, parent, seat)


def _forget(work: Work) -> None:
    for table in (IdleNotice, SeatOffer):
        work.session.execute(delete(table))
