"""The whole house as `qianxing run` has it: sandbox, web, worker and a Redis, on free ports."""

import base64
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path

import pytest
import requests
from redis import Redis

from commerce.rules import load_rules
from commerce.store.engine import connect
from commerce.store.sealing import Seal
from commerce.work import Office
from qianxing import app
from qianxing.run import SECRETS, SHANGHAI, merchant, until_morning
from tests.door.house import ROOT, House, Valkey, free_port
from tests.stories.phone import Sandbox
from tests.waiting import eventually


@dataclass
class Street(House):
    """A house and the sandbox over the way. Its secrets are new, so they can be looked for."""

    secrets: dict[str, str] = field(
        default_factory=lambda: {name: make() for name, make in SECRETS.items()}
    )
    sandbox_port: int = field(default_factory=free_port)
    web_port: int = field(default_factory=free_port)

    def __post_init__(self) -> None:
        self.secrets |= merchant(self.data / "over-the-way")

    @property
    def environment(self) -> dict[str, str]:
        pay = {"QIANXING_PAY_API_URL": f"http://127.0.0.1:{self.sandbox_port}/pay"}
        public = {"QIANXING_PUBLIC_URL": f"http://127.0.0.1:{self.web_port}"}
        ours = self.secrets | pay | public
        return super().environment | ours | {"PYTHONPATH": str(ROOT)}

    @cached_property
    def office(self) -> Office:
        seal = Seal(base64.b64decode(self.secrets["QIANXING_SECRET_KEY"]))
        rules = load_rules(ROOT / "config.yaml")
        return Office(connect(self.database_url, seal), rules, app.clock(self.data / "clock"))

    @property
    def sandbox(self) -> Sandbox:
        return Sandbox(f"http://127.0.0.1:{self.sandbox_port}")

    def opens(self) -> None:
        (self.data / "clock").write_text(str(until_morning(datetime.now(SHANGHAI))))
        self.command("migrate")
        app_url = f"http://127.0.0.1:{self.web_port}"
        where = ("--port", str(self.sandbox_port), "--data", str(self.data / "over-the-way"))
        self.runs("sandbox", "-m", "sandbox", *where, "--app-url", app_url)
        self.runs("serve", "-m", "tests.hygiene.breaking", "serve", "--port", str(self.web_port))
        self.works()
        addresses = (f"{self.sandbox.url}/sandbox/v1/state", f"{app_url}/healthz")
        assert all(eventually(lambda url=url: answers(url), 60) for url in addresses), self.logs()

    def command(self, *words: str) -> str:
        """What `qianxing WORDS` prints."""
        done = subprocess.run(
            [sys.executable, "-m", "qianxing.cli", *words],
            env=self.environment,
            cwd=self.data,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.strip()

    def is_idle(self) -> bool:
        """Nothing is due and nothing waits to be said."""
        return not (
            self.count("SELECT count(*) FROM due_tasks WHERE done_at IS NULL AND task = 'deliver'")
            or any((self.data / "spool").iterdir())
        )

    def cells(self) -> Iterator[tuple[str, str, object]]:
        """Table, column and value of everything in the database."""
        with closing(sqlite3.connect(self.data / "qianxing.db")) as database:
            tables = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            for (table,) in tables.fetchall():
                rows = database.execute(f'SELECT * FROM "{table}"')
                names = [about[0] for about in rows.description]
                for row in rows:
                    yield from (
                        (table, name, value) for name, value in zip(names, row, strict=True)
                    )

    def queued(self) -> bytes:
        """Everything in Redis, and everything that ever was: its append-only file."""
        files = (self.data / "valkey").rglob("*")
        now = [path.read_bytes() for path in files if path.is_file()]
        with Redis.from_url(self.redis_url) as redis:
            dumped = [repr((key, redis.dump(key))).encode() for key in redis.scan_iter()]
        return b"\n".join(now + dumped)


def answers(url: str) -> bool:
    with requests.Session() as session:
        session.trust_env = False
        try:
            return session.get(url, timeout=2).status_code == 200
        except requests.RequestException:
            return False


@pytest.fixture
def street(tmp_path: Path) -> Iterator[Street]:
    """All of it running, without anybody in it."""
    valkey = Valkey(tmp_path)
    valkey.start()
    url = f"sqlite:///{tmp_path / 'qianxing.db'}"
    street = Street(tmp_path, url, redis_url=valkey.url)
    street.api_url = f"http://127.0.0.1:{street.sandbox_port}/official"
    assert "WECHAT_TOKEN" not in os.environ
    try:
        street.opens()
        yield street
    finally:
        street.close()
        valkey.kill()
