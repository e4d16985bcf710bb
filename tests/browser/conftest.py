"""A real browser before the real thing: `qianxing run`, and the phone page it prints."""

import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from tests.browser.desk import Desk
from tests.stories.world import World, running

ROOT = Path(__file__).parent.parent.parent
STARTED_WITHIN_S = 90.0
STOPPED_WITHIN_S = 30.0
QUIET = ["--no-sandbox", "--disable-background-networking", "--disable-quic", "--no-first-run"]
OURS = ("http", "https", "ws", "wss")

Scheme = Literal["light", "dark"]
Visit = Callable[[str, Scheme], Page]
Keep = Callable[[str, bytes], None]


@dataclass(frozen=True)
class House:
    """Where the running house prints that it is."""

    phone_url: str
    app_url: str


@dataclass
class Watch:
    """What a browser did that nobody may ever see it do."""

    wrong: list[str] = field(default_factory=list)

    def over(self, context: BrowserContext) -> None:
        context.on("page", self._over_page)
        context.on("request", lambda request: self._asked(request.url))

    def _over_page(self, page: Page) -> None:
        page.on("pageerror", lambda error: self.wrong.append(f"page error: {error}"))
        page.on("console", self._said)
        page.on("dialog", lambda dialog: self.wrong.append(f"dialog: {dialog.message}"))

    def _said(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.wrong.append(f"console: {message.text} {message.location}")

    def _asked(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme in OURS and parts.hostname != "127.0.0.1":
            self.wrong.append(f"asked {url}")


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """`qianxing run` on free ports and new data; Ctrl-C at the end, which it must survive."""
    data = tmp_path_factory.mktemp("house") / "var"
    ports = ["--port", str(_free_port()), "--sandbox-port", str(_free_port())]
    words = [sys.executable, "-m", "qianxing.cli", "run", *ports, "--data", str(data)]
    taken = ("REDIS_URL", "DATABASE_URL", "QIANXING_", "WECHAT_")
    environment = {key: text for key, text in os.environ.items() if not key.startswith(taken)}
    process = subprocess.Popen(
        words,
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield _started(process)
        process.send_signal(signal.SIGINT)
        told, _ = process.communicate(timeout=STOPPED_WITHIN_S)
        assert (process.returncode, told.strip().splitlines()[-1]) == (0, "已停止。")
    finally:
        process.terminate()  # Its supervisor ends what it started.
        process.wait(STOPPED_WITHIN_S)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A house of one module's own: its clock may be moved on by days."""
    with running(tmp_path_factory.mktemp("world") / "var") as world:
        yield world


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = os.environ.get("CHROMIUM", "/usr/bin/chromium")
    if not Path(path).exists():
        pytest.fail(f"no Chromium at {path}: install it, or say where it is with CHROMIUM=…")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture
def watch() -> Iterator[Watch]:
    watch = Watch()
    yield watch
    assert watch.wrong == []


@pytest.fixture
def desk(browser: Browser, house: House, watch: Watch) -> Iterator[Desk]:
    """The desk with all phones, at the size the README shows it."""
    with browser.new_context(
        viewport={"width": 1280, "height": 860}, locale="zh-CN", timezone_id="Asia/Shanghai"
    ) as context:
        watch.over(context)
        page = context.new_page()
        page.goto(house.phone_url)
        yield Desk(page)


@pytest.fixture
def visit(browser: Browser, house: House, watch: Watch) -> Iterator[Visit]:
    """`visit(path, "dark")` opens a page of the application on a phone 390 px wide."""
    contexts: list[BrowserContext] = []

    def opened(path: str, scheme: Scheme) -> Page:
        size = {"width": 390, "height": 844}
        context = browser.new_context(viewport=size, color_scheme=scheme, locale="zh-CN")  # type: ignore[arg-type]
        contexts.append(context)
        watch.over(context)
        page = context.new_page()
        page.goto(house.app_url + path)
        return page

    yield opened
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def keep() -> Keep:
    """Writes a picture of the README where QIANXING_SCREENSHOTS says; nothing when it is unset."""
    folder = os.environ.get("QIANXING_SCREENSHOTS")

    def kept(name: str, picture: bytes) -> None:
        if folder:
            Path(folder).mkdir(parents=True, exist_ok=True)
            Path(folder, name).write_bytes(picture)

    return kept


def _started(process: "subprocess.Popen[str]") -> House:
    """Reads what it prints until both addresses were told. AssertionError holds all it said."""
    assert process.stdout
    late = threading.Timer(STARTED_WITHIN_S, process.terminate)
    late.start()
    told = ""
    for line in process.stdout:
        told += line
        if "Ctrl-C" in line:
            break
    late.cancel()
    found = dict(re.findall(r"(手机|应用) +(http://127\.0\.0\.1:\d+)/", told))
    assert len(found) == 2, f"`qianxing run` did not start:\n{told}"
    return House(found["手机"], found["应用"])


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
