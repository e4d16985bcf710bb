"""A row of a table, cell by cell: what it says, or which cell says nothing that makes sense."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import TypeVar

from commerce.fen import parse_yuan
from commerce.outbox import SHANGHAI
from commerce.rules import Rank

Value = TypeVar("Value")


class Why(StrEnum):
    """Why a row is refused. The words are chosen where they are shown."""

    EMPTY = "empty"
    TOO_LONG = "too_long"
    UNREADABLE = "unreadable"  # A sign that no database keeps.
    NOT_AN_AMOUNT = "not_an_amount"
    NEGATIVE = "negative"
    NOT_A_RATE = "not_a_rate"
    NOT_A_NUMBER = "not_a_number"
    NOT_A_TIME = "not_a_time"
    NOT_A_DAY = "not_a_day"
    NOT_YES_OR_NO = "not_yes_or_no"
    NO_SUCH_RANK = "no_such_rank"
    LOST_DIGITS = "lost_digits"  # 1.2E+18: a program took a number of a thing for a number.
    TOO_MANY_CELLS = "too_many_cells"
    IN_THE_FUTURE = "in_the_future"
    BEFORE_PAYMENT = "before_payment"
    NO_SUCH_PRODUCT = "no_such_product"
    NO_SUCH_SHARER = "no_such_sharer"
    NO_SUCH_LIVE = "no_such_live"
    NO_SUCH_STATUS = "no_such_status"
    NO_SUCH_VIDEO = "no_such_video"
    NOT_APPROVED = "not_approved"
    FREIGHT_ABOVE_PAID = "freight_above_paid"
    REFUND_ABOVE_PAID = "refund_above_paid"
    REFUND_TAKEN_BACK = "refund_taken_back"
    PRICE_CHANGED = "price_changed"
    REFUSED = "refused"  # By a rule of the house: see the refusal.


class BadCell(Exception):
    """This cell keeps its row from being taken. `field` is ours; `said` is the cell."""

    def __init__(self, field: str, why: Why, said: str = "") -> None:
        super().__init__(field, why, said)
        self.field, self.why, self.said = field, why, said


class Came(StrEnum):
    """What became of a row."""

    NEW = "new"
    CHANGED = "changed"
    SAME = "same"
    LEFT_OUT = "left_out"  # Nothing to take: an order nobody paid.
    REFUSED = "refused"


@dataclass(frozen=True)
class Outcome:
    came: Came
    bad: BadCell | None = None
    refusal: Exception | None = None


@dataclass(frozen=True)
class Field:
    """A column: what it may be called, the usual name first."""

    name: str
    titles: tuple[str, ...]
    is_required: bool = False


YES = {"是", "y", "yes", "true", "1", "√", "可", "允许", "上架"}
NO = {"否", "n", "no", "false", "0", "×", "不可", "不允许", "下架"}
RANKS = {rank.label: rank for rank in Rank}
YUAN = re.compile(r"[¥￥]?([0-9]+(?:\.[0-9]+)?|[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?)元?")
RATE = re.compile(r"([0-9]{1,3})(?:\.([0-9]{1,2}))?0*%?")
DAY = re.compile(r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?")
TIME = re.compile(DAY.pattern + r"(?:[ T]*([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?(?:\.[0-9]+)?)?")
SCIENTIFIC = re.compile(r"[0-9.]+e\+[0-9]+", re.IGNORECASE)


@dataclass(frozen=True)
class Row:
    """Cells by field. Every reading raises BadCell for a cell it cannot take exactly."""

    said: Mapping[str, str]
    """Without spaces around it; a field without a column is not there."""

    def has(self, field: str) -> bool:
        """Whether anything stands there."""
        return bool(self.said.get(field))

    def text(self, field: str, longest: int, *, default: str | None = None) -> str:
        """In one line, without spaces around it. Without a default it must be there."""
        said = self.said.get(field, "")
        if not said:
            return self._default(field, default)
        if "\0" in said:
            raise BadCell(field, Why.UNREADABLE, said)
        said = said if said.isprintable() else " ".join(said.split())
        if len(said) > longest:
            raise BadCell(field, Why.TOO_LONG, said)
        return said

    def code(self, field: str, longest: int, *, default: str | None = None) -> str:
        """The number of a thing: as text, and not one that lost its last digits on the way."""
        said = self.text(field, longest, default=default)
        if "+" in said and SCIENTIFIC.fullmatch(said):
            raise BadCell(field, Why.LOST_DIGITS, said)
        return said[:-2] if said.endswith(".0") and said[:-2].isdecimal() else said

    def fen(self, field: str, *, default: int | None = None) -> int:
        """「99.00」, 「¥1,234.5」, 「99元」 in fen."""
        said = self.said.get(field, "")
        if not said:
            return self._default(field, default)
        try:
            return parse_yuan(said)  # As nearly all are written.
        except ValueError:
            return self._odd_fen(field, said)

    def rate_bp(self, field: str, *, default: int | None = None) -> int:
        """「20%」 or 「20」: per cent, in basis points."""
        said = _plain(self.said.get(field, ""))
        if not said:
            return self._default(field, default)
        found = RATE.fullmatch(said)
        if found is None:
            raise BadCell(field, Why.NOT_A_RATE, said)
        return int(found[1]) * 100 + int((found[2] or "").ljust(2, "0"))

    def number(
        self, field: str, *, least: int = 0, most: int = 10**12, default: int | None = None
    ) -> int:
        """A whole number within these bounds."""
        said = _plain(self.said.get(field, "")).replace(",", "").removesuffix(".0")
        if not said:
            return self._default(field, default)
        whole = said.isascii() and said.isdecimal() and len(said) <= 15
        if not whole or not least <= int(said) <= most:
            raise BadCell(field, Why.NOT_A_NUMBER, said)
        return int(said)

    def moment(self, field: str, *, default: datetime | None = None) -> datetime | None:
        """A time as it is read in Shanghai."""
        said = self.said.get(field, "")
        if not said or said == "-":
            return default
        try:
            found = datetime.fromisoformat(said)
        except ValueError:
            found = self._odd_moment(field, said)
        return found.replace(tzinfo=SHANGHAI) if found.tzinfo is None else found

    def day(self, field: str) -> date | None:
        """「2027-03-01」; None for nothing, and for what never ends."""
        said = _plain(self.said.get(field, ""))
        if not said or said in ("长期", "永久", "无固定期限"):
            return None
        found = DAY.match(said)
        try:
            return date(*map(int, found.groups())) if found else self._no_day(field, said)
        except ValueError:
            return self._no_day(field, said)

    def yes(self, field: str, *, default: bool) -> bool:
        said = _plain(self.said.get(field, "")).casefold()
        if not said:
            return default
        if said not in YES | NO:
            raise BadCell(field, Why.NOT_YES_OR_NO, said)
        return said in YES

    def rank(self, field: str) -> Rank:
        said = self.said.get(field, "")
        if said and said not in RANKS:
            raise BadCell(field, Why.NO_SUCH_RANK, said)
        return RANKS[said] if said else Rank.TRAINEE

    def _default(self, field: str, default: Value | None) -> Value:
        if default is None:
            raise BadCell(field, Why.EMPTY)
        return default

    def _odd_fen(self, field: str, said: str) -> int:
        plain = _plain(said)
        found = YUAN.fullmatch(plain)
        if found is None:
            minus = plain[:1] in "-−" and YUAN.fullmatch(plain[1:])
            raise BadCell(field, Why.NEGATIVE if minus else Why.NOT_AN_AMOUNT, said)
        whole, _, cents = found[1].replace(",", "").partition(".")
        try:
            return parse_yuan(f"{whole}.{cents.rstrip('0') or '0'}")
        except ValueError:
            raise BadCell(field, Why.NOT_AN_AMOUNT, said) from None

    def _odd_moment(self, field: str, said: str) -> datetime:
        found = TIME.fullmatch(unicodedata.normalize("NFKC", said).strip())
        if found is None:
            raise BadCell(field, Why.NOT_A_TIME, said)
        try:
            return datetime(*(int(part or 0) for part in found.groups()))  # type: ignore[arg-type]  # noqa: DTZ001
        except ValueError:
            raise BadCell(field, Why.NOT_A_TIME, said) from None

    def _no_day(self, field: str, said: str) -> date:
        raise BadCell(field, Why.NOT_A_DAY, said)


def row(cells: Sequence[str], places: Mapping[str, int]) -> Row:
    """Cells by the columns of their header; of a short row the last ones are empty."""
    if len(cells) > max(places.values()):
        return Row({field: cells[place].strip() for field, place in places.items()})
    there = {field: place for field, place in places.items() if place < len(cells)}
    return Row({field: cells[place].strip() for field, place in there.items()})


def places(fields: Sequence[Field], header: Sequence[str]) -> dict[str, int]:
    """Which column of this header is which field; of two that could be, the one named first."""
    at: dict[str, int] = {}
    for place, title in enumerate(header):
        at.setdefault(_title(title), place)
    found: dict[str, int] = {}
    for field in fields:
        known = next((at[_title(one)] for one in field.titles if _title(one) in at), None)
        if known is not None:
            found[field.name] = known
    return found


def missing(fields: Sequence[Field], found: Mapping[str, int]) -> list[Field]:
    """Columns that must be there and are not."""
    return [field for field in fields if field.is_required and field.name not in found]


def _title(text: str) -> str:
    """「 *实付金额（元） 」 → 「实付金额」"""
    plain = _plain(text).strip("*'\"\ufeff").casefold()
    return re.sub(r"[(（\[【].*$", "", plain) or plain


def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())
