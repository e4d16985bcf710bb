"""Ways to us: a code into a customer group, or to a colleague, whose state says by whom one came.

Who asks whom inside a group stays unknown: only the state of a code counts. The platform keeps so
many ways for a corporation and no more, so one ends with the invitation it stands for.
"""

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String, delete, func, or_, select
from sqlalchemy.orm import Mapped, mapped_column

from commerce.groups.rooms import Kind, Room
from commerce.people import invitations, members
from commerce.people.identities import Identity
from commerce.people.invitations import Invitation
from commerce.people.members import State
from commerce.store.base import Base, Id
from commerce.store.once import insert_once
from commerce.work import Work

WELCOME = "welcome"
MOST = 499_000
"""The platform's 500 000, without those that are being made at this moment."""
MOST_COLLEAGUES = 100


class To(StrEnum):
    GROUP = "group"
    COLLEAGUE = "colleague"


class Way(Base):
    __tablename__ = "ways"

    leads_to: Mapped[str] = mapped_column(String(10), primary_key=True)
    state: Mapped[str] = mapped_column(String(30), primary_key=True)
    """「welcome」, or the scene of an invitation."""
    room_id: Mapped[int | None] = mapped_column(Id, ForeignKey("rooms.id"))
    config_id: Mapped[str] = mapped_column(String(64))
    qr_url: Mapped[str] = mapped_column(String(300))
    """Where the platform's picture of the code is."""
    content: Mapped[str] = mapped_column(String(300), default="")
    """What the code says, where we draw it ourselves."""
    made_at: Mapped[datetime]
    ends_at: Mapped[datetime | None] = mapped_column(index=True)


@dataclass(frozen=True, slots=True)
class Given:
    """What stands of a way, from the platform and from us."""

    config_id: str
    qr_url: str
    content: str = ""
    room_id: int | None = None
    ends_at: datetime | None = None


class Colleague(Base):
    """Somebody customers may add."""

    __tablename__ = "colleagues"

    userid: Mapped[str] = mapped_column(String(64), primary_key=True)


def welcoming(work: Work) -> Way | None:
    """The way that new contacts are shown; None while there is no group."""
    return find(work, To.GROUP, WELCOME)


def find(work: Work, leads_to: To, state: str) -> Way | None:
    """The way of this state, while what it leads to is there."""
    way = work.session.get(Way, (leads_to, state))
    if way is None or way.room_id is None:
        return way
    return way if work.session.get_one(Room, way.room_id).gone_at is None else None


def can_lead(work: Work, leads_to: To, invitation: Invitation) -> bool:
    """Whether somebody may come this way by this invitation: it is there, or can be made."""
    if find(work, leads_to, invitation.scene) is not None:
        return True
    number = work.session.scalar(select(func.count()).select_from(Way)) or 0
    there = room_for_customers(work) if leads_to is To.GROUP else colleagues(work)
    return bool(there) and number < MOST


def room_for_customers(work: Work) -> Room | None:
    """Where new people are shown to: the first customer group that gets posts."""
    there = Room.kind == Kind.EXTERNAL, Room.gone_at.is_(None), Room.is_posted
    return work.session.scalar(select(Room).where(*there).order_by(Room.id).limit(1))


def colleagues(work: Work) -> list[str]:
    """Userids of those customers may add, at most as many as one way takes."""
    rows = select(Colleague.userid).order_by(Colleague.userid)
    return list(work.session.scalars(rows.limit(MOST_COLLEAGUES)))


def set_colleagues(work: Work, userids: Collection[str]) -> None:
    """Exactly these may be added from now on."""
    work.session.execute(delete(Colleague).where(Colleague.userid.not_in(userids)))
    for userid in userids:
        insert_once(work.session, Colleague, userid=userid)


def with_ways(work: Work) -> list[Room]:
    """Groups somebody may have come to by a code."""
    rows = select(Room).join(Way, Way.room_id == Room.id).where(Room.gone_at.is_(None))
    return list(work.session.scalars(rows.distinct().order_by(Room.id)))


def made(work: Work, leads_to: To, state: str, given: Given) -> str:
    """What the platform made. The way that stands is the first one whose end is there; the
    config_id of the other, which nobody needs, is returned."""
    if find(work, leads_to, state) is not None:
        return given.config_id
    old = work.session.get(Way, (leads_to, state))
    if old is not None:
        work.session.delete(old)
        work.session.flush()
    row = {**asdict(given), "made_at": work.now}
    insert_once(work.session, Way, leads_to=leads_to, state=state, **row)
    return old.config_id if old else ""


def ended(work: Work, limit: int) -> list[Way]:
    """Ways nobody should take any more: the invitation is over, or the group is gone."""
    is_over = or_(Way.ends_at <= work.now, Room.gone_at.is_not(None))
    rows = select(Way).outerjoin(Room, Room.id == Way.room_id).where(is_over)
    return list(work.session.scalars(rows.order_by(Way.made_at).limit(limit)))


def forget(work: Work, leads_to: str, config_id: str) -> None:
    """The platform has forgotten it too. Safe to run again."""
    which = Way.leads_to == leads_to, Way.config_id == config_id
    work.session.execute(delete(Way).where(*which))


def came(work: Work, identity: Identity, state: str) -> bool:
    """Somebody came into a group by a code with this state: its inviter is remembered for a
    visitor, the first one stays. Safe to run again."""
    member = members.get(work, identity.member_id)
    token = state.removeprefix(invitations.SCENE)
    inviter = invitations.inviter_of(work, token) if token != state else None
    if inviter is None or member.state != State.VISITOR:
        return False
    return invitations.reserve(work, member, inviter)
