"""Money is an int of fen. Every division of money in the program happens in this file."""

import re
from typing import Any

from sqlalchemy import ColumnElement
from sqlalchemy.orm import InstrumentedAttribute

BP_WHOLE = 10_000  # 100 % in basis points

ColumnsOfInt = ColumnElement[int] | InstrumentedAttribute[int]


def parse_yuan(text: str) -> int:
    """「200」, 「100.5」 → fen, exactly. ValueError when it is not an amount to the fen."""
    if not re.fullmatch(r"[0-9]{1,12}(\.[0-9]{1,2})?", text):
        raise ValueError(f"not an amount of yuan: {text!r}")
    yuan, _, cents = text.partition(".")
    return int(yuan) * 100 + int(cents.ljust(2, "0"))


def show_yuan(amount_fen: int) -> str:
    """「1,740.00」: thousands by comma, always two decimals, the minus a real one (U+2212)."""
    sign = "−" if amount_fen < 0 else ""
    yuan, fen = divmod(abs(amount_fen), 100)
    return f"{sign}{yuan:,}.{fen:02d}"


def show_share(amount_fen: int, rate_bp: int) -> str:
    """amount × rate in yuan with every digit it has, two at least: 39.90 × 22 % → 「8.778」."""
    yuan, millionths = divmod(amount_fen * rate_bp, 100 * BP_WHOLE)
    digits = f"{millionths:06d}"
    return f"{yuan:,}.{digits[:2]}{digits[2:].rstrip('0')}"


def show_part(amount_fen: int, part_fen: int, whole_fen: int) -> str:
    """amount × part ÷ whole in yuan; what needs more than four decimals ends in 「…」."""
    ten_thousandths, rest = divmod(amount_fen * part_fen * 100, whole_fen)
    yuan, fraction = divmod(ten_thousandths, BP_WHOLE)
    digits = f"{fraction:04d}"
    more = f"{digits[2:]}…" if rest else digits[2:].rstrip("0")
    return f"{yuan:,}.{digits[:2]}{more}"


def share_floor(amount_fen: int, rate_bp: int) -> int:
    """⌊amount × rate⌋ to the fen: what rounding leaves stays with who pays."""
    return amount_fen * rate_bp // BP_WHOLE


def share_half_up(amount_fen: int, rate_bp: int) -> int:
    """amount × rate, half a fen rounded up: for fees and taxes."""
    return (2 * amount_fen * rate_bp + BP_WHOLE) // (2 * BP_WHOLE)


def share_ceiling(amount_fen: int, rate_bp: int) -> int:
    """⌈amount × rate⌉: for costs that must not be reckoned too low."""
    return -(-amount_fen * rate_bp // BP_WHOLE)


def part_floor(amount_fen: int, part_fen: int, whole_fen: int) -> int:
    """⌊amount × part / whole⌋; the whole gives the whole amount, exactly. 0 of nothing."""
    return amount_fen * part_fen // whole_fen if whole_fen else 0


def gross_of(net_fen: int, rate_bp: int) -> int:
    """The least amount of which `net_fen` is left after a share of it is taken. ValueError when the
    share is all of it."""
    if rate_bp >= BP_WHOLE:
        raise ValueError("nothing is left")
    return -(-net_fen * BP_WHOLE // (BP_WHOLE - rate_bp))


def rate_of(part: int, whole: int) -> int:
    """part / whole in basis points, rounded down: for showing and for thresholds."""
    return part * BP_WHOLE // whole if whole else 0


def share_floor_sql(amount_fen: ColumnsOfInt, rate_bp: ColumnsOfInt) -> Any:
    """`share_floor` in SQL: SQLite and PostgreSQL divide whole numbers, MariaDB gets FLOOR around a
    decimal division whose four more digits hold a division by 10 000 exactly."""
    return amount_fen * rate_bp // BP_WHOLE
