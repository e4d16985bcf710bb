"""Templates of what an external group says to who joins; the owner puts one to use by hand."""

import json
import secrets
from typing import Any

from sandbox.official.call import OK, Call, object_of, text_of
from sandbox.wecom import attachments
from sandbox.wecom.contents import Body, sized
from sandbox.wecom.errors import ApiError
from sandbox.world import World

MOST = 100
LONGEST_TEXT = 3_000
KINDS = ("image", "link", "miniprogram", "file", "video")
"""What stands beside the words: the first of these that is there."""
KEPT = ("text", *KINDS, "notify")


def _checked(call: Call) -> dict[str, Any]:
    body = {key: call.body[key] for key in KEPT if key in call.body}
    sized(object_of(body, "text"), "content", LONGEST_TEXT)
    _bodies(call.world, body)
    return body


def _bodies(world: World, body: dict[str, Any]) -> list[Body]:
    kind = next((kind for kind in KINDS if object_of(body, kind)), "")
    attached = [{"msgtype": kind, kind: body[kind]}] if kind else []
    return attachments.read(world, {"text": body.get("text"), "attachments": attached})


def add(call: Call) -> dict[str, Any]:
    body = _checked(call)
    if call.world.db.execute("SELECT count(*) FROM wecom_welcomes").fetchone()[0] >= MOST:
        raise ApiError(45009, f"at most {MOST} templates")
    template_id = f"msg{secrets.token_urlsafe(20)}"
    given = (template_id, json.dumps(body))
    call.world.db.execute("INSERT INTO wecom_welcomes VALUES (?, ?)", given)
    return {**OK, "template_id": template_id}


def _find(call: Call, values: dict[str, Any]) -> dict[str, Any]:
    template_id = text_of(values, "template_id")
    row = call.world.db.execute(
        "SELECT body FROM wecom_welcomes WHERE template_id = ?", (template_id,)
    ).fetchone()
    if row is None:
        raise ApiError(40058, "template_id")
    found: dict[str, Any] = json.loads(row["body"])
    return found


def edit(call: Call) -> dict[str, Any]:
    _find(call, call.body)
    call.world.db.execute(
        "UPDATE wecom_welcomes SET body = ? WHERE template_id = ?",
        (json.dumps(_checked(call)), call.body["template_id"]),
    )
    return OK


def get(call: Call) -> dict[str, Any]:
    return {**OK, **_find(call, call.query)}


def delete(call: Call) -> dict[str, Any]:
    _find(call, call.body)
    call.world.db.execute(
        "DELETE FROM wecom_welcomes WHERE template_id = ?", (call.body["template_id"],)
    )
    return OK


def said(world: World, template_id: str, name: str) -> list[Body]:
    """What the template says to the person of that name; nothing without one."""
    row = world.db.execute(
        "SELECT body FROM wecom_welcomes WHERE template_id = ?", (template_id,)
    ).fetchone()
    if row is None:
        return []
    return _bodies(world, json.loads(row["body"].replace("%NICKNAME%", json.dumps(name)[1:-1])))
