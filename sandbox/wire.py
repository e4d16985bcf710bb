"""The wire view: every callback and API call, with secrets and ids shortened to 6…6."""

import json
import re
from typing import Any

from sandbox import clock
from sandbox.world import WIRE, World

KEPT = 10_000
LONGEST = 4_000
_LONG_ID = re.compile(r"[A-Za-z0-9_\-+]{20,}")


def shorten(text: str) -> str:
    """Every run of 20 or more id characters becomes its first and last six."""
    return _LONG_ID.sub(lambda match: f"{match[0][:6]}…{match[0][-6:]}", text)[:LONGEST]


def record(world: World, person: str | None, at: float, entry: dict[str, Any]) -> None:
    """Keeps one entry; the oldest are dropped beyond 10 000."""
    whole = {"at": clock.iso(at), "person": person, **entry}
    n = world.db.execute(
        "INSERT INTO wire (person, body) VALUES (?, ?)",
        (person, json.dumps(whole, ensure_ascii=False)),
    ).lastrowid
    if n and n % 500 == 0:
        world.db.execute("DELETE FROM wire WHERE n <= ?", (n - KEPT,))
    world.changed(WIRE)


def entries(world: World, since: int, person: str | None, most: int = 200) -> list[dict[str, Any]]:
    """Entries after that number, oldest first, of one person or of all."""
    where, values = ("AND person = ?", [person]) if person else ("", [])
    rows = world.db.execute(
        f"SELECT n, body FROM wire WHERE n > ? {where} ORDER BY n LIMIT ?",
        [since, *values, most],
    ).fetchall()
    return [{"n": row["n"], **json.loads(row["body"])} for row in rows]


def timing(header: str) -> list[dict[str, Any]]:
    """Steps of a Server-Timing header: name, dur in milliseconds, desc. Nonsense is left out."""
    steps = []
    for part in re.findall(r'(?:"(?:[^"\\]|\\.)*"|[^,"])+', header):
        name, *parameters = (piece.strip() for piece in _split(part))
        step: dict[str, Any] = {"name": name, "dur": 0.0}
        for parameter in parameters:
            key, _, value = parameter.partition("=")
            _set(step, key.strip().lower(), value.strip().strip('"'))
        if name:
            steps.append(step)
    return steps


def _split(part: str) -> list[str]:
    return re.findall(r'(?:"(?:[^"\\]|\\.)*"|[^;"])+', part) or [""]


def _set(step: dict[str, Any], key: str, value: str) -> None:
    if key == "desc":
        step["desc"] = value
    elif key == "dur" and re.fullmatch(r"\d+(\.\d+)?", value):
        step["dur"] = float(value)
