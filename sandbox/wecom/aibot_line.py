"""The line of the bot that is subscribed: what is pushed goes out in order."""

import asyncio
import contextlib
import json
import sqlite3
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect

from sandbox import wire
from sandbox.world import World

Body = dict[str, Any]


class Line:
    """One connection. What is put is sent in order; after `hang_up` nothing more."""

    def __init__(self, world: World, socket: WebSocket) -> None:
        self.world, self._socket = world, socket
        self._frames: asyncio.Queue[str | int] = asyncio.Queue()
        self.uploads: dict[str, Body] = {}

    def put(self, frame: Body) -> None:
        self._frames.put_nowait(json.dumps(frame, ensure_ascii=False))

    def push(self, cmd: str, row: sqlite3.Row, body: Body) -> None:
        """Tells the bot something; nobody hears when it does not arrive."""
        self.put({"cmd": cmd, "headers": {"req_id": row["req_id"]}, "body": body})
        record(self.world, row["person"], cmd, body, {})

    def hang_up(self, code: int = 1000) -> None:
        self._frames.put_nowait(code)

    async def write(self) -> None:
        with contextlib.suppress(RuntimeError, WebSocketDisconnect):
            while isinstance(frame := await self._frames.get(), str):
                await self._socket.send_text(frame)
            await self._socket.close(frame)


def current(world: World) -> Line | None:
    """The line of the bot that is subscribed."""
    return world.bot_line if isinstance(world.bot_line, Line) else None


def record(world: World, person: str | None, cmd: str, body: Body, said: Body) -> None:
    """A frame as the wire view tells it."""
    api = {
        "method": "WS",
        "path": cmd,
        "body": wire.shorten(json.dumps(body, ensure_ascii=False)),
        "errcode": said.get("errcode", 0),
        "errmsg": said.get("errmsg", "ok"),
        "ms": 0.0,
    }
    wire.record(world, person, world.now(), {"kind": "api", "api": api})
