"""Refusals about groups and what is posted there."""

from dataclasses import dataclass

from commerce.errors.kinds import Refusal


@dataclass
class NoSuchRoom(Refusal):
    number: int


@dataclass
class NoSuchPost(Refusal):
    number: int


@dataclass
class NoSuchTemplate(Refusal):
    name: str
    names: tuple[str, ...]


@dataclass
class PostDecided(Refusal):
    """It was sent, refused or stopped already."""

    number: int
    state: str


@dataclass
class PostLacks(Refusal):
    """Values nobody has given yet, by the names of the template's variables."""

    number: int
    names: tuple[str, ...]


@dataclass
class PostRefused(Refusal):
    """Words that must not stand in a group."""

    words: tuple[str, ...]
