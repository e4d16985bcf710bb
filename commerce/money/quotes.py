"""
Quotes: what a withdrawal would cost, when it is paid, and who looks at it first.

A quote promises nothing by itself: what was shown is compared with what holds when the member says
yes. Every limit is a refusal of its own.
"""

from dataclasses import dataclass, fields, replace
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import func, select

from commerce.errors import (
    AboveBillLimit,
    BelowMinimum,
    DebtPausesWithdrawals,
    MonthLimit,
    MoreThanAvailable,
    NeedsRealName,
    NoPayee,
    TooManyToday,
)
from commerce.fen import share_half_up
from commerce.goods.orders import Order
from commerce.money import ledger, real_names, tax
from commerce.money.coming import coming, enough
from commerce.money.ledger import Balances
from commerce.money.tax import Before
from commerce.money.withdrawals import RETURNED, Withdrawal, ids_of
from commerce.outbox import SHANGHAI, within
from commerce.people import identities, members
from commerce.people.members import Member
from commerce.people.members import State as MemberState
from commerce.trust.fraud import FraudHold
from commerce.work import Work

PAYEES = "official"
"""The channel whose ids the platform pays to."""
LEAST_TRANSFER_FEN = 10
"""The platform transfers nothing smaller."""


class Review(StrEnum):
    """Why a person looks at a withdrawal first; a fraud hold's own reason is one more."""

    ABOVE_AUTO = "above_auto"
    FIRST_WEEK = "first_week"
    SUSPENDED = "suspended"


@dataclass(frozen=True)
class Quote:
    """The terms of one withdrawal. `amount_fen` is gross: fee and tax come off it.

    `decided_by` is when an operator has decided at the latest; None where none has to.
    """

    amount_fen: int
    fee_fen: int
    tax_fen: int
    tax_month: str
    pays_at: datetime
    review: str
    approvals_needed: int
    decided_by: datetime | None
    quoted_at: datetime

    @property
    def arrives_fen(self) -> int:
        return self.amount_fen - self.fee_fen - self.tax_fen

    def same_terms(self, other: "Quote") -> bool:
        """Whether it was the same thing that was shown, whenever that was."""
        return replace(self, quoted_at=other.quoted_at) == other

    def kept(self) -> dict[str, Any]:
        """As JSON, for a question that waits for its answer."""
        values = ((field.name, getattr(self, field.name)) for field in fields(self))
        return {
            name: value.isoformat() if isinstance(value, datetime) else value
            for name, value in values
        }

    @classmethod
    def read(cls, kept: dict[str, Any]) -> "Quote":
        """What `kept` gave."""
        at = {
            name: datetime.fromisoformat(kept[name])
            for name in ("pays_at", "decided_by", "quoted_at")
            if kept[name]
        }
        return cls(**(kept | at))


def quote(work: Work, member: Member, amount_fen: int | None) -> Quote:
    """The terms of withdrawing so much now; None asks for all there is.

    NotJoined, NotActive, NoPayee, DebtPausesWithdrawals, BelowMinimum, MoreThanAvailable,
    TooManyToday, MonthLimit, NeedsRealName, AboveBillLimit.
    """
    members.need_joined(member)
    payee(work, member)
    held = ledger.balances(work, member.id)
    asked_fen = held.available_fen if amount_fen is None else amount_fen
    _need_no_large_debt(work, held)
    _need_enough(work, member, held, asked_fen)
    _need_fewer_requests(work, member, asked_fen)
    _need_small_bill(work, member, asked_fen)
    return terms(work, member, asked_fen)


def need_possible(work: Work, member: Member) -> Balances:
    """What the member holds, if any withdrawal at all is possible now. The refusals of `quote`."""
    members.need_joined(member)
    payee(work, member)
    held = ledger.balances(work, member.id)
    _need_no_large_debt(work, held)
    minimum_fen = work.rules.plan.withdrawal.minimum_fen
    if held.available_fen < minimum_fen:
        raise _below_minimum(work, member, held)
    return held


def terms(work: Work, member: Member, amount_fen: int) -> Quote:
    """The terms alone, whatever the limits say: of a member who leaves."""
    pays_at = _next_day(work, work.rules.payouts.from_clock)
    review = _review(work, member, amount_fen)
    fee_fen = fee(work, amount_fen)
    month = f"{pays_at.astimezone(SHANGHAI):%Y-%m}"
    tax_fen = tax.withhold(work.rules.tax, amount_fen, paid_before(work, member, month))
    two_person_fen = work.rules.plan.withdrawal.two_person_fen
    return Quote(
        amount_fen=amount_fen,
        fee_fen=fee_fen,
        # Something must arrive; what could not be withheld now is owed by the next one.
        tax_fen=max(0, min(tax_fen, amount_fen - fee_fen - LEAST_TRANSFER_FEN)),
        tax_month=month,
        pays_at=pays_at,
        review=review,
        approvals_needed=0 if not review else 2 if amount_fen > two_person_fen else 1,
        decided_by=_next_day(work, work.rules.payouts.decided_by) if review else None,
        quoted_at=work.now,
    )


def fee(work: Work, amount_fen: int) -> int:
    """Half up to the fen, at least 1 fen; nothing where no fee is asked."""
    fee_bp = work.rules.plan.withdrawal.fee_bp
    return max(1, share_half_up(amount_fen, fee_bp)) if fee_bp else 0


def due_at(work: Work, row: Withdrawal) -> datetime:
    """When an approved withdrawal is paid: the next day's opening or now, whichever is later, in
    the hours of payouts."""
    opens = _next_day(work, work.rules.payouts.from_clock, after=row.requested_at)
    return within(work.rules.payouts.hours, max(opens, work.now))


def decided_by(work: Work, row: Withdrawal) -> datetime:
    """When an operator has decided it at the latest."""
    return _next_day(work, work.rules.payouts.decided_by, after=row.requested_at)


def payee(work: Work, member: Member) -> str:
    """The openid the money goes to. NoPayee."""
    for door in identities.of_member(work, member.id):
        if door.channel == PAYEES and not door.is_erased:
            return door.external_id
    raise NoPayee


def paid_before(work: Work, member: Member, month: str) -> Before:
    """What counts for the tax of that month 「2026-03」: everything not given back."""
    rows = work.session.execute(
        select(Withdrawal.tax_month, func.sum(Withdrawal.amount_fen), func.sum(Withdrawal.tax_fen))
        .where(
            Withdrawal.member_id.in_(ids_of(work, member)),
            Withdrawal.state.not_in(RETURNED),
            Withdrawal.tax_month >= f"{month[:4]}-01",
            Withdrawal.tax_month <= month,
        )
        .group_by(Withdrawal.tax_month)
    )
    paid = {row[0]: (int(row[1]), int(row[2])) for row in rows}
    month_fen, month_tax_fen = paid.get(month, (0, 0))
    return Before(
        month_fen,
        month_tax_fen,
        sum(amount_fen for amount_fen, _ in paid.values()),
        sum(tax_fen for _, tax_fen in paid.values()),
        int(month[5:]) - int(min((*paid, month))[5:]) + 1,
    )


def _next_day(work: Work, at: time, *, after: datetime | None = None) -> datetime:
    """That time of the calendar day after, in Shanghai."""
    tomorrow = (after or work.now).astimezone(SHANGHAI) + timedelta(days=1)
    return tomorrow.replace(hour=at.hour, minute=at.minute, second=0, microsecond=0)


def _review(work: Work, member: Member, amount_fen: int) -> str:
    """The weightiest reason first; empty when nobody has to look."""
    if member.state == MemberState.SUSPENDED:
        return Review.SUSPENDED
    if held_for := fraud_reason(work, member):
        return held_for
    if _is_early(work, member, amount_fen):
        return Review.FIRST_WEEK
    return Review.ABOVE_AUTO if amount_fen > work.rules.plan.withdrawal.auto_fen else ""


def fraud_reason(work: Work, member: Member) -> str:
    """Why one of the orders they promoted is held, if one is."""
    rows = (
        select(FraudHold.reason)
        .join(Order, Order.id == FraudHold.order_id)
        .where(FraudHold.verdict.is_(None), Order.promoter_id.in_(ids_of(work, member)))
    )
    return work.session.scalar(rows.order_by(FraudHold.id).limit(1)) or ""


def _is_early(work: Work, member: Member, amount_fen: int) -> bool:
    """The first larger one of who joined days ago."""
    above_fen = work.rules.plan.withdrawal.first_week_review_fen
    joined_at = member.joined_at
    if amount_fen <= above_fen or joined_at is None:
        return False
    if joined_at + work.rules.payouts.first_week <= work.now:
        return False
    earlier = select(Withdrawal.id).where(
        *_standing(work, member), Withdrawal.amount_fen > above_fen
    )
    return work.session.scalar(earlier.limit(1)) is None


def _need_no_large_debt(work: Work, held: Balances) -> None:
    limit_fen = work.rules.plan.debt.pause_above_fen
    if held.debt_fen > limit_fen:
        raise DebtPausesWithdrawals(held.debt_fen, limit_fen)


def _need_enough(work: Work, member: Member, held: Balances, asked_fen: int) -> None:
    minimum_fen = work.rules.plan.withdrawal.minimum_fen
    if min(asked_fen, held.available_fen) < minimum_fen:
        raise _below_minimum(work, member, held)
    if asked_fen > held.available_fen:
        whole = terms(work, member, held.available_fen)
        raise MoreThanAvailable(
            asked_fen, held.available_fen, whole.fee_fen, whole.tax_fen, whole.arrives_fen
        )


def _below_minimum(work: Work, member: Member, held: Balances) -> BelowMinimum:
    minimum_fen = work.rules.plan.withdrawal.minimum_fen
    found = enough(coming(work, member), minimum_fen, held.available_fen, held.debt_fen)
    if held.available_fen >= minimum_fen or found is None:
        return BelowMinimum(minimum_fen, held.available_fen, None, 0, 0)
    release, total_fen = found
    return BelowMinimum(minimum_fen, held.available_fen, release.at, release.amount_fen, total_fen)


def _need_fewer_requests(work: Work, member: Member, asked_fen: int) -> None:
    rules = work.rules.plan.withdrawal
    today = work.now.astimezone(SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0)
    since = select(func.count()).where(*_standing(work, member), Withdrawal.requested_at >= today)
    if (work.session.scalar(since) or 0) >= rules.per_day:
        raise TooManyToday(rules.per_day)
    asked = select(func.sum(Withdrawal.amount_fen)).where(
        *_standing(work, member), Withdrawal.requested_at >= today.replace(day=1)
    )
    left_fen = rules.per_month_fen - int(work.session.scalar(asked) or 0)
    if asked_fen > left_fen:
        raise MonthLimit(rules.per_month_fen, left_fen)


def _need_small_bill(work: Work, member: Member, asked_fen: int) -> None:
    rules = work.rules.payouts
    if asked_fen > rules.with_real_name_fen:
        raise AboveBillLimit(rules.with_real_name_fen)
    if asked_fen >= rules.without_real_name_fen and real_names.of(work, member.id) is None:
        raise NeedsRealName(rules.without_real_name_fen)


def _standing(work: Work, member: Member) -> tuple[Any, ...]:
    return (
        Withdrawal.member_id.in_(ids_of(work, member)),
        Withdrawal.state.not_in(RETURNED),
    )
