"""Free Chinese → one intent, or none: the nearest everyday wording, by its letters or its sound.

Nothing is asked of a network and nothing is downloaded: a wording added to the file is understood,
and what it costs is one walk through an inverted index over at most `LOOKED_AT` characters.
"""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.arguments import arguments
from bot.likeness import Likeness, says_no
from bot.sounds import sounded
from bot.spelling import spell
from bot.wordings import LOOKED_AT, masked

CLAUSES = 6
NONE = "none"
LINK_ADDS = 0.5  # whatever is said around a link, the link is what it is about
CLAUSE_COUNTS, WHOLE_ADDS = 0.92, 0.08
SOUND_COUNTS = 0.8  # what only sounds alike is less sure
CLEAR = 0.8  # from here on nobody asks how it sounds
SAME_SOUND = 0.95  # 「haibao」, 「海抱」
LONGEST_SOUNDED, LONGEST_WHOLE = 60, 100
"""Of more sounds, and of more characters in several clauses, a wording is too small a part."""

_CLAUSE = re.compile(r"[,.。!?;:、\s~…]+")
_ONLY_AN_ID = re.compile(r"(?:订单号?|编?号|单号|尾号|是|[NWVUC])+")
NEARER = 0.6
CLOSE = 0.15  # what is farther behind the best was not meant
MUST_BE_NEARER = {"help", "mute", "cancel"}  # They answer anything, or act at once.
WEAK_IN_A_CLAUSE = {NONE, "help"}  # 「你好，我要提现」, 「我要提现，怎么操作」


@dataclass(frozen=True)
class Understanding:
    """What was heard. `intent` is "none" when nothing is near enough; then `candidates` are two or
    three intents it may have been, or nothing at all for small talk."""

    intent: str
    arguments: dict[str, Any] = field(default_factory=dict)
    confidence: float = 0.0
    candidates: tuple[str, ...] = ()
    is_talk: bool = False
    """It is small talk, and near to some that is known."""


class Listener:
    """Hears intents in free text. Immutable once built; safe to share between threads."""

    def __init__(
        self,
        wordings: Mapping[str, Sequence[str]],
        *,
        threshold: float = 0.38,
        margin: float = 0.01,
    ) -> None:
        """`threshold`: how near (0..1) a wording must be; `margin`: how much nearer than those of
        every other intent."""
        self.threshold = threshold
        self.margin = margin
        pairs = [
            (intent, wording)
            for intent, said in wordings.items()
            for wording in dict.fromkeys(map(masked, said))
        ]
        sounds = [(intent, sounded(wording)) for intent, wording in pairs]
        self._exact = {wording: intent for intent, wording in reversed(pairs)}
        self._same_sound = {sound: intent for intent, sound in reversed(sounds) if len(sound) > 1}
        self._letters, self._sounds = Likeness(pairs), Likeness(sounds)

    @property
    def known(self) -> frozenset[str]:
        """Every wording, as `masked` writes it."""
        return frozenset(self._exact)

    def hear(self, text: str) -> Understanding:
        """Never raises, whatever the text; bounded work however long it is."""
        whole = masked(text)
        intent, confidence = self._exact.get(whole), 1.0
        if intent is None:
            intent, confidence = self._same_sound.get(sounded(whole)), SAME_SOUND
        if intent is not None:
            talk = intent == NONE
            return Understanding(intent, arguments(intent, text), confidence, is_talk=talk)
        return self._decide(text, self._heard(text, whole))

    def _heard(self, text: str, whole: str) -> dict[str, float]:
        """How near each intent is to the sentence or to one of its clauses. Of two clauses that
        are both clear, the one that is also in the whole wins: 「我要退款，订单 0073」."""
        clauses = _clauses(text)
        is_long = len(clauses) > 1 and len(whole) > LONGEST_WHOLE
        as_whole = {} if is_long else self._near(whole)
        heard = defaultdict(float, as_whole)
        for clause in clauses:
            exact = self._exact.get(clause)
            near = self._near(clause) if exact is None else {exact: 1.0}
            for intent, score in near.items():
                if intent not in WEAK_IN_A_CLAUSE:
                    in_clause = CLAUSE_COUNTS * score + WHOLE_ADDS * as_whole.get(intent, 0.0)
                    heard[intent] = max(heard[intent], in_clause)
        if "U" in whole:
            heard["submit_video"] = max(heard.values(), default=0.0) + LINK_ADDS
        return heard

    def _near(self, clause: str) -> dict[str, float]:
        """By letters, and by sound where that says more. A no is only heard in letters."""
        near = self._letters.near(clause)
        if max(near.values(), default=0.0) >= CLEAR or says_no(clause):
            return near
        sound = sounded(clause)
        sounds = self._sounds.near(sound) if len(sound) <= LONGEST_SOUNDED else {}
        return {
            intent: max(near.get(intent, 0.0), SOUND_COUNTS * sounds.get(intent, 0.0))
            for intent in {*near, *sounds}
        }

    def _decide(self, text: str, heard: Mapping[str, float]) -> Understanding:
        ranked = sorted(((score, intent) for intent, score in heard.items()), reverse=True)
        if not ranked:
            return Understanding(NONE)
        (best, intent), runner_up = ranked[0], ranked[1][0] if len(ranked) > 1 else 0.0
        confidence = round(min(best, 1.0), 3)
        if intent == NONE:
            return Understanding(NONE, {}, confidence, is_talk=best >= NEARER)
        enough = max(self.threshold, NEARER if intent in MUST_BE_NEARER else 0.0)
        if best >= enough and best - runner_up >= self.margin:
            return Understanding(intent, arguments(intent, text), confidence)
        least = max(self.threshold * 0.85, best - CLOSE)
        near = [name for score, name in ranked[:4] if score >= least]
        candidates = tuple(name for name in near if name != NONE)[:3]
        return Understanding(NONE, {}, confidence, candidates if len(candidates) > 1 else ())


def _clauses(text: str) -> list[str]:
    parts = [part for part in _CLAUSE.split(spell(text[:LOOKED_AT]).text) if part]
    plain = map(masked, parts[:CLAUSES] if len(parts) > 1 else ())
    return [clause for clause in plain if len(clause) > 1 and not _ONLY_AN_ID.fullmatch(clause)]
