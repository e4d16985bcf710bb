"""What the WeChat shop calls our people and lives: written down by the staff, used by imports."""

from collections.abc import Iterable

from sqlalchemy import ForeignKey, String, select
from sqlalchemy.orm import Mapped, mapped_column

from commerce.lives.lives import Live
from commerce.people.members import Member
from commerce.store.base import Base, Id
from commerce.store.bulk import among
from commerce.work import Work

LONGEST = 60


class Sharer(Base):
    """The shop's name or number of somebody who shares, and who that is."""

    __tablename__ = "sharers"

    name: Mapped[str] = mapped_column(String(LONGEST), primary_key=True)
    member_id: Mapped[int] = mapped_column(Id, ForeignKey("members.id"))


class ShopLive(Base):
    """The shop's name or number of a live, and which of ours it is."""

    __tablename__ = "shop_lives"

    name: Mapped[str] = mapped_column(String(LONGEST), primary_key=True)
    live_id: Mapped[int] = mapped_column(Id, ForeignKey("lives.id"))


def name_sharer(work: Work, name: str, member: Member) -> None:
    """From now on; orders that are here already stay with whom they were credited to."""
    work.session.merge(Sharer(name=name[:LONGEST], member_id=member.id))
    work.session.flush()


def name_live(work: Work, name: str, live: Live) -> None:
    """From now on; orders that are here already stay in the live they are in."""
    work.session.merge(ShopLive(name=name[:LONGEST], live_id=live.id))
    work.session.flush()


def sharers(work: Work, names: Iterable[str]) -> dict[str, int]:
    """Ids of the members that are known by these names."""
    rows = select(Sharer.name, Sharer.member_id).where(among(work.session, Sharer.name, set(names)))
    return {row.name: row.member_id for row in work.session.execute(rows)}


def lives(work: Work, names: Iterable[str]) -> dict[str, int]:
    """Ids of the lives that are known by these names: given, or 「场次 7」."""
    names = set(names)
    rows = select(ShopLive.name, ShopLive.live_id).where(ShopLive.name.in_(names))
    found = {row.name: row.live_id for row in work.session.execute(rows)}
    numbered = {name: _number(name) for name in names - found.keys()}
    ids = select(Live.id).where(Live.id.in_({number for number in numbered.values() if number}))
    there = set(work.session.scalars(ids))
    return found | {name: number for name, number in numbered.items() if number in there}


def _number(name: str) -> int:
    digits = name.removeprefix("场次").strip()
    return int(digits) if digits.isascii() and digits.isdecimal() and len(digits) < 16 else 0
