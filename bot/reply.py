"""What goes out. Handlers return these values; only channels know how to send them."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Reply:
    """One thing said. A handler may also return several, said in their order."""


@dataclass(frozen=True, slots=True)
class Text(Reply):
    """Words, and below them the words one may tap instead of typing."""

    text: str
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Picture(Reply):
    """A picture by name and facts (JSON). It is drawn when it is delivered, never before."""

    name: str
    facts: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Video(Reply):
    """A video that somebody sent at this door, shown again, while the platform still has it;
    `otherwise` is said instead where it cannot be shown."""

    media_id: str
    thumb_id: str
    otherwise: str


@dataclass(frozen=True, slots=True)
class Card(Reply):
    """A link with a title; a door without cards shows it as text and link."""

    title: str
    text: str
    url: str


@dataclass(frozen=True, slots=True)
class Ask(Reply):
    """Say it and wait: an answer that fits `expects` goes to `then`, with `data` as asked."""

    text: str
    then: Callable[..., Any]
    expects: str = "确认"
    data: dict[str, Any] = field(default_factory=dict)
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Silence(Reply):
    """Nothing is said, and that is the answer."""


Said = Reply | tuple[Reply, ...]


def as_tuple(said: Said) -> tuple[Reply, ...]:
    return said if isinstance(said, tuple) else (said,)


def to_json(reply: Reply) -> dict[str, Any]:
    """What is kept of a reply. A question is kept as its words: the question itself is a row."""
    if isinstance(reply, Ask):
        reply = Text(reply.text, reply.choices)
    return {"kind": type(reply).__name__, **asdict(reply)}


def from_json(kept: dict[str, Any]) -> Reply:
    fields = {name: value for name, value in kept.items() if name != "kind"}
    if "choices" in fields:
        fields["choices"] = tuple(fields["choices"])
    reply: Reply = KINDS[kept["kind"]](**fields)
    return reply


KINDS: dict[str, type[Reply]] = {
    kind.__name__: kind for kind in (Text, Picture, Video, Card, Silence)
}
