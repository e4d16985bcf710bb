"""Refusals about assists."""

from dataclasses import dataclass

from commerce.errors.kinds import Refusal


@dataclass
class AssistsOff(Refusal):
    """The rules say that friends unlock no prices here."""


@dataclass
class NoAssist(Refusal):
    """This live has no price for friends to unlock, or is not on the air."""

    live: int
    title: str
