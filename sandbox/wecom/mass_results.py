"""What became of mass messages: who confirmed, what reached whom."""

import json
import sqlite3
from typing import Any

from sandbox.official.call import OK, Call, text_of
from sandbox.wecom import mass
from sandbox.wecom.errors import ApiError
from sandbox.wecom.pages import cut

LONGEST_LIST = 100
LONGEST_PAGE = 1_000


def every(call: Call) -> dict[str, Any]:
    start, end = call.body.get("start_time"), call.body.get("end_time")
    if not isinstance(start, int) or not isinstance(end, int) or end < start:
        raise ApiError(40058, "start_time and end_time")
    rows = call.world.db.execute(
        "SELECT * FROM wecom_mass WHERE chat_type = ? AND created_at BETWEEN ? AND ?"
        " ORDER BY created_at, rowid",
        (call.body.get("chat_type", mass.SINGLE), start, end + 1),
    ).fetchall()
    page, cursor = cut(call.body, rows, LONGEST_LIST)
    return {**OK, "next_cursor": cursor, "group_msg_list": [_described(row) for row in page]}


def _described(row: sqlite3.Row) -> dict[str, Any]:
    body = json.loads(row["body"])
    found = {"msgid": row["msgid"], "create_time": int(row["created_at"]), "create_type": 0}
    return {**found, **{key: body[key] for key in ("text", "attachments") if key in body}}


def tasks(call: Call) -> dict[str, Any]:
    """One task a colleague: 0 unsent, 2 sent."""
    row = mass.find(call.world, call.body.get("msgid"))
    rows = call.world.db.execute(
        "SELECT userid, max(sent_at) AS sent_at FROM wecom_mass_targets WHERE msgid = ?"
        " GROUP BY userid ORDER BY userid",
        (row["msgid"],),
    ).fetchall()
    page, cursor = cut(call.body, rows, LONGEST_PAGE)
    found = [
        {"userid": task["userid"], "status": 2, "send_time": int(task["sent_at"])}
        if task["sent_at"]
        else {"userid": task["userid"], "status": 0}
        for task in page
    ]
    return {**OK, "next_cursor": cursor, "task_list": found}


def results(call: Call) -> dict[str, Any]:
    """One line a customer or group: 0 not sent, 1 sent, 2 no longer a customer, 3 over quota."""
    row = mass.find(call.world, call.body.get("msgid"))
    rows = call.world.db.execute(
        "SELECT * FROM wecom_mass_targets WHERE msgid = ? AND userid = ? ORDER BY rowid",
        (row["msgid"], text_of(call.body, "userid")),
    ).fetchall()
    page, cursor = cut(call.body, rows, LONGEST_PAGE)
    key = "chat_id" if row["chat_type"] == mass.GROUP else "external_userid"
    found = []
    for line in page:
        known = {key: line["target"], "userid": line["userid"], "status": line["status"]}
        found.append({**known, "send_time": int(line["sent_at"] or 0)})
    return {**OK, "next_cursor": cursor, "send_list": found}
