"""A scenario: who is there, what is sold, and what happens when. As a file says it, checked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from commerce.rules import Document, Rank
from commerce.rules.document import Key


@dataclass(frozen=True)
class Member:
    id: str
    rank: Rank = Rank.TRAINEE
    invited_by: str | None = None


@dataclass(frozen=True)
class Product:
    """Prices are fen for one piece."""

    id: str
    price_fen: int
    supply_fen: int
    cost_fen: int
    commission_bp: int
    stock: int


@dataclass(frozen=True)
class Event:
    """`kind` and `id` are the first key after `at` and its value: 「order」, 「O1」. `facts` are
    the other keys, read: amounts in fen, absent ones absent."""

    at: datetime
    kind: str
    id: str
    place: Key = ()
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """「order: O1」, as the file says it."""
        return f"{self.kind}: {self.id}"


@dataclass(frozen=True)
class Scenario:
    """Everything a file tells. `document` knows the lines."""

    document: Document
    plan: Mapping[str, Any]
    members: tuple[Member, ...]
    products: tuple[Product, ...]
    events: tuple[Event, ...]
    until: datetime

    @property
    def file(self) -> str:
        return self.document.file

    @property
    def starts_at(self) -> datetime:
        """When everybody joins."""
        return self.events[0].at if self.events else self.until

    @property
    def awaited(self) -> frozenset[str]:
        """The withdrawals whose result the story tells."""
        return frozenset(event.id for event in self.events if event.kind == "payout_result")

    @property
    def unanswered(self) -> frozenset[str]:
        """Of these, the ones whose payout is first of all without an answer."""
        first: dict[str, str] = {}
        for event in self.events:
            if event.kind == "payout_result":
                first.setdefault(event.id, event.facts["result"])
        return frozenset(id for id, result in first.items() if result == "unknown")
