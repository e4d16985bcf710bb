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
