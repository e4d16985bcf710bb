"""A sandbox on a free port, the application beside it, and short words for what people do."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn

from sandbox.account import Account
from sandbox.corp import Corp
from sandbox.http_client import peer
from sandbox.server import application
from sandbox.store import open_store
from sandbox.world import Limits, World
from tests.sandbox import echo_app
from tests.sandbox.echo_app import ACCOUNT, AES_KEY, APPID, TOKEN, EchoApp

SECRET = "0123456789abcdef" * 2
WAIT_S = 8


@dataclass
class Desk:
    """The sandbox from outside: everything goes over HTTP."""

    http: httpx.Client
    world: World

    def lever(self, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        answer = self.http.post(f"/sandbox/v1/{path}", json=body or {})
        assert answer.status_code == 200, answer.text
        return answer.json()

    def read(self, path: str, **query: Any) -> dict[str, Any]:
        answer = self.http.get(f"/sandbox/v1/{path}", params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def say(self, name: str, text: str) -> int:
        return self.lever(f"people/{name}/say", {"text": text})["n"]

    def advance(self, seconds: float) -> None:
        self.lever("clock", {"advance_s": seconds})

    def fault(self, kind: str, **more: Any) -> None:
        self.lever("faults", {"kind": kind, "count": 1, **more})

    def openid(self, name: str) -> str:
        return self.lever("people", {"name": name})["openid"]

    def phone(self, name: str) -> list[dict[str, Any]]:
        return self.read(f"people/{name}/phone")["messages"]

    def heard(self, name: str) -> list[str | None]:
        return [m.get("text") for m in self.phone(name) if m["from"] != "me"]

    def wire(self, kind: str = "delivery") -> list[dict[str, Any]]:
        return [e for e in self.read("wire")["entries"] if e["kind"] == kind]

    def token(self, **more: Any) -> dict[str, Any]:
        asked = {"grant_type": "client_credential", "appid": APPID, "secret": SECRET, **more}
        return self.http.post("/official/cgi-bin/stable_token", json=asked).json()

    def call(self, path: str, body: Any = None, **query: Any) -> dict[str, Any]:
        """An API call with the current token; GET without a body."""
        query.setdefault("access_token", self.token()["access_token"])
        method = "GET" if body is None else "POST"
        answer = self.http.request(method, f"/official/{path}", json=body, params=query)
        assert answer.status_code == 200
        return answer.json()

    def send(self, name: str, text: str = "hello") -> int:
        body = {"touser": self.openid(name), "msgtype": "text", "text": {"content": text}}
        return self.call("cgi-bin/message/custom/send", body)["errcode"]

    def upload(self, kind: str, content: bytes) -> dict[str, Any]:
        query = {"type": kind, "access_token": self.token()["access_token"]}
        files = {"media": ("file", content)}
        return self.http.post("/official/cgi-bin/media/upload", params=query, files=files).json()

    def qrcode(self, scene: str, **more: Any) -> dict[str, Any]:
        info = {"scene": {"scene_str": scene}}
        body = {"action_name": "QR_STR_SCENE", "action_info": info, **more}
        return self.call("cgi-bin/qrcode/create", body)


def until(look: Callable[[], Any], what: str = "") -> Any:
    """What `look` finds once it finds something; fails after some seconds."""
    deadline = time.monotonic() + WAIT_S
    while time.monotonic() < deadline:
        if found := look():
            return found
        time.sleep(0.01)
    raise AssertionError(f"never happened: {what}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(world: World, port: int) -> Iterator[Desk]:
    config = uvicorn.Config(
        application(world),
        port=port,
        log_level="critical",
        proxy_headers=False,
        timeout_graceful_shutdown=2,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        until(lambda: server.started, "the sandbox starts")
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=15) as http:
            yield Desk(http, world)
    finally:
        server.should_exit = True
        thread.join(WAIT_S)


def opener(data: Path, corp: Corp | None = None) -> Callable[..., Any]:
    """Opens a sandbox for an application; again on the same data after the first was closed."""

    def opened(app: Any, **limits: Any) -> Any:
        port = free_port()
        mode = getattr(app, "mode", "safe")
        account = Account(APPID, SECRET, TOKEN, AES_KEY, ACCOUNT, mode, "千星计划")
        world = World(
            account,
            open_store(data / "sandbox.sqlite3"),
            data / "clock",
            peer(app.url),
            f"http://127.0.0.1:{port}",
            Limits(**{"answer_within_s": 2.0, "retry_after_s": 0.02, **limits}),
            corp,
        )
        return serving(world, port)

    return opened


@pytest.fixture
def open_desk(tmp_path: Path) -> Callable[..., Any]:
    return opener(tmp_path)


@pytest.fixture(scope="module")
def _pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[EchoApp, Desk]]:
    with echo_app.running("safe") as app, opener(tmp_path_factory.mktemp("sandbox"))(app) as desk:
        yield app, desk


@pytest.fixture
def app(_pair: tuple[EchoApp, Desk]) -> EchoApp:
    """The application of that sandbox, as good as new."""
    app, _desk = _pair
    vars(app).update(vars(EchoApp("safe", app.url, answer=echo_app.echo)))
    return app


@pytest.fixture
def desk(_pair: tuple[EchoApp, Desk], app: EchoApp) -> Iterator[Desk]:
    """One sandbox a module, as good as new for every test."""
    _app, desk = _pair
    yield desk
    until(lambda: not desk.world.workers, "the last delivery ends")
    desk.http.cookies.clear()
    desk.lever("reset")
