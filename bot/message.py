"""What came in: one thing a person did, whichever door it came through."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Channel(StrEnum):
    """The doors of the house."""

    OFFICIAL = "official"
    CUSTOMER_SERVICE = "wecom"
    WECOM_APP = "app"
    GROUP = "group"


class Kind(StrEnum):
    TEXT = "text"
    TAP = "tap"
    SCAN = "scan"
    HAPPENING = "happening"
    VIDEO = "video"
    PERMIT = "permit"  # Whether we may tell them something, once: opens no door by itself.
    OTHER = "other"  # A picture, a voice, a place: heard, not read.


class Happening(StrEnum):
    """What every platform tells in its own words, in ours."""

    FOLLOWED = "followed"
    LEFT = "left"
    WITHDREW_CONSENT = "withdrew_consent"  # The person took back what WeChat told us of them.
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Message:
    """One message, tap, scan or happening. Immutable, and the same for every door."""

    channel: Channel
    id: str
    """Names it among all messages of all doors; a platform's retry carries the same one."""
    sender: str
    """The person's id in that door (openid, external_userid, ...)."""
    kind: Kind
    text: str
    """Words, menu key, scanned scene, happening, the media ids of a video (its own and, after a
    blank, that of its picture), or what was permitted: 「yes T1,no T2」."""
    sent_at: datetime
    room: str | None = None
    scene: str = ""
    """What was scanned to get here, if the happening says so."""

    @property
    def is_public(self) -> bool:
        return self.room is not None
