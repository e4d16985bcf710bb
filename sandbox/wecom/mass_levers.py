"""Levers on mass messages under /sandbox/v1/mass: the colleague's tap that sends them."""

import json
import sqlite3
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox import people, screen
from sandbox.official.errors import ApiError
from sandbox.people import Person
from sandbox.reading import json_body
from sandbox.refused import Refused
from sandbox.store import together
from sandbox.wecom import attachments, contacts, groups, mass, mass_quota
from sandbox.wecom.contents import Body
from sandbox.wecom.reading import opened, staff_of
from sandbox.world import World


async def list_tasks(request: Request) -> Response:
    """Tasks, the latest first, with what each wants to say and who has not confirmed."""
    world = opened(request)
    rows = world.db.execute("SELECT * FROM wecom_mass ORDER BY rowid DESC LIMIT 100").fetchall()
    return JSONResponse({"tasks": [_described(world, row) for row in rows]})


def _described(world: World, row: sqlite3.Row) -> dict[str, Any]:
    waiting = world.db.execute(
        "SELECT DISTINCT p.name FROM wecom_mass_targets t JOIN people p ON p.userid = t.userid"
        " WHERE t.msgid = ? AND t.status = 0",
        (row["msgid"],),
    ).fetchall()
    return {
        "msgid": row["msgid"],
        "chat_type": row["chat_type"],
        "text": (json.loads(row["body"]).get("text") or {}).get("content", ""),
        "cancelled": bool(row["cancelled"]),
        "waiting": [found["name"] for found in waiting],
    }


async def confirm(request: Request) -> Response:
    """{"staff"?}: a colleague taps the button; what they had to send goes out."""
    world, body = opened(request), await json_body(request)
    try:
        row = mass.find(world, request.path_params["msgid"])
    except ApiError as error:
        raise HTTPException(404, "没有这个群发任务") from error
    if row["cancelled"]:
        raise Refused("这个群发任务已经取消")
    with together(world.db):
        sent = _send(world, row, staff_of(world, body.get("staff")))
    return JSONResponse({"sent": sent})


def _send(world: World, row: sqlite3.Row, staff: Person) -> int:
    try:
        bodies = attachments.read(world, json.loads(row["body"]))
    except ApiError as error:
        raise Refused(f"这个群发任务发不了：{error.message}") from error
    targets = world.db.execute(
        "SELECT * FROM wecom_mass_targets WHERE msgid = ? AND userid = ? AND status = 0",
        (row["msgid"], staff.userid),
    ).fetchall()
    reached = 0
    for target in targets:
        status = _reach(world, row["chat_type"], target["target"], staff, bodies)
        reached += status == mass.SENT
        world.db.execute(
            "UPDATE wecom_mass_targets SET status = ?, sent_at = ? WHERE msgid = ? AND target = ?",
            (status, world.now(), row["msgid"], target["target"]),
        )
    return reached


def _reach(world: World, kind: str, target: str, staff: Person, bodies: list[Body]) -> int:
    if mass_quota.is_used_up(world, target):
        return mass.OVER
    if kind == mass.GROUP:
        group = groups.by_id(world, target)
        if group is None:
            return mass.NOT_FRIEND
        for body in bodies:
            groups.post(world, group, staff.name, body)
    else:
        person = people.by_external_userid(world, target)
        if person is None or contacts.find(world, staff.userid, target) is None:
            return mass.NOT_FRIEND
        for body in bodies:
            screen.told(world, person, staff.name, {**contacts.where(staff), **body})
    mass_quota.spend(world, target)
    return mass.SENT


ROUTES = [
    Route("/mass", list_tasks, methods=["GET"]),
    Route("/mass/{msgid}/confirm", confirm, methods=["POST"]),
]
