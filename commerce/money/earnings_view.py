"""
What a member looks at: how much, of what kind, from which live, and line by line.

Everything is asked for with aggregates and short pages, so a star with a hundred thousand lines
waits no longer than a beginner. Balances are the ledger's; what is paid but not settled is reckoned
from the terms frozen on the orders and stands outside all of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select

from commerce.goods.orders import Order
from commerce.lives.lives import Live
from commerce.lives.lives import State as LiveState
from commerce.money import estimates, ledger
from commerce.money.earnings import Earning, Kind
from commerce.money.ledger import Balances, JournalEntry, Posting
from commerce.money.settlement import Settlement
from commerce.money.withdrawals import State as Payout
from commerce.money.withdrawals import Withdrawal
from commerce.outbox import SHANGHAI
from commerce.people import members
from commerce.people.members import Member
from commerce.work import Work

LOOKED_BACK = timedelta(days=31)
UNDER_WAY = (
    Payout.REQUESTED,
    Payout.APPROVED,
    Payout.PAYING,
    Payout.WAITING_USER,
    Payout.UNKNOWN,
)


@dataclass(frozen=True)
class LiveSum:
    """What one live brought a member: `lines` of them, net of refunds."""

    live_id: int
    title: str
    started_at: datetime
    amount_fen: int
    lines: int
    is_settled: bool
    """Nothing of it waits for a run any more."""


@dataclass(frozen=True)
class Release:
    at: datetime
    amount_fen: int


@dataclass(frozen=True)
class Overview:
    """A member's money at one moment, in fen. The month and the days are Shanghai's; what they
    brought is net of refunds."""

    balances: Balances
    estimated_fen: int
    withdrawing_fen: int
    paid_fen: int
    today_fen: int
    month_fen: int
    kinds: dict[Kind, int]
    """Of this month."""
    days: dict[date, int]
    """Of this month, every day of it until today."""
    lives: tuple[LiveSum, ...] = ()
    """Of the last month, the newest first."""
    last_release: Release | None = None


@dataclass(frozen=True)
class Progress:
    """The visible clock of a live's settlement. `took` is how long the first run needed."""

    live: Live
    orders: int
    settled: int
    starts_at: datetime | None
    """When the first run starts; None while the live is on."""
    took: timedelta | None
    runs: int


def overview(work: Work, member: Member) -> Overview:
    """Everything the 收益 card and page show, by a fixed number of queries."""
    ids = members.with_former_ids(work, member)
    today = work.now.astimezone(SHANGHAI).date()
    groups = _groups(work, ids, work.now - LOOKED_BACK)
    month = [group for group in groups if group.day >= today.replace(day=1)]
    days = {today.replace(day=number): 0 for number in range(1, today.day + 1)}
    kinds: dict[Kind, int] = dict.fromkeys(Kind, 0)
    for group in month:
        days[group.day] += group.amount_fen
        kinds[group.kind] += group.amount_fen
    payouts = _payouts(work, ids)
    return Overview(
        balances=ledger.balances(work, member.id),
        estimated_fen=estimates.estimate(work, member).amount_fen,
        withdrawing_fen=sum(payouts.get(state, 0) for state in UNDER_WAY),
        paid_fen=payouts.get(Payout.PAID, 0),
        today_fen=days[today],
        month_fen=sum(days.values()),
        kinds=kinds,
        days=days,
        lives=_lives(work, groups),
        last_release=_last_release(work, member),
    )


def on_air(work: Work, member: Member) -> tuple[Live, estimates.Estimate] | None:
    """The live that is on and has sold something the member will earn by, and how much."""
    rows = select(Live).where(Live.state == LiveState.LIVE).order_by(Live.started_at.desc())
    for live in work.session.scalars(rows.limit(MOST_ON_AIR)):
        estimate = estimates.estimate(work, member, live_id=live.id)
        if estimate.own_orders or estimate.team_orders or live.host_id == member.id:
            return live, estimate
    return None


def progress(work: Work, live: Live) -> Progress:
    """How far a live's settlement is, all its runs together."""
    place = str(live.id)
    paid = select(func.count()).where(Order.escrow == place)
    runs = list(work.session.scalars(select(Settlement).where(Settlement.place == place)))
    first = min(runs, key=lambda run: run.run_no, default=None)
    took = first.finished_at - first.started_at if first and first.finished_at else None
    starts_at = live.ended_at and live.ended_at + work.rules.settlement.starts_after
    return Progress(
        live=live,
        orders=work.session.scalar(paid) or 0,
        settled=sum(run.orders for run in runs),
        starts_at=starts_at,
        took=took,
        runs=len(runs),
    )


@dataclass(frozen=True)
class _Group:
    """Lines written together, of one kind and run: a live has a handful of groups, not lines."""

    day: date
    settlement_id: int | None
    kind: Kind
    lines: int
    amount_fen: int


STANDS_FEN = Earning.amount_fen - Earning.reversed_fen
MOST_ON_AIR = 3


def _groups(work: Work, ids: list[int], since: datetime) -> list[_Group]:
    columns = (Earning.created_at, Earning.settlement_id, Earning.kind)
    rows = (
        select(*columns, func.count().label("lines"), func.sum(STANDS_FEN).label("amount_fen"))
        .where(Earning.member_id.in_(ids), Earning.created_at >= since)
        .group_by(*columns)
    )
    return [
        _Group(
            row.created_at.astimezone(SHANGHAI).date(),
            row.settlement_id,
            Kind(row.kind),
            row.lines,
            int(row.amount_fen),
        )
        for row in work.session.execute(rows)
    ]


def _payouts(work: Work, ids: list[int]) -> dict[str, int]:
    rows = select(Withdrawal.state, func.sum(Withdrawal.amount_fen).label("amount_fen"))
    rows = rows.where(Withdrawal.member_id.in_(ids)).group_by(Withdrawal.state)
    return {row.state: int(row.amount_fen) for row in work.session.execute(rows)}


def _lives(work: Work, groups: Sequence[_Group]) -> tuple[LiveSum, ...]:
    run_ids = {group.settlement_id for group in groups if group.settlement_id is not None}
    if not run_ids:
        return ()
    runs = work.session.execute(
        select(Settlement.id, Settlement.place).where(Settlement.id.in_(run_ids))
    )
    live_of = {run.id: int(run.place) for run in runs if run.place.isdecimal()}
    sums: dict[int, list[int]] = {}
    for group in groups:
        live_id = live_of.get(group.settlement_id or 0)
        if live_id is not None:
            total = sums.setdefault(live_id, [0, 0])
            total[0] += group.amount_fen
            total[1] += group.lines
    return tuple(live_sums(work, sums))


def live_sums(work: Work, sums: dict[int, list[int]]) -> list[LiveSum]:
    """By the live's id: what it brought, and by how many lines. The newest first. A live is
    settled when no paid order of it waits for a run."""
    places = [str(live_id) for live_id in sums]
    waiting = select(Order.escrow).where(Order.escrow.in_(places), Order.settlement_id.is_(None))
    unsettled = set(work.session.scalars(waiting.distinct()))
    rows = select(Live).where(Live.id.in_(sums)).order_by(Live.planned_at.desc(), Live.id.desc())
    return [
        LiveSum(
            live.id,
            live.title,
            live.started_at or live.planned_at,
            sums[live.id][0],
            sums[live.id][1],
            live.state == LiveState.SETTLED and str(live.id) not in unsettled,
        )
        for live in work.session.scalars(rows)
    ]


def _last_release(work: Work, member: Member) -> Release | None:
    """From the ledger: what last left the member's pending by a release."""
    rows = (
        select(JournalEntry.posted_at, Posting.amount_fen)
        .join(JournalEntry, JournalEntry.id == Posting.entry_id)
        .where(
            Posting.account == ledger.pending(member.id),
            Posting.amount_fen < 0,
            JournalEntry.key.startswith("release:"),
        )
        .order_by(Posting.entry_id.desc())
        .limit(1)
    )
    found = work.session.execute(rows).first()
    return None if found is None else Release(found.posted_at, -found.amount_fen)
