"""The platform's side of the wire: messages as it writes them, sealed and opened by wechatpy."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from urllib.parse import urlencode

import xmltodict
from wechatpy.crypto import WeChatCrypto

from bot.channels.envelope import Mode
from tests.channels.wire import NEW, Posted, post

PATH = "/wechat/official"
PATIENCE_S = 60.0


def text(openid: str, words: str, number: int) -> str:
    return _xml(openid, MsgType="text", Content=words, MsgId=str(number))


def event(openid: str, name: str, at: int | None = None, **fields: str) -> str:
    return _xml(openid, at=at, MsgType="event", Event=name, **fields)


def _xml(openid: str, *, at: int | None = None, **fields: str) -> str:
    head = {"ToUserName": "gh_demo", "FromUserName": openid}
    parts = "".join(f"<{k}><![CDATA[{v}]]></{k}>" for k, v in (head | fields).items())
    return f"<xml>{parts}<CreateTime>{at or int(time.time())}</CreateTime></xml>"


def posted(xml: str, mode: Mode = "safe", at: float | None = None) -> Posted:
    """Signed now, or `at`."""
    return post(xml, NEW, mode=mode, at=int(time.time() if at is None else at))


def seal_of(encrypt: str, at: float | None = None) -> Posted:
    """Correctly signed, whatever `encrypt` is."""
    return post("", NEW, at=int(time.time() if at is None else at), encrypt=encrypt)


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes
    took_s: float

    @property
    def said(self) -> str:
        """The words of the passive answer, decrypted if need be; empty for `success`."""
        return said(self.body)


@lru_cache(maxsize=20_000)
def said(body: bytes) -> str:
    if body == b"success":
        return ""
    fields = xmltodict.parse(body)["xml"]
    if "Encrypt" in fields:
        crypto = WeChatCrypto(NEW.token, NEW.aes_key, NEW.app_id)
        opened = crypto.decrypt_message(
            body, fields["MsgSignature"], fields["TimeStamp"], fields["Nonce"]
        )
        fields = xmltodict.parse(opened)["xml"]
    return str(fields["Content"])


@dataclass
class Line:
    """One connection to a web process, opened again when the other side has closed it."""

    port: int
    streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = field(default=None)

    async def ask(self, callback: Posted, method: str = "POST") -> Answer:
        """OSError or EOFError when nobody answers."""
        target = f"{PATH}?{urlencode(callback.query, errors='surrogatepass')}"
        head = f"{method} {target} HTTP/1.1\r\nHost: app\r\nContent-Length: {len(callback.body)}"
        return await self.raw(f"{head}\r\n\r\n".encode() + callback.body)

    async def raw(self, request: bytes) -> Answer:
        began = time.perf_counter()
        try:
            if self.streams is None or self.streams[0].at_eof():
                self.close()
                self.streams = await asyncio.open_connection("127.0.0.1", self.port)
            reader, writer = self.streams
            async with asyncio.timeout(PATIENCE_S):
                writer.write(request)
                status, headers, body = await _read(reader)
        except BaseException:
            self.close()
            raise
        if headers.get("connection") == "close":
            self.close()
        return Answer(status, headers, body, time.perf_counter() - began)

    def close(self) -> None:
        if self.streams is not None:
            self.streams[1].transport.abort()
        self.streams = None


async def _read(reader: asyncio.StreamReader) -> tuple[int, dict[str, str], bytes]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.rstrip().split("\r\n")
    headers = {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return int(first.split()[1]), headers, body


async def ask_until_answered(line: Line, callback: Posted) -> Answer:
    """As the platform does, only more often: again until there is an answer."""
    while True:
        try:
            return await line.ask(callback)
        except (OSError, EOFError):
            await asyncio.sleep(0.1)


async def shared_out(
    ports: Sequence[int],
    callbacks: Sequence[Posted],
    lines: int,
    answers: dict[int, Answer] | None = None,
) -> list[Answer]:
    """All of them from so many connections, spread over the ports; answers in their order.

    Meanwhile `answers` holds those that have come, by number."""
    answers = {} if answers is None else answers
    waiting = iter(enumerate(callbacks))

    async def drain(line: Line) -> None:
        for number, callback in waiting:
            answers[number] = await ask_until_answered(line, callback)
        line.close()

    await asyncio.gather(*(drain(Line(ports[n % len(ports)])) for n in range(lines)))
    return [answers[number] for number in range(len(callbacks))]


async def at_a_pace(
    ports: Sequence[int], callbacks: Sequence[Posted], per_s: float
) -> list[Answer]:
    """Each sent at its time, whether the ones before were answered or not. Answers in order."""
    free: dict[int, list[Line]] = {port: [] for port in ports}
    began = time.perf_counter()

    async def send(number: int, callback: Posted) -> Answer:
        await asyncio.sleep(began + number / per_s - time.perf_counter())
        port = ports[number % len(ports)]
        line = free[port].pop() if free[port] else Line(port)
        answer = await ask_until_answered(line, callback)
        free[port].append(line)
        return answer

    answers = await asyncio.gather(*(send(*each) for each in enumerate(callbacks)))
    for line in (line for lines in free.values() for line in lines):
        line.close()
    return answers
