"""The servers that are measured: ours, the floor under it, and WeRoBot's own."""

import contextlib
import os
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from bench import load
from bot import intake
from bot.arrival import Arrival, arrive_together
from bot.attention import attend
from bot.channels.envelope import Keys, open_envelope, seal
from bot.channels.official_account import parse, render_passive
from bot.context import Bot, Context
from bot.intake import Ticket
from bot.reply import Reply, Text, as_tuple
from commerce.work import Work

KEYS = Keys(load.TOKEN, load.AES_KEY, load.APP_ID)
ANSWER = Text("已邀请 2 人，还差 1 人升级。\n短视频 1 / 1 条，已通过\n邀请 2 / 2 人，已够")


def environment(data: Path) -> dict[str, str]:
    return os.environ | {
        "QIANXING_DATA": str(data),
        "DATABASE_URL": f"sqlite:///{data}/qianxing.db",
        "REDIS_URL": "redis://127.0.0.1:1/0",
        "QIANXING_SECRET_KEY": "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
        "WECHAT_TOKEN": load.TOKEN,
        "WECHAT_AES_KEY": load.AES_KEY,
        "WECHAT_APPID": load.APP_ID,
        "WECHAT_SECRET": "0123456789abcdef0123456789abcdef",
        "WECHAT_ORIGINAL_ID": "gh_0123456789ab",
    }


def prepare(data: Path) -> None:
    """A migrated database in which everybody of the load has joined."""
    from commerce.people.identities import Identity
    from commerce.people.members import Member
    from commerce.rules import load_rules
    from commerce.store import migrate
    from qianxing import app
    from qianxing.settings import load_settings

    data.mkdir(parents=True, exist_ok=True)
    house = app.build(load_settings(environment(data)), load_rules(Path("config.yaml")))
    migrate.upgrade(house.office.engine)
    now = datetime.now(UTC)
    people = [
        {
            "id": number + 1,
            "state": "joined",
            "nickname": f"星友{number}",
            "rank": 0,
            "created_at": now,
            "joined_at": now,
            "gmv_fen": 0,
            "pending_gmv_fen": 0,
        }
        for number in range(load.PEOPLE)
    ]
    doors = [
        {
            "member_id": number + 1,
            "channel": "official",
            "external_id": load.openid(number),
            "is_open": True,
            "created_at": now,
        }
        for number in range(load.PEOPLE)
    ]
    with house.office.work() as work:
        work.session.execute(insert(Member), people)
        work.session.execute(insert(Identity), doors)
    house.office.engine.dispose()


@contextlib.contextmanager
def serving(what: str, data: Path) -> Iterator[int]:
    """A server process of one kind, answering on the port that is yielded."""
    port = _free_port()
    command = [sys.executable, "-m", "bench.servers", what, str(port)]
    if what == "ours":
        command = [sys.executable, "-m", "qianxing.cli", "serve", "--port", str(port)]
    with (data / f"{what}.log").open("wb") as log:
        process = subprocess.Popen(command, env=environment(data), stdout=log, stderr=log)
        try:
            _wait(port)
            yield port
        finally:
            process.terminate()
            process.wait(20)


def floor(port: int) -> None:
    """Bare ASGI: verify, decrypt, one dedupe row, seal a fixed answer."""
    import uvicorn

    database = sqlite3.connect(f"{os.environ['QIANXING_DATA']}/floor.db", isolation_level=None)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("PRAGMA synchronous=NORMAL")
    database.execute("CREATE TABLE IF NOT EXISTS seen (id TEXT PRIMARY KEY, at TEXT)")

    async def app(scope: Any, receive: Any, send: Any) -> None:
        from urllib.parse import parse_qsl

        if scope["type"] != "http":
            return
        body = (await receive())["body"]
        query = dict(parse_qsl(scope["query_string"].decode()))
        now = datetime.now(UTC)
        opened = open_envelope(query, body, (KEYS,), now=now, mode="safe")
        message = parse(opened.fields, now)
        assert message is not None
        database.execute("INSERT OR IGNORE INTO seen VALUES (?, ?)", (message.id, str(now)))
        xml = render_passive(ANSWER, message.sender, "gh_bench", now)
        assert xml is not None
        answer = seal(xml, KEYS, query["timestamp"], "abcdefgh", os.urandom(16)).encode()
        length = str(len(answer)).encode()
        headers = [(b"content-type", b"text/xml"), (b"content-length", length)]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": answer})

    uvicorn.run(app, port=port, log_level="error", access_log=False, lifespan="off")


def werobot(port: int, server: str, *, session: bool) -> None:
    """WeRoBot's own server; with its default session it keeps a SQLite file of its own."""
    import werobot as library

    os.chdir(os.environ["QIANXING_DATA"])
    options: dict[str, Any] = {} if session else {"SESSION_STORAGE": False}
    robot = library.WeRoBot(
        token=load.TOKEN, app_id=load.APP_ID, encoding_aes_key=load.AES_KEY, **options
    )
    if session:
        robot.add_handler(lambda message, session: _counted(session), type="text")
    else:
        robot.add_handler(lambda message: ANSWER.text, type="text")
    robot.config.update(HOST="127.0.0.1", PORT=port, SERVER=server)
    robot.run()


def _counted(session: dict[str, Any]) -> str:
    session["count"] = session.get("count", 0) + 1
    return ANSWER.text


def unsafe(port: int) -> None:
    """Ours without inbox, savepoints and pace: what safety is compared with."""
    import uvicorn

    from commerce.rules import load_rules
    from qianxing import app, serve
    from qianxing.settings import load_settings

    def bare(work: Work, waiting: Sequence[Ticket], bot: Bot) -> list[tuple[Reply, str]]:
        arrivals = arrive_together(work, [ticket.message for ticket in waiting])
        return [_said(work, *each, bot) for each in zip(waiting, arrivals, strict=True)]

    intake.dispatch_together = bare
    house = app.build(load_settings(os.environ), load_rules(Path("config.yaml")))
    uvicorn.run(serve.web(house), port=port, log_level="error", access_log=False)


def _said(work: Work, ticket: Ticket, arrival: Arrival, bot: Bot) -> tuple[Reply, str]:
    ctx = Context(work, ticket.message, arrival.member, arrival.identity)
    said, _ = attend(ctx, bot, arrival.question)
    ticket.waits()
    return as_tuple(said)[0], "bare"


SERVERS = {
    "floor": floor,
    "unsafe": unsafe,
    "werobot-default": lambda port: werobot(port, "wsgiref", session=True),
    "werobot-wsgiref": lambda port: werobot(port, "wsgiref", session=False),
    "werobot-waitress": lambda port: werobot(port, "waitress", session=False),
}


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def _wait(port: int) -> None:
    until = time.monotonic() + load.PORT_WAIT_S
    while time.monotonic() < until:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 0.2):
            return
        time.sleep(0.05)
    raise RuntimeError(f"nothing listens on port {port}")


if __name__ == "__main__":
    SERVERS[sys.argv[1]](int(sys.argv[2]))
