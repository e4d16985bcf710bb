"""
Rewards that come from no order: cash for a video's plays, and once for a rank.

They are the programme's own cost: from its promotion account to the member's pending money. A used
up budget makes no new promise; what was reached before is paid.
"""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select

from commerce import agenda
from commerce.lives.videos import State as VideoState
from commerce.lives.videos import Video
from commerce.money import ledger
from commerce.money.earnings import Earning, Kind, State
from commerce.money.ledger import Move
from commerce.outbox import SHANGHAI, Priority, notify
from commerce.people import members
from commerce.people.members import Member
from commerce.rules import Rank
from commerce.rules.plan import TrafficTier
from commerce.store.once import insert_once, lock_by_name
from commerce.work import Work


def give_traffic(work: Work, video: Video) -> int:
    """What the best tier reached brings above what the video brought before, in fen, up to the
    member's limit of the month. What the limit or an empty budget keeps back is given when plays
    are counted again in time, in a month that has room. Safe to run again."""
    best, member = _best_tier(work, video), members.get(work, video.member_id)
    if best is None or not member.is_joined:
        return 0
    lock_by_name(work.session, "traffic-budget")
    due_fen = best.reward_fen - _given(work, _of_video(video))
    if due_fen <= 0:
        return 0
    key, rules = f"traffic:{video.id}:{best.plays}", work.rules.plan.traffic
    if spent_this_month(work, Kind.TRAFFIC_REWARD) >= rules.budget_fen:
        _tell_closed(work, member, video, best)
        return 0
    mine = Earning.member_id.in_(members.with_former_ids(work, member))
    of_member_fen = _given(work, _this_month(work, Kind.TRAFFIC_REWARD) & mine)
    amount_fen = min(due_fen, max(0, rules.monthly_cap_fen - of_member_fen))
    if _is_given(work, [key]):
        key = f"{key}:{_month(work):%Y%m}"
    held_until = work.now + work.rules.plan.hold.traffic_days
    if _give(work, member.id, Kind.TRAFFIC_REWARD, key, amount_fen, held_until):
        notify(
            work,
            member.id,
            "traffic_reward",
            key=f"reward:{key}",
            priority=Priority.MONEY,
            video=video.id,
            plays=best.plays,
            amount_fen=amount_fen,
            kept_fen=due_fen - amount_fen,
            limit_fen=rules.monthly_cap_fen,
            until=held_until.isoformat(),
        )
    return amount_fen


def give_bonus(work: Work, member_id: int, rank: Rank) -> None:
    """Once for a person and a rank; released after its time by an operator. Nothing where a rank
    has none. When this month's budget is used up, it is given in the next month that has room."""
    member = members.get(work, member_id)
    amount_fen = work.rules.plan.ranks[rank].bonus_fen
    same = [f"bonus:{one}:{int(rank)}" for one in members.with_former_ids(work, member)]
    if not amount_fen or _is_given(work, same):
        return
    lock_by_name(work.session, "bonus-budget")
    if spent_this_month(work, Kind.RANK_BONUS) >= work.rules.budgets.rank_bonus_fen:
        _give_next_month(work, member, rank, amount_fen)
        return
    key = f"bonus:{member.id}:{int(rank)}"
    held_until = work.now + work.rules.plan.hold.bonus_days
    if _give(work, member.id, Kind.RANK_BONUS, key, amount_fen, held_until):
        notify(
            work,
            member.id,
            "rank_bonus",
            key=f"reward:{key}",
            priority=Priority.MONEY,
            rank=int(rank),
            amount_fen=amount_fen,
            until=held_until.isoformat(),
        )


def give_late_bonus(work: Work, member_id: int, rank: int) -> None:
    """The task of a bonus that a budget had kept back."""
    give_bonus(work, member_id, Rank(rank))


def spent_this_month(work: Work, kind: Kind) -> int:
    """What the programme has promised of that kind since the month began (Shanghai), in fen."""
    return _given(work, _this_month(work, kind))


def _best_tier(work: Work, video: Video) -> TrafficTier | None:
    """None for a video that is not approved, too old, or not yet seen enough."""
    is_over = work.now > video.submitted_at + work.rules.views.traffic_window
    if video.state != VideoState.APPROVED or is_over:
        return None
    reached = [one for one in work.rules.plan.traffic.tiers if one.plays <= video.play_count]
    return reached[-1] if reached else None


def _give_next_month(work: Work, member: Member, rank: Rank, amount_fen: int) -> None:
    due_at = (_month(work) + timedelta(days=32)).replace(day=1)
    key = f"rank_bonus:{member.id}:{int(rank)}:{due_at:%Y%m}"
    agenda.plan(work, "rank_bonus", key=key, due_at=due_at, member_id=member.id, rank=int(rank))
    notify(
        work,
        member.id,
        "rank_bonus_waits",
        key=key,
        priority=Priority.MONEY,
        rank=int(rank),
        amount_fen=amount_fen,
        until=due_at.isoformat(),
    )


def _tell_closed(work: Work, member: Member, video: Video, tier: TrafficTier) -> None:
    notify(
        work,
        member.id,
        "traffic_closed",
        key=f"traffic_closed:{video.id}:{tier.plays}:{_month(work):%Y%m}",
        video=video.id,
        plays=tier.plays,
        until=(video.submitted_at + work.rules.views.traffic_window).isoformat(),
    )


def _give(
    work: Work, member_id: int, kind: Kind, key: str, amount_fen: int, held_until: datetime
) -> bool:
    if amount_fen <= 0:
        return False
    new = insert_once(
        work.session,
        Earning,
        key=key,
        member_id=member_id,
        kind=kind,
        amount_fen=amount_fen,
        reversed_fen=0,
        state=State.PENDING,
        created_at=work.now,
        held_until=held_until,
        awaits_operator=kind is Kind.RANK_BONUS,
    )
    if new:
        move = Move(ledger.PROMOTION, ledger.pending(member_id), amount_fen)
        ledger.post(work, f"reward:{key}", move)
    return new


def _month(work: Work) -> datetime:
    local = work.now.astimezone(SHANGHAI)
    return local.replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def _this_month(work: Work, kind: Kind) -> ColumnElement[bool]:
    return (Earning.kind == kind) & (Earning.created_at >= _month(work))


def _of_video(video: Video) -> ColumnElement[bool]:
    return Earning.key.startswith(f"traffic:{video.id}:", autoescape=True)


def _is_given(work: Work, keys: list[str]) -> bool:
    return work.session.scalar(select(Earning.id).where(Earning.key.in_(keys)).limit(1)) is not None


def _given(work: Work, which: ColumnElement[bool]) -> int:
    summed = select(func.coalesce(func.sum(Earning.amount_fen), 0)).where(which)
    return int(work.session.scalar(summed) or 0)
