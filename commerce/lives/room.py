"""
The room of a live: who entered it while it was on the air.

Whoever entered buys at its prices. Entering twice is entering once, by whichever door.
"""

from sqlalchemy import select

from commerce.lives.board import Visit
from commerce.lives.lives import Live, State
from commerce.people import members
from commerce.people.members import Member
from commerce.store.once import insert_once
from commerce.work import Work


def enter(work: Work, member: Member, live: Live) -> bool:
    """The person is in the room. False when they were before, or the live is not on the air."""
    if live.state != State.LIVE or has_entered(work, member, live):
        return False
    key = {"live_id": live.id, "member_id": member.id}
    return insert_once(work.session, Visit, **key, entered_at=work.now)


def has_entered(work: Work, member: Member, live: Live) -> bool:
    """Whether the person, as whoever they were before, was in the room."""
    ids = members.with_former_ids(work, member)
    seen = select(Visit.member_id).where(Visit.live_id == live.id, Visit.member_id.in_(ids))
    return work.session.scalar(seen.limit(1)) is not None
