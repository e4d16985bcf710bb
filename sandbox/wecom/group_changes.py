"""Changes of groups as people make them, told to the app when the group is external."""

import hashlib
from typing import Any

from sandbox import people
from sandbox.people import Person
from sandbox.refused import Refused
from sandbox.store import together
from sandbox.wecom import events, group_welcomes, groups
from sandbox.wecom.groups import EXTERNAL, Group
from sandbox.world import World

MOST_MEMBERS = 500
INVITED, BY_CODE = 0, 3
LEFT, REMOVED = 0, 1
EVENT = "change_external_chat"


def version_of(group: Group, number: int) -> str:
    """The member version, an MD5 as on the platform."""
    text = f"{group.chat_id} {number}"
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def create(world: World, name: str, kind: str, owner: Person, invited: list[Person]) -> Group:
    """Makes a group of these people. Refused when outsiders stand in an internal one."""
    for person in invited:
        if kind == groups.INTERNAL and not person.userid:
            raise Refused(f"{person.name} 不是企业成员，进不了内部群")
    with together(world.db):
        group = groups.make(world, name, kind, owner)
        for person in [owner, *invited]:
            groups.join(world, group, person, INVITED)
        if kind == EXTERNAL:
            events.change(world, owner.name, EVENT, "create", [("ChatId", group.chat_id)])
    return group


def join(
    world: World, group: Group, joining: list[Person], scene: int = INVITED, state: str = ""
) -> None:
    """People come in; who is in already is left out. Refused when it is full."""
    new = [person for person in joining if not groups.is_member(world, group, person)]
    if len(groups.members(world, group)) + len(new) > MOST_MEMBERS:
        raise Refused(f"群满了：最多 {MOST_MEMBERS} 人")
    for person in new:
        if group.kind != EXTERNAL and not person.userid:
            raise Refused(f"{person.name} 不是企业成员，进不了内部群")
    if not new:
        return
    with together(world.db):
        for person in new:
            groups.join(world, group, person, scene, state)
        _changed(world, group, "add_member", new, [("JoinScene", scene)])
        for person in new:
            _welcome(world, group, person)


def leave(world: World, group: Group, person: Person, removed: bool) -> None:
    if not groups.is_member(world, group, person):
        raise Refused(f"{person.name} 不在「{group.name}」里")
    with together(world.db):
        world.db.execute(
            "DELETE FROM wecom_group_members WHERE chat_id = ? AND person = ?",
            (group.chat_id, person.name),
        )
        scene = REMOVED if removed else LEFT
        _changed(world, group, "del_member", [person], [("QuitScene", scene)])


def dismiss(world: World, group: Group) -> None:
    with together(world.db):
        for table in ("wecom_groups", "wecom_group_members"):
            world.db.execute(f"DELETE FROM {table} WHERE chat_id = ?", (group.chat_id,))
        if group.kind == EXTERNAL:
            lane = _lane(world, group)
            events.change(world, lane, EVENT, "dismiss", [("ChatId", group.chat_id)])


def rename(world: World, group: Group, name: str) -> None:
    if groups.by_name(world, name):
        raise Refused(f"已经有叫「{name}」的群")
    with together(world.db):
        world.db.execute(
            "UPDATE wecom_groups SET name = ? WHERE chat_id = ?", (name, group.chat_id)
        )
        _changed(world, group, "change_name", [], [])


def _lane(world: World, group: Group) -> str:
    owner = people.by_userid(world, group.owner)
    return owner.name if owner else group.name


def _changed(
    world: World, group: Group, detail: str, who: list[Person], more: list[tuple[str, Any]]
) -> None:
    if group.kind != EXTERNAL:
        return
    fields: list[tuple[str, Any]] = [
        ("ChatId", group.chat_id),
        ("UpdateDetail", detail),
        *more,
    ]
    if who:
        ids = [("Item", person.userid or person.external_userid) for person in who]
        number = _next_version(world, group)
        fields += [
            ("MemChangeCnt", len(who)),
            ("MemChangeList", ids),
            ("LastMemVer", version_of(group, number - 1)),
            ("CurMemVer", version_of(group, number)),
        ]
    events.change(world, _lane(world, group), EVENT, "update", fields)


def _next_version(world: World, group: Group) -> int:
    row = world.db.execute(
        "UPDATE wecom_groups SET version = version + 1 WHERE chat_id = ? RETURNING version",
        (group.chat_id,),
    ).fetchone()
    return int(row["version"])


def _welcome(world: World, group: Group, person: Person) -> None:
    """What the owner set up for who joins."""
    for body in group_welcomes.said(world, group.welcome, person.name):
        groups.post(world, group, groups.ASSISTANT, body)


def describe(world: World, group: Group) -> dict[str, Any]:
    """For a lever: the group and who is in it."""
    names = [person.name for person in groups.members(world, group)]
    return {"name": group.name, "kind": group.kind, "chat_id": group.chat_id, "members": names}
