"""The AI bot of internal groups: what it is told, by long connection if it has one, else by
callback; who waits for its answer, and for how long.
"""

import json
import secrets
import sqlite3
from typing import Any

from sandbox import callbacks, screen
from sandbox.people import Person
from sandbox.store import together
from sandbox.wecom import aibot_line, app, groups
from sandbox.wecom.aibot_told import NAME, message_of, place, told
from sandbox.wecom.groups import Group
from sandbox.wecom.home import corp_of
from sandbox.world import World

MOST_AT_ONCE = 3
WORKED_ON_S = 360
"""A message nobody has answered, or whose stream goes on, counts as being worked on so long."""
BUSY = "机器人还在处理你前面的消息，请稍后再试"
Body = dict[str, Any]


def overheard(world: World, group: Group, person: Person, text: str) -> None:
    """Words in an internal group: the bot is told those that call it by name."""
    if corp_of(world).bot.id and f"@{NAME}" in text:
        _hear(world, person, text, group.chat_id, None)


groups.LISTENERS.append(overheard)


def say_alone(world: World, person: Person, text: str) -> None:
    """Says something in the chat with the bot alone."""
    with together(world.db):
        shown = {"door": "group", "group": "", "type": "text", "text": text}
        own = screen.sent(world, app.member(person), shown)
        _hear(world, person, text, "", own)


def _hear(world: World, person: Person, text: str, chat: str, own: int | None) -> None:
    """Words that stand on the phone, as number `own` if they are still on their way."""
    if _worked_on(world, person) >= MOST_AT_ONCE:
        screen.set_state(world, person.name, own, "delivered")
        screen.told(world, person, NAME, {**place(world, chat), "type": "note", "text": BUSY})
        return
    with together(world.db):
        row = _new(world, "message", person, chat)
        _tell(world, person, row, {"msgtype": "text", "text": {"content": text}}, own)


def enter(world: World, person: Person) -> None:
    """Opens the chat with the bot alone: told on the first time of a day."""
    app.member(person)
    day = int((world.now() + 8 * 3_600) // 86_400)
    key = f"aibot entered {person.name} {day}"
    if world.db.execute("SELECT 1 FROM memory WHERE key = ?", (key,)).fetchone():
        return
    with together(world.db):
        world.db.execute("INSERT INTO memory VALUES (?, '1')", (key,))
        row = _new(world, "enter_chat", person, "")
        _tell(world, person, row, _event(world, {"eventtype": "enter_chat"}), None)


def tap(world: World, person: Person, found: screen.Found) -> None:
    """Taps a button of a card of the bot."""
    card = world.db.execute(
        "SELECT * FROM aibot_cards WHERE task = ?", (found.message.get("task"),)
    ).fetchone()
    if card is None:
        return
    clicked = {
        "card_type": found.message["card"],
        "event_key": found.item["id"],
        "task_id": card["task"],
    }
    event = {"eventtype": "template_card_event", "template_card_event": clicked}
    with together(world.db):
        row = _new(world, "template_card_event", person, card["chat"], card["task"])
        _tell(world, person, row, _event(world, event), None)


def _event(world: World, event: Body) -> Body:
    return {"create_time": int(world.now()), "msgtype": "event", "event": event}


def _new(world: World, kind: str, person: Person, chat: str, task: str = "") -> sqlite3.Row:
    msgid = secrets.token_hex(16)
    world.db.execute(
        "INSERT INTO aibot_messages (msgid, req_id, kind, person, userid, chat, at, code, task)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            msgid,
            secrets.token_hex(12),
            kind,
            person.name,
            person.userid,
            chat,
            world.now(),
            secrets.token_urlsafe(32),
            task,
        ),
    )
    row = message_of(world, "msgid", msgid)
    assert row is not None
    return row


def _tell(world: World, person: Person, row: sqlite3.Row, content: Body, own: int | None) -> None:
    body, is_event = told(world, row, content), content["msgtype"] == "event"
    line = aibot_line.current(world)
    if line is not None:
        line.push("aibot_event_callback" if is_event else "aibot_msg_callback", row, body)
        screen.set_state(world, person.name, own, "delivered")
        return
    plain, door = json.dumps(body, ensure_ascii=False), "aibot_event" if is_event else "aibot"
    callbacks.queue(world, door, person.name, plain, own, answerable=True)


def _worked_on(world: World, person: Person) -> int:
    row = world.db.execute(
        "SELECT count(*) FROM aibot_messages"
        " WHERE person = ? AND kind = 'message' AND done = 0 AND at > ?",
        (person.name, world.now() - WORKED_ON_S),
    ).fetchone()
    return int(row[0])
