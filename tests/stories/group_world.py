"""A sandbox with internal groups, and the whole application beside it, in this process."""

import asyncio
import json
import threading
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import uvicorn
from sqlalchemy import select

from commerce.agenda import DueTask
from commerce.rules import load_rules
from commerce.store import migrate
from jobs import tick
from qianxing import aibot, app, serve
from qianxing.run import SHANGHAI, until_morning
from qianxing.settings import GroupBot, load_settings
from sandbox import crypto
from sandbox.corp import from_environment
from tests.door.house import ROOT, SECRET_KEY, free_port
from tests.sandbox.conftest import ACCOUNT, AES_KEY, APPID, SECRET, TOKEN, opener
from tests.sandbox.wecom.bots import BOT, Room
from tests.sandbox.wecom.corp_app import ENVIRONMENT
from tests.waiting import eventually

WECOM = {
    **ENVIRONMENT,
    **BOT,
    "WECOM_TOKEN": "appToken2026",
    "WECOM_KF_TOKEN": "kfToken2026",
    "WECOM_BOT_TOKEN": "botToken2026",
}
CORP = from_environment(WECOM)


@dataclass
class Peer:
    """Where the sandbox finds the application."""

    url: str


@dataclass
class Groups:
    room: Room
    house: app.House
    app_url: str
    number: int = 0
    heard: dict[str, int] = field(default_factory=dict)

    def fresh(self) -> "Groups":
        """A group of people nobody has met, for one test."""
        self.number += 1
        self.room.made(self.ming, self.hong, name=self.name)
        return self

    @property
    def name(self) -> str:
        return f"创作者 {self.number} 群"

    @property
    def ming(self) -> str:
        return f"小明{self.number}"

    @property
    def hong(self) -> str:
        return f"小红{self.number}"

    def says(self, who: str, text: str) -> None:
        self.room.said(who, text, self.name)

    @property
    def bot(self) -> GroupBot:
        wecom = self.house.settings.wecom
        assert wecom is not None
        assert wecom.bot is not None
        return wecom.bot

    def works(self) -> None:
        """Whatever is to be said now is said."""
        with self.house.office.reading() as work:
            due = select(DueTask.id).where(
                DueTask.task == "deliver", DueTask.done_at.is_(None), DueTask.due_at <= work.now
            )
            found = list(work.session.scalars(due.order_by(DueTask.id)))
        for task_id in found:
            tick.run(self.house.shop, task_id)

    def hears(self, name: str, *words: str) -> str:
        """The bot's next message on that phone, which has these words."""
        before = self.heard.get(name, 0)

        def look() -> list[str]:
            self.works()
            return self.room.from_bot(name)[before:]

        assert eventually(lambda: bool(look())), self.room.phone(name)
        said = look()[0]
        self.heard[name] = before + 1
        assert all(word in said for word in words), said
        return said

    def private(self, name: str) -> list[str]:
        """What the app says to that colleague alone."""
        self.works()
        phone = self.room.phone(name)
        return [m["text"] for m in phone if m["door"] == "app" and m["from"] != "me"]

    def sealed(
        self,
        *,
        fields: dict[str, Any] | None = None,
        plain: str = "",
        aes_key: str = BOT["WECOM_BOT_AES_KEY"],
        late_s: int = 0,
    ) -> tuple[dict[str, str], bytes]:
        """A callback of the platform, signed now or so late: query and body."""
        told = {
            "msgid": "m-1",
            "aibotid": self.bot.id,
            "chatid": "wrBad",
            "chattype": "group",
            "from": {"userid": "Ustranger"},
            "msgtype": "text",
            "text": {"content": "@千星助手 规则"},
        }
        text = plain or json.dumps({**told, **(fields or {})}, ensure_ascii=False)
        encrypted = crypto.encrypt(aes_key, text.encode(), "")
        stamp = str(int(self.house.clock().timestamp()) - late_s)
        signature = crypto.signature(WECOM["WECOM_BOT_TOKEN"], stamp, "n1", encrypted)
        query = {"msg_signature": signature, "timestamp": stamp, "nonce": "n1"}
        return query, json.dumps({"encrypt": encrypted}).encode()

    def opened(self, body: bytes) -> dict[str, Any]:
        """What the application answers to a callback."""
        sealed = json.loads(body)
        plain, _ = crypto.decrypt(BOT["WECOM_BOT_AES_KEY"], sealed["encrypt"])
        found: dict[str, Any] = json.loads(plain)
        return found

    @contextmanager
    def long_connection(self) -> Iterator[None]:
        loop = asyncio.new_event_loop()
        running = loop.create_task(aibot.run(self.house, self.bot))

        def turn() -> None:
            asyncio.set_event_loop(loop)
            try:
                loop.run_until_complete(running)
            except asyncio.CancelledError:
                loop.run_until_complete(asyncio.sleep(0.1))

        thread = threading.Thread(target=turn)
        thread.start()
        try:
            assert eventually(lambda: self.room.read("aibot")["mode"] == "long")
            yield
        finally:
            loop.call_soon_threadsafe(running.cancel)
            thread.join(20)
            loop.close()
        assert eventually(lambda: self.room.read("aibot")["mode"] == "callback")


def environment(data: Path, sandbox_url: str) -> dict[str, str]:
    official = f"{sandbox_url}/official"
    return {
        **WECOM,
        "DATABASE_URL": f"sqlite:///{data / 'house.db'}",
        "QIANXING_DATA": str(data),
        "QIANXING_CONFIG": str(ROOT / "config.yaml"),
        "QIANXING_CLOCK_FILE": str(data / "clock"),
        "QIANXING_ENV": "development",
        "QIANXING_SECRET_KEY": b64encode(SECRET_KEY).decode(),
        "WECHAT_APPID": APPID,
        "WECHAT_SECRET": SECRET,
        "WECHAT_TOKEN": TOKEN,
        "WECHAT_AES_KEY": AES_KEY,
        "WECHAT_ORIGINAL_ID": ACCOUNT,
        "WECHAT_MODE": "safe",
        **dict.fromkeys(("WECHAT_API_URL", "WECHAT_MP_URL", "WECHAT_OPEN_URL"), official),
        "WECOM_API_URL": f"{sandbox_url}/wecom",
        "WECOM_WS_URL": f"{sandbox_url.replace('http', 'ws', 1)}/wecom/ws",
    }


@contextmanager
def together(data: Path) -> Iterator[Groups]:
    """Both, each knowing where the other is, at an hour at which groups hear the bot."""
    (data / "clock").write_text(str(until_morning(datetime.now(SHANGHAI))))
    port = free_port()
    with opener(data, CORP)(Peer(f"http://127.0.0.1:{port}"), answer_within_s=5.0) as desk:
        room = Room(desk.http, desk.world)
        settings = load_settings(environment(data, str(desk.http.base_url).rstrip("/")))
        house = app.build(settings, load_rules(settings.config))
        migrate.upgrade(house.office.engine)
        server = uvicorn.Server(uvicorn.Config(serve.web(house), port=port, log_level="critical"))
        thread = threading.Thread(target=server.run)
        thread.start()
        assert eventually(lambda: server.started)
        try:
            yield Groups(room, house, f"http://127.0.0.1:{port}")
        finally:
            server.should_exit = True
            thread.join()
            house.office.engine.dispose()
