"""How people write numbers (100元, 5%, 30天, 09:00) and what the program reckons with.

Each type takes the written form and yields int fen, int basis points, a timedelta, a time or
a pair of times. A bare number where a unit is needed is refused, never guessed.
"""

import re
from datetime import time, timedelta
from typing import Annotated, NoReturn

from pydantic import BaseModel, BeforeValidator, ConfigDict, StrictBool
from pydantic_core import PydanticCustomError

from commerce.fen import BP_WHOLE, parse_yuan

LONGEST = timedelta(days=3660)
MOST_FEN = 10_000_000_000_00
MOST_COUNT = 10_000_000_000
TEN_THOUSAND = 10_000
UNITS = {
    "秒": timedelta(seconds=1),
    "分钟": timedelta(minutes=1),
    "小时": timedelta(hours=1),
    "天": timedelta(days=1),
    "周": timedelta(weeks=1),
    "年": timedelta(days=365),
}


class Part(BaseModel):
    """A part of the rules: frozen, and every key it does not know is refused.

    A field `minimum_fen` is the key `minimum` of the file; so with `_bp`.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        alias_generator=lambda name: name.removesuffix("_fen").removesuffix("_bp"),
        hide_input_in_errors=True,
    )


class Hours(Part):
    """A span of the day in Shanghai, from `start` to before `end`."""

    start: time
    end: time

    def contains(self, moment: time) -> bool:
        return self.start <= moment < self.end

    def __str__(self) -> str:
        return f"{self.start:%H:%M}–{self.end:%H:%M}"


def wrong(why: str, instead: str = "", at: str = "") -> NoReturn:
    """Refuse a value. `at` is the key below the part that is being checked."""
    context = {"why": why, "instead": instead, "at": at}
    raise PydanticCustomError("wrong", "{why}", context)


def quoted(value: object) -> str:
    """「the value」, short enough for one line."""
    text = "" if value is None else str(value)
    return f"「{text if len(text) <= 24 else text[:24] + '…'}」"


def fen(value: object) -> int:
    match = re.fullmatch(r"([0-9,]+(?:\.[0-9]{1,2})?) ?(万?)元", str(value).strip())
    bare = isinstance(value, str) and re.fullmatch(r"[0-9]+\.[0-9]{2}", value)
    if not match and not bare:
        wrong(f"{quoted(value)}不是金额", "写成 100元 这样")
    number, many = match.groups() if match else (str(value), "")
    try:
        amount_fen = parse_yuan(number.replace(",", "")) * (TEN_THOUSAND if many else 1)
    except ValueError:
        wrong(f"{quoted(value)}不是金额", "写成 100元 这样")
    if amount_fen > MOST_FEN:
        wrong(f"{quoted(value)}太大了", "检查多写的 0")
    return amount_fen


def bp(value: object) -> int:
    match = re.fullmatch(r"([0-9]{1,4}(?:\.[0-9]{1,2})?) ?[%％]", str(value).strip())
    if not match:
        wrong(f"{quoted(value)}不是比例", "写成 5% 这样")
    rate_bp = parse_yuan(match[1])
    if rate_bp > BP_WHOLE:
        wrong(f"{quoted(value)}超过 100%", "写 0% 到 100%")
    return rate_bp


def duration(value: object) -> timedelta:
    match = re.fullmatch(r"([0-9]{1,8}) ?(秒|分钟|小时|天|周|年)", str(value).strip())
    if not match:
        wrong(f"{quoted(value)}不是时长", "写成 30天、72小时、15分钟 这样")
    span = int(match[1]) * UNITS[match[2]]
    if not timedelta(0) < span <= LONGEST:
        wrong(f"{quoted(value)}不在 1 秒到 10 年之间", "写成 30天、72小时、15分钟 这样")
    return span


def days(value: object) -> timedelta:
    """Of a key that ends in `_days`: 「7天」, and a bare 7 can mean nothing else."""
    return duration(f"{value}天" if type(value) is int else value)


def days_or_off(value: object) -> timedelta | None:
    return None if value in (None, False) else days(value)


def count(value: object) -> int:
    """A whole number that is not negative: 3, 10000, 10_000, 1万."""
    match = re.fullmatch(r"([0-9]{1,10}) ?(万?)", str(value).strip())
    if not match or isinstance(value, bool):
        wrong(f"{quoted(value)}不是整数", "写成 3 或 1万 这样")
    number = int(match[1]) * (TEN_THOUSAND if match[2] else 1)
    if number > MOST_COUNT:
        wrong(f"{quoted(value)}太大了", "检查多写的 0")
    return number


def some(value: object) -> int:
    number = count(value)
    if number == 0:
        wrong("不能是 0", "写 1 或更大的整数")
    return number


def clock(value: object) -> time:
    match = re.fullmatch(r"([01][0-9]|2[0-3]):([0-5][0-9])", str(value).strip())
    if not match:
        wrong(f"{quoted(value)}不是几点几分", "写成 09:00 这样（24 小时制）")
    return time(int(match[1]), int(match[2]))


def hours(value: object) -> object:
    if isinstance(value, Hours):
        return value
    ends = re.split(r" ?[-–~至] ?", str(value).strip())
    if len(ends) != 2:
        wrong(f"{quoted(value)}不是时段", "写成 09:00-21:00 这样")
    start, end = map(clock, ends)
    if start >= end:
        wrong(f"{quoted(value)}的开始不早于结束", "写成 09:00-21:00 这样")
    return Hours(start=start, end=end)


def words(value: object) -> str:
    text = value.strip() if isinstance(value, str) else ""
    if not text:
        wrong(f"{quoted(value)}不是文字", "写几个字，数字和日期请加引号")
    return text


Fen = Annotated[int, BeforeValidator(fen)]
Bp = Annotated[int, BeforeValidator(bp)]
Duration = Annotated[timedelta, BeforeValidator(duration)]
Days = Annotated[timedelta, BeforeValidator(days)]
DaysOrOff = Annotated[timedelta | None, BeforeValidator(days_or_off)]
Count = Annotated[int, BeforeValidator(count)]
Some = Annotated[int, BeforeValidator(some)]
"""A count of at least one."""
Clock = Annotated[time, BeforeValidator(clock)]
Span = Annotated[Hours, BeforeValidator(hours)]
Words = Annotated[str, BeforeValidator(words)]
Switch = StrictBool
