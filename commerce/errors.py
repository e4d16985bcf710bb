"""
What can go wrong, by who must act:

* Refusal               the person asked for something the rules do not allow; tell them why
  x AlreadyJoined, NotJoined, NotActive
  x BadNickname, NoSuchCode, CodeClosed
  x InviterFixed, InvitesSelf, MakesALoop, SeatsFull, TooDeep
  x NoSuchVideo, VideoRefused, TooManyVideos, AlreadyReviewed, OwnCase
  x NotStaff, NoSuchMember, NoSuchCase
* PlatformError         the other side failed; `retryable` says whether to try again
  x PlatformUnavailable
  x RateLimited
  x Rejected
    x WindowClosed      it may be said later, when the person comes back

A broken invariant is neither: it is an AssertionError, and it stops the act.
No error carries a sentence: sentences are in `handlers/refusals.py`.
"""

from dataclasses import dataclass
from datetime import datetime


class Refusal(Exception):
    """Expected. Rolls back what the handler did and becomes words in `handlers/refusals.py`."""


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


class PlatformError(Exception):
    """The other side failed. `code` is its own error code, -1 when it gave none."""

    retryable = False

    def __init__(self, code: int = -1, text: str = "") -> None:
        super().__init__(f"{code} {text}".strip())
        self.code = code
        self.text = text


class PlatformUnavailable(PlatformError):
    retryable = True


class RateLimited(PlatformError):
    retryable = True


class Rejected(PlatformError):
    pass


class WindowClosed(Rejected):
    pass
