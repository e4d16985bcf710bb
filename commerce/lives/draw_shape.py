"""What a draw's record looks like, and how one from anywhere is read without trusting it."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

VERSION = 1
HEX = re.compile("[0-9a-f]{64}")
TICKET = "(?:[0-9]{6}|[1-9][0-9]{6,11})-[0-9]{2}"
LIST = re.compile(f"{TICKET}(?:\n{TICKET})*+")
LONGEST_TEXT = 1_000
LONGEST_SHOWN = 80


class Kind(StrEnum):
    """What can be wrong with a record, in the order in which it is looked at."""

    SHAPE = "shape"  # Not a record at all: nothing else is looked at.
    COMMIT = "commit"  # The secret is not the one committed to.
    NUMBER = "number"  # The lottery's number seals another commit or number of winners.
    DIGEST = "digest"  # The list is not the one that was frozen.
    ORDER = "order"  # The list does not ascend, or a ticket stands in it twice.
    WINNERS = "winners"


@dataclass(frozen=True)
class Finding:
    """`field` names the place: 「tickets[17]」. The record's content is cut, never trusted."""

    kind: Kind
    field: str
    published: str = ""
    computed: str = ""


def parse(text: bytes) -> Any:
    """The JSON of a record from anywhere. ValueError when it is none, or says a thing twice."""
    try:
        return json.loads(text.decode(), object_pairs_hook=_once, parse_constant=_refuse)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def misshapen(record: Any) -> list[Finding]:
    """What keeps this from being a record at all. When nothing does, it can be recomputed."""
    if not isinstance(record, Mapping):
        return [Finding(Kind.SHAPE, "", _shown(record))]
    strange = [Finding(Kind.SHAPE, _shown(key)) for key in record if key not in FIELDS]
    for field, fits in FIELDS.items():
        if field not in record:
            strange.append(Finding(Kind.SHAPE, field))
        elif not fits(record[field]):
            strange.append(_misfit(field, record[field]))
    return strange


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands there twice")
    return found


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")


def _is_count(value: Any) -> bool:
    return type(value) is int and 0 <= value < 10**9


def _is_hex(value: Any) -> bool:
    return type(value) is str and HEX.fullmatch(value) is not None


def _is_text(value: Any) -> bool:
    return type(value) is str and len(value) <= LONGEST_TEXT and _is_printable(value)


def _is_printable(text: str) -> bool:
    return text.isprintable()  # Lone surrogates are not.


def _is_list(value: Any) -> bool:
    """Of tickets as they are written. All at once: one by one would cost a tenth of the draw."""
    if type(value) is not list:
        return False
    try:
        joined = "\n".join(value)
    except TypeError:
        return False
    if joined.count("\n") != max(len(value) - 1, 0):
        return False
    return not value or LIST.fullmatch(joined) is not None


FIELDS: dict[str, Callable[[Any], bool]] = {
    "version": lambda value: type(value) is int and value == VERSION,
    "lottery": lambda value: _is_text(value) and bool(value),
    "commit": _is_hex,
    "secret": _is_hex,
    "beacon": _is_text,
    "winners_wanted": _is_count,
    "tickets": _is_list,
    "digest": _is_hex,
    "winners": _is_list,
}


def _misfit(field: str, value: Any) -> Finding:
    """In a list, the first ticket that is none."""
    if isinstance(value, list):
        for at, one in enumerate(value):
            if not _is_list([one]):
                return Finding(Kind.SHAPE, f"{field}[{at}]", _shown(one))
    return Finding(Kind.SHAPE, field, _shown(value))


def _shown(value: Any) -> str:
    """Of anything, a little, in characters that can be printed."""
    return ascii(value)[:LONGEST_SHOWN] if not isinstance(value, list | Mapping) else "[…]"
