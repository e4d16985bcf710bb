"""Pulling messages: page by page behind a cursor, with the token of a callback or slowly."""

import json
import random
import re
import sqlite3
from typing import Any

from sandbox import faults
from sandbox.official.call import OK, Call, text_of
from sandbox.store import together
from sandbox.wecom import counts
from sandbox.wecom.errors import ApiError
from sandbox.wecom.events import kf_token_kind
from sandbox.wecom.kf import accounts
from sandbox.wecom.kf.messages import KEPT_S
from sandbox.world import World

PATH = "/cgi-bin/kf/sync_msg"
MOST = 1_000
UNASKED_A_MINUTE = 10
"""How many pages a minute the account gives without a callback's token."""
CURSOR = re.compile(r"4gw([0-9a-f]{1,15})")


def sync_msg(call: Call) -> dict[str, Any]:
    world, after = call.world, _after(call.body.get("cursor"))
    open_kfid = text_of(call.body, "open_kfid")
    if open_kfid:
        accounts.find(world, open_kfid)
    limit = call.body.get("limit") or MOST
    if not isinstance(limit, int) or not 1 <= limit <= MOST:
        raise ApiError(40058, f"limit: 1 to {MOST}")
    _check_token(world, text_of(call.body, "token"), open_kfid)
    if faults.for_this(world, PATH, "shuffle"):
        _shuffle(world, open_kfid, after)
    if faults.for_this(world, PATH, "empty"):
        return {**OK, "next_cursor": _cursor(after), "has_more": 1, "msg_list": []}
    rows = _page(world, open_kfid, after, limit + 1)
    page, last = rows[:limit], rows[:limit][-1]["seq"] if rows else after
    found = [json.loads(row["body"]) for row in page]
    more = int(len(rows) > limit)
    return {**OK, "next_cursor": _cursor(last), "has_more": more, "msg_list": found}


def _cursor(seq: int) -> str:
    return f"4gw{seq:x}"


def _after(cursor: object) -> int:
    if not cursor:
        return 0
    found = CURSOR.fullmatch(cursor) if isinstance(cursor, str) else None
    if found is None:
        raise ApiError(40058, "cursor")
    return int(found[1], 16)


def _check_token(world: World, token: str, open_kfid: str) -> None:
    if not token:
        key = f"sync {open_kfid}"
        if counts.within(world, key, 60) >= UNASKED_A_MINUTE:
            raise ApiError(45009, "without a token")
        counts.add(world, key)
        return
    row = world.db.execute(
        "SELECT kind FROM tokens WHERE token = ? AND kind LIKE 'kf %' AND valid_until > ?",
        (token, world.now()),
    ).fetchone()
    if row is None or (open_kfid and row["kind"] != kf_token_kind(open_kfid)):
        raise ApiError(95007)


def _page(world: World, open_kfid: str, after: int, most: int) -> list[sqlite3.Row]:
    where, values = ("open_kfid = ? AND", [open_kfid]) if open_kfid else ("", [])
    return world.db.execute(
        f"SELECT * FROM kf_messages WHERE {where} seq > ? AND at > ? ORDER BY seq LIMIT ?",
        [*values, after, world.now() - KEPT_S, most],
    ).fetchall()


def _shuffle(world: World, open_kfid: str, after: int) -> None:
    """What nobody has pulled yet changes places. One customer's messages of the same second keep
    their order: nothing in them would tell it."""
    rows = _page(world, open_kfid, after, -1)
    mixed = random.sample(rows, len(rows))
    turns: dict[tuple[str, int], list[sqlite3.Row]] = {}
    for row in rows:
        turns.setdefault((row["external_userid"], int(row["at"])), []).append(row)
    told = [turns[row["external_userid"], int(row["at"])].pop(0) for row in mixed]
    with together(world.db):
        world.db.executemany(
            "DELETE FROM kf_messages WHERE seq = ?", [(row["seq"],) for row in rows]
        )
        world.db.executemany(
            "INSERT INTO kf_messages VALUES (?, ?, ?, ?, ?)",
            [(place["seq"], *tuple(row)[1:]) for place, row in zip(rows, told, strict=True)],
        )
