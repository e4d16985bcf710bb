"""联系我: the calls that make, change and end a contact way."""

import json
from typing import Any

from sandbox import people
from sandbox.official.call import OK, Call
from sandbox.wecom import ways
from sandbox.wecom.errors import ApiError

SINGLE, MULTI = 1, 2
MINI_PROGRAM, QR = 1, 2
MOST_USERS = 100
KEPT = ("remark", "skip_verify", "state", "user", "party", "style", "is_exclusive", "mark_source")


def add(call: Call) -> dict[str, Any]:
    body = call.body
    if body.get("type") not in (SINGLE, MULTI):
        raise ApiError(41037)
    if body.get("scene") not in (MINI_PROGRAM, QR):
        raise ApiError(40058, "scene")
    _check(call, int(body["type"]))
    kept = {key: body[key] for key in ("type", "scene", *KEPT) if key in body}
    row = ways.new(call.world, ways.CONTACT, kept)
    answer = {**OK, "config_id": row["config_id"]}
    if body["scene"] == QR:
        answer["qr_code"] = ways.picture(call, row)
    return answer


def _check(call: Call, kind: int) -> None:
    ways.check(call.body)
    users = call.body.get("user") or []
    if not isinstance(users, list) or len(users) > MOST_USERS:
        raise ApiError(40058, f"user: up to {MOST_USERS}")
    if kind == SINGLE and len(users) != 1:
        raise ApiError(40058, "user: exactly one")
    if not users and not call.body.get("party"):
        raise ApiError(40058, "user or party")
    for userid in users:
        if people.by_userid(call.world, userid) is None:
            raise ApiError(84074, str(userid))


def get(call: Call) -> dict[str, Any]:
    row = ways.find(call.world, ways.CONTACT, call.body.get("config_id"))
    found = {"config_id": row["config_id"], **json.loads(row["body"])}
    if found["scene"] == QR:
        found["qr_code"] = ways.picture(call, row)
    return {**OK, "contact_way": found}


def every(call: Call) -> dict[str, Any]:
    found = ways.listed(call.world, ways.CONTACT, call.body)
    listed = [{"config_id": config_id} for config_id in found.pop("ids")]
    return {**OK, "contact_way": listed, **found}


def update(call: Call) -> dict[str, Any]:
    """Overwrites: what is left out is emptied, `user` too."""
    row = ways.find(call.world, ways.CONTACT, call.body.get("config_id"))
    old = json.loads(row["body"])
    if call.body.get("user"):
        _check(call, old["type"])
    ways.check(call.body)
    kept = {key: call.body[key] for key in KEPT if key in call.body}
    ways.overwrite(call.world, row, {"type": old["type"], "scene": old["scene"], **kept})
    return OK


def delete(call: Call) -> dict[str, Any]:
    ways.delete(call.world, ways.find(call.world, ways.CONTACT, call.body.get("config_id")))
    return OK
