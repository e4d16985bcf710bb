"""What a door can do, as data: whoever delivers reads it and never asks which door it is."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Allowance:
    """So many messages, for so long."""

    messages: int
    lasts: timedelta


@dataclass(frozen=True, slots=True)
class Limits:
    passive: bool
    """The answer travels back in the callback's own response."""
    after_message: Allowance
    after_tap: Allowance
    """After a menu tap, a follow or a scan."""
    unasked: Allowance | None
    """What may be said although the person has not spoken; it fills up again with time."""
    text_bytes: int
    """The longest text, in bytes of UTF-8."""
    cards: bool
    """A link with a title; otherwise it is shown as text and link."""
