"""groupchat/list and get: what the corp may know about its external groups."""

from typing import Any

from sandbox import people
from sandbox.official.call import OK, Call, object_of
from sandbox.people import Person
from sandbox.wecom import groups
from sandbox.wecom.errors import ApiError
from sandbox.wecom.group_changes import version_of
from sandbox.wecom.groups import Group
from sandbox.wecom.pages import cut

MOST_OWNERS = 1_000
SCENES = {0: 1, 3: 3}
"""join_scene of the call for the JoinScene of the event."""


def every(call: Call) -> dict[str, Any]:
    owners = object_of(call.body, "owner_filter").get("userid_list")
    found = groups.every(call.world, groups.EXTERNAL)
    if not owners and len({group.owner for group in found}) > MOST_OWNERS:
        raise ApiError(81017)
    if owners:
        found = [group for group in found if group.owner in owners]
    page, cursor = cut(call.body, found, 1_000)
    answer = {**OK, "group_chat_list": [{"chat_id": g.chat_id, "status": 0} for g in page]}
    return {**answer, "next_cursor": cursor} if cursor else answer


def find(call: Call) -> Group:
    """ApiError 86003 when there is no such external group."""
    group = groups.by_id(call.world, call.body.get("chat_id"))
    if group is None or group.kind != groups.EXTERNAL:
        raise ApiError(86003)
    return group


def get(call: Call) -> dict[str, Any]:
    group, named = find(call), call.body.get("need_name") == 1
    rows = call.world.db.execute(
        "SELECT * FROM wecom_group_members WHERE chat_id = ? ORDER BY joined_at, rowid",
        (group.chat_id,),
    ).fetchall()
    found = [
        _member(person, row, named)
        for row in rows
        if (person := people.by_name(call.world, row["person"]))
    ]
    known = {
        "chat_id": group.chat_id,
        "name": group.name,
        "owner": group.owner,
        "create_time": int(group.created_at),
        "notice": "",
        "member_list": found,
        "admin_list": [],
        "member_version": version_of(group, group.version),
    }
    return {**OK, "group_chat": known}


def _member(person: Person, row: Any, named: bool) -> dict[str, Any]:
    known = {
        "userid": person.userid or person.external_userid,
        "type": 1 if person.userid else 2,
        "join_time": int(row["joined_at"]),
        "join_scene": SCENES[row["scene"]],
        "group_nickname": "",
    }
    if not person.userid:
        known["unionid"] = person.unionid
    if named:
        known["name"] = person.name
    return {**known, "state": row["state"]} if row["state"] else known
