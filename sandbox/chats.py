"""The chats on a person's phone: with the account, with each of the corp's doors, one a group."""

from typing import Any

from sandbox import people, screen
from sandbox.people import Person
from sandbox.wecom import contacts, groups
from sandbox.wecom.aibot_told import NAME as BOT
from sandbox.wecom.groups import ASSISTANT, INTERNAL, Group
from sandbox.wecom.kf import accounts
from sandbox.world import World

CONTACT = "千星小助手"
"""By which name customers know whoever of the corp they added."""
APP = "千星"

Chat = dict[str, Any]


def every(world: World, person: Person) -> list[Chat]:
    """The latest word first; those nobody has spoken in yet at the end."""
    last = screen.last_by_chat(world, person)
    unread = screen.unread_by_chat(world, person)
    known = {chat["key"]: chat for chat in _open(world, person)}
    old = [_closed(key) for key in last if key not in known]
    found = [
        {**chat, "unread": unread.get(chat["key"], 0), "last": last.get(chat["key"])}
        for chat in [*known.values(), *old]
    ]
    return sorted(found, key=lambda chat: -chat["last"]["n"] if chat["last"] else 0)


def _open(world: World, person: Person) -> list[Chat]:
    """Where the person may be heard, or hear."""
    account = {"key": "official", "door": "official", "title": world.account.name}
    found = [{**account, "kind": "account", "speaks": person.following}]
    if world.corp is None:
        return found
    found.append(_chat("wecom", "wecom", accounts.NAME, "service"))
    follows = contacts.follows(world, person.external_userid)
    staff = [people.by_userid(world, row["userid"]) for row in follows]
    found += [_contact(one.name) for one in staff if one]
    if person.userid:
        found += [_chat("app", "app", APP, "app"), _chat("bot", "group", BOT, "bot")]
    return [*found, *(_of_group(world, group) for group in groups.of_person(world, person))]


def _chat(key: str, door: str, title: str, kind: str) -> Chat:
    return {"key": key, "door": door, "title": title, "kind": kind, "speaks": True}


def _contact(name: str) -> Chat:
    """What is said to a colleague goes to the colleague, never to the application."""
    chat = _chat(f"contact:{name}", "wecom", CONTACT, "contact")
    return {**chat, "staff": name, "speaks": False}


def _of_group(world: World, group: Group) -> Chat:
    chat = _chat(f"group:{group.name}", "group", group.name, group.kind)
    assistant = BOT if group.kind == INTERNAL else ASSISTANT
    found = {**chat, "group": group.name, "assistant": assistant}
    members = groups.members(world, group)
    if group.kind != INTERNAL:
        found["staff"] = next((member.name for member in members if member.userid), None)
    return {**found, "members": [member.name for member in members]}


def _closed(key: str) -> Chat:
    """A chat that is over, and still stands there."""
    kind, _, name = key.partition(":")
    if kind == "contact":
        return _contact(name)
    door = "group" if kind == "group" else "wecom"
    return {**_chat(key, door, name or key, kind), "speaks": False}
