"""Refusals about lives."""

from dataclasses import dataclass

from commerce.errors.kinds import Refusal


@dataclass
class NoSuchLive(Refusal):
    """Or somebody else's: nobody learns what others plan."""

    number: int


@dataclass
class LiveTitleRefused(Refusal):
    words: tuple[str, ...]  # Which words it must not contain; empty: it is too long or blank.
    longest: int


@dataclass
class PlannedInThePast(Refusal):
    """A live is announced for a time that is over."""


@dataclass
class NotConfirmed(Refusal):
    """Who speaks in a live has not yet said their name and that they are old enough."""


@dataclass
class LiveNotStarted(Refusal):
    number: int


@dataclass
class LiveIsOver(Refusal):
    number: int


@dataclass
class LiveCancelled(Refusal):
    number: int


@dataclass
class LiveHasStarted(Refusal):
    """What is on the air, or over, is not planned any more."""

    number: int


@dataclass
class LiveNotApproved(Refusal):
    """It cannot start before somebody has looked at its title, goods and script."""

    number: int
    missing: tuple[str, ...]  # Of "goods" and "script"; empty: it waits for its review.
    sent_back: str  # Why it was sent back, if it was.


@dataclass
class LiveReviewed(Refusal):
    """There is nothing to decide about it: decided, cancelled, or not yet complete."""

    number: int


@dataclass
class LiveTextRefused(Refusal):
    """A script or a reason."""

    words: tuple[str, ...]  # Which words it must not contain; empty: it is too long or blank.
    longest: int


@dataclass
class LiveTooLong(Refusal):
    """It must end after its start, and by its latest time."""

    latest_s: int  # So long after its start it ends by itself.


@dataclass
class TooManyGoods(Refusal):
    most: int


@dataclass
class NotInLive(Refusal):
    """A price or a prize is for what is shown in that live."""

    number: int
    product_id: int
    goods: tuple[int, ...]  # What is shown now, in its order.
