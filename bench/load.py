"""A load generator in one process: raw connections, requests made beforehand, answers checked."""

import asyncio
import statistics
import time
from dataclasses import dataclass, field

from wechatpy.crypto import WeChatCrypto

PORT_WAIT_S = 20
TOKEN, AES_KEY, APP_ID = (
    "benchbenchbench1",
    "6qkdMrq68nTKduznJYO1A37W2oEgpkMUvkttRToqhUt",
    "wx0123456789abcdef",
)
PEOPLE = 1000
TEXT = "进度"


@dataclass
class Measured:
    """Answers per second and how long each took."""

    seconds: float = 0.0
    latencies_ms: list[float] = field(default_factory=list)
    wrong: int = 0

    @property
    def rate(self) -> float:
        return len(self.latencies_ms) / self.seconds

    def percentile(self, share: float) -> float:
        ordered = sorted(self.latencies_ms)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))]

    @property
    def median(self) -> float:
        return statistics.median(self.latencies_ms)


def openid(number: int) -> str:
    return f"oBench{number % PEOPLE:022d}"


def requests(first: int, count: int, path: str = "/wechat/official") -> list[bytes]:
    """Encrypted, signed messages of many people, each with an id of its own."""
    crypto = WeChatCrypto(TOKEN, AES_KEY, APP_ID)
    return [_request(crypto, number, path) for number in range(first, first + count)]


def _request(crypto: WeChatCrypto, number: int, path: str) -> bytes:
    now = str(int(time.time()))
    xml = (
        f"<xml><ToUserName>gh_bench</ToUserName><FromUserName>{openid(number)}</FromUserName>"
        f"<CreateTime>{now}</CreateTime><MsgType>text</MsgType><Content>{TEXT}</Content>"
        f"<MsgId>{number}</MsgId></xml>"
    )
    sealed = crypto.encrypt_message(xml, str(number), now)
    encrypt = sealed.split("<Encrypt><![CDATA[")[1].split("]]>")[0]
    signature = sealed.split("<MsgSignature><![CDATA[")[1].split("]]>")[0]
    body = f"<xml><ToUserName>gh_bench</ToUserName><Encrypt>{encrypt}</Encrypt></xml>".encode()
    plain = _plain_signature(now, str(number))
    query = (
        f"signature={plain}&timestamp={now}&nonce={number}&openid={openid(number)}"
        f"&encrypt_type=aes&msg_signature={signature}"
    )
    head = (
        f"POST {path}?{query} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: text/xml\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def _plain_signature(timestamp: str, nonce: str) -> str:
    from hashlib import sha1

    return sha1("".join(sorted((TOKEN, timestamp, nonce))).encode()).hexdigest()


async def flood(port: int, waiting: list[bytes], connections: int = 32) -> Measured:
    """As fast as the server answers."""
    found = Measured()
    queue = iter(waiting)
    started = time.perf_counter()
    await asyncio.gather(*(_client(port, queue, found) for _ in range(connections)))
    found.seconds = time.perf_counter() - started
    return found


async def steady(port: int, waiting: list[bytes], per_second: int) -> Measured:
    """At a fixed rate, whatever the server does: a late answer delays nobody else."""
    found = Measured()
    free: asyncio.Queue[_Connection] = asyncio.Queue()
    started = time.perf_counter()
    running: set[asyncio.Task[None]] = set()
    for number, request in enumerate(waiting):
        await asyncio.sleep(max(0.0, started + number / per_second - time.perf_counter()))
        task = asyncio.create_task(_one(port, request, free, found))
        running.add(task)
        task.add_done_callback(running.discard)
    await asyncio.gather(*running)
    found.seconds = time.perf_counter() - started
    return found


async def _one(
    port: int, request: bytes, free: "asyncio.Queue[_Connection]", found: Measured
) -> None:
    began = time.perf_counter()
    connection = free.get_nowait() if not free.empty() else _Connection(port)
    found.wrong += not await connection.ask(request)
    found.latencies_ms.append((time.perf_counter() - began) * 1000)
    free.put_nowait(connection)


async def _client(port: int, queue: "object", found: Measured) -> None:
    connection = _Connection(port)
    for request in queue:  # type: ignore[attr-defined]
        began = time.perf_counter()
        found.wrong += not await connection.ask(request)
        found.latencies_ms.append((time.perf_counter() - began) * 1000)
    connection.close()


class _Connection:
    """One kept-alive connection, opened again when the server closes it."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, request: bytes) -> bool:
        """Whether a business answer came: 200, encrypted, not only `success`. A server that is
        too busy to take the connection is asked again: that is its throughput."""
        while True:
            try:
                return await self._ask(request)
            except (ConnectionError, asyncio.IncompleteReadError):
                self._streams = None

    async def _ask(self, request: bytes) -> bool:
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self._port)
        reader, writer = self._streams
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        lower = head.lower()
        if b"content-length:" in lower:
            length = int(lower.split(b"content-length:")[1].split(b"\r\n")[0])
            body = await reader.readexactly(length)
        else:
            body = await reader.read()
            self.close()
        if b"connection: close" in lower or head.startswith(b"HTTP/1.0"):
            self.close()
        return b" 200 " in head[:16] and b"<Encrypt>" in body

    def close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None
