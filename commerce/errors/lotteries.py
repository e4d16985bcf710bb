"""Refusals about bookings, lotteries and prizes."""

from dataclasses import dataclass
from datetime import datetime

from commerce.errors.kinds import Refusal


@dataclass
class BookingClosed(Refusal):
    """It has started, is over, will not be, or its list is frozen."""

    live: int
    title: str
    state: str


@dataclass
class NothingBooked(Refusal):
    live: int


@dataclass
class LotteryTooLate(Refusal):
    """No lottery for this live. Why: 「off」, 「started」, 「exists」 or 「booked」."""

    live: int
    why: str


@dataclass
class BadLottery(Refusal):
    """More winners than people it takes, or none."""

    winners: int
    threshold: int


@dataclass
class PrizeTooDear(Refusal):
    title: str
    prize_fen: int
    limit_fen: int


@dataclass
class PrizeBudgetUsed(Refusal):
    """This month's lotteries promise as much as they may."""

    asked_fen: int
    left_fen: int


@dataclass
class NoPrize(Refusal):
    """The person has won nothing that can be claimed."""


@dataclass
class PrizeLapsed(Refusal):
    product: str
    until: datetime


@dataclass
class ClaimsPaused(Refusal):
    """The record of the draw does not add up: a person looks first."""

    number: str


@dataclass
class NoSuchPrize(Refusal):
    """No prize of this live has that booking number, or it is decided already."""

    live: int
    number: int
