"""Many messages at once to the official account's API: as many connections as are under way.

Everything else of `WeChat` holds here too: its token, its limits of time, its errors. Only the
calls are asynchronous, and made without a library between, which would take longer than the
platform does.
"""

import asyncio
import contextlib
import json
import ssl
from typing import Any
from urllib.parse import quote, urlsplit

import httptools
from certifi import where

from bot.platforms.calling import ANSWER_S, CONNECT_S
from bot.platforms.tokens import SharedToken
from bot.platforms.wechat import BAD_TOKEN, KINDS, WeChat
from commerce.errors import PlatformUnavailable, Rejected

LONGEST_ANSWER = 64 * 1024
CUSTOM = "message/custom/send"
SUBSCRIPTION = "message/subscribe/bizsend"


class Unanswered(PlatformUnavailable):
    """It was asked, and nobody knows whether it was done."""


class Crowd:
    """Used within one event loop at a time; `close` when the loop is about to end."""

    def __init__(self, wechat: WeChat) -> None:
        address = urlsplit(wechat.api_url)
        self._token: SharedToken = wechat.token
        self._host = address.hostname or ""
        self._is_safe = address.scheme == "https"
        self._port = address.port or (443 if self._is_safe else 80)
        self._path = f"{address.path.rstrip('/')}/cgi-bin/"
        self._ssl = ssl.create_default_context(cafile=where()) if self._is_safe else None
        self._idle: list[_Line] = []
        self._lines: set[_Line] = set()

    async def send(self, api: str, body: bytes) -> None:
        """`CUSTOM` or `SUBSCRIPTION`, and its JSON. Errors as of `WeChat`; `Unanswered` when it may
        have been done."""
        token = self._token.get()
        code, text = await self._ask(api, token, body)
        if code in BAD_TOKEN:
            token = await asyncio.to_thread(self._token.renew, token)
            code, text = await self._ask(api, token, body)
        if code:
            raise KINDS.get(code, Rejected)(code, text)

    async def close(self) -> None:
        """Every connection, also of what is still under way."""
        while self._lines:
            for line in list(self._lines):
                line.close()
            await asyncio.sleep(0)

    async def _ask(self, api: str, token: str, body: bytes) -> tuple[int, str]:
        line = await self._line()
        try:
            async with asyncio.timeout(ANSWER_S):
                status, answer = await line.ask(self._head(api, token, len(body)) + body)
        except (TimeoutError, ConnectionError, httptools.HttpParserError) as error:
            line.close()
            raise Unanswered(-1, type(error).__name__) from None
        except BaseException:
            line.close()
            raise
        if line.is_open:
            self._idle.append(line)
        return _read(status, answer)

    async def _line(self) -> "_Line":
        while self._idle:
            line = self._idle.pop()
            if line.is_open:
                return line
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(CONNECT_S):
                _, line = await loop.create_connection(
                    lambda: _Line(self._lines), self._host, self._port, ssl=self._ssl
                )
        except (TimeoutError, OSError) as error:
            raise PlatformUnavailable(-1, type(error).__name__) from None
        return line

    def _head(self, api: str, token: str, length: int) -> bytes:
        return (
            f"POST {self._path}{api}?access_token={quote(token, safe='')} HTTP/1.1\r\n"
            f"Host: {self._host}:{self._port}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {length}\r\n\r\n"
        ).encode()


class _Line(asyncio.Protocol):
    """One connection: a question, its answer, the next question."""

    def __init__(self, lines: "set[_Line]") -> None:
        self._lines = lines
        self.is_open = False
        self._transport: asyncio.Transport | None = None
        self._answered: asyncio.Future[tuple[int, bytes]] | None = None
        self._body = b""

    async def ask(self, request: bytes) -> tuple[int, bytes]:
        assert self._transport is not None
        self._answered = asyncio.get_running_loop().create_future()
        self._body = b""
        self._parser = httptools.HttpResponseParser(self)
        self._transport.write(request)
        return await self._answered

    def close(self) -> None:
        self.is_open = False
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport, self.is_open = transport, True
        self._lines.add(self)

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            self._over(error)

    def connection_lost(self, error: Exception | None) -> None:
        self._lines.discard(self)
        self._over(error or ConnectionResetError("closed without an answer"))

    def eof_received(self) -> None:
        """Nothing more may be asked on it, even before it is closed."""
        self.is_open = False

    def on_body(self, part: bytes) -> None:
        self._body += part
        if len(self._body) > LONGEST_ANSWER:
            self._over(ConnectionError("too long an answer"))

    def on_message_complete(self) -> None:
        self.is_open = self.is_open and self._parser.should_keep_alive()
        if self._answered is not None and not self._answered.done():
            self._answered.set_result((self._parser.get_status_code(), self._body))

    def _over(self, error: Exception) -> None:
        self.is_open = False
        if self._answered is not None and not self._answered.done():
            self._answered.set_exception(error)


def _read(status: int, answer: bytes) -> tuple[int, str]:
    """The platform's own code and words; 0: it is done. A gateway does not know either."""
    if status != 200:
        if status == 429:
            return 429, "HTTP status"
        raise (Unanswered if status >= 500 else Rejected)(status, "HTTP status")
    found: Any = None
    with contextlib.suppress(ValueError):
        found = json.loads(answer)
    if not isinstance(found, dict) or not isinstance(found.get("errcode"), int):
        raise Unanswered(-1, "not an answer")
    return found["errcode"], str(found.get("errmsg", ""))
