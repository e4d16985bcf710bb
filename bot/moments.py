"""Moments as people write them → the instant meant: 「3月6日 20:00」, 「明晚8点半」."""

import re
from datetime import date, datetime, time, timedelta

from bot.amounts import parse_integer
from bot.spelling import spell
from commerce.outbox import SHANGHAI

NUMBER = r"[0-9零一二两三四五六七八九十]{1,3}"
NOON = 12
AHEAD = {"今": 0, "明": 1, "后": 2}
WEEKDAYS = "一二三四五六日"

_DAY = (
    rf"(?:(?P<month>{NUMBER}) ?[月/-] ?(?P<day>{NUMBER}) ?[日号]?"
    r"|(?P<near>[今明后])(?:天|日|(?=[早中下傍晚]))"
    r"|(?P<next>下)?(?:个|一)?(?:周|星期|礼拜)(?P<weekday>[一二三四五六日天1-7]))"
)
_TIME = (
    r"(?P<part>早上|上午|中午|下午|傍晚|晚上|晚)? ?"
    rf"(?:(?P<hour>[0-9]{{1,2}}):(?P<minute>[0-9]{{2}})"
    rf"|(?P<oclock>{NUMBER}) ?[点时](?:(?P<half>半)|(?P<minutes>{NUMBER}) ?分?|整)?)"
)
MOMENT = re.compile(rf"(?:{_DAY})? ?(?:的)? ?{_TIME}")


def find_moment(text: str, now: datetime) -> tuple[datetime, str] | None:
    """The moment said in the text, and the text without it. A day without a year is the next one
    of that name, a time without a day the next time of that hour. None when no time is said, or
    the date or the hour does not exist."""
    spelled = spell(text)
    for found in MOMENT.finditer(spelled.text):
        at = _moment(found, now.astimezone(SHANGHAI))
        if at is not None:
            rest = f"{spelled.cut(0, found.start())} {spelled.cut(found.end(), len(spelled.text))}"
            return at, rest.strip(" ,，、。")
    return None


def _moment(found: re.Match[str], now: datetime) -> datetime | None:
    clock = _clock(found)
    day = None if clock is None else _day(found, now)
    if clock is None or day is None:
        return None
    at = datetime.combine(day, clock, SHANGHAI)
    has_day = any(found[name] for name in ("month", "near", "weekday"))
    return at if has_day or at > now else at + timedelta(days=1)


def _clock(found: re.Match[str]) -> time | None:
    hour = parse_integer(found["hour"] or found["oclock"])
    said = found["minute"] or found["minutes"]
    minute = 30 if found["half"] else parse_integer(said) if said else 0
    if hour is None or minute is None:
        return None
    part = (found["part"] or "")[:1]
    if part == "晚" and hour == NOON:
        return None  # 「晚上12点」: of which day? Better to ask.
    hour += NOON if part in ("下", "傍", "晚") and hour < NOON else 0
    return time(hour, minute) if hour < 24 and minute < 60 else None


def _day(found: re.Match[str], now: datetime) -> date | None:
    today = now.date()
    if found["near"]:
        return today + timedelta(days=AHEAD[found["near"]])
    if found["weekday"]:
        return _weekday(found, today)
    if not found["month"]:
        return today
    month, number = parse_integer(found["month"]), parse_integer(found["day"])
    for year in (today.year, today.year + 1):
        try:
            day = date(year, month or 0, number or 0)
        except ValueError:
            continue
        if day >= today:
            return day
    return None


def _weekday(found: re.Match[str], today: date) -> date:
    """「周五」: the next one, today included; 「下周五」: of the week after this one."""
    said = found["weekday"].replace("天", "日")
    number = int(said) - 1 if said.isdecimal() else WEEKDAYS.index(said)
    if found["next"]:
        return today - timedelta(days=today.weekday()) + timedelta(days=7 + number)
    return today + timedelta(days=(number - today.weekday()) % 7)
