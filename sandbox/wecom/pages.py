"""Cutting long answers into pages behind a cursor."""

from collections.abc import Sequence
from typing import Any, TypeVar

from sandbox.official.call import text_of
from sandbox.wecom.errors import ApiError

T = TypeVar("T")


def asked(body: dict[str, Any], most: int) -> tuple[int, int]:
    """Where the page begins and how long it is. ApiError 40058 when the call asks nonsense."""
    limit, cursor = body.get("limit") or most, text_of(body, "cursor") or "0"
    if not isinstance(limit, int) or not 1 <= limit <= most:
        raise ApiError(40058, f"limit: 1 to {most}")
    if not (cursor.isascii() and cursor.isdecimal() and len(cursor) < 16):
        raise ApiError(40058, "cursor")
    return int(cursor), limit


def cut(body: dict[str, Any], rows: Sequence[T], most: int) -> tuple[Sequence[T], str]:
    """The page the call asks for, and the cursor of the next one or ""."""
    first, limit = asked(body, most)
    more = first + limit < len(rows)
    return rows[first : first + limit], str(first + limit) if more else ""
