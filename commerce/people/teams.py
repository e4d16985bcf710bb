"""
Teams: who sits where. 1 → 3 → 9, seen from every member.

Guarantees: nobody has more than three direct seats, nobody is their own ancestor, and rewards
look up no further than two steps. Whoever takes a seat locks its owner first, so the last seat
has one taker. Moves of people who may already have a team (corrections, merges, late codes) hold
one lock together: two of them at once could otherwise close a loop that neither sees. In the
stricter tree whoever joins holds it too: how deep a seat is depends on everybody above.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, bindparam, func, select, union_all
from sqlalchemy.orm import Mapped, aliased, mapped_column

from commerce.errors import (
    InviterFixed,
    InvitesSelf,
    MakesALoop,
    NoSuchMember,
    SeatsFull,
    TooDeep,
)
from commerce.people import audit, members
from commerce.people.members import Member
from commerce.rules import Rank
from commerce.store.base import Base, Id
from commerce.store.once import lock_by_name
from commerce.work import Work

TIERS = 3
SEATED_BY = select(func.count()).select_from(Member).where(Member.parent_id == bindparam("parent"))
MOVES = "team-moves"


class SeatOffer(Base):
    """A free seat that is held for one person, until they agree or let it pass."""

    __tablename__ = "seat_offers"

    parent_id: Mapped[int] = mapped_column(Id, ForeignKey("members.id"), primary_key=True)
    seat: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    member_id: Mapped[int] = mapped_column(Id, ForeignKey("members.id"), unique=True)
    waiting_since: Mapped[datetime]
    """How far the queue was gone through: it is gone through once per freed seat."""
    freed_at: Mapped[datetime]
    expires_at: Mapped[datetime]


def take_seat(work: Work, member: Member, inviter: Member) -> bool:
    """Sit at the lowest free seat of the inviter. False if there is none, or none may be given."""
    members.lock(work, inviter.id)
    if not inviter.is_joined or not _may_seat(work, inviter):
        return False
    seat = free_seat(work, inviter.id)
    if seat is None:
        return False
    member.parent_id, member.seat, member.placed_at = inviter.id, seat, work.now
    work.session.flush()
    return True


def free_seat(work: Work, parent_id: int) -> int | None:
    """The lowest seat number nobody sits at and nobody is being asked about."""
    sat_at = select(Member.seat).where(Member.parent_id == parent_id)
    held = select(SeatOffer.seat).where(SeatOffer.parent_id == parent_id)
    taken = set(work.session.scalars(union_all(sat_at, held)))
    seats = range(1, min(work.rules.plan.team.seats, members.MOST_SEATS) + 1)
    return next((seat for seat in seats if seat not in taken), None)


def held_count(work: Work, parent_id: int) -> int:
    """How many free seats somebody is being asked about: newcomers do not get these."""
    if work.rules.plan.team.idle_seat_days is None:
        return 0
    held = select(func.count()).select_from(SeatOffer).where(SeatOffer.parent_id == parent_id)
    return work.session.scalar(held) or 0


def may_sit(work: Work, member: Member, inviter: Member) -> bool:
    """Whether the tree allows it: the inviter is active and nobody would come to sit too deep."""
    return inviter.is_joined and _may_seat(work, inviter) and _fits(work, member, inviter)


def upline(work: Work, member_id: int) -> list[Member]:
    """The member, their parent and their grandparent: never more than three."""
    people: list[Member] = []
    next_id: int | None = member_id
    while next_id is not None and len(people) < TIERS:
        people.append(work.session.get_one(Member, next_id))
        next_id = people[-1].parent_id
    return people


def ancestors(work: Work, member_id: int) -> Iterator[int]:
    """Everybody above, by seat or by invitation, whichever is there."""
    above = select(func.coalesce(Member.parent_id, Member.inviter_id))
    next_id = work.session.scalar(above.where(Member.id == member_id))
    while next_id is not None:
        yield next_id
        next_id = work.session.scalar(above.where(Member.id == next_id))


def invited_count(work: Work, member_id: int) -> int:
    """「invited」: seats filled at tier 2."""
    return int(work.rows(SEATED_BY, parent=member_id)[0][0])


def team_count(work: Work, member_id: int) -> int:
    """「team」: seats filled at tiers 2 and 3."""
    child = aliased(Member)
    below = _seated().join(child, child.id == Member.parent_id).where(child.parent_id == member_id)
    return invited_count(work, member_id) + (work.session.scalar(below) or 0)


def seated_by(work: Work, member_id: int) -> list[Member]:
    """Who sits at the member's seats, in their order."""
    rows = select(Member).where(Member.parent_id == member_id).order_by(Member.seat)
    return list(work.session.scalars(rows))


def fan_count(work: Work, member_id: int) -> int:
    """Everybody who was invited, with a seat or without. Two doors of one person are one."""
    fans = _seated().where(Member.inviter_id == member_id, Member.merged_into.is_(None))
    return work.session.scalar(fans) or 0


def settle_inviter(work: Work, member: Member, inviter: Member) -> bool:
    """A joined member without inviter names one. True if a seat came with it."""
    lock_by_name(work.session, MOVES)
    members.lock(work, member.id)
    if member.inviter_id is not None:
        raise InviterFixed(members.get(work, member.inviter_id).name)
    _refuse_loop(work, member, inviter)
    member.inviter_id, member.placed_at = inviter.id, work.now
    return _fits(work, member, inviter) and take_seat(work, member, inviter)


def correct(work: Work, member: Member, inviter: Member, *, by: Member) -> None:
    """An operator moves a member under another inviter. Counts from the next order on.

    Raises InvitesSelf, MakesALoop, SeatsFull, TooDeep, or NoSuchMember for who never joined;
    writes an audit record. What ranks make of it: `joining.correct_inviter`."""
    lock_by_name(work.session, MOVES)
    member, inviter = members.get(work, member.id), members.get(work, inviter.id)
    members.lock(work, member.id)
    if member.joined_at is None:
        raise NoSuchMember(member.id)
    if not inviter.is_joined:
        raise NoSuchMember(inviter.id)
    _refuse_loop(work, member, inviter)
    if member.parent_id != inviter.id:
        if not _fits(work, member, inviter):
            raise TooDeep(TIERS)
        before = member.inviter_id
        member.parent_id = member.seat = None
        work.session.flush()
        if not take_seat(work, member, inviter):
            raise SeatsFull(inviter.name, work.rules.plan.team.seats)
        audit.record(
            work, by.id, "correct_inviter", f"member:{member.id}", before=before, after=inviter.id
        )
    member.inviter_id = inviter.id
    work.session.flush()


def tier(work: Work, member: Member) -> int:
    """How deep a member sits below the nearest root: 1 is a root itself (the stricter tree)."""
    depth, current = 1, member
    while current.parent_id is not None and current.rank < _root_rank(work):
        current = work.session.get_one(Member, current.parent_id)
        depth += 1
    return depth


def _may_seat(work: Work, inviter: Member) -> bool:
    return work.rules.plan.team.tree == "relative" or tier(work, inviter) < TIERS


def _fits(work: Work, member: Member, inviter: Member) -> bool:
    """In the stricter tree what hangs below the member must stay within the third tier too."""
    if work.rules.plan.team.tree == "relative" or member.rank >= _root_rank(work):
        return True
    return tier(work, inviter) + _height(work, [member.id]) <= TIERS


def _height(work: Work, level: list[int]) -> int:
    below = select(Member.id).where(Member.parent_id.in_(level), Member.rank < _root_rank(work))
    following = list(work.session.scalars(below))
    return 1 + (_height(work, following) if following else 0)


def _root_rank(work: Work) -> Rank:
    """From this rank on a member of the stricter tree is the root of a team of their own."""
    return Rank.of(work.rules.plan.team.root_rank)


def _refuse_loop(work: Work, member: Member, inviter: Member) -> None:
    if inviter.id == member.id:
        raise InvitesSelf
    if member.id in ancestors(work, inviter.id):
        raise MakesALoop


def _seated() -> Any:
    return select(func.count()).select_from(Member)
