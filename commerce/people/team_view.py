"""What a member sees of the team: three tiers, 30-day sales, who is ahead and whom to help."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, and_, bindparam, func, or_, select
from sqlalchemy.orm import aliased

from commerce.people.members import Member, shown_name
from commerce.people.ranks import SalesDay, view_days
from commerce.rules import Rank
from commerce.work import Work


@dataclass(slots=True)
class Teammate:
    """One person of the tree and what they sold in the last 30 days, in fen."""

    member_id: int
    parent_id: int | None
    seat: int | None
    name: str
    rank: Rank
    joined_at: datetime | None
    gmv_fen: int
    seats: list["Teammate"] = field(default_factory=list)


@dataclass(frozen=True)
class TeamView:
    me: Teammate
    first_day: date
    last_day: date

    @property
    def others(self) -> list[Teammate]:
        """Tiers 2 and 3, as they sit."""
        return [mate for child in self.me.seats for mate in (child, *child.seats)]

    @property
    def ranking(self) -> list[Teammate]:
        """Who sold most comes first; equal sales: who came first."""
        return sorted(self.others, key=lambda mate: (-mate.gmv_fen, mate.member_id))


def team_view(work: Work, member: Member) -> TeamView:
    """The whole team of a member by one query."""
    first_day, last_day = view_days(work)
    rows = work.rows(TEAM, me=member.id, first_day=first_day)
    mates = {row.id: _teammate(row) for row in rows}
    for mate in sorted(mates.values(), key=lambda mate: mate.seat or 0):
        if mate.parent_id in mates and mate.member_id != member.id:
            mates[mate.parent_id].seats.append(mate)
    return TeamView(mates[member.id], first_day, last_day)


CHILD = aliased(Member)
CHILDREN = select(CHILD.id).where(CHILD.parent_id == bindparam("me"))
SOLD = and_(SalesDay.member_id == Member.id, SalesDay.day >= bindparam("first_day"))
TEAM = (
    select(
        Member.id,
        Member.parent_id,
        Member.seat,
        Member.state,
        Member.nickname,
        Member.rank,
        Member.joined_at,
        func.coalesce(func.sum(SalesDay.gmv_fen), 0).label("gmv_fen"),
    )
    .outerjoin(SalesDay, SOLD)
    .where(
        or_(
            Member.id == bindparam("me"),
            Member.parent_id == bindparam("me"),
            Member.parent_id.in_(CHILDREN),
        )
    )
    .group_by(Member.id)
)


def _teammate(row: Row[Any]) -> Teammate:
    return Teammate(
        row.id,
        row.parent_id,
        row.seat,
        shown_name(row.id, row.state, row.nickname),
        Rank(row.rank),
        row.joined_at,
        int(row.gmv_fen),
    )
