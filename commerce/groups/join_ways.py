"""Ways into customer groups: a code whose state says by whom somebody came.

Who asks whom inside a group stays unknown: only the state of a code counts.
"""

from datetime import datetime

from sqlalchemy import ForeignKey, String, select
from sqlalchemy.orm import Mapped, mapped_column

from commerce.groups.rooms import Kind, Room
from commerce.people import invitations, members
from commerce.people.identities import Identity
from commerce.people.members import State
from commerce.store.base import Base, Id
from commerce.store.once import insert_once
from commerce.work import Work

WELCOME = "welcome"


class JoinWay(Base):
    __tablename__ = "join_ways"

    state: Mapped[str] = mapped_column(String(30), primary_key=True)
    """「welcome」, or the scene of an invitation."""
    room_id: Mapped[int] = mapped_column(Id, ForeignKey("rooms.id"))
    config_id: Mapped[str] = mapped_column(String(64))
    qr_url: Mapped[str] = mapped_column(String(300))
    made_at: Mapped[datetime]


def welcoming(work: Work) -> JoinWay | None:
    """The way that new contacts are shown; None while there is no group."""
    return find(work, WELCOME)


def find(work: Work, state: str) -> JoinWay | None:
    """The way of this state, while its group is there."""
    way = work.session.get(JoinWay, state)
    room = work.session.get(Room, way.room_id) if way else None
    return way if room and room.gone_at is None else None


def room_for_customers(work: Work) -> Room | None:
    """Where new people are shown to: the first customer group that gets posts."""
    there = Room.kind == Kind.EXTERNAL, Room.gone_at.is_(None), Room.is_posted
    return work.session.scalar(select(Room).where(*there).order_by(Room.id).limit(1))


def with_ways(work: Work) -> list[Room]:
    """Groups somebody may have come to by a code."""
    rows = select(Room).join(JoinWay, JoinWay.room_id == Room.id).where(Room.gone_at.is_(None))
    return list(work.session.scalars(rows.distinct().order_by(Room.id)))


def made(work: Work, state: str, room_id: int, config_id: str, qr_url: str) -> None:
    """What the platform made. The newest stands."""
    old = work.session.get(JoinWay, state)
    if old is not None:
        work.session.delete(old)
        work.session.flush()
    row = {"room_id": room_id, "config_id": config_id, "qr_url": qr_url, "made_at": work.now}
    insert_once(work.session, JoinWay, state=state, **row)


def came(work: Work, identity: Identity, state: str) -> bool:
    """Somebody came into a group by a code with this state: its inviter is remembered for a
    visitor, the first one stays. Safe to run again."""
    member = members.get(work, identity.member_id)
    token = state.removeprefix(invitations.SCENE)
    inviter = invitations.inviter_of(work, token) if token != state else None
    if inviter is None or member.state != State.VISITOR:
        return False
    return invitations.reserve(work, member, inviter)
