"""What the bot may say to which message, and how the phones of a chat show it."""

import json
import re
import sqlite3
from collections.abc import Callable
from typing import Any

from sandbox import people, screen
from sandbox.official.call import list_of, object_of, text_of
from sandbox.people import Person
from sandbox.store import together
from sandbox.wecom import aibot_told, cards, contents, groups, media
from sandbox.wecom.errors import ApiError
from sandbox.world import World

LONGEST = 20_480
MOST_PICTURES = 10
STREAMS_FOR_S = 360
EXPIRED_STREAM = 846608
THOUGHT = re.compile(r"<think>.*?(</think>|$)", re.S)
THINKING = "正在思考…"
Body = dict[str, Any]


def stream(world: World, row: sqlite3.Row, body: Body) -> None:
    """The text so far; what came before is replaced. ApiError for one that is over."""
    said = object_of(body, "stream")
    words = contents.sized(said, "content", LONGEST)
    stream_id, ends = text_of(said, "id") or row["stream"], said.get("finish") is True
    if not stream_id or (row["stream"] and stream_id != row["stream"]):
        raise ApiError(40058, "stream.id")
    if row["stream"] and (row["done"] or row["at"] + STREAMS_FOR_S <= world.now()):
        raise ApiError(EXPIRED_STREAM)
    pictures = list_of(said, "msg_item")
    if pictures and (not ends or len(pictures) > MOST_PICTURES):
        raise ApiError(40058, "msg_item: with finish, at most 10")
    visible = THOUGHT.sub("", words).strip()
    shown = contents.markdown({"content": visible or THINKING}, LONGEST)
    with together(world.db):
        numbers = _again(world, row, shown) if row["stream"] else _show(world, row, shown)
        world.db.execute(
            "UPDATE aibot_messages SET stream = ?, shown = ?, done = ? WHERE msgid = ?",
            (stream_id, json.dumps(numbers), ends, row["msgid"]),
        )


def card(world: World, row: sqlite3.Row, body: Body) -> None:
    """A card; its task is new."""
    found = object_of(body, "template_card")
    cards.check(found)
    task = text_of(found, "task_id")
    if task and world.db.execute("SELECT 1 FROM aibot_cards WHERE task = ?", (task,)).fetchone():
        raise ApiError(40058, "task_id used before")
    with together(world.db):
        numbers = _show(world, row, cards.shown(found))
        if task:
            world.db.execute(
                "INSERT INTO aibot_cards VALUES (?, ?, ?)", (task, row["chat"], json.dumps(numbers))
            )
        aibot_told.finish(world, row)


def stream_and_card(world: World, row: sqlite3.Row, body: Body) -> None:
    with together(world.db):
        stream(world, row, body)
        if object_of(body, "template_card"):
            card(world, row, body)
            ends = object_of(body, "stream").get("finish") is True
            done = "UPDATE aibot_messages SET done = ? WHERE msgid = ?"
            world.db.execute(done, (ends, row["msgid"]))


def update(world: World, row: sqlite3.Row, body: Body) -> None:
    """Another card in place of the one that was tapped."""
    found = object_of(body, "template_card")
    if body.get("response_type") != "update_template_card":
        raise ApiError(40058, "response_type")
    cards.check(found)
    if text_of(found, "task_id") != row["task"]:
        raise ApiError(40058, "task_id is not that of the card")
    known = world.db.execute("SELECT * FROM aibot_cards WHERE task = ?", (row["task"],)).fetchone()
    named = body.get("userids")
    changes = {"buttons": [], "links": [], **cards.shown(found)}
    with together(world.db):
        for name, n in json.loads(known["shown"]).items():
            person = people.by_name(world, name)
            if person and (not named or person.userid in named):
                screen.rewrite(world, person, n, changes)
        aibot_told.finish(world, row)


def markdown(world: World, row: sqlite3.Row, body: Body) -> None:
    _once(world, row, contents.markdown(object_of(body, "markdown"), LONGEST))


def text(world: World, row: sqlite3.Row, body: Body) -> None:
    _once(world, row, contents.text(world, object_of(body, "text")))


def medium(world: World, row: sqlite3.Row, body: Body) -> None:
    kind = body["msgtype"]
    found = media.find(world, object_of(body, kind).get("media_id"), kind)
    _once(world, row, {"type": kind, "media": found.id})


Say = Callable[[World, sqlite3.Row, Body], None]
MEDIA: dict[str, Say] = dict.fromkeys(("image", "voice", "file", "video"), medium)
STREAM: dict[str, Say] = {"stream": stream}
WELCOME: dict[str, Say] = {"text": text, "template_card": card}
ANSWER: dict[str, Say] = {
    **STREAM,
    "template_card": card,
    "stream_with_template_card": stream_and_card,
}
ACTIVE: dict[str, Say] = {"markdown": markdown, "template_card": card}
PROACTIVE: dict[str, Say] = {**ACTIVE, **MEDIA}


def say(world: World, row: sqlite3.Row, body: Body, allowed: dict[str, Say]) -> None:
    """Shows it. ApiError 40008 for a kind that is not allowed here."""
    kind = text_of(body, "msgtype")
    if kind not in allowed:
        raise ApiError(40008, f"{kind or 'nothing'}: {', '.join(allowed)}")
    allowed[kind](world, row, body)


def _once(world: World, row: sqlite3.Row, shown: Body) -> None:
    with together(world.db):
        _show(world, row, shown)
        aibot_told.finish(world, row)


def _show(world: World, row: sqlite3.Row, shown: Body) -> dict[str, int]:
    """On the phone of everybody in the chat; its number there."""
    body = {**aibot_told.place(world, row["chat"]), **shown}
    return {
        person.name: screen.told(world, person, aibot_told.NAME, body)
        for person in _present(world, row)
    }


def _present(world: World, row: sqlite3.Row) -> list[Person]:
    if not row["chat"]:
        alone = people.by_name(world, row["person"])
        return [alone] if alone else []
    group = groups.by_id(world, row["chat"])
    return groups.members(world, group) if group else []


def _again(world: World, row: sqlite3.Row, shown: Body) -> dict[str, int]:
    numbers: dict[str, int] = json.loads(row["shown"])
    for name, n in numbers.items():
        if person := people.by_name(world, name):
            screen.rewrite(world, person, n, shown)
    return numbers
