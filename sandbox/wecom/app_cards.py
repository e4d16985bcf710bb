"""Cards the app sent: on whose phones they stand, and the codes that may change one once."""

import secrets
from typing import Any

from sandbox import people, screen
from sandbox.official.call import OK, Call, object_of, text_of
from sandbox.people import Person
from sandbox.store import together
from sandbox.wecom import cards
from sandbox.wecom.errors import ApiError
from sandbox.wecom.home import corp_of
from sandbox.world import World

LIFE_S = 72 * 3_600


def check_new(world: World, card: dict[str, Any]) -> None:
    """ApiError 40058 when the card is none, or its task was used before."""
    cards.check(card)
    task = card.get("task_id")
    if task and world.db.execute("SELECT 1 FROM app_cards WHERE task = ?", (task,)).fetchone():
        raise ApiError(40058, "task_id used before")


def clicked(world: World, task: str) -> str:
    """A response_code for that card: one use, 72 hours."""
    code = secrets.token_urlsafe(32)
    world.db.execute(
        "INSERT INTO app_codes VALUES (?, ?, ?, 0)", (code, task, world.now() + LIFE_S)
    )
    return code


def stands(world: World, task: str, person: Person, n: int) -> None:
    world.db.execute("INSERT INTO app_cards VALUES (?, ?, ?)", (task, person.name, n))


def update(call: Call) -> dict[str, Any]:
    """Changes the card where it stands: another card, or its button's last words."""
    world, body = call.world, call.body
    if body.get("agentid") != corp_of(world).agentid:
        raise ApiError(40056)
    row = world.db.execute(
        "SELECT * FROM app_codes WHERE code = ?", (text_of(body, "response_code"),)
    ).fetchone()
    if row is None or row["used"] or row["expires_at"] <= world.now():
        raise ApiError(40058, "response_code used, expired or unknown")
    changes = _changes(body)
    invalid = _invalid(world, body.get("userids"))
    with together(world.db):
        world.db.execute("UPDATE app_codes SET used = 1 WHERE code = ?", (row["code"],))
        for stand in _stands(world, row["task"], body.get("userids")):
            person = people.by_name(world, stand["person"])
            if person:
                screen.rewrite(world, person, stand["n"], changes)
    return {**OK, "invaliduser": invalid}


def _changes(body: dict[str, Any]) -> dict[str, Any]:
    if card := object_of(body, "template_card"):
        cards.check(card)
        return {"buttons": [], "links": [], **cards.shown(card)}
    words = text_of(object_of(body, "button"), "replace_name")
    if not words:
        raise ApiError(40058, "button.replace_name or template_card")
    return {"buttons": [], "done": words}


def _invalid(world: World, userids: object) -> list[str]:
    named = userids if isinstance(userids, list) else []
    return [str(userid) for userid in named if people.by_userid(world, userid) is None]


def _stands(world: World, task: str, userids: object) -> list[Any]:
    rows = world.db.execute("SELECT * FROM app_cards WHERE task = ?", (task,)).fetchall()
    if not isinstance(userids, list) or not userids:
        return rows
    named = [person.name for userid in userids if (person := people.by_userid(world, userid))]
    return [row for row in rows if row["person"] in named]
