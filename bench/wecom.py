"""The other side of WeCom's doors, as fast as it can be: a platform that answers out of its memory,
callbacks sealed beforehand, and a server that only opens them and seals one constant answer."""

import asyncio
import json
import multiprocessing
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from bot.channels.envelope import Keys, open_envelope, seal_json
from sandbox import crypto
from tests.door.house import free_port
from tests.platforms.many import Answer, Many, serving
from tests.waiting import eventually

CORP, BOT, ACCOUNT = "ww1234567890abcdef", "aibBench", "wkBench"
APP_KEYS = Keys("appTokenBench", "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG", CORP)
KF_KEYS = Keys("kfTokenBench", "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789abcdefg", CORP)
BOT_KEYS = Keys("botTokenBench", "0123456789abcdefghijklmnopqrstuvwxyzABCDEFG", "")
SECRETS = {
    "WECOM_CORPID": CORP,
    "WECOM_AGENTID": "1000002",
    "WECOM_SECRET": "corp-secret",
    "WECOM_TOKEN": APP_KEYS.token,
    "WECOM_AES_KEY": APP_KEYS.aes_key,
    "WECOM_KF_TOKEN": KF_KEYS.token,
    "WECOM_KF_AES_KEY": KF_KEYS.aes_key,
    "WECOM_BOT_ID": BOT,
    "WECOM_BOT_SECRET": "bot-secret",
    "WECOM_BOT_TOKEN": BOT_KEYS.token,
    "WECOM_BOT_AES_KEY": BOT_KEYS.aes_key,
}
OK = {"errcode": 0, "errmsg": "ok"}
ASKED = {
    "gettoken": {**OK, "access_token": "T" * 32, "expires_in": 7200},
    "kf/account/list": {**OK, "account_list": [{"open_kfid": ACCOUNT, "name": "千星客服"}]},
    "kf/add_contact_way": {**OK, "url": "https://work.weixin.qq.com/kf/kfc1?e=1"},
    "kf/customer/batchget": {**OK, "customer_list": []},
    "externalcontact/get": {**OK, "external_contact": {}, "follow_user": []},
    "externalcontact/get_follow_user_list": {**OK, "follow_user": []},
    "externalcontact/groupchat/list": {**OK, "group_chat_list": []},
}
SYNC, SEND, WELCOME = "kf/sync_msg", "kf/send_msg", "externalcontact/send_welcome_msg"


@dataclass
class Platform(Many):
    items: list[bytes] = field(default_factory=list)
    """What was said to customer service, the cursor is a place in it."""
    at: dict[str, list[float]] = field(default_factory=lambda: {SEND: [], WELCOME: []})
    """When what was said by us came."""
    codes: dict[str, float] = field(default_factory=dict)
    """When the welcome for each code came."""
    last: dict[str, bytes] = field(default_factory=dict)
    """The last request of each kind, head and all."""

    def heard(self, head: bytes, body: bytes) -> Answer:
        now = time.monotonic()
        name = head.split(b" ", 2)[1].partition(b"?")[0].decode().removeprefix("/cgi-bin/")
        if name == SYNC:
            return 200, self._page(json.loads(body))
        if name in self.at:
            self.last[name] = head + b"\r\n\r\n" + body
            self.at[name].append(now)
            if name == WELCOME:
                self.codes[json.loads(body)["welcome_code"]] = now
            return 200, json.dumps({**OK, "msgid": f"k{len(self.at[name])}"}).encode()
        return 200, json.dumps(ASKED.get(name, OK)).encode()

    def size(self) -> int:
        return len(self.items)

    def put(self, items: list[bytes]) -> None:
        self.items += items

    def times(self, name: str) -> list[float]:
        return self.at[name]

    def count(self, name: str) -> int:
        return len(self.at[name])

    def welcomed(self) -> dict[str, float]:
        return self.codes

    def request(self, name: str) -> bytes:
        return self.last[name]

    def forget(self) -> None:
        for times in self.at.values():
            times.clear()
        self.codes.clear()

    def _page(self, asked: dict[str, Any]) -> bytes:
        after = int(asked["cursor"] or 0)
        page = self.items[after : after + asked["limit"]]
        upto = after + len(page)
        has_more = int(upto < len(self.items))
        head = f'{{"errcode":0,"errmsg":"ok","next_cursor":"{upto}","has_more":{has_more},'
        return head.encode() + b'"msg_list":[' + b",".join(page) + b"]}"


@dataclass(frozen=True)
class Remote:
    """The platform, in a process of its own."""

    url: str
    pipe: Any

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def ask(self, name: str, *words: Any) -> Any:
        self.pipe.send((name, words))
        return self.pipe.recv()


@contextmanager
def platform() -> Iterator[Remote]:
    ours, theirs = multiprocessing.Pipe()
    with _process(_serve, theirs):
        yield Remote(str(ours.recv()), ours)


@contextmanager
def floor(reply: str, welcome: bytes, platform_port: int) -> Iterator[int]:
    """The port of a server that answers every group message so, and every new contact with this
    request to the platform."""
    port = free_port()
    with _process(_floor, port, reply, welcome, platform_port):
        assert eventually(lambda: _listens(port), 20)
        yield port


@contextmanager
def _process(target: Any, *words: Any) -> Iterator[None]:
    process = multiprocessing.get_context("spawn").Process(target=target, args=words)
    process.start()
    try:
        yield
    finally:
        process.terminate()
        process.join()


def _listens(port: int) -> bool:
    async def look() -> bool:
        try:
            (await Line.to(port)).close()
        except OSError:
            return False
        return True

    return asyncio.run(look())


def _serve(pipe: Any) -> None:
    stub = Platform()
    with serving(stub):
        pipe.send(stub.url)
        while True:
            name, words = pipe.recv()
            pipe.send(getattr(stub, name)(*words))


def _floor(port: int, reply: str, welcome: bytes, platform_port: int) -> None:
    import uvicorn

    free: asyncio.Queue[Line] = asyncio.Queue()
    code = json.loads(welcome.partition(b"\r\n\r\n")[2])["welcome_code"].encode()
    going: set[asyncio.Task[None]] = set()

    async def greet(to: str) -> None:
        line = free.get_nowait() if not free.empty() else await Line.to(platform_port)
        await line.ask(welcome.replace(code, to.encode()))
        free.put_nowait(line)

    async def app(scope: Any, receive: Any, send: Any) -> None:

        if scope["type"] != "http":
            return
        body = (await receive())["body"]
        query = dict(parse_qsl(scope["query_string"].decode()))
        now = datetime.fromtimestamp(int(query["timestamp"]), UTC)  # The house's clock is moved.
        keys = BOT_KEYS if scope["path"] == "/wecom/aibot" else APP_KEYS
        opened = open_envelope(query, body, (keys,), now=now, mode="safe")
        if keys is BOT_KEYS:
            stamp, nonce = query["timestamp"], query["nonce"]
            answer = seal_json(reply, keys, stamp, nonce, os.urandom(16)).encode()
        else:
            answer = b"success"
            task = asyncio.create_task(greet(opened.fields["WelcomeCode"]))
            going.add(task)
            task.add_done_callback(going.discard)
        headers = [(b"content-length", str(len(answer)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": answer})

    uvicorn.run(app, port=port, log_level="error", access_log=False, lifespan="off")


@dataclass
class Line:
    """One kept-alive connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    @classmethod
    async def to(cls, port: int) -> "Line":
        return cls(*await asyncio.open_connection("127.0.0.1", port))

    async def ask(self, request: bytes) -> bytes:
        """The body of what is answered with 200."""
        self.writer.write(request)
        head = await self.reader.readuntil(b"\r\n\r\n")
        assert b" 200 " in head[:16], head
        length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        return await self.reader.readexactly(length)

    def close(self) -> None:
        self.writer.close()


@dataclass
class Flood:
    seconds: float = 0.0
    answers: list[bytes] = field(default_factory=list)
    began: list[float] = field(default_factory=list)
    """When each was sent, in their order."""


async def flood(port: int, requests: Sequence[bytes], connections: int) -> Flood:
    """All of them, as fast as they are answered."""
    found = Flood(began=[0.0] * len(requests))
    waiting = iter(enumerate(requests))
    lines = [await Line.to(port) for _ in range(connections)]

    async def talk(line: Line) -> None:
        for number, request in waiting:
            found.began[number] = time.monotonic()
            found.answers.append(await line.ask(request))
        line.close()

    started = time.perf_counter()
    await asyncio.gather(*(talk(line) for line in lines))
    found.seconds = time.perf_counter() - started
    return found


def posted(path: str, body: bytes) -> bytes:
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def sealed(path: str, keys: Keys, plain: str, now_s: int) -> bytes:
    """A callback of the platform: XML, or JSON at the bot's door."""
    encrypted = crypto.encrypt(keys.aes_key, plain.encode(), keys.app_id)
    signature = crypto.signature(keys.token, str(now_s), "n1", encrypted)
    body = f"<xml><ToUserName>{CORP}</ToUserName><Encrypt>{encrypted}</Encrypt></xml>"
    if keys is BOT_KEYS:
        body = json.dumps({"encrypt": encrypted})
    query = f"msg_signature={signature}&timestamp={now_s}&nonce=n1"
    return posted(f"{path}?{query}", body.encode())


def read(request: bytes) -> tuple[dict[str, str], bytes]:
    """Query and body of a callback."""
    head, _, body = request.partition(b"\r\n\r\n")
    return dict(parse_qsl(urlsplit(head.split(b" ", 2)[1].decode()).query)), body


def opened(answer: bytes) -> str:
    """What the bot said."""
    plain, _ = crypto.decrypt(BOT_KEYS.aes_key, json.loads(answer)["encrypt"])
    return plain.decode()
