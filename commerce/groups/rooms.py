"""
Groups that get posts: internal ones by their webhook, customer groups by a staff member's hand.

Who is in them is none of our business here; what a group may be told, and how often, is.
"""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, mapped_column

from commerce.errors import NoSuchRoom
from commerce.people import audit, staff
from commerce.people.members import Member
from commerce.people.staff import Role
from commerce.store.base import Base, Id
from commerce.store.once import insert_once
from commerce.work import Work


class Kind(StrEnum):
    INTERNAL = "internal"
    """All its members are colleagues or stars of the corporation: we post by ourselves."""
    EXTERNAL = "external"
    """Customers are in it: its owner confirms every post."""


class Room(Base):
    """「群 3」 is the room with id 3."""

    __tablename__ = "rooms"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    kind: Mapped[str] = mapped_column(String(8))
    outside_id: Mapped[str] = mapped_column(String(100), unique=True)
    """The name of its webhook, or the platform's id of a customer group."""
    name: Mapped[str] = mapped_column(String(100))
    owner: Mapped[str] = mapped_column(String(64), default="")
    """The colleague who confirms what is sent to customers."""
    is_posted: Mapped[bool] = mapped_column(default=True)
    gone_at: Mapped[datetime | None]


def known(work: Work, kind: Kind, outside_id: str, name: str, owner: str = "") -> Room:
    """As the platform says it is today; what an operator decided about it stays."""
    insert_once(work.session, Room, kind=kind, outside_id=outside_id, name=name, owner=owner)
    room = work.session.scalars(select(Room).where(Room.outside_id == outside_id)).one()
    room.name, room.owner, room.gone_at = name, owner, None
    return room


def gone(work: Work, kind: Kind, still_there: Sequence[str]) -> None:
    """Whatever is not among these is no more."""
    for room in work.session.scalars(select(Room).where(Room.kind == kind)):
        if room.outside_id not in still_there and room.gone_at is None:
            room.gone_at = work.now


def posted(work: Work) -> list[Room]:
    """Those that get posts, the oldest first."""
    there = select(Room).where(Room.is_posted, Room.gone_at.is_(None))
    return list(work.session.scalars(there.order_by(Room.id)))


def all_of(work: Work, by: Member) -> list[Room]:
    """For the staff. NotStaff."""
    staff.need_role(work, by, Role.HOST)
    return list(work.session.scalars(select(Room).where(Room.gone_at.is_(None)).order_by(Room.id)))


def switch(work: Work, room_id: int, by: Member, *, is_posted: bool) -> Room:
    """Whether it gets posts from now on. NotStaff, NoSuchRoom."""
    staff.need_role(work, by, Role.HOST)
    room = work.session.get(Room, room_id)
    if room is None or room.gone_at is not None:
        raise NoSuchRoom(room_id)
    room.is_posted = is_posted
    audit.record(work, by.id, "switch_room", f"room:{room_id}", is_posted=is_posted)
    return room
