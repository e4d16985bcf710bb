"""Contact ways and ways into groups: one table, one cap, a state that comes back in the event."""

import json
import secrets
import sqlite3
from typing import Any

from starlette.responses import Response

from sandbox.official.call import Call
from sandbox.official.qrcodes import drawn
from sandbox.store import recall, remember
from sandbox.wecom.errors import ApiError
from sandbox.wecom.pages import asked
from sandbox.world import World

MOST = 500_000
LONGEST_STATE = 30
LONGEST_REMARK = 30
CONTACT, JOIN = "ca", "gm"
"""The kinds, as they stand in the address a code contains."""
ADDRESS = "https://work.weixin.qq.com/"
PICTURE = "/wwpic/"


def most(world: World) -> int:
    return int(recall(world.db, "most ways", MOST))


def set_most(world: World, number: int) -> None:
    remember(world.db, "most ways", number)


def check(body: dict[str, Any]) -> None:
    """ApiError 40058 when state or remark is too long."""
    for key, longest in (("state", LONGEST_STATE), ("remark", LONGEST_REMARK)):
        value = body.get(key, "")
        if not isinstance(value, str) or len(value) > longest:
            raise ApiError(40058, f"{key}: up to {longest} characters")


def new(world: World, kind: str, body: dict[str, Any]) -> sqlite3.Row:
    """ApiError 45009 when the corp has as many as it may."""
    if world.db.execute("SELECT count(*) FROM wecom_ways").fetchone()[0] >= most(world):
        raise ApiError(45009, f"at most {most(world)} ways")
    config_id = secrets.token_hex(16)
    world.db.execute(
        "INSERT INTO wecom_ways VALUES (?, ?, ?, ?, ?)",
        (config_id, kind, secrets.token_hex(12), json.dumps(body), world.now()),
    )
    return find(world, kind, config_id)


def find(world: World, kind: str, config_id: object) -> sqlite3.Row:
    """ApiError 40058 when there is no such way."""
    row: sqlite3.Row | None = None
    if isinstance(config_id, str):
        row = world.db.execute(
            "SELECT * FROM wecom_ways WHERE config_id = ? AND kind = ?", (config_id, kind)
        ).fetchone()
    if row is None:
        raise ApiError(40058, "config_id")
    return row


def overwrite(world: World, row: sqlite3.Row, body: dict[str, Any]) -> None:
    world.db.execute(
        "UPDATE wecom_ways SET body = ? WHERE config_id = ?", (json.dumps(body), row["config_id"])
    )


def delete(world: World, row: sqlite3.Row) -> None:
    world.db.execute("DELETE FROM wecom_ways WHERE config_id = ?", (row["config_id"],))


def listed(world: World, kind: str, body: dict[str, Any]) -> dict[str, Any]:
    """config_ids of one page, by time of creation."""
    after, limit = asked(body, 1_000)
    start, end = body.get("start_time") or 0, body.get("end_time") or world.now()
    rows = world.db.execute(
        "SELECT rowid, config_id FROM wecom_ways WHERE kind = ? AND created_at BETWEEN ? AND ?"
        " AND rowid > ? ORDER BY rowid LIMIT ?",
        (kind, start, end, after, limit),
    ).fetchall()
    found: dict[str, Any] = {"ids": [row["config_id"] for row in rows]}
    if len(rows) == limit:
        found["next_cursor"] = str(rows[-1]["rowid"])
    return found


def picture(call: Call, row: sqlite3.Row) -> str:
    """Where the picture of the code is."""
    return f"{call.base_url}{PICTURE}{row['code']}/0"


def read(world: World, content: str) -> sqlite3.Row | None:
    """The way whose code contains that, or whose picture that is the address of."""
    path = content.partition("?")[0]
    code = path.rpartition("/")[2] if path.startswith(ADDRESS) else ""
    if PICTURE in path:
        code = path.partition(PICTURE)[2].partition("/")[0]
    row: sqlite3.Row | None = world.db.execute(
        "SELECT * FROM wecom_ways WHERE code = ?", (code,)
    ).fetchone()
    return row


def show(world: World, code: str) -> Response:
    """The picture of the code, a JPEG, without a token; 404 when there is none."""
    row = world.db.execute("SELECT * FROM wecom_ways WHERE code = ?", (code,)).fetchone()
    if row is None:
        return Response("not found", 404, media_type="text/plain")
    content = drawn(f"{ADDRESS}{row['kind']}/{row['code']}")
    return Response(content, media_type="image/jpeg")
