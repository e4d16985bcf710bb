"""The corp's tags for customers, in groups."""

import secrets
import sqlite3
from typing import Any

from sandbox.official.call import OK, Call, list_of, text_of
from sandbox.store import together
from sandbox.wecom.errors import ApiError
from sandbox.world import World

LONGEST = 30


def _rows(world: World, where: str = "1", *values: object) -> list[sqlite3.Row]:
    return world.db.execute(
        f"SELECT * FROM wecom_tags WHERE {where} ORDER BY created_at, rowid", values
    ).fetchall()


def _group(rows: list[sqlite3.Row]) -> dict[str, Any]:
    found = [{"id": row["id"], "name": row["name"], "order": row["place"]} for row in rows]
    first = rows[0]
    return {"group_id": first["group_id"], "group_name": first["group_name"], "tag": found}


def add(call: Call) -> dict[str, Any]:
    world, body, wanted = call.world, call.body, list_of(call.body, "tag")
    group_id, group_name = text_of(body, "group_id"), text_of(body, "group_name")
    same = _rows(world, "group_id = ? OR group_name = ?", group_id, group_name)
    if group_id and not same:
        raise ApiError(40068, "group_id")
    if not wanted or not (same or group_name) or len(group_name) > LONGEST:
        raise ApiError(40058, "tag and group_id or group_name")
    names = [text_of(tag, "name") for tag in wanted]
    if any(not 1 <= len(name) <= LONGEST for name in names):
        raise ApiError(40058, f"name: 1 to {LONGEST} characters")
    if len(set(names)) < len(names) or {row["name"] for row in same} & set(names):
        raise ApiError(40071)
    group_id = same[0]["group_id"] if same else f"et{secrets.token_hex(15)}"
    group_name = same[0]["group_name"] if same else group_name
    with together(world.db):
        for tag, name in zip(wanted, names, strict=True):
            place = tag.get("order") if isinstance(tag.get("order"), int) else 0
            given = (f"et{secrets.token_hex(15)}", group_id, group_name, name, place, world.now())
            world.db.execute("INSERT INTO wecom_tags VALUES (?, ?, ?, ?, ?, ?)", given)
    new = [row for row in _rows(world, "group_id = ?", group_id) if row["name"] in names]
    return {**OK, "tag_group": _group(new)}


def every(call: Call) -> dict[str, Any]:
    wanted, groups = call.body.get("tag_id") or [], call.body.get("group_id") or []
    found: dict[str, list[sqlite3.Row]] = {}
    for row in _rows(call.world):
        if not (wanted or groups) or row["id"] in wanted or row["group_id"] in groups:
            found.setdefault(row["group_id"], []).append(row)
    return {**OK, "tag_group": [_group(rows) for rows in found.values()]}


def edit(call: Call) -> dict[str, Any]:
    name, id_ = text_of(call.body, "name"), text_of(call.body, "id")
    rows = _rows(call.world, "id = ? OR group_id = ?", id_, id_)
    if not rows:
        raise ApiError(40068)
    if not 1 <= len(name) <= LONGEST:
        raise ApiError(40058, f"name: 1 to {LONGEST} characters")
    column = "name" if rows[0]["id"] == id_ else "group_name"
    key = "id" if column == "name" else "group_id"
    call.world.db.execute(f"UPDATE wecom_tags SET {column} = ? WHERE {key} = ?", (name, id_))
    return OK


def delete(call: Call) -> dict[str, Any]:
    wanted, groups = call.body.get("tag_id") or [], call.body.get("group_id") or []
    if not (isinstance(wanted, list) and isinstance(groups, list) and (wanted or groups)):
        raise ApiError(40058, "tag_id or group_id")
    for key, ids in (("id", wanted), ("group_id", groups)):
        for id_ in ids:
            call.world.db.execute(f"DELETE FROM wecom_tags WHERE {key} = ?", (str(id_),))
    return OK


def known(world: World, body: dict[str, Any], key: str) -> list[str]:
    """The ids under the key. ApiError 40068 when one of them is no tag."""
    wanted = body.get(key) or []
    if not isinstance(wanted, list):
        raise ApiError(40058, key)
    for id_ in wanted:
        if not _rows(world, "id = ?", str(id_)):
            raise ApiError(40068, str(id_))
    return [str(id_) for id_ in wanted]


def described(world: World, ids: list[str]) -> list[dict[str, Any]]:
    rows = [row for id_ in ids for row in _rows(world, "id = ?", id_)]
    return [
        {
            "group_name": row["group_name"],
            "tag_name": row["name"],
            "tag_id": row["id"],
            "type": 1,
        }
        for row in rows
    ]
