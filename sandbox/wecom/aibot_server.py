"""The long connection: one live line a bot, frames there and back, limits counted."""

import asyncio
import hmac
import secrets
import sqlite3
from collections.abc import Callable
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect

from sandbox.official.call import object_of, text_of
from sandbox.official.errors import answer as told
from sandbox.reading import json_object
from sandbox.wecom import aibot_replies, aibot_uploads, counts
from sandbox.wecom.aibot_line import Line, current, record
from sandbox.wecom.aibot_replies import Say
from sandbox.wecom.errors import ApiError
from sandbox.world import World

PATH = "/wecom/ws"
SAID_A_CHAT = ((30, 60), (1_000, 3_600))
"""Messages and seconds, answers and others together."""
EVENT_ANSWERED_S = 5
MESSAGE_ANSWERED_S = 86_400
BAD_REQUEST, NEVER_SPOKE = 846605, 846607
Body = dict[str, Any]


async def serve(socket: WebSocket) -> None:
    world: World = socket.app.state.world
    if world.corp is None:
        await socket.close(1008)
        return
    await socket.accept()
    line = Line(world, socket)
    writing = asyncio.create_task(line.write())
    try:
        while not writing.done():
            _heard(line, await socket.receive_text())
    except (WebSocketDisconnect, RuntimeError, KeyError):
        pass
    finally:
        if world.bot_line is line:
            world.bot_line = None
        writing.cancel()


def _heard(line: Line, raw: str) -> None:
    try:
        frame = json_object(raw.encode())
    except ValueError:
        line.put({"headers": {"req_id": ""}, **told(ApiError(47001))})
        return
    cmd, headers = text_of(frame, "cmd"), object_of(frame, "headers")
    body = object_of(frame, "body")
    try:
        answer = {"errcode": 0, "errmsg": "ok", **_done(line, cmd, headers, body)}
    except ApiError as error:
        answer = told(error)
    line.put({"headers": {"req_id": headers.get("req_id", "")}, **answer})
    if cmd != "ping":
        record(line.world, None, cmd, {**body, "secret": "…"} if "secret" in body else body, answer)


def _done(line: Line, cmd: str, headers: Body, body: Body) -> Body:
    """What the acknowledgement says beyond 「ok」."""
    if cmd == "aibot_subscribe":
        _subscribe(line, body)
        return {}
    if current(line.world) is not line:
        raise ApiError(40001, "not subscribed")
    if cmd == "ping":
        return {}
    if cmd not in COMMANDS:
        raise ApiError(40035, f"cmd {cmd}")
    return COMMANDS[cmd](line, text_of(headers, "req_id"), body) or {}


def _subscribe(line: Line, body: Body) -> None:
    """The line of before is told, and closed."""
    assert line.world.corp is not None
    bot = line.world.corp.bot
    given = f"{text_of(body, 'bot_id')} {text_of(body, 'secret')}"
    if not bot.id or not hmac.compare_digest(given.encode(), f"{bot.id} {bot.secret}".encode()):
        raise ApiError(40001)
    before, line.world.bot_line = current(line.world), line
    if before is not None and before is not line:
        event = {
            "msgid": secrets.token_hex(16),
            "aibotid": bot.id,
            "create_time": int(line.world.now()),
            "msgtype": "event",
            "event": {"eventtype": "disconnected_event"},
        }
        headers = {"req_id": secrets.token_hex(12)}
        before.put({"cmd": "aibot_event_callback", "headers": headers, "body": event})
        before.hang_up()


def _row(line: Line, req_id: str, kind: str, within_s: float) -> sqlite3.Row:
    row: sqlite3.Row | None = line.world.db.execute(
        "SELECT * FROM aibot_messages WHERE req_id = ?", (req_id,)
    ).fetchone()
    if row is None or row["kind"] != kind or row["at"] + within_s <= line.world.now():
        raise ApiError(BAD_REQUEST)
    return row


def _respond(line: Line, req_id: str, body: Body) -> None:
    row = _row(line, req_id, "message", MESSAGE_ANSWERED_S)
    allowed = {**aibot_replies.ANSWER, **aibot_replies.MEDIA}
    if row["stream"]:
        aibot_replies.say(line.world, row, body, allowed)
    else:
        _say(line.world, row, body, allowed)


def _welcome(line: Line, req_id: str, body: Body) -> None:
    row = _row(line, req_id, "enter_chat", EVENT_ANSWERED_S)
    if row["done"]:
        raise ApiError(BAD_REQUEST)
    _say(line.world, row, body, aibot_replies.WELCOME)


def _update(line: Line, req_id: str, body: Body) -> None:
    aibot_replies.update(
        line.world, _row(line, req_id, "template_card_event", EVENT_ANSWERED_S), body
    )


def _send(line: Line, req_id: str, body: Body) -> None:
    """Without being spoken to, where somebody has spoken before."""
    chat = text_of(body, "chatid")
    row = line.world.db.execute(
        "SELECT * FROM aibot_messages WHERE chat = ? OR (chat = '' AND userid = ?)"
        " ORDER BY at DESC, rowid DESC LIMIT 1",
        (chat, chat),
    ).fetchone()
    if row is None or not chat:
        raise ApiError(NEVER_SPOKE)
    _say(line.world, row, body, aibot_replies.PROACTIVE)


def _say(world: World, row: sqlite3.Row, body: Body, allowed: dict[str, Say]) -> None:
    """Counted when it is said."""
    key = f"aibot {row['chat'] or row['userid']}"
    if any(counts.within(world, key, seconds) >= most for most, seconds in SAID_A_CHAT):
        raise ApiError(45009)
    aibot_replies.say(world, row, body, allowed)
    counts.add(world, key)


COMMANDS: dict[str, Callable[[Line, str, Body], Body | None]] = {
    "aibot_respond_msg": _respond,
    "aibot_respond_welcome_msg": _welcome,
    "aibot_respond_update_msg": _update,
    "aibot_send_msg": _send,
    "aibot_upload_media_init": aibot_uploads.begin,
    "aibot_upload_media_chunk": aibot_uploads.chunk,
    "aibot_upload_media_finish": aibot_uploads.finish,
}
