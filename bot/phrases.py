"""Phrases with typed slots: "提现 {amount_fen:yuan}" finds 我要提现２００元: amount_fen=20000."""

import re
from collections.abc import Callable
from typing import Any, NamedTuple

from bot.amounts import BadAmount, parse_amount, parse_integer
from bot.spelling import CONFIRMATIONS, Spelled, spell, trimmed

SLOT = re.compile(r"\{(\w+):(\w+)\}")
NUMERAL = "0-9零一二两三四五六七八九十百千万亿"
YUAN = (
    rf"(?:人民币|rmb|¥|[-−+负整])* ?[{NUMERAL}几.]"
    rf"(?: ?[{NUMERAL}几元块圆钱角毛分半整点多来余,.wke+])*(?:左右|上下)?"
)
SEPARATOR = r"[ ,:;、。]"
LONGEST_WITHOUT_FREE_SLOT = 500
RAW_URL = re.compile(r"(?:https?://|(?:[a-z0-9-]+\.)*weixin\.qq\.com/)[!-~]+", re.IGNORECASE)
YES = "|".join(" ?".join(word) for word in [*CONFIRMATIONS.split(), "嗯嗯", "yes", "确认提现"])
CONFUSED = str.maketrans("OIL", "011")


def normalise(text: str) -> str:
    """The one spelling in which phrases and people's text are compared. Doing it twice changes
    nothing; no text of letters or figures becomes empty."""
    spelled = spell(text).text
    while True:
        start, end = trimmed(spelled)
        shorter = spelled[start:end].replace(" ", "")
        if shorter == spelled:
            return shorter
        spelled = shorter


def invitation_code(text: str) -> str:
    """The code as it was printed: upper case, Crockford's O = 0 and I = L = 1, no hyphens."""
    return text.upper().replace("-", "").translate(CONFUSED)


class Kind(NamedTuple):
    """How a slot looks in normalised text, what it is worth, and whether the raw text counts."""

    regex: str
    value: Callable[[str], Any]
    weight: int
    raw: bool = False


def _yuan(text: str) -> int | None:
    try:
        return parse_amount(text)
    except BadAmount as bad:
        if bad.reason == "not_an_amount":
            return None
        raise


def _sum(text: str) -> int | BadAmount | None:
    """As `_yuan`, but a handler that asks for a sum says itself what is wrong with one."""
    try:
        return _yuan(text)
    except BadAmount as bad:
        return bad


def _number(text: str) -> int | None:
    return parse_integer(re.sub(r"^第|[号个条件场笔单款位]$", "", text))


def _line(text: str) -> str | None:
    """The digits as they were typed: 「0073」 is the tail of a number, 「1」 a place in a list."""
    said = re.sub(r"^(?:第|尾号|订单)+ ?|[笔条单个号]$", "", text).strip()
    number = parse_integer(said)
    return said if said.isdecimal() else None if number is None else str(number)


def _url(text: str) -> str | None:
    found = RAW_URL.match(text)
    return found[0] if found else None


SLOT_KINDS: dict[str, Kind] = {
    "yuan": Kind(YUAN, _yuan, 3),
    "sum": Kind(YUAN, _sum, 3),
    "number": Kind(rf"第? ?[{NUMERAL}]++ ?[号个条件场笔单款位]?", _number, 3),
    "word": Kind(r"[\w-]+", str, 1, raw=True),
    "text": Kind(r".+", lambda text: text.removesuffix("。") or text, 0, raw=True),
    "video_number": Kind(
        r"(?:v|视频|短视频|作品)(?:号|编号)? ?[0-9]{1,12}+",
        lambda text: int(re.sub(r"[^0-9]", "", text)),
        4,
    ),
    "line": Kind(rf"(?:第|尾号|订单)* ?[{NUMERAL}]++ ?[笔条单个号]?", _line, 3),
    "place": Kind(rf"第? ?[{NUMERAL}]{{1,2}} ?[笔条个]?", _line, 1),
    "code": Kind(r"[0-9a-z](?:-?[0-9a-z]){2,23}", invitation_code, 2),
    "url": Kind(r"(?:https?://|(?:[a-z0-9-]+\.)*weixin\.qq\.com/)[!-~]+", _url, 5, raw=True),
    "yes": Kind(YES, lambda _: True, 5),
    "all": Kind(
        r"(?:全部|所有|全|都|全都|有多少)(?:的?钱|余额)?(?:提|提现|提出来|提了|取|取出来|提走)?",
        lambda _: "all",
        5,
    ),
}


class Phrase:
    """What somebody may say. `slots` maps each slot's name to its kind."""

    def __init__(self, pattern: str) -> None:
        """Raises ValueError for an unknown kind of slot or a pattern that says nothing."""
        self.pattern = pattern
        names_and_kinds = SLOT.findall(pattern)
        self.slots: dict[str, str] = dict(names_and_kinds)
        unknown = sorted(set(self.slots.values()) - SLOT_KINDS.keys())
        if unknown or len(self.slots) < len(names_and_kinds) or not pattern.strip():
            raise ValueError(f"phrase {pattern!r}: unknown or repeated slots {unknown}")
        self._literals = _literals(
            pattern, opens=not self._is_open(0), closes=not self._is_open(-1)
        )
        self.regex = re.compile(_regex(self._literals, names_and_kinds))

    @property
    def is_free(self) -> bool:
        """It takes any text, so every other phrase goes before it."""
        return "text" in self.slots.values()

    @property
    def specificity(self) -> tuple[bool, bool, int, int]:
        """Greater is more exact: no slots, no free text, more literals, stricter slots."""
        literal = sum(len(part.replace(" ", "")) for part in self._literals)
        weight = sum(SLOT_KINDS[kind].weight for kind in self.slots.values())
        return not self.slots, not self.is_free, literal, weight

    def match(self, text: str) -> dict[str, Any] | None:
        """The slots' values, None when it is not this phrase. Raises BadAmount when it is this
        phrase with an amount that cannot be taken exactly (100.005, -5, 1e2)."""
        spelled = spell(text)
        if len(spelled.text) > LONGEST_WITHOUT_FREE_SLOT and not self.is_free:
            return None
        start, end = trimmed(spelled.text, front=not self._is_open(0), back=not self._is_open(-1))
        found = self.regex.fullmatch(spelled.text, start, end)
        return None if found is None else self._values(spelled, found)

    def _values(self, spelled: Spelled, found: re.Match[str]) -> dict[str, Any] | None:
        values = {}
        for name, kind in self.slots.items():
            start, end = found.span(name)
            said = spelled.cut(start, end) if SLOT_KINDS[kind].raw else spelled.text[start:end]
            values[name] = SLOT_KINDS[kind].value(said)
        return None if None in values.values() else values

    def _is_open(self, edge: int) -> bool:
        """A free slot stands at this edge (0 or -1) of the pattern: nothing is trimmed there."""
        ends = (r"\{\w+:text\}\s*$", r"^\s*\{\w+:text\}")
        return re.search(ends[edge + 1], self.pattern) is not None


def _literals(pattern: str, *, opens: bool, closes: bool) -> list[str]:
    """What is said word by word: before, between and after the slots."""
    parts = [spell(f"x{part}x").text[1:-1] for part in SLOT.split(pattern)[::3]]
    if len(parts) == 1:
        return [normalise(pattern)]
    if opens and parts[0].strip():
        parts[0] = parts[0][trimmed(parts[0], back=False)[0] :]
    if closes and parts[-1].strip():
        parts[-1] = parts[-1][: trimmed(parts[-1], front=False)[1]]
    return [parts[0].lstrip(), *parts[1:-1], parts[-1].rstrip()]


def _regex(literals: list[str], slots: list[tuple[str, str]]) -> str:
    regex = _loose(literals[0])
    for index, (name, kind) in enumerate(slots):
        literal = literals[index + 1]
        regex += f"(?P<{name}>{SLOT_KINDS[kind].regex})"
        touching = index + 1 < len(slots) and not literal.strip()
        regex += f"{SEPARATOR}+" if touching and _runs_on(kind) else _loose(literal)
    return regex


def _loose(literal: str) -> str:
    """Spaces may be typed anywhere; where the pattern has one, a comma or colon may stand too."""
    return "".join(f"{SEPARATOR}*" if c == " " else f" ?{re.escape(c)}" for c in literal)


def _runs_on(kind: str) -> bool:
    """Without a separator it would not end where the next slot begins."""
    return kind in {"yuan", "sum", "number", "word", "text", "code", "url"}
