"""What a member sees of the team: three tiers, 30-day sales, who is ahead and whom to help."""

from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import aliased

from commerce.people.members import Member
from commerce.people.ranks import SalesDay, recent_gmv, view_days
from commerce.rules import Rank
from commerce.work import Work


@dataclass
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
    mates = {row[0].id: _teammate(row[0], row[1]) for row in _rows(work, member, first_day)}
    for mate in sorted(mates.values(), key=lambda mate: mate.seat or 0):
        if mate.parent_id in mates and mate.member_id != member.id:
            mates[mate.parent_id].seats.append(mate)
    return TeamView(mates[member.id], first_day, last_day)


def _rows(work: Work, member: Member, first_day: date) -> list[tuple[Member, int]]:
    child = aliased(Member)
    children = select(child.id).where(child.parent_id == member.id)
    sold = and_(SalesDay.member_id == Member.id, SalesDay.day >= first_day)
    rows = (
        select(Member, recent_gmv())
        .outerjoin(SalesDay, sold)
        .where(
            or_(
                Member.id == member.id,
                Member.parent_id == member.id,
                Member.parent_id.in_(children),
            )
        )
        .group_by(Member.id)
    )
    return [(row[0], int(row[1])) for row in work.session.execute(rows)]


def _teammate(member: Member, gmv_fen: int) -> Teammate:
    return Teammate(
        member.id,
        member.parent_id,
        member.seat,
        member.name,
        Rank(member.rank),
        member.joined_at,
        gmv_fen,
    )
