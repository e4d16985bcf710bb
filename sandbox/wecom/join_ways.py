"""Ways into external groups: a code with a state, leading into the first that has room."""

import json
import sqlite3
from typing import Any

from sandbox import people
from sandbox.official.call import OK, Call, text_of
from sandbox.people import Person
from sandbox.refused import Refused
from sandbox.wecom import group_changes, groups, ways
from sandbox.wecom.errors import ApiError
from sandbox.wecom.group_changes import BY_CODE, MOST_MEMBERS
from sandbox.wecom.groups import Group
from sandbox.world import World

PLUGIN, QR = 1, 2
MOST_GROUPS = 5
KEPT = (
    *("scene", "remark", "auto_create_room", "room_base_name", "room_base_id"),
    *("chat_id_list", "state", "mark_source"),
)


def _checked(call: Call) -> dict[str, Any]:
    body = {key: call.body[key] for key in KEPT if key in call.body}
    if body.get("scene") not in (PLUGIN, QR):
        raise ApiError(40058, "scene")
    ways.check(body)
    wanted = body.get("chat_id_list")
    if not isinstance(wanted, list) or not 1 <= len(wanted) <= MOST_GROUPS:
        raise ApiError(40058, f"chat_id_list: 1 to {MOST_GROUPS}")
    if len(text_of(body, "room_base_name")) > 40:
        raise ApiError(40058, "room_base_name: up to 40 characters")
    for chat_id in wanted:
        group = groups.by_id(call.world, chat_id)
        if group is None or group.kind != groups.EXTERNAL:
            raise ApiError(86003, str(chat_id))
    return body


def add(call: Call) -> dict[str, Any]:
    return {**OK, "config_id": ways.new(call.world, ways.JOIN, _checked(call))["config_id"]}


def get(call: Call) -> dict[str, Any]:
    row = ways.find(call.world, ways.JOIN, call.body.get("config_id"))
    found = {"config_id": row["config_id"], **json.loads(row["body"])}
    return {**OK, "join_way": {**found, "qr_code": ways.picture(call, row)}}


def update(call: Call) -> dict[str, Any]:
    row = ways.find(call.world, ways.JOIN, call.body.get("config_id"))
    ways.overwrite(call.world, row, _checked(call))
    return OK


def delete(call: Call) -> dict[str, Any]:
    ways.delete(call.world, ways.find(call.world, ways.JOIN, call.body.get("config_id")))
    return OK


def scanned(world: World, person: Person, row: sqlite3.Row) -> Group:
    """The person joins the first group of the way that has room, or a new one if it makes them;
    says which, or in which they are already."""
    way = json.loads(row["body"])
    wanted = [groups.by_id(world, chat_id) for chat_id in way["chat_id_list"]]
    known = [group for group in wanted if group]
    for group in known:
        if groups.is_member(world, group, person):
            return group
    free = (g for g in known if len(groups.members(world, g)) < MOST_MEMBERS)
    group = next(free, None) or _another(world, row, way, known)
    group_changes.join(world, group, [person], BY_CODE, way.get("state", ""))
    return group


def _another(world: World, row: sqlite3.Row, way: dict[str, Any], known: list[Group]) -> Group:
    owner = people.by_userid(world, known[0].owner) if known else None
    if owner is None or way.get("auto_create_room", 1) != 1:
        raise Refused("这个群满了，或者已经解散")
    number = way.get("room_base_id", 1)
    name = f"{way.get('room_base_name') or known[0].name}{number}"
    while groups.by_name(world, name):
        number += 1
        name = f"{way.get('room_base_name') or known[0].name}{number}"
    group = group_changes.create(world, name, groups.EXTERNAL, owner, [])
    chats = [*way["chat_id_list"][-MOST_GROUPS + 1 :], group.chat_id]
    ways.overwrite(world, row, {**way, "chat_id_list": chats, "room_base_id": number + 1})
    return group
