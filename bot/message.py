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
    ADDED = "added"  # As a contact of a colleague, who is to be greeted in other words.
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
    answer_code: str = ""
    """What the platform wants to see with the answer, while it is good: a welcome code, or where
    an answer that is late may be sent."""
    account: str = ""
    """Which of our accounts in that door heard it, where the door has several."""

    is_called: bool = True
    """In a group: the bot was called by its name."""

    @property
    def known_at(self) -> Channel:
        """The door where the sender's id counts: in a group, a colleague's id in the WeCom app."""
        return Channel.WECOM_APP if self.channel is Channel.GROUP else self.channel

    @property
    def is_public(self) -> bool:
        return self.room is not None
