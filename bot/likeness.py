"""
How near a sentence is to each intent, 0..1, by its characters and pairs of neighbours.

Two views that fail differently are put together: the *nearest* wording of the intent, and what the
sentence's pairs *speak for*, counted over all wordings. Counting is all the learning there is.
"""

import math
import re
from collections import defaultdict
from collections.abc import Sequence

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


class Likeness:
    """Immutable once built; safe to share between threads."""

    def __init__(self, wordings: Sequence[tuple[str, str]]) -> None:
        """Of (intent, wording) pairs, in the spelling in which sentences will be asked."""
        self._wordings = wordings
        self._weights, self._speaks = _counted(wordings)
        self._unknown = max(self._weights.values(), default=1.0)
        self._sizes = [self._weight_of(features(wording)) for _, wording in wordings]
        self._says_no = [bool(_SAYS_NO.search(wording)) for _, wording in wordings]
        self._takes_back = [bool(_TAKES_BACK.search(wording)) for _, wording in wordings]
        self._index: dict[str, list[int]] = defaultdict(list)
        for number, (_, wording) in enumerate(wordings):
            for feature in features(wording):
                self._index[feature].append(number)

    def near(self, clause: str) -> dict[str, float]:
        """How near each intent is; nothing at all when the clause says no to the nearest."""
        said = features(clause)
        size = self._weight_of(said)
        nearest = self._nearest(clause, said, size)
        speaks = self._spoken_for(said, size)
        return {
            intent: (1 - SPEAKS_FOR) * score + SPEAKS_FOR * speaks.get(intent, 0.0)
            for intent, score in nearest.items()
        }

    def _nearest(self, clause: str, said: set[str], size: float) -> dict[str, float]:
        """How near each intent's nearest wording is. 「我不想提现了」 is not 提现; 「不要再发了」
        is, as its wording says no too."""
        shared: dict[int, float] = defaultdict(float)
        for feature in said:
            for number in self._index.get(feature, ()):
                shared[number] += self._weights[feature]
        denied_pairs, takes_back = _denied(clause), bool(_TAKES_BACK.search(clause))
        meant: dict[str, float] = defaultdict(float)
        denied = 0.0
        for number, weight in shared.items():
            intent, wording = self._wordings[number]
            score = weight / (SAID_COUNTS * size + (1 - SAID_COUNTS) * self._sizes[number])
            if takes_back and not self._takes_back[number]:
                score *= 0.8  # 「预约我不要了」 is no 预约.
            if self._says_no[number]:
                meant[intent] = max(meant[intent], score * (1.0 if denied_pairs else 0.75))
            elif any(pair in wording for pair in denied_pairs):
                denied = max(denied, score)
            else:
                meant[intent] = max(meant[intent], score)
        return {} if denied > max(meant.values(), default=0.0) else meant

    def _spoken_for(self, said: set[str], size: float) -> dict[str, float]:
        spoken: dict[str, float] = defaultdict(float)
        for feature in said:
            for intent, weight in self._speaks.get(feature, ()):
                spoken[intent] += weight
        return {intent: weight / size for intent, weight in spoken.items()} if size else {}

    def _weight_of(self, said: set[str]) -> float:
        return sum(
            self._weights.get(feature, self._unknown * UNKNOWN_COUNTS * _importance(feature))
            for feature in said
        )


def says_no(clause: str) -> bool:
    """Is anything in it denied or taken back?"""
    return bool(_NEGATED.search(clause) or _TAKES_BACK.search(clause))


def features(plain: str) -> set[str]:
    """Characters and pairs of neighbours."""
    return {*plain, *(plain[at : at + 2] for at in range(len(plain) - 1))}


def _counted(
    wordings: Sequence[tuple[str, str]],
) -> tuple[dict[str, float], dict[str, list[tuple[str, float]]]]:
    """What each feature weighs (one of a single intent says most), and for which intents it speaks
    how much of that."""
    said: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    sizes: dict[str, int] = defaultdict(int)
    for intent, wording in wordings:
        sizes[intent] += 1
        for feature in features(wording):
            said[feature][intent] += 1
    total = len(sizes)
    weights, speaks = {}, {}
    for feature, counts in said.items():
        weights[feature] = math.log(1 + total / len(counts)) * _importance(feature)
        shares = {intent: count / sizes[intent] for intent, count in counts.items()}
        every = sum(shares.values())
        speaks[feature] = [
            (intent, weights[feature] * math.log1p(share / every * total) / math.log1p(total))
            for intent, share in shares.items()
        ]
    return weights, speaks


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
