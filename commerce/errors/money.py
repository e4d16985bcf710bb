"""Refusals about balances, refunds and withdrawals."""

from dataclasses import dataclass
from datetime import datetime

from commerce.errors.kinds import Refusal


@dataclass
class InsufficientBalance(Refusal):
    """An account has less than is asked of it."""

    asked_fen: int
    available_fen: int


@dataclass
class NothingToRefund(Refusal):
    """More is asked back than is left of the order."""

    order: int
    left_fen: int


@dataclass
class BelowMinimum(Refusal):
    """Too little for a withdrawal. `next_at`: when there will be enough, by what is known now;
    `next_fen` comes then and makes `total_fen`."""

    minimum_fen: int
    available_fen: int
    next_at: datetime | None
    next_fen: int
    total_fen: int


@dataclass
class MoreThanAvailable(Refusal):
    """A withdrawal of more than there is; fee, tax and what arrives are those of all there is."""

    asked_fen: int
    available_fen: int
    fee_fen: int
    tax_fen: int
    arrives_fen: int


@dataclass
class TooManyToday(Refusal):
    limit: int  # withdrawals a day


@dataclass
class MonthLimit(Refusal):
    limit_fen: int
    left_fen: int


@dataclass
class NeedsRealName(Refusal):
    """Withdrawals from this amount on need a real name."""

    from_fen: int


@dataclass
class AboveBillLimit(Refusal):
    limit_fen: int


@dataclass
class DebtPausesWithdrawals(Refusal):
    debt_fen: int
    limit_fen: int


@dataclass
class NoPayee(Refusal):
    """Nobody knows the WeChat account that money could go to."""


@dataclass
class TermsChanged(Refusal):
    """What was shown is no longer what would be done: it has to be quoted again."""

    amount_fen: int


@dataclass
class KeyTaken(Refusal):
    """The same request again, but not the same: nothing moves."""

    number: int


@dataclass
class NoSuchWithdrawal(Refusal):
    number: int


@dataclass
class NothingToCancel(Refusal):
    """No withdrawal that could still be cancelled."""


@dataclass
class PayoutStarted(Refusal):
    """Too late to cancel. `state` is where it is now."""

    number: int
    state: str


@dataclass
class AlreadyDecided(Refusal):
    """Somebody else was faster: what they decided stands."""

    number: int
    state: str
    by: str  # Empty: nobody had to.
    at: datetime
    now: datetime
    reason: str


@dataclass
class SameApprover(Refusal):
    """Two different people must approve."""

    number: int


@dataclass
class BadRealName(Refusal):
    """Not a name as it stands in somebody's papers, or no consent was given."""
