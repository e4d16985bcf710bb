"""What a person's phone shows: one numbered list of messages per person."""

import json
import sqlite3
from dataclasses import dataclass
from typing import Any

from sandbox import clock
from sandbox.people import Person
from sandbox.store import together
from sandbox.world import World

ME = "me"
PLATFORM = "微信"
UNAVAILABLE = "该公众号提供的服务出现故障，请稍后再试"
MOST_AT_ONCE = 500
CHAT = """CASE json_extract(body, '$.door')
    WHEN 'group' THEN iif(json_extract(body, '$.group') = '', 'bot',
        'group:' || json_extract(body, '$.group'))
    WHEN 'wecom' THEN coalesce('contact:' || json_extract(body, '$.contact'), 'wecom')
    ELSE json_extract(body, '$.door') END"""
"""The chat a message stands in: `official`, `wecom`, `contact:…`, `app`, `bot` or `group:…`."""


def last_number(world: World, name: str) -> int:
    row = world.db.execute("SELECT max(n) FROM phone WHERE person = ?", (name,)).fetchone()
    return row[0] or 0


def _put(world: World, name: str, sender: str, state: str | None, body: dict[str, Any]) -> int:
    """What stands at another door than the official account says so in its body."""
    with together(world.db):
        n = last_number(world, name) + 1
        shown = {"n": n, "door": "official", "from": sender, "at": clock.iso(world.now()), **body}
        world.db.execute(
            "INSERT INTO phone VALUES (?, ?, ?, ?, ?)",
            (name, n, sender, state, json.dumps(shown, ensure_ascii=False)),
        )
    world.changed(name)
    return n


def sent(world: World, person: Person, body: dict[str, Any]) -> int:
    """The person's own message appears, on its way; returns its number."""
    return _put(world, person.name, ME, "sending", body)


def received(world: World, person: Person, body: dict[str, Any]) -> int:
    """A message of the account appears."""
    world.db.execute("UPDATE people SET typing_until = 0 WHERE name = ?", (person.name,))
    return _put(world, person.name, world.account.name, None, body)


def told(world: World, person: Person, sender: str, body: dict[str, Any]) -> int:
    """A message of one of WeChat's own services appears, such as 微信支付."""
    return _put(world, person.name, sender, None, body)


def noted(world: World, person: Person, text: str) -> int:
    """A grey line of the platform itself, such as its failure notice."""
    return _put(world, person.name, PLATFORM, None, {"type": "note", "text": text})


def set_state(world: World, name: str, n: int | None, state: str) -> None:
    """`delivered` or `failed`, for a message of the person; None is an act without a message."""
    if n is not None:
        world.db.execute("UPDATE phone SET state = ? WHERE person = ? AND n = ?", (state, name, n))
        world.changed(name)


def messages(world: World, name: str, since: int, chat: str = "") -> list[dict[str, Any]]:
    """Messages after that number, oldest first, at most 500; of one chat, or of all."""
    of_chat = f"AND {CHAT} = ?" if chat else ""
    rows = world.db.execute(
        f"SELECT body, state FROM phone WHERE person = ? AND n > ? {of_chat} ORDER BY n LIMIT ?",
        [name, since, *([chat] if chat else []), MOST_AT_ONCE],
    ).fetchall()
    return [_message(row) for row in rows]


def _message(row: sqlite3.Row) -> dict[str, Any]:
    message: dict[str, Any] = json.loads(row["body"])
    if row["state"]:
        message["state"] = row["state"]
    return message


def last_by_chat(world: World, person: Person) -> dict[str, dict[str, Any]]:
    """The newest message of every chat there is."""
    rows = world.db.execute(
        f"SELECT {CHAT} AS chat, max(n), body, state FROM phone WHERE person = ? GROUP BY chat",
        (person.name,),
    ).fetchall()
    return {row["chat"]: _message(row) for row in rows}


def unread(world: World, person: Person) -> int:
    one = (person.name,)
    if world.db.execute("SELECT 1 FROM chats_read WHERE person = ? LIMIT 1", one).fetchone():
        return sum(unread_by_chat(world, person).values())
    row = world.db.execute(
        "SELECT count(*) FROM phone WHERE person = ? AND n > ? AND sender != ?",
        (person.name, person.read_n, ME),
    ).fetchone()
    return int(row[0])


def unread_by_chat(world: World, person: Person) -> dict[str, int]:
    """Only chats in which something is."""
    rows = world.db.execute(
        "SELECT new.chat, count(*) AS many FROM"
        f" (SELECT n, {CHAT} AS chat FROM phone WHERE person = ? AND n > ? AND sender != ?) AS new"
        " LEFT JOIN chats_read AS seen ON seen.person = ? AND seen.chat = new.chat"
        " WHERE new.n > coalesce(seen.n, 0) GROUP BY new.chat",
        (person.name, person.read_n, ME, person.name),
    ).fetchall()
    return {row["chat"]: row["many"] for row in rows}


def mark_read(world: World, person: Person, chat: str = "") -> None:
    """Everything on the phone, or in that chat, was seen."""
    last = last_number(world, person.name)
    if chat:
        given = (person.name, chat, last)
        world.db.execute("INSERT OR REPLACE INTO chats_read VALUES (?, ?, ?)", given)
    else:
        world.db.execute("UPDATE people SET read_n = ? WHERE name = ?", (last, person.name))
    world.changed(person.name)


def find_button(
    world: World, person: Person, wanted: str, door: str = "official"
) -> dict[str, str] | None:
    """The latest button with that id on the phone at that door, or else with that text."""
    found = find(world, person, "buttons", wanted, ("id", "text"), (door,))
    return found.item if found else None


def find_link(world: World, person: Person, wanted: str) -> str | None:
    """The address of the latest link on the phone with that address or text."""
    found = find(world, person, "links", wanted, ("url", "text"))
    return found.item["url"] if found else None


@dataclass(frozen=True, slots=True)
class Found:
    """Something to tap, and the message it stands in."""

    message: dict[str, Any]
    item: dict[str, str]


def find(
    world: World,
    person: Person,
    kind: str,
    wanted: str,
    keys: tuple[str, ...],
    doors: tuple[str, ...] = (),
) -> Found | None:
    """The latest of the `buttons` or `links` that says so in the first of these keys any says it
    in; at these doors, or anywhere."""
    rows = world.db.execute(
        f"SELECT body FROM phone WHERE person = ? AND body LIKE '%\"{kind}\"%'"
        " ORDER BY n DESC LIMIT 200",
        (person.name,),
    ).fetchall()
    messages = [json.loads(row["body"]) for row in rows]
    items = [
        Found(message, item)
        for message in messages
        if not doors or message["door"] in doors
        for item in message.get(kind, [])
    ]
    matches = (found for key in keys for found in items if found.item.get(key) == wanted)
    return next(matches, None)


def rewrite(world: World, person: Person, n: int, changes: dict[str, Any]) -> None:
    """Changes a message that stands on the phone, as an updated card does."""
    row = world.db.execute(
        "SELECT body FROM phone WHERE person = ? AND n = ?", (person.name, n)
    ).fetchone()
    if row:
        body = json.dumps({**json.loads(row["body"]), **changes}, ensure_ascii=False)
        world.db.execute(
            "UPDATE phone SET body = ? WHERE person = ? AND n = ?", (body, person.name, n)
        )
        world.changed(person.name)
