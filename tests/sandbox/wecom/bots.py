"""A sandbox with an AI bot, an application of its callbacks on wechatpy's crypto, and the SDKs."""

import asyncio
import json
import time
import warnings
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from wechatpy.crypto import PrpCrypto, _get_signature
from wechatpy.utils import to_text

from sandbox.corp import Corp, from_environment
from tests.sandbox.conftest import Desk
from tests.sandbox.serving import Answering, served_by
from tests.sandbox.wecom.corp_app import ENVIRONMENT

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    import aibot
    import aibot.ws

BOT = {
    "WECOM_BOT_ID": "aibTestBot",
    "WECOM_BOT_SECRET": "bot-secret",
    "WECOM_BOT_TOKEN": "bot-token",
    "WECOM_BOT_AES_KEY": "0123456789abcdefghijklmnopqrstuvwxyzABCDEFG",
}
CORP: Corp = from_environment(ENVIRONMENT | BOT)
GROUP = "千星创作者群"

Told = dict[str, Any]


@dataclass
class BotApp:
    """An application that only has the callback."""

    url: str = ""
    told: list[Told] = field(default_factory=list)
    answer: Callable[[Told], Told | None] = lambda told: None


def _sealed(plain: str, nonce: str) -> str:
    encrypted = to_text(_crypto().encrypt(plain, ""))
    stamp = int(time.time())
    signature = _signature(str(stamp), nonce, encrypted)
    return json.dumps(
        {"encrypt": encrypted, "msgsignature": signature, "timestamp": stamp, "nonce": nonce}
    )


def _crypto() -> PrpCrypto:
    import base64

    return PrpCrypto(base64.b64decode(BOT["WECOM_BOT_AES_KEY"] + "="))


def _signature(stamp: str, nonce: str, encrypted: str) -> str:
    return str(_get_signature(BOT["WECOM_BOT_TOKEN"], stamp, nonce, encrypted))


def _handler(app: BotApp) -> type[BaseHTTPRequestHandler]:
    class Handler(Answering):
        def do_GET(self) -> None:
            query = dict(parse_qsl(urlsplit(self.path).query))
            self.reply(to_text(_crypto().decrypt(query["echostr"], "")))

        def do_POST(self) -> None:
            query = dict(parse_qsl(urlsplit(self.path).query))
            raw = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            signature = _signature(query["timestamp"], query["nonce"], raw["encrypt"])
            assert signature == query["msg_signature"]
            told = json.loads(_crypto().decrypt(raw["encrypt"], ""))
            app.told.append(told)
            said = app.answer(told)
            self.reply(_sealed(json.dumps(said), query["nonce"]) if said else "")

    return Handler


@contextmanager
def running() -> Iterator[BotApp]:
    app = BotApp()
    with served_by(_handler(app)) as app.url:
        yield app


@dataclass
class Room(Desk):
    """An internal group of the sandbox, as its members see it."""

    def made(self, *members: str, kind: str = "internal", name: str = GROUP) -> "Room":
        self.lever("people", {"name": "店长", "corp_member": True})
        for member in members:
            self.lever("people", {"name": member, "corp_member": kind == "internal"})
        self.lever("groups", {"name": name, "kind": kind, "members": ["店长", *members]})
        return self

    def said(self, name: str, text: str, group: str = GROUP) -> None:
        self.lever(f"people/{name}/say", {"door": "group", "group": group, "text": text})

    def alone(self, name: str, text: str) -> None:
        self.lever("aibot/say", {"person": name, "text": text})

    def from_bot(self, name: str) -> list[str]:
        """What the bot's messages on that phone say."""
        return [m["text"] for m in self.phone(name) if m["from"] == "千星助手"]

    def is_full(self, chat: str) -> None:
        """As if the bot had said all it may say there in a minute."""
        now, rows = self.world.now(), 30
        self.world.db.executemany(
            "INSERT INTO wecom_counted VALUES (?, ?)", [(f"aibot {chat}", now)] * rows
        )

    @property
    def ws(self) -> str:
        return str(self.http.base_url).rstrip("/").replace("http://", "ws://") + "/wecom/ws"


class Silent:
    """A logger of an SDK that keeps what it was told."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def debug(self, message: str, *rest: object) -> None:
        self.lines.append(f"{message} {rest}")

    info = warn = warning = error = debug


def official(room: Room, **more: Any) -> Any:
    """The official client. It wants TLS even where the address has none."""
    aibot.ws._SSL_CONTEXT = None
    account = {"bot_id": BOT["WECOM_BOT_ID"], "secret": BOT["WECOM_BOT_SECRET"]}
    return aibot.WSClient(
        aibot.WSClientOptions(**{**account, "ws_url": room.ws, "logger": Silent(), **more})
    )


@asynccontextmanager
async def connected(client: Any) -> AsyncIterator[Any]:
    """The client once it is let in; afterwards its connection is closed."""
    let_in = asyncio.ensure_future(happened(client, "authenticated"))
    await asyncio.sleep(0)
    await client.connect()
    try:
        await let_in
        yield client
    finally:
        await closed(client)


async def closed(client: Any) -> None:
    """Nothing of the client is left open."""
    socket = client._ws_manager._ws
    ending = client.disconnect()
    if ending is not None:
        await ending
    if socket is not None:
        await socket.wait_closed()
    await asyncio.sleep(0.05)


async def happened(client: Any, event: str) -> Any:
    """What comes with the next event of the client."""
    found: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

    def note(*given: Any) -> None:
        if not found.done():
            found.set_result(given[0] if given else None)

    client.on(event, note)
    return await asyncio.wait_for(found, 8)


async def eventually(look: Callable[[], Any]) -> Any:
    """What `look` finds once it finds something."""
    for _ in range(400):
        if found := await asyncio.to_thread(look):
            return found
        await asyncio.sleep(0.02)
    raise AssertionError("never happened")
