"""The bot's callback: JSON envelopes that name no receiver, passive answers, and streams that are
asked for again until they end; and the one later answer by response_url.
"""

import asyncio
import json
import secrets
import sqlite3
from typing import Any

from sandbox import crypto
from sandbox.account import Keys
from sandbox.delivery import Door, Item, Sealed, stamped
from sandbox.official.call import OK, Call
from sandbox.reading import json_object
from sandbox.sealed import Abnormal, Opened, is_nothing, unsealed
from sandbox.store import together
from sandbox.wecom import aibot_replies, aibot_told
from sandbox.wecom.errors import ApiError
from sandbox.wecom.home import corp_of
from sandbox.world import World

PATH = "/wecom/aibot"
ASKED_AGAIN_S = 0.5
RESPONSE_LIFE_S = 3_600
Body = dict[str, Any]


def _keys(world: World) -> Keys:
    return corp_of(world).bot.keys


def _signed(world: World, encrypted: str) -> dict[str, str]:
    stamp, nonce = str(int(world.now())), stamped()
    signature = crypto.signature(_keys(world).token, stamp, nonce, encrypted)
    return {"msg_signature": signature, "timestamp": stamp, "nonce": nonce}


def _seal(world: World, item: Item) -> Sealed:
    encrypted = crypto.encrypt(_keys(world).aes_key, item.plain.encode(), "")
    return Sealed(_signed(world, encrypted), json.dumps({"encrypt": encrypted}))


def _challenge(world: World) -> tuple[dict[str, str], str]:
    echo = str(secrets.randbelow(10**19))
    encrypted = crypto.encrypt(_keys(world).aes_key, echo.encode(), "")
    return {**_signed(world, encrypted), "echostr": encrypted}, echo


def _open(world: World, body: bytes) -> Opened:
    if is_nothing(body):
        return Opened(b"", False)
    try:
        said = json_object(body)
        encrypted, signature = str(said["encrypt"]), str(said["msgsignature"])
        stamp, nonce = said["timestamp"], str(said["nonce"])
    except (ValueError, KeyError) as error:
        raise Abnormal(f"not a sealed JSON answer: {error}") from error
    if not isinstance(stamp, int):
        raise Abnormal("timestamp is not a number")
    return Opened(unsealed(_keys(world), encrypted, signature, str(stamp), nonce), True)


def _read(world: World, item: Item, plain: bytes) -> Body | None:
    row = _told(world, item)
    if not plain:
        aibot_told.finish(world, row)
        return None
    try:
        return json_object(plain)
    except ValueError as error:
        raise Abnormal(str(error)) from error


def _show(world: World, item: Item, body: Body | None) -> None:
    """Nothing appears when the bot's server fails, or says what it may not."""
    row = _told(world, item)
    if body is None:
        aibot_told.finish(world, row)
        return
    try:
        _said(world, row, json.loads(item.plain), body)
    except ApiError:
        aibot_told.finish(world, row)
        return
    row = _told(world, item)
    if row["stream"] and not row["done"]:
        key = ("aibot stream", row["msgid"])
        world.workers[key] = asyncio.create_task(_ask_again(world, key, row))


def _said(world: World, row: sqlite3.Row, told: Body, body: Body) -> None:
    if told["msgtype"] == "stream":
        aibot_replies.say(world, row, body, aibot_replies.STREAM)
    elif row["kind"] == "template_card_event":
        aibot_replies.update(world, row, body)
    elif row["kind"] == "enter_chat":
        aibot_replies.say(world, row, body, aibot_replies.WELCOME)
    else:
        aibot_replies.say(world, row, body, aibot_replies.ANSWER)


async def _ask_again(world: World, key: tuple[str, str], row: sqlite3.Row) -> None:
    """The stream's refresh, unless it has been going on for too long."""
    from sandbox import callbacks  # It needs the table of doors, and that needs this one.

    try:
        await asyncio.sleep(ASKED_AGAIN_S)
    finally:
        world.workers.pop(key, None)
    if row["at"] + aibot_replies.STREAMS_FOR_S <= world.now():
        aibot_told.finish(world, row)
        return
    again = aibot_told.told(world, row, {"msgtype": "stream", "stream": {"id": row["stream"]}})
    plain = json.dumps(again, ensure_ascii=False)
    callbacks.queue(world, "aibot", row["person"], plain, answerable=True)


def _told(world: World, item: Item) -> sqlite3.Row:
    row = aibot_told.message_of(world, "msgid", json.loads(item.plain)["msgid"])
    assert row is not None
    return row


def respond(call: Call) -> Body:
    """aibot/response: one call a message, within the hour."""
    world, code = call.world, call.query.get("response_code")
    row = aibot_told.message_of(world, "code", code)
    if row is None:
        raise ApiError(40058, "response_code")
    if row["code_used"] or row["at"] + RESPONSE_LIFE_S <= world.now():
        raise ApiError(40058, "response_code used" if row["code_used"] else "response_code expired")
    with together(world.db):
        aibot_replies.say(world, row, call.body, aibot_replies.ACTIVE)
        world.db.execute("UPDATE aibot_messages SET code_used = 1 WHERE code = ?", (code,))
    return OK


def _door(attempts: int) -> Door:
    return Door(
        PATH, _keys, _seal, _open, _read, _show, _challenge, "application/json", attempts=attempts
    )


MESSAGES: Door = _door(3)
EVENTS: Door = _door(1)
"""A card's click is told once and never again."""
