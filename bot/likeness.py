"""
How near a sentence is to each intent, 0..1, by its characters and pairs of neighbours.

Two views that fail differently are put together: the *nearest* wording of the intent, and what the
sentence's pairs *speak for*, counted over all wordings. Counting is all the learning there is.
"""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import NamedTuple

SAID_COUNTS = 0.35  # people say more than wordings do: what the wording has counts more
UNKNOWN_COUNTS = 0.4  # a pair no wording has, against one that a single intent has
SPEAKS_FOR = 0.4  # the second view's part of the whole

_NEGATED = re.compile(
    r"(?:(?<!是)不是|(?<!想)不想|(?<!要)不要|(?<!用)不用|不需要|不准备|不打算|没想|先不|暂时不"
    r"|(?<![特分级区个离性类])别(?![人的处家名]))(?=(.{0,4}))"
)
_SAYS_NO = re.compile(r"不是|不想|不要|不用|不需要|先不|暂时不|别|不.了$")
_TAKES_BACK = re.compile(r"不[要想去来约]了?$|取消|撤|去掉|退掉|作废")
_NEUTRAL = (
    "今天 明天 昨天 今晚 昨晚 现在 朋友 手机 怎么 什么 为什 "
    "你们 我们 他们 可以 一个 一下 没有 多少 几个"
)
_FILLERS = frozenset(
    "我你的了吗呢吧啊呀是在有这那个一下就都也还想要请能可以会给把帮们和跟到去来好很太什么怎样多少几谁么"
)


class _Known(NamedTuple):
    """What a feature weighs, which wordings have it, for which intents it speaks how much."""

    weight: float
    wordings: list[int]
    speaks: list[tuple[int, float]]


class Likeness:
    """Immutable once built; safe to share between threads."""

    def __init__(self, wordings: Sequence[tuple[str, str]]) -> None:
        """Of (intent, wording) pairs, in the spelling in which sentences will be asked."""
        self._intents = list(dict.fromkeys(intent for intent, _ in wordings))
        self._features = _counted(wordings, self._intents)
        heaviest = max((known.weight for known in self._features.values()), default=1.0)
        self._unknown = heaviest * UNKNOWN_COUNTS
        self._says_no = [bool(_SAYS_NO.search(wording)) for _, wording in wordings]
        self._wordings = {
            (denies, takes_back): [
                (
                    self._intents.index(intent),
                    self._rest_of(wording),
                    _part(wording, denies=denies, takes_back=takes_back),
                )
                for intent, wording in wordings
            ]
            for denies in (False, True)
            for takes_back in (False, True)
        }
        """By what the sentence does: a wording's intent, and what it is weighed with."""

    def near(self, clause: str) -> dict[str, float]:
        """How near each intent is; nothing at all when the clause says no to the nearest."""
        shared: dict[int, float] = defaultdict(float)
        spoken = [0.0] * len(self._intents)
        size = 0.0
        for feature in features(clause):
            known = self._features.get(feature)
            if known is None:
                size += self._unknown * _importance(feature)
                continue
            weight, wordings, speaks = known
            size += weight
            for number in wordings:
                shared[number] += weight
            for intent, part in speaks:
                spoken[intent] += part
        meant = self._meant(clause, shared, SAID_COUNTS * size)
        return {
            self._intents[intent]: (1 - SPEAKS_FOR) * score + SPEAKS_FOR * spoken[intent] / size
            for intent, score in enumerate(meant)
            if score
        }

    def _meant(self, clause: str, shared: dict[int, float], counts: float) -> list[float]:
        """How near each intent's nearest wording is. 「我不想提现了」 is not 提现; 「不要再发了」
        is, as its wording says no too."""
        pairs = _denied(clause)
        wordings = self._wordings[bool(pairs), bool(_TAKES_BACK.search(clause))]
        denied = 0.0
        for number in self._denied_by(pairs):
            _, rest, part = wordings[number]
            denied = max(denied, part * shared.pop(number) / (counts + rest))
        meant = [0.0] * len(self._intents)
        for number, weight in shared.items():
            intent, rest, part = wordings[number]
            score = part * weight / (counts + rest)
            if score > meant[intent]:
                meant[intent] = score
        return [] if denied > max(meant, default=0.0) else meant

    def _rest_of(self, wording: str) -> float:
        return (1 - SAID_COUNTS) * sum(self._features[one].weight for one in features(wording))

    def _denied_by(self, pairs: set[str]) -> set[int]:
        """The wordings that have one of them, and say no to nothing themselves."""
        found = (self._features[pair].wordings for pair in pairs if pair in self._features)
        return {number for numbers in found for number in numbers if not self._says_no[number]}


def _part(wording: str, *, denies: bool, takes_back: bool) -> float:
    """How much of its likeness counts for a sentence that denies something or takes it back."""
    part = 1.0
    if takes_back and not _TAKES_BACK.search(wording):
        part *= 0.8  # 「预约我不要了」 is no 预约.
    if _SAYS_NO.search(wording) and not denies:
        part *= 0.75
    return part


def says_no(clause: str) -> bool:
    """Is anything in it denied or taken back?"""
    return bool(_NEGATED.search(clause) or _TAKES_BACK.search(clause))


def features(plain: str) -> set[str]:
    """Characters and pairs of neighbours."""
    return {*plain, *(plain[at : at + 2] for at in range(len(plain) - 1))}


def _counted(wordings: Sequence[tuple[str, str]], intents: list[str]) -> dict[str, _Known]:
    """One of a single intent says most. A feature speaks for an intent the more, the more of its
    wordings have it."""
    had: dict[str, list[int]] = defaultdict(list)
    for number, (_, wording) in enumerate(wordings):
        for feature in features(wording):
            had[feature].append(number)
    sizes = Counter(intent for intent, _ in wordings)
    total = len(sizes)
    found = {}
    for feature, numbers in had.items():
        counts = Counter(wordings[number][0] for number in numbers)
        weight = math.log(1 + total / len(counts)) * _importance(feature)
        shares = {intent: count / sizes[intent] for intent, count in counts.items()}
        every = sum(shares.values())
        speaks = [
            (
                intents.index(intent),
                weight * math.log1p(share / every * total) / math.log1p(total),
            )
            for intent, share in shares.items()
        ]
        found[feature] = _Known(weight, numbers, speaks)
    return found


def _denied(clause: str) -> set[str]:
    """The pairs of characters right behind a 「不想」, 「别」, 「不是」."""
    pairs: set[str] = set()
    for found in _NEGATED.finditer(clause):
        pairs |= {found[1][at : at + 2] for at in range(len(found[1]) - 1)}
    return pairs


def _importance(feature: str) -> float:
    fillers = sum(character in _FILLERS for character in feature)
    if len(feature) == 1:
        return 0.15 if fillers else 0.5
    if feature in _NEUTRAL:
        return 0.35
    return (1.0, 0.6, 0.35)[fillers]
