"""
Double-entry bookkeeping. Entries are only ever added, once per key, and always balance.

Written as moves, stored as signed postings. Only members' accounts have a balance row, because
only they have a limit: nobody has less than nothing, and a debt is nothing or less. The world's,
the platform's and the escrow's balances are summed when somebody asks, so that no posting in the
house waits for another one's row.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    CursorResult,
    ForeignKey,
    Index,
    String,
    cast,
    func,
    literal,
    select,
)
from sqlalchemy import insert as insert_into
from sqlalchemy import update as change
from sqlalchemy.orm import Mapped, mapped_column

from commerce.errors import InsufficientBalance
from commerce.store.base import Base, Id, Key
from commerce.store.once import add_up, insert_once, inserted
from commerce.work import Work

Account = String(40)

WORLD = "world"
SALES = "platform:sales"
FEES = "platform:fees"
PROMOTION = "platform:promotion"
TAX = "tax:withheld"


def pending(member_id: int) -> str:
    return f"member:{member_id}:pending"


def pending_sql(member_id: ColumnElement[int]) -> ColumnElement[str]:
    """`pending` in SQL."""
    return literal("member:") + cast(member_id, String(20)) + literal(":pending")


def available(member_id: int) -> str:
    return f"member:{member_id}:available"


def reserved(member_id: int) -> str:
    return f"member:{member_id}:reserved"


def debt(member_id: int) -> str:
    return f"member:{member_id}:debt"


def escrow(place: str) -> str:
    """Money between payment and settlement, of a live or of a day."""
    return f"escrow:{place}"


class JournalEntry(Base):
    """One business fact. The database refuses to change or delete it."""

    __tablename__ = "journal_entries"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(Key, unique=True)
    posted_at: Mapped[datetime]


class Posting(Base):
    """What one account gained (positive) or lost by an entry. Never changed, never deleted."""

    __tablename__ = "postings"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    entry_id: Mapped[int] = mapped_column(Id, ForeignKey("journal_entries.id"), index=True)
    account: Mapped[str] = mapped_column(Account)
    amount_fen: Mapped[int]

    __table_args__ = (Index("postings_of_account", "account", "entry_id"), Base.__table_args__)


class Balance(Base):
    """The balance of an account with a limit: a snapshot of its postings, which `audit` proves."""

    __tablename__ = "balances"

    account: Mapped[str] = mapped_column(Account, primary_key=True)
    balance_fen: Mapped[int] = mapped_column(default=0)
    is_debt: Mapped[bool] = mapped_column(default=False)

    __table_args__ = (
        CheckConstraint(
            "(is_debt AND balance_fen <= 0) OR (NOT is_debt AND balance_fen >= 0)",
            name="balances_limit",
        ),
        Base.__table_args__,
    )


@dataclass(frozen=True)
class Move:
    """Money goes from somewhere to somewhere, so an entry made of moves cannot be unbalanced."""

    source: str
    target: str
    amount_fen: int


def post(work: Work, key: str, *moves: Move) -> bool:
    """Write one entry; moves of nothing are left out. The same key twice is the same fact: False
    then, and nothing is written. InsufficientBalance when an account would pass its limit."""
    changes = total(moves)
    made = inserted(work.session, JournalEntry, {"key": key, "posted_at": work.now})
    if made is None:
        assert find(work, key) == changes, key  # One key, one fact.
        return False
    limited = {name: changes[name] for name in sorted(changes) if has_limit(name)}
    for account, change_fen in limited.items():
        if not _goes_up(account, change_fen):
            change_balance(work, account, change_fen)
    up = [
        {"account": account, "balance_fen": change_fen, "is_debt": False}
        for account, change_fen in limited.items()
        if _goes_up(account, change_fen)
    ]
    if up:  # What only grows passes no limit: one statement for all of it.
        add_up(work.session, Balance, up, into="balance_fen")
    if changes:
        rows = [
            {"entry_id": made.id, "account": account, "amount_fen": amount_fen}
            for account, amount_fen in sorted(changes.items())
        ]
        work.session.connection().execute(insert_into(Posting), rows)
    return True


def _goes_up(account: str, change_fen: int) -> bool:
    return change_fen > 0 and not is_debt(account)


def total(moves: Iterable[Move]) -> dict[str, int]:
    """What each account gains or loses, nothing where nothing. Pure; always sums to 0."""
    changes: dict[str, int] = {}
    for move in moves:
        assert move.amount_fen >= 0, move
        changes[move.source] = changes.get(move.source, 0) - move.amount_fen
        changes[move.target] = changes.get(move.target, 0) + move.amount_fen
    return {account: amount_fen for account, amount_fen in changes.items() if amount_fen}


def find(work: Work, key: str) -> dict[str, int] | None:
    """The changes of the entry of that key; None if there is none."""
    entry_id = work.session.scalar(select(JournalEntry.id).where(JournalEntry.key == key))
    if entry_id is None:
        return None
    rows = select(Posting.account, Posting.amount_fen).where(Posting.entry_id == entry_id)
    return {row.account: row.amount_fen for row in work.session.execute(rows)}


def balance_fen(work: Work, account: str) -> int:
    """What the account holds now."""
    if has_limit(account):
        row = select(Balance.balance_fen).where(Balance.account == account)
        return work.session.scalar(row) or 0
    return posted_fen(work, account)


def posted_fen(work: Work, account: str, *, until: datetime | None = None) -> int:
    """What the account's postings come to: all of them, or those up to a moment."""
    summed = select(func.sum(Posting.amount_fen)).where(Posting.account == account)
    if until is not None:
        entries = summed.join(JournalEntry, JournalEntry.id == Posting.entry_id)
        summed = entries.where(JournalEntry.posted_at <= until)
    return int(work.session.scalar(summed) or 0)


@dataclass(frozen=True)
class Balances:
    """A member's money, in fen. `debt_fen` is what later releases pay first, as a positive."""

    pending_fen: int = 0
    available_fen: int = 0
    reserved_fen: int = 0
    debt_fen: int = 0


def balances(work: Work, member_id: int) -> Balances:
    """All of a member's accounts by one query."""
    names = {
        pending(member_id): "pending_fen",
        available(member_id): "available_fen",
        reserved(member_id): "reserved_fen",
        debt(member_id): "debt_fen",
    }
    rows = work.session.execute(
        select(Balance.account, Balance.balance_fen).where(Balance.account.in_(names))
    )
    return Balances(**{names[row.account]: abs(row.balance_fen) for row in rows})


def lock(work: Work, member_id: int) -> Balances:
    """As `balances`, and nobody else moves the member's money until the unit of work ends."""
    for account in sorted((available(member_id), debt(member_id), pending(member_id))):
        row = select(Balance.balance_fen).where(Balance.account == account).with_for_update()
        if work.session.scalar(row) is None:
            _open(work, account)
            work.session.scalar(row)
    return balances(work, member_id)


def move_all(work: Work, loser_id: int, survivor_id: int) -> None:
    """Two members became one: every balance of the loser is the survivor's, and what is available
    pays what is owed. Safe to run again."""
    for member_id in sorted((loser_id, survivor_id)):
        lock(work, member_id)
    for name in (pending, reserved, available):
        held_fen = balance_fen(work, name(loser_id))
        key = f"merge:{loser_id}:{name.__name__}"
        post(work, key, Move(name(loser_id), name(survivor_id), held_fen))
    owed_fen = -balance_fen(work, debt(loser_id))
    both_fen = owed_fen - balance_fen(work, debt(survivor_id))
    paid_fen = min(both_fen, balance_fen(work, available(survivor_id)))
    post(
        work,
        f"merge:{loser_id}:debt",
        Move(debt(survivor_id), debt(loser_id), owed_fen),
        Move(available(survivor_id), debt(survivor_id), paid_fen),
    )


def has_limit(account: str) -> bool:
    return account.startswith("member:")


def is_debt(account: str) -> bool:
    return account.endswith(":debt")


def change_balance(work: Work, account: str, change_fen: int) -> None:
    """Add to the balance row. InsufficientBalance, and nothing changed, beyond its limit."""
    after_fen = Balance.balance_fen + change_fen
    within = after_fen <= 0 if is_debt(account) else after_fen >= 0
    changed = change(Balance).where(Balance.account == account, within)
    changed = changed.values(balance_fen=after_fen).execution_options(synchronize_session=False)
    for _ in range(2):
        result = work.session.execute(changed)
        assert isinstance(result, CursorResult)
        if result.rowcount == 1:
            return
        if not _open(work, account):
            break
    raise InsufficientBalance(abs(change_fen), abs(balance_fen(work, account)))


def _open(work: Work, account: str) -> bool:
    """Make the balance row if there is none yet. True if it is new."""
    known = select(Balance.account).where(Balance.account == account)
    if work.session.scalar(known) is not None:
        return False
    return insert_once(
        work.session, Balance, account=account, balance_fen=0, is_debt=is_debt(account)
    )
