"""Codes that an event carries and one answer may use: once, for some seconds."""

import secrets
import sqlite3

from sandbox.store import together
from sandbox.wecom.errors import ApiError
from sandbox.world import World


def new(world: World, kind: str, owner: str, external_userid: str, life_s: float) -> str:
    """A code for an answer to that customer; `owner` is the account or member that answers."""
    code = secrets.token_urlsafe(32)
    world.db.execute(
        "INSERT INTO wecom_codes VALUES (?, ?, ?, ?, ?, 0)",
        (code, kind, owner, external_userid, world.now() + life_s),
    )
    return code


def find(world: World, kind: str, code: object, unknown: int, used: int) -> sqlite3.Row:
    """The code as long as it may be used. ApiError `unknown`, or `used` when it is over."""
    row: sqlite3.Row | None = None
    if isinstance(code, str):
        row = world.db.execute(
            "SELECT * FROM wecom_codes WHERE code = ? AND kind = ?", (code, kind)
        ).fetchone()
    if row is None:
        raise ApiError(unknown, "unknown code")
    if row["used"] or row["expires_at"] <= world.now():
        raise ApiError(used, "code used" if row["used"] else "code expired")
    return row


def spend(world: World, row: sqlite3.Row) -> None:
    with together(world.db):
        world.db.execute("UPDATE wecom_codes SET used = 1 WHERE code = ?", (row["code"],))
