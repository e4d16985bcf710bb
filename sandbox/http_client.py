"""A keep-alive HTTP/1.1 client for callbacks: no deadline and no retry of its own."""

import asyncio
import contextlib
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import h11

LONGEST_ANSWER = 1 << 20
MOST_IDLE = 100


@dataclass(slots=True)
class Line:
    """One open connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    http: h11.Connection


@dataclass(slots=True)
class Peer:
    """Where callbacks go, and the connections to it that are free."""

    host: str
    port: int
    tls: bool
    path: str
    """Path prefix of the address, without a final slash."""
    idle: list[Line] = field(default_factory=list)

    @property
    def origin(self) -> str:
        """As a browser writes it, without the port that goes without saying."""
        scheme, usual = ("https", 443) if self.tls else ("http", 80)
        return f"{scheme}://{self.host}" + ("" if self.port == usual else f":{self.port}")


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: dict[str, str]
    """Names in lower case; repeated headers joined by a comma."""
    body: bytes
    raw_headers: tuple[tuple[str, str], ...] = ()
    """As they came, one by one: cookies cannot be joined."""


def peer(url: str) -> Peer:
    """The peer at an http(s) address. ValueError when it is not one."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"not an http address: {url!r}")
    tls = parts.scheme == "https"
    return Peer(parts.hostname, parts.port or (443 if tls else 80), tls, parts.path.rstrip("/"))


XML = {"Content-Type": "text/xml"}


async def exchange(
    to: Peer,
    method: str,
    target: str,
    body: bytes = b"",
    headers: Mapping[str, str] = XML,
) -> Answer:
    """One request and its answer. OSError, h11.ProtocolError or ValueError when there is none."""
    line = await _line(to)
    try:
        answer = await _ask(line, _request(to, method, target, body, headers), body)
    except BaseException:
        line.writer.transport.abort()
        raise
    reusable = line.http.our_state is h11.DONE and line.http.their_state is h11.DONE
    if reusable and len(to.idle) < MOST_IDLE:
        line.http.start_next_cycle()
        to.idle.append(line)
    else:
        line.writer.close()
    return answer


async def hang_up(to: Peer) -> None:
    """Closes the connections that are free."""
    while to.idle:
        line = to.idle.pop()
        line.writer.transport.abort()
        with contextlib.suppress(OSError):
            await line.writer.wait_closed()


async def _line(to: Peer) -> Line:
    while to.idle:
        line = to.idle.pop()
        if not (line.reader.at_eof() or line.writer.is_closing()):
            return line
        line.writer.close()
    secure = ssl.create_default_context() if to.tls else None
    reader, writer = await asyncio.open_connection(to.host, to.port, ssl=secure)
    return Line(reader, writer, h11.Connection(h11.CLIENT))


def _request(
    to: Peer, method: str, target: str, body: bytes, more: Mapping[str, str]
) -> h11.Request:
    """`more` replaces the usual headers of the same name; a GET has no Content-Type."""
    headers = {"Host": f"{to.host}:{to.port}", "User-Agent": "Mozilla/4.0", "Accept": "*/*", **more}
    headers.pop("Content-Length", None)
    if method == "POST":
        headers["Content-Length"] = str(len(body))
    else:
        headers.pop("Content-Type", None)
    return h11.Request(method=method, target=to.path + target, headers=list(headers.items()))


async def _ask(line: Line, request: h11.Request, body: bytes) -> Answer:
    data = line.http.send(request) or b""
    if body:
        data += line.http.send(h11.Data(body)) or b""
    line.writer.write(data + (line.http.send(h11.EndOfMessage()) or b""))
    await line.writer.drain()
    head = await _head(line)
    raw = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in head.headers)
    return Answer(head.status_code, _joined(raw), await _body(line), raw)


async def _event(line: Line) -> h11.Event:
    while (event := line.http.next_event()) is h11.NEED_DATA:
        line.http.receive_data(await line.reader.read(65_536))
    if isinstance(event, type):
        raise ValueError("answer ended early")
    return event


async def _head(line: Line) -> h11.Response:
    while not isinstance(event := await _event(line), h11.Response):
        if isinstance(event, h11.ConnectionClosed):
            raise ConnectionResetError("connection closed without an answer")
    return event


async def _body(line: Line) -> bytes:
    parts = bytearray()
    while isinstance(event := await _event(line), h11.Data):
        parts += event.data
        if len(parts) > LONGEST_ANSWER:
            raise ValueError("answer is longer than 1 MiB")
    return bytes(parts)


def _joined(raw: tuple[tuple[str, str], ...]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for name, text in raw:
        headers[name] = f"{headers[name]}, {text}" if name in headers else text
    return headers
