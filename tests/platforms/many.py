"""A WeChat API on this machine that takes thousands of messages a second, in its own thread."""

import asyncio
import json
import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

LENGTH = re.compile(rb"content-length: *([0-9]+)", re.I)
OK = (200, b'{"errcode":0,"errmsg":"ok"}')

Answer = tuple[int, bytes]
"""Status and body. Status 0: the connection is cut without an answer."""


@dataclass
class Many:
    """`answer` decides by path and receiver; what was answered with OK is in `taken`."""

    url: str = ""
    answer: Callable[[str, str], Answer] = lambda _path, _openid: OK
    asked: list[tuple[str, str, float]] = field(default_factory=list)
    """Path, receiver and when, in the order they came."""
    taken: Counter[str] = field(default_factory=Counter)
    bodies: dict[str, bytes] = field(default_factory=dict)
    """The last body for each receiver."""
    tokens: int = 0
    keeps: bool = True
    """Remember what was asked. Not where it is only about speed."""
    talks: set[asyncio.Transport] = field(default_factory=set)

    def heard(self, head: bytes, body: bytes) -> Answer:
        path = head.split(b" ", 2)[1].partition(b"?")[0].decode()
        if path.endswith("stable_token"):
            self.tokens += 1
            token = {"access_token": f"TOKEN-{self.tokens}", "expires_in": 7200}
            return 200, json.dumps(token).encode()
        if not self.keeps:
            return OK
        openid = json.loads(body)["touser"]
        self.asked.append((path, openid, time.monotonic()))
        self.bodies[openid] = body
        found = self.answer(path, openid)
        if found == OK:
            self.taken[openid] += 1
        return found


def refused(code: int) -> Answer:
    return 200, json.dumps({"errcode": code, "errmsg": "no"}).encode()


class _Talk(asyncio.Protocol):
    def __init__(self, platform: Many) -> None:
        self._platform, self._waiting = platform, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._platform.talks.add(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self._platform.talks.discard(self._transport)

    def data_received(self, data: bytes) -> None:
        self._waiting += data
        while True:
            head, found, rest = self._waiting.partition(b"\r\n\r\n")
            length = int(match[1]) if (match := LENGTH.search(head)) else 0
            if not found or len(rest) < length:
                return
            body, self._waiting = rest[:length], rest[length:]
            status, answer = self._platform.heard(head, body)
            self._say(status, answer)

    def _say(self, status: int, answer: bytes) -> None:
        if status == 0:
            self._transport.abort()
            return
        head = f"HTTP/1.1 {status} -\r\nContent-Length: {len(answer)}\r\n\r\n"
        self._transport.write(head.encode() + answer)


@contextmanager
def serving(platform: Many) -> Iterator[Many]:
    loop = asyncio.new_event_loop()
    started = threading.Event()

    async def start() -> asyncio.Server:
        return await loop.create_server(lambda: _Talk(platform), "127.0.0.1", 0, backlog=512)

    def run() -> None:
        asyncio.set_event_loop(loop)
        server = loop.run_until_complete(start())
        platform.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        started.set()
        loop.run_forever()
        server.close()
        for transport in list(platform.talks):
            transport.abort()
        loop.run_until_complete(asyncio.sleep(0.01))
        loop.close()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    started.wait(5)
    try:
        yield platform
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(5)
