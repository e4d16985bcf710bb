"""Single values of a scenario: how people write them, and what they mean."""

import re
from datetime import UTC, datetime
from typing import Any

from commerce.fen import parse_yuan
from commerce.outbox import SHANGHAI
from commerce.rules import Rank
from commerce.rules.units import TEN_THOUSAND, bp, quoted

ALL = "all"
"""As an amount: everything there is."""

NAME = re.compile(r"[^\s:：]{1,40}")
AMOUNT = re.compile(r"([0-9.,]+) ?(万?)(?:元)?")
MOST_FEN = 1_000_000_000_00
MOST_PIECES = 100_000_000
YEARS = range(2000, 2101)


class BadValue(Exception):
    """Why it cannot be read, and what to write instead."""

    def __init__(self, why: str, instead: str) -> None:
        super().__init__(why)
        self.why, self.instead = why, instead


def name(value: Any) -> str:
    """An id: 「A」, 「小红」, 7."""
    if isinstance(value, bool) or not NAME.fullmatch(str(value)):
        raise BadValue(
            f"{quoted(value)}不能当编号", "写 1 到 40 个字，没有空格和冒号；on、no 加引号"
        )
    return str(value)


def moment(value: Any) -> datetime:
    """「2026-03-01 20:00」 in Shanghai, unless it says another zone."""
    try:
        at = datetime.fromisoformat(str(value))
        at = at if at.tzinfo else at.replace(tzinfo=SHANGHAI)
        if at.year in YEARS:
            return at.astimezone(UTC)
    except ValueError:
        pass
    raise BadValue(f"{quoted(value)}不是时间", '写成 "2026-03-01 20:00"（北京时间）')


def money(value: Any) -> int:
    """「60.00」, 「60」, 「60元」 → fen, more than nothing."""
    match = None if isinstance(value, bool) else AMOUNT.fullmatch(str(value).strip())
    try:
        amount_fen = parse_yuan(match[1].replace(",", "")) if match else 0
    except ValueError:
        amount_fen = 0
    amount_fen *= TEN_THOUSAND if match and match[2] else 1
    if not 0 < amount_fen <= MOST_FEN:
        raise BadValue(f"{quoted(value)}不是金额", '写成 "60.00"，要大于 0，最小到分')
    return amount_fen


def money_or_nothing(value: Any) -> int:
    """As `money`; 0 is an amount, too."""
    return 0 if str(value).strip() in ("0", "0.0", "0.00") else money(value)


def money_or_all(value: Any) -> int | str:
    """As `money`, or 「all」."""
    return ALL if value in (ALL, "全部") else money(value)


def share(value: Any) -> int:
    """「20%」 → 2000 basis points."""
    try:
        return bp(value)
    except Exception as error:  # pydantic's; the words are ours.
        raise BadValue(f"{quoted(value)}不是比例", '写成 "20%"') from error


def pieces(value: Any) -> int:
    """A whole number, at least 1."""
    number = count(value)
    if number == 0:
        raise BadValue("不能是 0", "写 1 或更大的整数")
    return number


def count(value: Any) -> int:
    """A whole number: 8, 12000, 「1万」."""
    match = re.fullmatch(r"([0-9]{1,9}) ?(万?)", str(value).strip())
    number = -1 if match is None else int(match[1]) * (TEN_THOUSAND if match[2] else 1)
    if isinstance(value, bool) or not 0 <= number <= MOST_PIECES:
        raise BadValue(f"{quoted(value)}不是整数", "写成 8 这样")
    return number


def rank(value: Any) -> Rank:
    """「one_star」, 「一星」"""
    for one in Rank:
        if value in (one.key, one.label):
            return one
    raise BadValue(f"没有{quoted(value)}这个星级", f"写 {'、'.join(one.key for one in Rank)}")


def words(value: Any) -> str:
    """Free text."""
    return str(value)[:200]
