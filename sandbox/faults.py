"""Faults one may order: they wait in a list until the next fitting delivery or call takes them."""

from dataclasses import dataclass
from typing import Any

from sandbox.refused import Refused
from sandbox.world import World

KINDS = (
    "duplicate",
    "lost_answer",
    "slow",
    "token_expired",
    "busy",
    "reorder",
    "timeout_accepted",
    "timeout_refused",
)
CALLBACK_ONLY = ("duplicate", "reorder")


@dataclass(frozen=True, slots=True)
class Fault:
    kind: str
    ms: int


def _whole(value: object, name: str, least: int, most: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise Refused(f"{name} must be a whole number from {least} to {most}")
    return value


def order(world: World, wanted: dict[str, Any]) -> None:
    """Adds a fault {"kind", "api"?, "count", "ms"?}. Refused says what is wrong with it."""
    kind, api = wanted.get("kind"), wanted.get("api") or None
    if kind not in KINDS:
        raise Refused(f"kind must be one of {', '.join(KINDS)}")
    if api is not None and (not isinstance(api, str) or kind in CALLBACK_ONLY):
        raise Refused("api must be the path of an API call, and not of a callback's fault")
    count = _whole(wanted.get("count", 1), "count", 1, 1_000_000)
    ms = _whole(wanted.get("ms", 1_000 if kind == "slow" else 0), "ms", 0, 600_000)
    world.db.execute(
        "INSERT INTO faults (kind, api, remaining, ms) VALUES (?, ?, ?, ?)", (kind, api, count, ms)
    )


def waiting(world: World) -> list[dict[str, Any]]:
    rows = world.db.execute("SELECT * FROM faults ORDER BY id").fetchall()
    return [
        {"kind": r["kind"], "api": r["api"], "count": r["remaining"], "ms": r["ms"]} for r in rows
    ]


def clear(world: World) -> None:
    world.db.execute("DELETE FROM faults")


def _take(world: World, kinds: tuple[str, ...], where: str, values: list[str]) -> Fault | None:
    marks = ",".join("?" * len(kinds))
    row = world.db.execute(
        f"SELECT id, kind, ms FROM faults WHERE kind IN ({marks}) AND {where} ORDER BY id LIMIT 1",
        [*kinds, *values],
    ).fetchone()
    if row is None:
        return None
    world.db.execute("UPDATE faults SET remaining = remaining - 1 WHERE id = ?", (row["id"],))
    world.db.execute("DELETE FROM faults WHERE id = ? AND remaining < 1", (row["id"],))
    return Fault(row["kind"], row["ms"])


def for_callback(world: World, *kinds: str) -> Fault | None:
    """The next fault of these kinds that was ordered without an API; it is used up by one."""
    return _take(world, kinds, "api IS NULL", [])


def for_call(world: World, path: str, *kinds: str) -> Fault | None:
    """The next fault of these kinds for the API path: its own, or of any call where that is meant.

    `lost_answer` and `slow` without an API mean callbacks.
    """
    own = "substr(?, -length(api)) = api"
    anywhere = "(api IS NULL AND kind NOT IN ('lost_answer', 'slow', 'duplicate', 'reorder'))"
    return _take(world, kinds, f"({own} OR {anywhere})", [path])
