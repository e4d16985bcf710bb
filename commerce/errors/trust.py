"""Refusals about after-sales, fraud holds and rewards."""

from dataclasses import dataclass
from datetime import datetime

from commerce.errors.kinds import Refusal


@dataclass
class NotReturnable(Refusal):
    """Nothing was paid for the order, or all of it has gone back."""

    tail: str
    state: str


@dataclass
class ReturnTooLate(Refusal):
    """The days in which goods may go back without a reason are over."""

    tail: str
    received_at: datetime
    days: int


@dataclass
class OpenedGoods(Refusal):
    """Goods that may not go back without a reason once they were opened."""

    tail: str
    goods: str


@dataclass
class NoSuchAfterSale(Refusal):
    number: int


@dataclass
class AfterSaleDecided(Refusal):
    """Somebody else was faster, or it was approved by itself (`by` is empty)."""

    number: int
    state: str
    by: str
    at: datetime


@dataclass
class NoSuchHold(Refusal):
    number: int


@dataclass
class AlreadyJudged(Refusal):
    """Somebody else was faster, or its time was over (`by` is empty)."""

    number: int
    verdict: str
    by: str
    at: datetime


@dataclass
class NoSuchBonus(Refusal):
    """No bonus of that number waits to be released."""

    number: int


@dataclass
class VideoNotApproved(Refusal):
    """Plays count only of approved videos."""

    number: int
    state: str


@dataclass
class NoSuchQuestion(Refusal):
    """Nobody asked a question of that number."""

    number: int
