"""企业群发: a task the application prepares and a colleague confirms."""

import json
import secrets
import sqlite3
from typing import Any

from sandbox import people
from sandbox.official.call import OK, Call, text_of
from sandbox.store import together
from sandbox.wecom import attachments, contacts, counts, groups, mass_quota
from sandbox.wecom.errors import ApiError
from sandbox.world import World

SINGLE, GROUP = "single", "group"
MOST = {SINGLE: 10_000, GROUP: 2_000}
REMINDERS, REMIND_S = 3, 86_400
UNSENT, SENT, NOT_FRIEND, OVER = range(4)


def add(call: Call) -> dict[str, Any]:
    world, body = call.world, call.body
    kind = body.get("chat_type", SINGLE)
    if kind not in MOST:
        raise ApiError(40058, "chat_type")
    attachments.read(world, body)
    targets, failed = _targets(world, body, kind)
    if not targets:
        raise ApiError(41048)
    msgid = f"msg{secrets.token_urlsafe(24)}"
    with together(world.db):
        world.db.execute(
            "INSERT INTO wecom_mass (msgid, chat_type, body, created_at) VALUES (?, ?, ?, ?)",
            (msgid, kind, json.dumps(body, ensure_ascii=False), world.now()),
        )
        world.db.executemany(
            "INSERT INTO wecom_mass_targets (msgid, userid, target) VALUES (?, ?, ?)",
            [(msgid, userid, target) for target, userid in targets.items()],
        )
    return {**OK, "fail_list": failed, "msgid": msgid}


def _targets(world: World, body: dict[str, Any], kind: str) -> tuple[dict[str, str], list[str]]:
    """Who of the corp may send to whom, and to whom nobody can."""
    sender = text_of(body, "sender")
    if kind == GROUP and not sender:
        raise ApiError(40058, "sender")
    if sender and people.by_userid(world, sender) is None:
        raise ApiError(60111)
    key = "chat_id_list" if kind == GROUP else "external_userid"
    wanted = body.get(key) or _all(world, kind, sender)
    if not isinstance(wanted, list) or len(wanted) > MOST[kind]:
        raise ApiError(40058, f"{key}: at most {MOST[kind]}")
    found, failed = {}, []
    for target in dict.fromkeys(map(str, wanted)):
        userid = _sender(world, kind, target, sender)
        if userid and not mass_quota.is_used_up(world, target):
            found[target] = userid
        else:
            failed.append(target)
    return found, failed


def _all(world: World, kind: str, sender: str) -> list[str]:
    if kind == GROUP:
        every = groups.every(world, groups.EXTERNAL)
        return [group.chat_id for group in every if group.owner == sender]
    rows = world.db.execute(
        "SELECT DISTINCT external_userid FROM wecom_contacts WHERE ? IN ('', userid)", (sender,)
    ).fetchall()
    return [row["external_userid"] for row in rows]


def _sender(world: World, kind: str, target: str, sender: str) -> str | None:
    """Of a customer: who added them last; of a group: its owner."""
    if kind == GROUP:
        group = groups.by_id(world, target)
        return sender if group and group.owner == sender else None
    rows = [row["userid"] for row in contacts.follows(world, target)]
    if sender:
        return sender if sender in rows else None
    return rows[0] if rows else None


def find(world: World, msgid: object) -> sqlite3.Row:
    """ApiError 41063 when there is no such task."""
    row: sqlite3.Row | None = world.db.execute(
        "SELECT * FROM wecom_mass WHERE msgid = ?", (str(msgid),)
    ).fetchone()
    if row is None:
        raise ApiError(41063)
    return row


def remind(call: Call) -> dict[str, Any]:
    row = find(call.world, call.body.get("msgid"))
    key = f"remind {row['msgid']}"
    if counts.within(call.world, key, REMIND_S) >= REMINDERS:
        raise ApiError(45009, f"{REMINDERS} reminders in 24 hours")
    counts.add(call.world, key)
    return OK


def cancel(call: Call) -> dict[str, Any]:
    """What was not confirmed yet never will be."""
    row = find(call.world, call.body.get("msgid"))
    call.world.db.execute("UPDATE wecom_mass SET cancelled = 1 WHERE msgid = ?", (row["msgid"],))
    return OK
