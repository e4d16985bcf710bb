"""Faults one may order: they wait in a list until the next fitting delivery or call takes them."""

import sqlite3
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
    "fail",
    "refuse",
    "forget",
    "shuffle",
    "empty",
)
CALLBACK_ONLY = ("duplicate", "reorder", "forget")
CALLBACKS = "/wecom/"
"""The start of the callback addresses that as `api` aim a fault at themselves."""
NOTIFY = "notify"
"""The end of every path that pay notifications go to; as `api` it aims a fault at them."""
REASONED = ("fail", "refuse")
"""Of payments: what is asked for is accepted and fails later, or is refused, with a reason."""


@dataclass(frozen=True, slots=True)
class Fault:
    kind: str
    ms: int
    reason: str = ""


def _whole(value: object, name: str, least: int, most: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise Refused(f"{name} must be a whole number from {least} to {most}")
    return value


def order(world: World, wanted: dict[str, Any]) -> None:
    """Adds a fault {"kind", "api"?, "count", "ms"?, "reason"?}. Refused says what is wrong."""
    kind, api, reason = wanted.get("kind"), wanted.get("api") or None, wanted.get("reason", "")
    if kind not in KINDS:
        raise Refused(f"kind must be one of {', '.join(KINDS)}")
    if api is not None and not (isinstance(api, str) and _fits(kind, api)):
        raise Refused("api must be the path of an API call, and not of a callback's fault")
    if not isinstance(reason, str) or (kind in REASONED) is not bool(reason):
        raise Refused(f"reason is for {', '.join(REASONED)}, which need one")
    count = _whole(wanted.get("count", 1), "count", 1, 1_000_000)
    ms = _whole(wanted.get("ms", 1_000 if kind == "slow" else 0), "ms", 0, 600_000)
    world.db.execute(
        "INSERT INTO faults (kind, api, remaining, ms, reason) VALUES (?, ?, ?, ?, ?)",
        (kind, api, count, ms, reason),
    )


def _fits(kind: str, api: str) -> bool:
    return kind not in CALLBACK_ONLY or api.endswith(NOTIFY) or api.startswith(CALLBACKS)


def waiting(world: World) -> list[dict[str, Any]]:
    rows = world.db.execute("SELECT * FROM faults ORDER BY id").fetchall()
    return [_shown(row) for row in rows]


def _shown(row: sqlite3.Row) -> dict[str, Any]:
    shown = {"kind": row["kind"], "api": row["api"], "count": row["remaining"], "ms": row["ms"]}
    return {**shown, "reason": row["reason"]} if row["reason"] else shown


def clear(world: World) -> None:
    world.db.execute("DELETE FROM faults")


def _take(world: World, kinds: tuple[str, ...], where: str, values: list[str]) -> Fault | None:
    marks = ",".join("?" * len(kinds))
    row = world.db.execute(
        f"SELECT * FROM faults WHERE kind IN ({marks}) AND {where} ORDER BY id LIMIT 1",
        [*kinds, *values],
    ).fetchone()
    if row is None:
        return None
    world.db.execute("UPDATE faults SET remaining = remaining - 1 WHERE id = ?", (row["id"],))
    world.db.execute("DELETE FROM faults WHERE id = ? AND remaining < 1", (row["id"],))
    return Fault(row["kind"], row["ms"], row["reason"])


def for_callback(world: World, path: str, *kinds: str) -> Fault | None:
    """The next fault of these kinds for callbacks to the path, or for any; it is used up by one."""
    return _take(world, kinds, "(api IS NULL OR api = ?)", [path])


def for_this(world: World, path: str, *kinds: str) -> Fault | None:
    """The next fault of these kinds that was ordered for this API path and no other."""
    return _take(world, kinds, "substr(?, -length(api)) = api", [path])


def for_notice(world: World, path: str, *kinds: str) -> Fault | None:
    """The next fault of these kinds for a pay notification to the path, or for any callback."""
    own = f"(api LIKE '%{NOTIFY}' AND substr(?, -length(api)) = api)"
    return _take(world, kinds, f"(api IS NULL OR {own})", [path])


def for_call(world: World, path: str, *kinds: str) -> Fault | None:
    """The next fault of these kinds for the API path: its own, or of any call where that is meant.

    `lost_answer` and `slow` without an API mean callbacks.
    """
    own = "substr(?, -length(api)) = api"
    callbacks = "('lost_answer', 'slow', 'duplicate', 'reorder', 'forget')"
    anywhere = f"(api IS NULL AND kind NOT IN {callbacks})"
    return _take(world, kinds, f"({own} OR {anywhere})", [path])
