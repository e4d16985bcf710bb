"""
Statements: a member's month from its first fen to its last, and a year of withheld tax.

What happened is read from the journal, what there was at both ends is summed by itself: a statement
that did not add up would show it.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import func, select

from commerce.money import ledger
from commerce.money.ledger import JournalEntry, Posting
from commerce.money.withdrawals import State, Withdrawal, ids_of
from commerce.outbox import SHANGHAI
from commerce.people.members import Member
from commerce.work import Work


class Kind(StrEnum):
    """Why a member has more or less than before. Moves within their own accounts are none."""

    EARNED = "earned"
    REVERSED = "reversed"
    RESTORED = "restored"  # A verdict was overturned.
    SPENT = "spent"  # Shopping credit of a paid order.
    GIVEN_BACK = "given_back"  # Of it, by a refund.
    WITHDRAWN = "withdrawn"  # Gross.
    OTHER = "other"  # Accounts merged, corrections.


@dataclass(frozen=True)
class Line:
    """One fact of the journal; `amount_fen` is signed."""

    at: datetime
    kind: Kind
    key: str
    amount_fen: int


@dataclass(frozen=True)
class Statement:
    """All a member had (pending, available, reserved, less debt) and how it changed, in fen. Fee
    and tax are parts of what was withdrawn."""

    month: str
    opening_fen: int
    lines: tuple[Line, ...]
    closing_fen: int
    fee_fen: int
    tax_fen: int

    def of(self, kind: Kind) -> int:
        """The sum of its lines, signed."""
        return sum(line.amount_fen for line in self.lines if line.kind == kind)

    @property
    def arrived_fen(self) -> int:
        return -self.of(Kind.WITHDRAWN) - self.fee_fen - self.tax_fen

    @property
    def difference_fen(self) -> int:
        """0, or the books are wrong."""
        return self.opening_fen + sum(one.amount_fen for one in self.lines) - self.closing_fen


@dataclass(frozen=True)
class TaxMonth:
    """What was paid of a month's income, gross, and what was withheld of it, in fen."""

    month: str
    income_fen: int
    tax_fen: int


def statement(work: Work, member: Member, month: str) -> Statement:
    """Of 「2026-03」 in Shanghai, as far as it has come. ValueError when it is no month."""
    start, end = span(month)
    fee_fen, tax_fen = _paid(work, member, start, end)
    return Statement(
        month,
        _total_fen(work, member, start),
        tuple(_lines(work, member, start, end)),
        _total_fen(work, member, end),
        fee_fen,
        tax_fen,
    )


def tax_statement(work: Work, member: Member, year: int) -> list[TaxMonth]:
    """The months of a year in which something was paid, by the month whose income it was."""
    rows = work.session.execute(
        select(Withdrawal.tax_month, func.sum(Withdrawal.amount_fen), func.sum(Withdrawal.tax_fen))
        .where(
            Withdrawal.member_id.in_(ids_of(work, member)),
            Withdrawal.state == State.PAID,
            Withdrawal.tax_month.like(f"{year:04d}-%"),
        )
        .group_by(Withdrawal.tax_month)
        .order_by(Withdrawal.tax_month)
    )
    return [TaxMonth(month, int(income_fen), int(tax_fen)) for month, income_fen, tax_fen in rows]


def span(month: str) -> tuple[datetime, datetime]:
    """The first moment of the month in Shanghai, and that of the next. ValueError."""
    start = datetime.strptime(month, "%Y-%m").replace(tzinfo=SHANGHAI)
    past = start.month == 12
    end = start.replace(year=start.year + past, month=1 if past else start.month + 1)
    return start, end


def kind_of(key: str) -> Kind:
    """What an entry of this key is to a member whose total it changes."""
    subject, _, _ = key.partition(":")
    if ":line:" in key:
        return Kind.RESTORED if subject == "overturned" else Kind.REVERSED
    if subject == "order":
        return Kind.SPENT
    if subject == "withdrawal":
        return Kind.WITHDRAWN
    if subject == "refund":
        return Kind.GIVEN_BACK
    return Kind.OTHER if subject == "merge" else Kind.EARNED


def _accounts(member: Member) -> tuple[str, ...]:
    names = (ledger.pending, ledger.available, ledger.reserved, ledger.debt)
    return tuple(name(member.id) for name in names)


def _total_fen(work: Work, member: Member, before: datetime) -> int:
    summed = (
        select(func.sum(Posting.amount_fen))
        .join(JournalEntry, JournalEntry.id == Posting.entry_id)
        .where(Posting.account.in_(_accounts(member)), JournalEntry.posted_at < before)
    )
    return int(work.session.scalar(summed) or 0)


def _lines(work: Work, member: Member, start: datetime, end: datetime) -> list[Line]:
    changed = func.sum(Posting.amount_fen)
    rows = work.session.execute(
        select(JournalEntry.posted_at, JournalEntry.key, changed)
        .join(Posting, Posting.entry_id == JournalEntry.id)
        .where(
            Posting.account.in_(_accounts(member)),
            JournalEntry.posted_at >= start,
            JournalEntry.posted_at < end,
        )
        .group_by(JournalEntry.id, JournalEntry.posted_at, JournalEntry.key)
        .having(changed != 0)
        .order_by(JournalEntry.id)
    )
    return [Line(at, kind_of(key), key, int(amount_fen)) for at, key, amount_fen in rows]


def _paid(work: Work, member: Member, start: datetime, end: datetime) -> tuple[int, int]:
    fee_fen, tax_fen = work.session.execute(
        select(func.sum(Withdrawal.fee_fen), func.sum(Withdrawal.tax_fen)).where(
            Withdrawal.member_id.in_(ids_of(work, member)),
            Withdrawal.state == State.PAID,
            Withdrawal.ended_at >= start,
            Withdrawal.ended_at < end,
        )
    ).one()
    return int(fee_fen or 0), int(tax_fen or 0)
