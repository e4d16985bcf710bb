"""Sessions of customers: who answers, how many messages are left, until when."""

import sqlite3
from typing import Any

from sandbox import people
from sandbox.official.call import OK, Call, text_of
from sandbox.official.windows import Window
from sandbox.people import Person
from sandbox.wecom import codes
from sandbox.wecom.errors import ApiError
from sandbox.wecom.kf import accounts
from sandbox.world import World

UNHANDLED, ASSISTANT, POOL, HUMAN, ENDED = range(5)
WINDOW_S = 48 * 3_600
MOST_MESSAGES = 5
CODE_LIFE_S = {POOL: WINDOW_S, HUMAN: WINDOW_S, ENDED: 20, ASSISTANT: 20}
"""How long the msg_code of a change to that state may be answered."""


def find(world: World, open_kfid: str, external_userid: str) -> sqlite3.Row | None:
    row: sqlite3.Row | None = world.db.execute(
        "SELECT * FROM kf_sessions WHERE open_kfid = ? AND external_userid = ?",
        (open_kfid, external_userid),
    ).fetchone()
    return row


def latest(world: World, person: Person) -> sqlite3.Row | None:
    """The session the person entered last, open or not."""
    row: sqlite3.Row | None = world.db.execute(
        "SELECT * FROM kf_sessions WHERE external_userid = ? ORDER BY entered_at DESC LIMIT 1",
        (person.external_userid,),
    ).fetchone()
    return row


def is_open(world: World, row: sqlite3.Row | None) -> bool:
    """Whether the customer spoke within 48 hours."""
    return row is not None and row["spoke_at"] > world.now() - WINDOW_S


def state_of(world: World, row: sqlite3.Row | None) -> int:
    return int(row["state"]) if row is not None and is_open(world, row) else ENDED


def entered(world: World, open_kfid: str, external_userid: str) -> None:
    world.db.execute(
        "INSERT INTO kf_sessions (open_kfid, external_userid, entered_at) VALUES (?, ?, ?)"
        " ON CONFLICT DO UPDATE SET entered_at = excluded.entered_at",
        (open_kfid, external_userid, world.now()),
    )


def spoke(world: World, open_kfid: str, external_userid: str) -> None:
    """The customer said something: 5 messages in 48 hours; a new session after one that ended."""
    row = find(world, open_kfid, external_userid)
    state = state_of(world, row)
    fresh = state == ENDED
    servicer = "" if fresh or row is None else row["servicer"]
    world.db.execute(
        "UPDATE kf_sessions SET state = ?, servicer = ?, remaining = ?, spoke_at = ?"
        " WHERE open_kfid = ? AND external_userid = ?",
        (
            UNHANDLED if fresh else state,
            servicer,
            MOST_MESSAGES,
            world.now(),
            open_kfid,
            external_userid,
        ),
    )


def spend(world: World, open_kfid: str, external_userid: str) -> None:
    """Takes one message. ApiError 95002 after 48 hours, 95013 when the session ended, 95018 while
    a colleague has it, 95001 when five were sent."""
    row = find(world, open_kfid, external_userid)
    if row is None or not is_open(world, row):
        raise ApiError(95002)
    if row["state"] == ENDED:
        raise ApiError(95013)
    if row["state"] in (POOL, HUMAN):
        raise ApiError(95018)
    if row["remaining"] < 1:
        raise ApiError(95001)
    world.db.execute(
        "UPDATE kf_sessions SET remaining = remaining - 1"
        " WHERE open_kfid = ? AND external_userid = ?",
        (open_kfid, external_userid),
    )


def window(world: World, person: Person) -> Window | None:
    """What may still be said to the person, at the account they entered last; None outside 48 h."""
    row = latest(world, person)
    if row is None or not is_open(world, row):
        return None
    return Window(row["remaining"], row["spoke_at"] + WINDOW_S)


def customer_of(world: World, external_userid: object) -> Person:
    """ApiError 40096 when the corp knows nobody of that id."""
    person = people.by_external_userid(world, external_userid)
    if person is None:
        raise ApiError(40096)
    return person


def _asked(call: Call) -> tuple[str, str]:
    open_kfid = accounts.find(call.world, call.body.get("open_kfid"))["open_kfid"]
    return open_kfid, customer_of(call.world, call.body.get("external_userid")).external_userid


def get(call: Call) -> dict[str, Any]:
    row = find(call.world, *_asked(call))
    state = state_of(call.world, row)
    servicer = row["servicer"] if row and state == HUMAN else ""
    return {**OK, "service_state": state, "servicer_userid": servicer}


def trans(call: Call) -> dict[str, Any]:
    """Moves a session forward, never back. ApiError 95018 for any other move."""
    world, (open_kfid, external_userid) = call.world, _asked(call)
    wanted, servicer = call.body.get("service_state"), text_of(call.body, "servicer_userid")
    state = state_of(world, find(world, open_kfid, external_userid))
    if not isinstance(wanted, int) or wanted not in (ASSISTANT, POOL, HUMAN, ENDED):
        raise ApiError(40058, "service_state")
    if wanted <= state:
        raise ApiError(95018)
    if wanted == HUMAN:
        if not servicer:
            raise ApiError(40058, "servicer_userid missing")
        if servicer not in accounts.servicers(world, accounts.find(world, open_kfid)):
            raise ApiError(60111)
    return {**OK, "msg_code": move(world, open_kfid, external_userid, wanted, servicer)}


def move(world: World, open_kfid: str, external_userid: str, state: int, servicer: str) -> str:
    """Puts the session into the state; returns the msg_code for one answer to that."""
    world.db.execute(
        "UPDATE kf_sessions SET state = ?, servicer = ?"
        " WHERE open_kfid = ? AND external_userid = ?",
        (state, servicer if state == HUMAN else "", open_kfid, external_userid),
    )
    return codes.new(world, "kf", open_kfid, external_userid, CODE_LIFE_S[state])
