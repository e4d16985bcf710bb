"""Refusals about joining, inviting, teams, videos and the staff."""

from dataclasses import dataclass
from datetime import datetime

from commerce.errors.kinds import Refusal


@dataclass
class AlreadyJoined(Refusal):
    nickname: str


@dataclass
class NotJoined(Refusal):
    """The person is still a visitor."""


@dataclass
class NotActive(Refusal):
    """Suspended: the person may look and ask, not act."""


@dataclass
class BadNickname(Refusal):
    words: tuple[str, ...]  # Which words it must not contain; empty: it is too long or blank.
    longest: int


@dataclass
class NoSuchCode(Refusal):
    """Nobody gave out this code, or its time is over."""

    code: str


@dataclass
class CodeClosed(Refusal):
    """An invitation code may be typed only for some days after joining."""

    days: int


@dataclass
class InviterFixed(Refusal):
    inviter: str


@dataclass
class InvitesSelf(Refusal):
    pass


@dataclass
class MakesALoop(Refusal):
    pass


@dataclass
class SeatsFull(Refusal):
    nickname: str
    seats: int


@dataclass
class TooDeep(Refusal):
    """The stricter tree: nobody may sit deeper than the third tier of a root."""

    tiers: int


@dataclass
class NoSeatOffer(Refusal):
    """No seat is held for the person: none was, it is over, or nobody may sit there any more."""


@dataclass
class NoSuchVideo(Refusal):
    number: int


@dataclass
class VideoRefused(Refusal):
    """The words beside a video that the rules forbid."""

    words: tuple[str, ...]


@dataclass
class TooManyVideos(Refusal):
    limit: int  # a day


@dataclass
class AlreadyReviewed(Refusal):
    number: int
    state: str
    reviewer: str
    reviewed_at: datetime


@dataclass
class OwnCase(Refusal):
    """Nobody decides their own case."""


@dataclass
class NotStaff(Refusal):
    needs: tuple[str, ...]


@dataclass
class NoSuchMember(Refusal):
    number: int


@dataclass
class NoSuchCase(Refusal):
    number: int
