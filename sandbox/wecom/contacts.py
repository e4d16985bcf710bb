"""Customers of colleagues: how one becomes one, what the corp knows, how it ends."""

import json
import sqlite3
from typing import Any

from sandbox import people
from sandbox.official.call import OK, Call, text_of
from sandbox.people import Person
from sandbox.refused import Refused
from sandbox.store import recall, together
from sandbox.wecom import codes, events, tags
from sandbox.wecom.errors import ApiError
from sandbox.world import World

WELCOME_LIFE_S = 20
BY_CODE, BY_GROUP, BY_CHANNELS = 1, 4, 10
EVENT = "change_external_contact"
NATIVE_WELCOME = "native welcome"


def find(world: World, userid: object, external_userid: object) -> sqlite3.Row | None:
    row: sqlite3.Row | None = world.db.execute(
        "SELECT * FROM wecom_contacts WHERE userid = ? AND external_userid = ?",
        (str(userid), str(external_userid)),
    ).fetchone()
    return row


def follows(world: World, external_userid: object) -> list[sqlite3.Row]:
    """Everyone whose customer that is, the latest first."""
    return world.db.execute(
        "SELECT * FROM wecom_contacts WHERE external_userid = ?"
        " ORDER BY created_at DESC, rowid DESC",
        (str(external_userid),),
    ).fetchall()


def colleagues(call: Call) -> dict[str, Any]:
    """Who may have customers: here the corp's first member, and whoever has some."""
    first = [person.userid for person in people.members(call.world)[:1]]
    rows = call.world.db.execute("SELECT DISTINCT userid FROM wecom_contacts")
    return {**OK, "follow_user": sorted({*first, *(row["userid"] for row in rows)})}


def add(world: World, person: Person, staff: Person, state: str, how: int) -> None:
    """The person adds the colleague; whose customer they are already, nothing happens.

    The event has no WelcomeCode when the corp set a welcome of the platform's own.
    """
    if find(world, staff.userid, person.external_userid):
        return
    fields = _who(person, staff)
    with together(world.db):
        world.db.execute(
            "INSERT INTO wecom_contacts (userid, external_userid, state, add_way, created_at)"
            " VALUES (?, ?, ?, ?, ?)",
            (staff.userid, person.external_userid, state, how, world.now()),
        )
        if state:
            fields.append(("State", state))
        if not recall(world.db, NATIVE_WELCOME):
            given = (str(staff.userid), person.external_userid, WELCOME_LIFE_S)
            fields.append(("WelcomeCode", codes.new(world, "welcome", *given)))
        events.change(world, person.name, EVENT, "add_external_contact", fields)


def _who(person: Person, staff: Person) -> list[tuple[str, Any]]:
    return [("UserID", staff.userid), ("ExternalUserID", person.external_userid)]


def where(staff: Person) -> dict[str, str]:
    """Where a message of that colleague to a customer stands on the customer's phone."""
    return {"door": "wecom", "contact": staff.name}


def end(world: World, person: Person, staff: Person, by_customer: bool) -> None:
    """One deletes the other."""
    if find(world, staff.userid, person.external_userid) is None:
        raise Refused(f"{person.name} 不是 {staff.name} 的客户")
    kind = "del_follow_user" if by_customer else "del_external_contact"
    with together(world.db):
        world.db.execute(
            "DELETE FROM wecom_contacts WHERE userid = ? AND external_userid = ?",
            (staff.userid, person.external_userid),
        )
        events.change(world, person.name, EVENT, kind, _who(person, staff))


def customer(world: World, external_userid: object) -> Person:
    """ApiError 40096 for nobody, 84061 for nobody's customer."""
    person = people.by_external_userid(world, external_userid)
    if person is None:
        raise ApiError(40096)
    if not follows(world, external_userid):
        raise ApiError(84061)
    return person


def get(call: Call) -> dict[str, Any]:
    person = customer(call.world, call.query.get("external_userid"))
    known = {
        "external_userid": person.external_userid,
        "name": person.name,
        "avatar": "",
        "type": 1,
        "gender": 0,
        "unionid": person.unionid,
    }
    rows = follows(call.world, person.external_userid)
    return {**OK, "external_contact": known, "follow_user": [_follow(call, row) for row in rows]}


def _follow(call: Call, row: sqlite3.Row) -> dict[str, Any]:
    found = {
        "userid": row["userid"],
        "remark": row["remark"],
        "description": row["description"],
        "createtime": int(row["created_at"]),
        "tags": tags.described(call.world, json.loads(row["tags"])),
        "add_way": row["add_way"],
        "oper_userid": row["external_userid"],
    }
    return {**found, "state": row["state"]} if row["state"] else found


def every(call: Call) -> dict[str, Any]:
    """Customers of a member. ApiError 84061 when there are none."""
    rows = call.world.db.execute(
        "SELECT external_userid FROM wecom_contacts WHERE userid = ? ORDER BY created_at",
        (text_of(call.query, "userid"),),
    ).fetchall()
    if not rows:
        raise ApiError(84061)
    return {**OK, "external_userid": [row["external_userid"] for row in rows]}


def asked(call: Call) -> sqlite3.Row:
    """The relation a call names. ApiError 84061 when there is none."""
    row = find(call.world, call.body.get("userid"), call.body.get("external_userid"))
    if row is None:
        raise ApiError(84061)
    return row


def remark(call: Call) -> dict[str, Any]:
    row = asked(call)
    for key, longest in (("remark", 20), ("description", 150)):
        if key in call.body:
            words = text_of(call.body, key)
            if len(words) > longest:
                raise ApiError(40058, f"{key}: up to {longest} characters")
            call.world.db.execute(
                f"UPDATE wecom_contacts SET {key} = ? WHERE userid = ? AND external_userid = ?",
                (words, row["userid"], row["external_userid"]),
            )
    return OK


def mark_tag(call: Call) -> dict[str, Any]:
    row, world = asked(call), call.world
    add, remove = tags.known(world, call.body, "add_tag"), call.body.get("remove_tag") or []
    old = json.loads(row["tags"])
    new = [tag for tag in dict.fromkeys([*old, *add]) if tag not in remove]
    world.db.execute(
        "UPDATE wecom_contacts SET tags = ? WHERE userid = ? AND external_userid = ?",
        (json.dumps(new), row["userid"], row["external_userid"]),
    )
    return OK
