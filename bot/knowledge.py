"""
What the house knows, and the entry that answers a question.

An entry lists its questions in people's words; the nearest one decides, measured as intents are
(`likeness`), so that both can be compared. `facts` looks through answers too (BM25 over pairs of
characters): that is good enough to give to somebody who reads before speaking, not to be said.
"""

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from bot.likeness import Likeness, features
from bot.wordings import masked

SATURATION, LENGTH_COUNTS = 1.5, 0.75  # BM25's usual k1 and b
CLAUSES = 4
CLAUSE_COUNTS = 0.95
_CLAUSE = re.compile(r"[,，.。!！?？;；\s~…]+")


@dataclass(frozen=True, slots=True)
class Entry:
    id: str
    topic: str
    """Where it is from, as people are told: 「常见问题·提现」."""
    questions: tuple[str, ...]
    answer: str


@dataclass(frozen=True, slots=True)
class Found:
    entry: Entry
    likeness: float


class Knowledge:
    """Immutable once built; safe to share between threads."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._entries = {entry.id: entry for entry in entries}
        pairs = [(entry.id, masked(asked)) for entry in entries for asked in entry.questions]
        self._exact = {asked: entry_id for entry_id, asked in reversed(pairs)}
        self._near = Likeness(pairs)
        self._passages = [Counter(_pairs(f"{' '.join(e.questions)} {e.answer}")) for e in entries]
        self._length = sum(map(Counter.total, self._passages)) / (len(entries) or 1)
        self._spread = Counter(pair for passage in self._passages for pair in passage)

    @property
    def entries(self) -> list[Entry]:
        return list(self._entries.values())

    def find(self, text: str) -> Found | None:
        """The entry whose question is nearest, as a whole or as one clause; None if none is."""
        whole = masked(text)
        if (exact := self._exact.get(whole)) is not None:
            return Found(self._entries[exact], 1.0)
        near = self._near.near(whole)
        for clause in _clauses(text):
            exact = self._exact.get(clause)
            scores = self._near.near(clause) if exact is None else {exact: 1.0}
            for entry_id, score in scores.items():
                near[entry_id] = max(near.get(entry_id, 0.0), CLAUSE_COUNTS * score)
        if not near:
            return None
        best = max(near, key=lambda entry_id: near[entry_id])
        return Found(self._entries[best], near[best])

    def facts(self, text: str, *, limit: int = 3) -> list[Entry]:
        """What may have to do with it, the likeliest first; possibly nothing."""
        scored = [
            (self._score(_pairs(masked(text)), passage), number)
            for number, passage in enumerate(self._passages)
        ]
        best = sorted((pair for pair in scored if pair[0] > 0), reverse=True)[:limit]
        return [self.entries[number] for _, number in best]

    def _score(self, asked: Sequence[str], passage: Counter[str]) -> float:
        norm = 1 - LENGTH_COUNTS + LENGTH_COUNTS * passage.total() / (self._length or 1)
        return sum(
            self._rarity(pair) * times * (SATURATION + 1) / (times + SATURATION * norm)
            for pair in set(asked)
            if (times := passage[pair])
        )

    def _rarity(self, pair: str) -> float:
        """0 for what more than half of the entries say."""
        there, total = self._spread[pair], len(self._entries)
        return max(math.log((total - there + 0.5) / (there + 0.5)), 0.0)


def _pairs(text: str) -> list[str]:
    return [feature for feature in features(masked(text)) if len(feature) == 2]


def _clauses(text: str) -> list[str]:
    parts = [part for part in _CLAUSE.split(text[:200]) if part]
    plain = map(masked, parts[:CLAUSES] if len(parts) > 1 else ())
    return [clause for clause in plain if len(clause) > 3]
