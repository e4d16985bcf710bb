"""Groups, internal and external: who is in one, what is said there, who answers by itself."""

import hashlib
import json
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sandbox import people, screen
from sandbox.official import shown
from sandbox.people import Person
from sandbox.store import together
from sandbox.wecom.home import corp_of
from sandbox.world import World

INTERNAL, EXTERNAL = "internal", "external"
ASSISTANT = "小助理"
"""Who answers by itself in an external group."""


@dataclass(frozen=True, slots=True)
class Group:
    chat_id: str
    name: str
    kind: str
    owner: str
    """Userid."""
    created_at: float
    version: int
    auto_reply: list[dict[str, Any]]
    """Rules {"keywords": [...], "text"} of an external group."""
    default_reply: str
    welcome: str
    """template_id of what is said to who joins."""
    of_app: bool
    """Made by the app through appchat."""


LISTENERS: list[Callable[[World, Group, Person, str], None]] = []
"""Told of everything a person says in an internal group; the AI bot is one."""


def _group(row: sqlite3.Row) -> Group:
    return Group(
        row["chat_id"],
        row["name"],
        row["kind"],
        row["owner"],
        row["created_at"],
        row["version"],
        json.loads(row["auto_reply"]),
        row["default_reply"],
        row["welcome"],
        bool(row["of_app"]),
    )


def by_id(world: World, chat_id: object) -> Group | None:
    row = world.db.execute(
        "SELECT * FROM wecom_groups WHERE chat_id = ?", (str(chat_id),)
    ).fetchone()
    return _group(row) if row else None


def by_name(world: World, name: object) -> Group | None:
    row = world.db.execute("SELECT * FROM wecom_groups WHERE name = ?", (str(name),)).fetchone()
    return _group(row) if row else None


def every(world: World, kind: str = "") -> list[Group]:
    rows = world.db.execute(
        "SELECT * FROM wecom_groups WHERE ? IN ('', kind) ORDER BY created_at, rowid", (kind,)
    ).fetchall()
    return [_group(row) for row in rows]


def make(world: World, name: str, kind: str, owner: Person, chat_id: str = "") -> Group:
    """A group of nobody yet; one with a chat_id of its own is the app's."""
    digest = hashlib.sha256(f"{corp_of(world).corpid}\0{kind}\0{name}".encode()).hexdigest()
    new = chat_id or ("wr" if kind == EXTERNAL else "wk_in_") + digest[:30]
    world.db.execute(
        "INSERT INTO wecom_groups (chat_id, name, kind, owner, created_at, of_app)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (new, name, kind, owner.userid, world.now(), bool(chat_id)),
    )
    found = by_id(world, new)
    assert found is not None
    return found


def join(world: World, group: Group, person: Person, scene: int, state: str = "") -> None:
    world.db.execute(
        "INSERT OR IGNORE INTO wecom_group_members VALUES (?, ?, ?, ?, ?)",
        (group.chat_id, person.name, world.now(), scene, state),
    )


def members(world: World, group: Group) -> list[Person]:
    """Who is in it, first come first."""
    rows = world.db.execute(
        "SELECT person FROM wecom_group_members WHERE chat_id = ? ORDER BY joined_at, rowid",
        (group.chat_id,),
    ).fetchall()
    return [person for row in rows if (person := people.by_name(world, row["person"]))]


def of_person(world: World, person: Person) -> list[Group]:
    """The groups somebody is in, first come first."""
    rows = world.db.execute(
        "SELECT g.* FROM wecom_groups AS g JOIN wecom_group_members AS m USING (chat_id)"
        " WHERE m.person = ? ORDER BY m.joined_at, m.rowid",
        (person.name,),
    ).fetchall()
    return [_group(row) for row in rows]


def is_member(world: World, group: Group, person: Person) -> bool:
    return person.name in {member.name for member in members(world, group)}


def post(world: World, group: Group, sender: str, body: dict[str, Any], but: str = "") -> None:
    """Shows a message of `sender` on every member's phone, except that of the one named `but`."""
    where = {"door": "group", "group": group.name}
    with together(world.db):
        for member in members(world, group):
            if member.name != but:
                screen.told(world, member, sender, {**where, **body})


def said(world: World, group: Group, person: Person, text: str) -> None:
    """A member says something: everyone sees it. In an external group the platform may answer; in
    an internal one those who listen are told."""
    body = {"type": "text", "text": text}
    with together(world.db):
        own = screen.sent(world, person, {"door": "group", "group": group.name, **body})
        screen.set_state(world, person.name, own, "delivered")
        post(world, group, person.name, body, but=person.name)
        if group.kind == EXTERNAL:
            _answer(world, group, person, text)
    if group.kind == INTERNAL:
        for listener in LISTENERS:
            listener(world, group, person, text)


def _answer(world: World, group: Group, person: Person, text: str) -> None:
    """The native auto-reply: only to who mentions the assistant or a colleague."""
    staff = [member.name for member in members(world, group) if member.userid]
    if not any(f"@{name}" in text for name in (ASSISTANT, *staff)):
        return
    fitting = (
        rule["text"]
        for rule in group.auto_reply
        if any(keyword in text for keyword in rule["keywords"])
    )
    if words := next(fitting, group.default_reply):
        post(world, group, ASSISTANT, shown.text(f"@{person.name} {words}"))
