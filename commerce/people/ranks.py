"""
Ranks: what each asks for, how far a member is, and the climb.

Promotion happens by itself whenever an input changes, climbs as many steps as are met, and reaches
each rank once. Nothing here ever demotes.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy import CursorResult, Date, ForeignKey, select, update
from sqlalchemy.orm import Mapped, mapped_column

from commerce.lives import videos
from commerce.lives.videos import Standing
from commerce.money import rewards
from commerce.outbox import SHANGHAI, notify
from commerce.people import members, teams
from commerce.people.members import Member, State
from commerce.rules import Rank, RankRule
from commerce.store.base import Base, Id
from commerce.store.once import insert_once
from commerce.work import Work

HEADS = ("invited", "team")


class RankReached(Base):
    """A member reached a rank. The row is the fact, so a bonus can never be given twice."""

    __tablename__ = "ranks_reached"

    member_id: Mapped[int] = mapped_column(Id, ForeignKey("members.id"), primary_key=True)
    rank: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    reached_at: Mapped[datetime]


class SalesDay(Base):
    """What a member sold on one Shanghai day, in fen, net of refunds: for the 30-day views."""

    __tablename__ = "sales_days"

    member_id: Mapped[int] = mapped_column(Id, ForeignKey("members.id"), primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    gmv_fen: Mapped[int] = mapped_column(default=0)


@dataclass(frozen=True)
class Condition:
    """One thing a rank asks for. GMV is in fen, the others are counts."""

    name: str  # videos, invited, team, gmv, best_plays, plays
    have: int
    need: int
    pending: int = 0
    """On its way: paid, but the hold is not over."""
    replaced: bool = False
    """So much GMV (twice what is asked, by default) stands in for the heads."""

    @property
    def is_met(self) -> bool:
        return self.replaced or self.have >= self.need

    @property
    def missing(self) -> int:
        return 0 if self.is_met else self.need - self.have


@dataclass(frozen=True)
class Progress:
    rank: Rank
    next_rank: Rank | None
    conditions: tuple[Condition, ...]
    shown: Standing = field(default_factory=Standing)
    """The member's videos in numbers."""

    @property
    def missing(self) -> tuple[Condition, ...]:
        return tuple(condition for condition in self.conditions if not condition.is_met)


def progress(work: Work, member: Member) -> Progress:
    """Every condition of the next rank with numbers. The last rank asks for nothing more."""
    rank = Rank(member.rank)
    if rank is max(Rank):
        return Progress(rank, None, ())
    following = Rank(rank + 1)
    conditions, shown = _conditions(work, member, following)
    return Progress(rank, following, conditions, shown)


def evaluate(work: Work, member_id: int) -> Rank:
    """Climb as far as the conditions are met; tell it once. Safe to run at any time."""
    member = _lock(work, member_id)
    before = member.rank
    while member.is_joined and member.rank_frozen_at is None and member.rank < max(Rank):
        following = Rank(member.rank + 1)
        conditions, _ = _conditions(work, member, following)
        if not all(condition.is_met for condition in conditions):
            break
        member.rank = following
        if insert_once(
            work.session, RankReached, member_id=member.id, rank=following, reached_at=work.now
        ):
            rewards.give_bonus(work, member.id, following)
    if member.rank > before:
        work.session.flush()
        notify(
            work,
            member.id,
            "promoted",
            key=f"promoted:{member.id}:{member.rank}",
            rank=int(member.rank),
        )
        _tell_of_a_new_root(work, member, before)
    return Rank(member.rank)


def _tell_of_a_new_root(work: Work, member: Member, before: int) -> None:
    """The stricter tree: from this rank on nothing flows up any more, and both are told."""
    team = work.rules.plan.team
    if team.tree == "relative" or not before < Rank.of(team.root_rank) <= member.rank:
        return
    if member.parent_id is None:
        return
    parent = members.get(work, member.parent_id)
    for told, other in ((member, parent), (parent, member)):
        key = f"root:{member.id}:{told.id}"
        own = told is member
        notify(work, told.id, "became_root", key=key, other=other.name, own=own)


def release_gmv(work: Work, member_id: int, amount_fen: int) -> None:
    """An order's hold is over: its GMV counts for ranks. `amount_fen` net of refunds until now."""
    member = _lock(work, member_id)
    member.gmv_fen += amount_fen
    member.pending_gmv_fen = max(0, member.pending_gmv_fen - amount_fen)
    work.session.flush()
    evaluate(work, member_id)


def expect_gmv(work: Work, member_id: int, amount_fen: int) -> None:
    """An order was paid (or, negative, refunded before its release): shown as 在途."""
    member = _lock(work, member_id)
    member.pending_gmv_fen = max(0, member.pending_gmv_fen + amount_fen)
    work.session.flush()


def remove_gmv(work: Work, member_id: int, amount_fen: int) -> None:
    """A verdict of fraud: what had counted counts no longer."""
    member = _lock(work, member_id)
    member.gmv_fen = max(0, member.gmv_fen - amount_fen)
    work.session.flush()


def demote(work: Work, member_id: int, verdicts: int) -> None:
    """After so many verdicts of fraud: one step down, then 见习, then suspended. The rank is frozen
    until an operator lifts it. Whoever judged tells them."""
    member = _lock(work, member_id)
    member.rank = max(Rank.TRAINEE, member.rank - 1) if verdicts == 1 else Rank.TRAINEE
    member.rank_frozen_at = work.now
    if verdicts > 2 and member.is_joined:
        member.state = State.SUSPENDED
    work.session.flush()


def inherit(work: Work, survivor: Member, loser: Member) -> None:
    """Two members became one: the higher rank wins, what both reached and sold counts together."""
    survivor.rank = max(survivor.rank, loser.rank)
    survivor.rank_frozen_at = survivor.rank_frozen_at or loser.rank_frozen_at
    survivor.gmv_fen += loser.gmv_fen
    survivor.pending_gmv_fen += loser.pending_gmv_fen
    loser.gmv_fen = loser.pending_gmv_fen = 0
    work.session.flush()
    _inherit_reached(work, survivor.id, loser.id)
    for sold in work.session.scalars(select(SalesDay).where(SalesDay.member_id == loser.id)):
        _add_sales(work, survivor.id, sold.day, sold.gmv_fen)
        work.session.delete(sold)
    evaluate(work, survivor.id)


def count_sale(work: Work, member_id: int, amount_fen: int, paid_at: datetime) -> None:
    """Add to the 30-day views the base of an order (negative: a refund), by the day it was paid."""
    day = paid_at.astimezone(SHANGHAI).date()
    _add_sales(work, members.get(work, member_id).id, day, amount_fen)


def view_days(work: Work) -> tuple[date, date]:
    """First and last day of the 30-day view that ends today (Shanghai)."""
    today = work.now.astimezone(SHANGHAI).date()
    return today - work.rules.views.team_gmv + timedelta(days=1), today


def _lock(work: Work, member_id: int) -> Member:
    """The member, or whoever they were merged into: facts keep the id they were written with."""
    return members.lock(work, members.get(work, member_id).id)


def _inherit_reached(work: Work, survivor_id: int, loser_id: int) -> None:
    """What was reached once is never reached again, under whichever number."""
    reached = select(RankReached.rank, RankReached.reached_at)
    for rank, at in work.session.execute(reached.where(RankReached.member_id == loser_id)).all():
        insert_once(work.session, RankReached, member_id=survivor_id, rank=rank, reached_at=at)


def _add_sales(work: Work, member_id: int, day: date, amount_fen: int) -> None:
    insert_once(work.session, SalesDay, member_id=member_id, day=day, gmv_fen=0)
    changed = work.session.execute(
        update(SalesDay)
        .where(SalesDay.member_id == member_id, SalesDay.day == day)
        .values(gmv_fen=SalesDay.gmv_fen + amount_fen)
        .execution_options(synchronize_session=False)
    )
    assert isinstance(changed, CursorResult)
    assert changed.rowcount == 1


def _conditions(work: Work, member: Member, rank: Rank) -> tuple[tuple[Condition, ...], Standing]:
    rules: RankRule = work.rules.plan.ranks[rank]
    best_only = Rank.of(work.rules.promotion.best_video_for)
    shown = videos.standing(work, member.id)
    found = []
    if rules.videos:
        found.append(Condition("videos", shown.approved, rules.videos))
    found.extend(_heads(work, member, rank, rules))
    if rules.gmv_fen:
        found.append(Condition("gmv", member.gmv_fen, rules.gmv_fen, member.pending_gmv_fen))
    if rules.plays and rank <= best_only:
        found.append(Condition("best_plays", shown.best_plays, rules.plays))
    elif rules.plays:
        found.append(Condition("plays", shown.plays, rules.plays))
    return tuple(found), shown


def _heads(work: Work, member: Member, rank: Rank, rules: RankRule) -> list[Condition]:
    instead = work.rules.promotion
    enough_fen = instead.gmv_instead_of_people * rules.gmv_fen
    replaced = rank >= Rank.of(instead.gmv_instead_from) and 0 < enough_fen <= member.gmv_fen
    count = {"invited": teams.invited_count, "team": teams.team_count}
    return [
        Condition(name, count[name](work, member.id), getattr(rules, name), replaced=replaced)
        for name in HEADS
        if getattr(rules, name)
    ]
