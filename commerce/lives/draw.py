"""
The published draw: who wins, as a function of what was committed and frozen. Pure.

The format is docs/algorithms/draw.md. Nothing here knows people: a ticket is a booking number and
an index in that booking.
"""

import hashlib
import hmac
import json
import operator
import zlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import repeat, zip_longest
from typing import Any

from commerce.lives.draw_shape import VERSION, Finding, Kind, misshapen, parse

KEYS = (
    "version",
    "lottery",
    "commit",
    "secret",
    "beacon",
    "winners_wanted",
    "tickets",
    "digest",
    "winners",
)
ROOM = 1_000
BLOCK = 64  # bytes of SHA-256
FAST = 1  # zlib: the tickets shrink to a fifth, and a million of them within a moment.
SEAL_LENGTH = 12
WIDEST_TICKET = 15
# A seal is hex in letters that are no part of an escape in JSON: any changed byte stays a change.
SEAL_LETTERS = str.maketrans("0123456789abcdef", "acdeghjkmpqsvwxy")
SEALED_NAME = ("L", "T", *("0123456789",) * 4, "-", *("acdeghjkmpqsvwxy",) * SEAL_LENGTH)


def ticket(number: int, index: int) -> str:
    """「000042-01」."""
    return f"{number:06d}-{index:02d}"


def booking(ticket: str) -> str:
    """「000042」: which booking this ticket belongs to."""
    return ticket[:-3]


def digest(tickets: Iterable[str]) -> str:
    """The fingerprint of the frozen list."""
    return hashlib.sha256("\n".join(tickets).encode()).hexdigest()


def commit(secret: str) -> str:
    """What is published before the first booking. `secret`: 64 hex digits."""
    return hashlib.sha256(bytes.fromhex(secret)).hexdigest()


def name(announced_at: datetime, commit: str, winners_wanted: int) -> str:
    """
    「LT2026-kqmxaxwvpdgc」: the lottery's number, announced with its rules.

    It ends in a seal over year, commit and number of winners: none of them can be changed in a
    record without the number telling.
    """
    return sealed(f"LT{announced_at:%Y}-", commit, winners_wanted)


def sealed(head: str, commit: str, winners_wanted: int) -> str:
    """`head` and its seal."""
    words = f"{head}:{commit}:{winners_wanted}".encode()
    return head + hashlib.sha256(words).hexdigest()[:SEAL_LENGTH].translate(SEAL_LETTERS)


def score(secret: str, digest: str, beacon: str, ticket: str) -> bytes:
    """The lowest scores win."""
    message = f"{digest}:{beacon}:{ticket}".encode()
    return hmac.digest(bytes.fromhex(secret), message, "sha256")


def winners(
    secret: str, digest: str, beacon: str, tickets: Iterable[str], winners_wanted: int
) -> list[str]:
    """
    The best ticket of each booking by ascending score, until so many bookings are chosen.

    Asked for more, it goes on where it stopped: substitutes are what comes after the winners. Fewer
    bookings than wanted are all chosen. The order of `tickets` does not matter.
    """
    if winners_wanted < 1:
        return []
    kept: list[tuple[bytes, str]] = []
    bound, room = b"", 2 * winners_wanted + ROOM
    for scored in _scored(secret, digest, beacon, tickets):
        if bound and scored[0] > bound:
            continue
        kept.append(scored)
        if len(kept) >= room:
            kept = _first_of_each(kept)[:winners_wanted]
            bound = kept[-1][0] if len(kept) == winners_wanted else b""
    return [ticket for _, ticket in _first_of_each(kept)[:winners_wanted]]


def ranking(secret: str, digest: str, beacon: str, tickets: Iterable[str]) -> list[str]:
    """All bookings, each by its best ticket, by ascending score."""
    return [ticket for _, ticket in _first_of_each(_scored(secret, digest, beacon, tickets))]


def place(secret: str, digest: str, beacon: str, tickets: Iterable[str], number: int) -> int | None:
    """Where in the ranking this booking stands, from 1. None when it has no ticket."""
    wanted = f"{number:06d}"
    order = ranking(secret, digest, beacon, tickets)
    return next((at for at, one in enumerate(order, start=1) if booking(one) == wanted), None)


def build(
    lottery: str, secret: str, beacon: str, winners_wanted: int, tickets: list[str]
) -> dict[str, Any]:
    """The record as it is published. `tickets` stand in ascending order already."""
    fingerprint = digest(tickets)
    chosen = winners(secret, fingerprint, beacon, tickets, winners_wanted)
    fields = (VERSION, lottery, commit(secret), secret, beacon, winners_wanted, tickets)
    return dict(zip(KEYS, (*fields, fingerprint, chosen), strict=True))


def pack(record: Mapping[str, Any]) -> bytes:
    """How a record is kept: its JSON, deflated."""
    text = json.dumps(record, ensure_ascii=False, separators=(",", ":"))
    return zlib.compress(text.encode(), FAST)


def unpack(body: bytes) -> Any:
    """What `pack` packed."""
    return parse(zlib.decompress(body))


def verify(record: Any) -> list[Finding]:
    """All that is wrong with a record from anywhere; nothing is wrong when the list is empty."""
    strange = misshapen(record)
    if strange:
        return strange
    checks = (_commit, _number, _digest, _order, _winners)
    return [finding for check in checks if (finding := check(record)) is not None]


def _scored(
    secret: str, digest: str, beacon: str, tickets: Iterable[str]
) -> Iterator[tuple[bytes, str]]:
    """Every ticket with its `score`, in less than half the time: key and prefix are the same for
    all, so both hashes of the HMAC are continued from where they stand."""
    key = bytes.fromhex(secret).ljust(BLOCK, b"\0")
    first = hashlib.sha256(bytes(byte ^ 0x36 for byte in key))
    first.update(f"{digest}:{beacon}:".encode())
    second = hashlib.sha256(bytes(byte ^ 0x5C for byte in key))
    for one in tickets:
        inner, outer = first.copy(), second.copy()
        inner.update(one.encode())
        outer.update(inner.digest())
        yield outer.digest(), one


def _first_of_each(scored: Iterable[tuple[bytes, str]]) -> list[tuple[bytes, str]]:
    """By ascending score, the best ticket of each booking."""
    best: dict[str, tuple[bytes, str]] = {}
    for one in sorted(scored):
        best.setdefault(booking(one[1]), one)
    return list(best.values())


def _commit(record: Mapping[str, Any]) -> Finding | None:
    computed = commit(record["secret"])
    if computed == record["commit"]:
        return None
    return Finding(Kind.COMMIT, "commit", record["commit"], computed)


def _number(record: Mapping[str, Any]) -> Finding | None:
    """Of a number that is sealed, or was until a character of it was changed."""
    number = record["lottery"]
    if len(number) != len(SEALED_NAME):
        return None
    strange = sum(one not in fit for one, fit in zip(number, SEALED_NAME, strict=True))
    computed = sealed(number[:-SEAL_LENGTH], record["commit"], record["winners_wanted"])
    if strange > 1 or computed == number:
        return None
    return Finding(Kind.NUMBER, "lottery", number, computed)


def _digest(record: Mapping[str, Any]) -> Finding | None:
    computed = digest(record["tickets"])
    if computed == record["digest"]:
        return None
    return Finding(Kind.DIGEST, "digest", record["digest"], computed)


def _order(record: Mapping[str, Any]) -> Finding | None:
    # Right-justified, tickets compare as the numbers they are.
    aligned = list(map(str.rjust, record["tickets"], repeat(WIDEST_TICKET)))
    after = aligned[1:]
    if all(map(operator.lt, aligned, after)):
        return None
    pairs = enumerate(zip(aligned, after, strict=False), start=1)
    at, (before, one) = next(pair for pair in pairs if pair[1][0] >= pair[1][1])
    return Finding(Kind.ORDER, f"tickets[{at}]", one.strip(), before.strip())


def _winners(record: Mapping[str, Any]) -> Finding | None:
    fields = ("secret", "digest", "beacon", "tickets", "winners_wanted")
    computed = winners(*(record[field] for field in fields))
    pairs = enumerate(zip_longest(record["winners"], computed, fillvalue=""))
    for at, (told, found) in pairs:
        if told != found:
            return Finding(Kind.WINNERS, f"winners[{at}]", told, found)
    return None
