"""What of a member's pending money comes when, by what is known now."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select

from commerce.goods.orders import Order
from commerce.money.earnings import Earning, State
from commerce.money.withdrawals import ids_of
from commerce.outbox import SHANGHAI
from commerce.people.members import Member
from commerce.work import Work


@dataclass(frozen=True)
class Coming:
    """All that is released on one day in Shanghai; `at` is the first moment of it."""

    at: datetime
    amount_fen: int


def coming(work: Work, member: Member) -> list[Coming]:
    """The releases ahead, the next first. What a case holds, or an operator has to let go, has no
    day and is left out."""
    days: dict[str, list[tuple[datetime, int]]] = {}
    for at, amount_fen in sorted((*_of_orders(work, member), *_of_lines(work, member))):
        days.setdefault(f"{at.astimezone(SHANGHAI):%Y-%m-%d}", []).append((at, amount_fen))
    return [
        Coming(found[0][0], sum(amount_fen for _, amount_fen in found))
        for _, found in sorted(days.items())
    ]


def enough(
    releases: list[Coming], wanted_fen: int, available_fen: int, debt_fen: int
) -> tuple[Coming, int] | None:
    """The release that makes it at least `wanted_fen`, and how much there will be then: debt is
    paid first. None when all that is known of is too little."""
    total_fen = available_fen - debt_fen
    for release in releases:
        total_fen += release.amount_fen
        if total_fen >= wanted_fen:
            return release, total_fen
    return None


def _of_orders(work: Work, member: Member) -> list[tuple[datetime, int]]:
    rows = (
        select(Order.hold_until, _stands())
        .join(Earning, Earning.order_id == Order.id)
        .where(
            *_pending(work, member),
            Order.hold_until.is_not(None),
            Order.open_holds == 0,
            Order.completed_at.is_(None),
        )
        .group_by(Order.hold_until)
    )
    return [(at, int(fen)) for at, fen in work.session.execute(rows) if at is not None]


def _of_lines(work: Work, member: Member) -> list[tuple[datetime, int]]:
    rows = (
        select(Earning.held_until, _stands())
        .where(
            *_pending(work, member),
            Earning.held_until.is_not(None),
            Earning.awaits_operator.is_(False),
        )
        .group_by(Earning.held_until)
    )
    return [(at, int(fen)) for at, fen in work.session.execute(rows) if at is not None]


def _pending(work: Work, member: Member) -> tuple[ColumnElement[bool], ...]:
    return Earning.member_id.in_(ids_of(work, member)), Earning.state == State.PENDING


def _stands() -> ColumnElement[int]:
    return func.sum(Earning.amount_fen - Earning.reversed_fen)
