"""What a person's phone shows: one numbered list of messages per person."""

import json
from typing import Any

from sandbox import clock
from sandbox.people import Person
from sandbox.store import together
from sandbox.world import World

ME = "me"
PLATFORM = "微信"
UNAVAILABLE = "该公众号提供的服务出现故障，请稍后再试"
MOST_AT_ONCE = 500


def last_number(world: World, name: str) -> int:
    row = world.db.execute("SELECT max(n) FROM phone WHERE person = ?", (name,)).fetchone()
    return row[0] or 0


def _put(world: World, name: str, sender: str, state: str | None, body: dict[str, Any]) -> int:
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


def messages(world: World, name: str, since: int) -> list[dict[str, Any]]:
    """Messages after that number, oldest first, at most 500."""
    rows = world.db.execute(
        "SELECT body, state FROM phone WHERE person = ? AND n > ? ORDER BY n LIMIT ?",
        (name, since, MOST_AT_ONCE),
    ).fetchall()
    found = []
    for row in rows:
        message = json.loads(row["body"])
        if row["state"]:
            message["state"] = row["state"]
        found.append(message)
    return found


def unread(world: World, person: Person) -> int:
    row = world.db.execute(
        "SELECT count(*) FROM phone WHERE person = ? AND n > ? AND sender != ?",
        (person.name, person.read_n, ME),
    ).fetchone()
    return int(row[0])


def mark_read(world: World, person: Person) -> None:
    world.db.execute(
        "UPDATE people SET read_n = ? WHERE name = ?",
        (last_number(world, person.name), person.name),
    )
    world.changed(person.name)


def find_button(world: World, person: Person, wanted: str) -> dict[str, str] | None:
    """The latest button with that id on the phone, or else with that text."""
    rows = world.db.execute(
        "SELECT body FROM phone WHERE person = ? AND body LIKE '%\"buttons\"%'"
        " ORDER BY n DESC LIMIT 200",
        (person.name,),
    ).fetchall()
    buttons = [button for row in rows for button in json.loads(row["body"]).get("buttons", [])]
    return _first(buttons, "id", wanted) or _first(buttons, "text", wanted)


def find_link(world: World, person: Person, wanted: str) -> str | None:
    """The address of the latest link on the phone with that address or text."""
    rows = world.db.execute(
        "SELECT body FROM phone WHERE person = ? AND body LIKE '%\"links\"%'"
        " ORDER BY n DESC LIMIT 200",
        (person.name,),
    ).fetchall()
    links = [link for row in rows for link in json.loads(row["body"]).get("links", [])]
    found = _first(links, "url", wanted) or _first(links, "text", wanted)
    return found["url"] if found else None


def _first(items: list[dict[str, str]], key: str, wanted: str) -> dict[str, str] | None:
    return next((item for item in items if item.get(key) == wanted), None)
