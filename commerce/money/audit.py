"""
The audit: proves that the books are whole, and says where they are not.

Every entry balances; every balance is the sum of its postings; every line that stands is in its
owner's account; nobody's escrow is left behind; the hash chain through all entries is whole.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

from sqlalchemy import case, func, literal, select

from commerce.goods.orders import Order
from commerce.money import chain, ledger
from commerce.money.earnings import Earning, Reversal, State
from commerce.money.ledger import Balance, JournalEntry, Posting
from commerce.money.settlement import Settlement
from commerce.people.members import Member
from commerce.work import Office, Work

SHOWN = 20


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong, and where."""

    law: str
    place: str
    expected: str
    found: str


@dataclass(frozen=True)
class Report:
    entries: int
    postings: int
    chained: int
    findings: tuple[Finding, ...]

    @property
    def is_whole(self) -> bool:
        return not self.findings

    def as_json(self) -> dict[str, Any]:
        return {"whole": self.is_whole, **asdict(self)}


def audit(office: Office) -> Report:
    """Link what is new, then prove everything. Safe to run at any time, beside everything else."""
    after_id: int | None = 0
    while after_id is not None:
        after_id = office.do(partial(chain.extend, after_id=after_id))
    with office.reading() as work:
        if office.engine.dialect.name != "sqlite":  # Its readers see one moment anyway.
            work.session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        return prove(work)


def prove(work: Work) -> Report:
    """Every law of the books, over all of them, as they stood at one moment. Reads only."""
    laws = (_unbalanced, _drifted, _off_the_lines, _left_in_escrow, _without_entry, _broken_chain)
    findings = [finding for law in laws for finding in law(work)]
    return Report(
        entries=_count(work, JournalEntry.id),
        postings=_count(work, Posting.id),
        chained=_count(work, chain.ChainLink.chain_no),
        findings=tuple(findings),
    )


def _unbalanced(work: Work) -> Iterator[Finding]:
    total = func.sum(Posting.amount_fen)
    rows = select(JournalEntry.key, total).join(Posting, Posting.entry_id == JournalEntry.id)
    for key, amount_fen in work.session.execute(
        rows.group_by(JournalEntry.id, JournalEntry.key).having(total != 0).limit(SHOWN)
    ):
        yield Finding("an entry balances", key, "0", str(amount_fen))


def _drifted(work: Work) -> Iterator[Finding]:
    """Balances against postings, in both directions: a row may also be missing."""
    summed = (
        select(Posting.account, func.sum(Posting.amount_fen).label("amount_fen"))
        .where(Posting.account.like("member:%"))
        .group_by(Posting.account)
        .subquery()
    )
    posted_fen = func.coalesce(summed.c.amount_fen, 0)
    stored = (
        select(Balance.account, posted_fen, Balance.balance_fen)
        .outerjoin(summed, summed.c.account == Balance.account)
        .where(posted_fen != Balance.balance_fen)
    )
    missing = (
        select(summed.c.account, summed.c.amount_fen, literal(0))
        .outerjoin(Balance, Balance.account == summed.c.account)
        .where(Balance.account.is_(None), summed.c.amount_fen != 0)
    )
    for rows in (stored, missing):
        for account, posted, balance in work.session.execute(rows.limit(SHOWN)):
            yield Finding(
                "a balance is the sum of its postings", account, str(posted), str(balance)
            )


def _off_the_lines(work: Work) -> Iterator[Finding]:
    """What somebody has pending is exactly their pending lines, net of reversals."""
    owner_id = func.coalesce(Member.merged_into, Member.id)
    owed = (
        select(
            ledger.pending_sql(owner_id).label("account"),
            func.sum(Earning.amount_fen - Earning.reversed_fen).label("amount_fen"),
        )
        .join(Member, Member.id == Earning.member_id)
        .where(Earning.state == State.PENDING)
        .group_by(owner_id)
        .subquery()
    )
    owed_fen = func.coalesce(owed.c.amount_fen, 0)
    rows = (
        select(Balance.account, owed_fen, Balance.balance_fen)
        .outerjoin(owed, owed.c.account == Balance.account)
        .where(Balance.account.like("member:%:pending"), owed_fen != Balance.balance_fen)
    )
    for account, lines_fen, balance_fen in work.session.execute(rows.limit(SHOWN)):
        yield Finding("pending is the lines that stand", account, str(lines_fen), str(balance_fen))


def _left_in_escrow(work: Work) -> Iterator[Finding]:
    """An escrow holds what its unsettled orders paid, and nothing once they are settled."""
    held = Order.base_fen + Order.freight_fen - Order.refunded_fen - Order.freight_back_fen
    waiting = (
        select(Order.escrow, func.sum(case((Order.settlement_id.is_(None), held), else_=0)))
        .where(Order.escrow.is_not(None))
        .group_by(Order.escrow)
    )
    expected = {ledger.escrow(place): int(fen) for place, fen in work.session.execute(waiting)}
    posted = (
        select(Posting.account, func.sum(Posting.amount_fen))
        .where(Posting.account.like("escrow:%"))
        .group_by(Posting.account)
    )
    found = {account: int(fen) for account, fen in work.session.execute(posted)}
    for account in sorted(expected.keys() | found.keys()):
        if expected.get(account, 0) != found.get(account, 0):
            wanted, there = str(expected.get(account, 0)), str(found.get(account, 0))
            yield Finding("escrow is what waits to be settled", account, wanted, there)


def _without_entry(work: Work) -> Iterator[Finding]:
    """Every line has its entry: all that a run's lines brought is what its entries posted."""
    before = (
        select(Reversal.earning_id, func.sum(Reversal.amount_fen).label("amount_fen"))
        .where(Reversal.key == "settlement")
        .group_by(Reversal.earning_id)
        .subquery()
    )
    net_fen = func.sum(Earning.amount_fen - func.coalesce(before.c.amount_fen, 0))
    lines = (
        select(Earning.settlement_id.label("run_id"), net_fen.label("amount_fen"))
        .outerjoin(before, before.c.earning_id == Earning.id)
        .where(Earning.settlement_id.is_not(None))
        .group_by(Earning.settlement_id)
        .subquery()
    )
    rows = (
        select(Settlement.id, Settlement.earned_fen, func.coalesce(lines.c.amount_fen, 0))
        .outerjoin(lines, lines.c.run_id == Settlement.id)
        .where(Settlement.earned_fen != func.coalesce(lines.c.amount_fen, 0))
    )
    for run_id, posted_fen, lines_fen in work.session.execute(rows.limit(SHOWN)):
        place = f"settlement:{run_id}"
        yield Finding("every line has its entry", place, str(lines_fen), str(posted_fen))


def _broken_chain(work: Work) -> Iterator[Finding]:
    """The first link that does not fit."""
    wrong = chain.first_misfit(work)
    if wrong is not None:
        yield Finding(*wrong)


def _count(work: Work, column: Any) -> int:
    return work.session.scalar(select(func.count(column))) or 0
