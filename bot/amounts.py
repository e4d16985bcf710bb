"""Amounts as people write them → fen, exactly: 「1,000」, 「100块5」, 「一百二」, 「1.5万」."""

import re
import unicodedata
from typing import NamedTuple

from bot.spelling import SIMPLIFIED
from commerce.fen import show_yuan

LARGEST_FEN = 99_999_999_99
LONGEST = 40  # characters; nobody writes a longer amount, and no longer one is looked at

DIGITS = {digit: value for value, digit in enumerate("零一二三四五六七八九")} | {"两": 2}
DIGITS |= {str(value): value for value in range(10)}
POWERS = {"十": 1, "百": 2, "千": 3, "万": 4}
SAME_SIGN = str.maketrans(
    "壹贰叁肆伍陆柒捌玖拾佰仟圆〇○−﹣–—", "一二三四五六七八九十百千元零零----"
)

VAGUE = re.compile(r"[几多来余]|左右|上下|大概|大约|差不多|以上|以内")
SEVERAL = re.compile(r"[一二两三四五六七八九]{2}[十百千万]")  # 两三百: some, not an amount
EXPONENT = re.compile(r"([0-9]{1,6})(?:\.0*)?e\+?([0-9])")
FAR_TOO_LARGE = re.compile(
    r"[0-9,]{12,}(?:\.[0-9]*)?[元块]?|[0-9.零一二两三四五六七八九十百千万]+亿[^元块]*[元块]?"
)
PARTS = re.compile(
    r"(?:(?P<yuan>[^元块角毛分半]+)(?P<unit>元|块|$))?钱?"
    r"(?:(?P<half>半)|零?(?P<jiao>[0-9一二两三四五六七八九])[角毛])?"
    r"(?:零?(?P<fen>[0-9一二两三四五六七八九])分|(?P<bare>[0-9]{1,2}|零?[一二两三四五六七八九]))?钱?整?"
)
SECTION = re.compile(
    r"(?:(?P<thousands>D)千)?(?P<zero1>零?)(?:(?P<hundreds>D)百)?(?P<zero2>零?)"
    r"(?:(?P<tens>D?)(?P<ten>十))?(?P<ones>D)?".replace("D", "[1-9一二两三四五六七八九]")
)


class BadAmount(ValueError):
    """Not an exact amount. `reason` is one of too_fine, negative, zero, too_large, vague, exponent,
    grouping, not_an_amount; `nearest` are amounts in fen that may have been meant, ascending."""

    def __init__(self, text: str, reason: str, nearest: tuple[int, ...] = ()) -> None:
        hint = "".join(f", perhaps {show_yuan(fen)}" for fen in nearest)
        super().__init__(f"not an exact amount of yuan ({reason}): {text[:LONGEST]!r}{hint}")
        self.text = text
        self.reason = reason
        self.nearest = nearest


class Scaled(NamedTuple):
    """units × 10^-decimals yuan: a decimal number that never rounds."""

    units: int
    decimals: int = 0


def parse_amount(text: str) -> int:
    """Fen, exactly, more than nothing and at most 99,999,999.99 yuan. Raises BadAmount."""
    amount = _spelled(text)
    if FAR_TOO_LARGE.fullmatch(amount):
        raise BadAmount(text, "too_large")
    if len(amount) > LONGEST:
        raise BadAmount(text, "not_an_amount")
    _refuse_what_is_not_exact(text, amount)
    try:
        fen = _fen(amount)
    except BadAmount as bad:
        raise BadAmount(text, bad.reason, bad.nearest) from None
    if fen == 0:
        raise BadAmount(text, "zero")
    if fen > LARGEST_FEN:
        raise BadAmount(text, "too_large")
    return fen


def parse_integer(text: str) -> int | None:
    """「12」, 「十二」, 「一百零二」 → the number; None when it is not a whole one."""
    number = _number(_spelled(text)) if len(text) <= LONGEST else None
    return number.units if number is not None and number.decimals == 0 else None


def _spelled(text: str) -> str:
    amount = unicodedata.normalize("NFKC", text[: LONGEST * 4]).casefold()
    amount = re.sub(r"\s+", "", amount).translate(SIMPLIFIED).translate(SAME_SIGN)
    amount = re.sub(r"^(?:人民币|rmb|cny|¥)|(?:人民币|rmb)$", "", amount)
    amount = re.sub(r"(?<=[0-9])(?:w|萬)", "万", amount)
    return re.sub(r"(?<=[0-9])k", "千", amount).removeprefix("整")


def _refuse_what_is_not_exact(text: str, amount: str) -> None:
    if found := re.fullmatch(r"(?:-|负)(.+)", amount):
        raise BadAmount(text, "negative", _perhaps(found[1]))
    if found := EXPONENT.fullmatch(amount):
        raise BadAmount(text, "exponent", _perhaps(found[1] + "0" * int(found[2])))
    if VAGUE.search(amount):
        raise BadAmount(text, "vague", _perhaps(VAGUE.sub("", amount)))
    if SEVERAL.search(amount):
        raise BadAmount(text, "vague")
    if "," in amount and not re.match(r"[0-9]{1,3}(?:,[0-9]{3})+(?![0-9,])", amount):
        raise BadAmount(text, "grouping", _perhaps(amount.replace(",", "")))


def _perhaps(amount: str) -> tuple[int, ...]:
    try:
        return (parse_amount(amount),)
    except BadAmount as bad:
        return bad.nearest


def _fen(amount: str) -> int:
    parts = PARTS.fullmatch(amount)
    if parts is None or not any(parts.groups()):
        raise BadAmount(amount, "not_an_amount")
    yuan = Scaled(0) if parts["yuan"] is None else _number(parts["yuan"].replace(",", ""))
    small_fen = _jiao_and_fen(parts)
    if yuan is None or small_fen is None or (small_fen and yuan.decimals):
        raise BadAmount(amount, "not_an_amount")
    return _whole_fen(yuan) + small_fen


def _jiao_and_fen(parts: re.Match[str]) -> int | None:
    """What stands after the yuan, in fen; None when it makes no amount."""
    jiao_fen = 50 if parts["half"] else DIGITS[parts["jiao"] or "零"] * 10
    bare = parts["bare"]
    if bare is None:
        return jiao_fen + DIGITS[parts["fen"] or "零"]
    if parts["half"] or (len(bare) == 2 and jiao_fen):
        return None
    if len(bare) == 2:  # 100块50, 100块05, 一百块零五
        return DIGITS[bare[0]] * 10 + DIGITS[bare[1]]
    if jiao_fen:  # 三毛五
        return jiao_fen + DIGITS[bare]
    return DIGITS[bare] * 10 if parts["unit"] else None


def _whole_fen(yuan: Scaled) -> int:
    digits = str(yuan.units).zfill(yuan.decimals + 1) + "00"
    point = len(digits) - 2 - yuan.decimals
    below, too_fine = int(digits[: point + 2]), digits[point + 2 :]
    if too_fine.strip("0"):
        nearest = tuple(fen for fen in (below, below + 1) if 0 < fen <= LARGEST_FEN)
        raise BadAmount(digits, "too_fine", nearest)
    return below


def _number(text: str) -> Scaled | None:
    """A number of yuan in Arabic or Chinese figures, or both; None when it is none."""
    if found := re.fullmatch(r"\+?([0-9]+)(?:\.([0-9]+))?([十百千万])?", text):
        return _times(Scaled(int(found[1] + (found[2] or "")), len(found[2] or "")), found[3])
    if found := re.fullmatch(r"(.+)点([零一二三四五六七八九]+)([十百千万])?", text):
        whole = _whole(found[1])
        after = "".join(str(DIGITS[digit]) for digit in found[2])
        return (
            None if whole is None else _times(Scaled(int(f"{whole}{after}"), len(after)), found[3])
        )
    whole = _whole(text)
    return None if whole is None else Scaled(whole)


def _times(number: Scaled, unit: str | None) -> Scaled:
    power = POWERS[unit] if unit else 0
    surplus = max(power - number.decimals, 0)
    return Scaled(number.units * 10**surplus, max(number.decimals - power, 0))


def _whole(text: str) -> int | None:
    if re.fullmatch(r"[1-9一二三四五六七八九](?=.*零)[零一二三四五六七八九]+", text):  # 二零零
        return int("".join(str(DIGITS[digit]) for digit in text))
    high, ten_thousand, low = text.rpartition("万")
    if not ten_thousand:
        return _section(text)
    above, below = _section(high), _after_ten_thousand(low)
    return None if above is None or below is None else above * 10_000 + below


def _after_ten_thousand(low: str) -> int | None:
    if low == "":
        return 0
    if low in DIGITS:  # 一万二
        return DIGITS[low] * 1_000
    below = _section(low.removeprefix("零"))
    return None if below is None or below >= 10_000 else below


def _section(text: str) -> int | None:
    """Up to 9 999, with the spoken short form: 一百二 is 120, 一千五 is 1 500, 一百零二 is 102."""
    if text == "零":
        return 0
    if found := re.fullmatch(r"(?:([1-9])([百千]))?([0-9]{1,4})", text):
        return _with_figures(found[1], found[2], found[3])
    parts = SECTION.fullmatch(text)
    if parts is None or not text or _misplaced_zero(parts):
        return None
    ones = DIGITS[parts["ones"] or "零"]
    if not (parts["zero1"] or parts["zero2"] or parts["ten"]):
        ones *= 10 if parts["hundreds"] else 100 if parts["thousands"] else 1
    tens = DIGITS[parts["tens"] or "一"] if parts["ten"] else 0
    hundreds, thousands = DIGITS[parts["hundreds"] or "零"], DIGITS[parts["thousands"] or "零"]
    return thousands * 1_000 + hundreds * 100 + tens * 10 + ones


def _with_figures(lead: str | None, unit: str | None, rest: str) -> int | None:
    """500, 1千500, 3百5 (= 350)."""
    if lead is None or unit is None:
        return int(rest)
    size = 1_000 if unit == "千" else 100
    below = int(rest) * (100 if unit == "千" else 10) if len(rest) == 1 else int(rest)
    return None if below >= size else int(lead) * size + below


def _misplaced_zero(parts: re.Match[str]) -> bool:
    """零 stands for the one power left out between two figures, and nowhere else."""
    fits_1 = parts["thousands"] and not parts["hundreds"] and (parts["ten"] or parts["ones"])
    fits_2 = parts["hundreds"] and not parts["ten"] and parts["ones"]
    if parts["zero1"] and parts["zero2"]:
        return True
    return bool((parts["zero1"] and not fits_1) or (parts["zero2"] and not fits_2))
