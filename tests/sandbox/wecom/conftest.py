"""A sandbox with a corp, the application beside it, and short words for what both do."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.sandbox.conftest import Desk, opener, until
from tests.sandbox.wecom import corp_app
from tests.sandbox.wecom.corp_app import CORPID, ENVIRONMENT, CorpApp


@dataclass
class Corp(Desk):
    """The sandbox from outside, as the corp's application calls it."""

    def key(self) -> str:
        asked = {"corpid": CORPID, "corpsecret": ENVIRONMENT["WECOM_SECRET"]}
        return self.http.get("/wecom/cgi-bin/gettoken", params=asked).json()["access_token"]

    def call(self, path: str, body: Any = None, **query: Any) -> dict[str, Any]:
        """A call of qyapi with the current token; GET without a body."""
        query.setdefault("access_token", self.key())
        method = "GET" if body is None else "POST"
        answer = self.http.request(method, f"/wecom/cgi-bin/{path}", json=body, params=query)
        assert answer.status_code == 200
        return answer.json()

    def tell(self, name: str, text: str, door: str = "wecom", **more: Any) -> int:
        return self.lever(f"people/{name}/say", {"door": door, "text": text, **more})["n"]

    def tap(self, name: str, key: str) -> dict[str, Any]:
        return self.lever(f"people/{name}/tap", {"key": key})

    def scan(self, name: str, content: str) -> None:
        self.lever(f"people/{name}/scan", {"content": content})

    def staff(self, name: str = "店长") -> str:
        return self.lever("people", {"name": name, "corp_member": True})["userid"]

    def external(self, name: str) -> str:
        return self.lever("people", {"name": name})["external_userid"]

    def kf(self) -> str:
        return self.call("kf/account/list", {"offset": 0})["account_list"][0]["open_kfid"]

    def pull(self, token: str = "", cursor: str = "", **more: Any) -> dict[str, Any]:
        body = {"cursor": cursor, "token": token, "open_kfid": self.kf(), **more}
        return self.call("kf/sync_msg", body)

    def put(self, kind: str, content: bytes) -> dict[str, Any]:
        query = {"type": kind, "access_token": self.key()}
        files = {"media": ("file", content)}
        return self.http.post("/wecom/cgi-bin/media/upload", params=query, files=files).json()

    def say_kf(self, name: str, words: str = "hello", **more: Any) -> int:
        """The errcode of one text to the customer."""
        body = {
            "touser": self.external(name),
            "open_kfid": self.kf(),
            "msgtype": "text",
            "text": {"content": words},
            **more,
        }
        return self.call("kf/send_msg", body)["errcode"]


def token(app: CorpApp, many: int = 1) -> str:
    """The token of the newest callback for pulling, once there are so many."""
    until(lambda: len(app.at("/wecom/kf")) >= many, "the callback")
    return app.at("/wecom/kf")[-1]["Token"]


@pytest.fixture(scope="module")
def _corp_pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[CorpApp, Corp]]:
    folder = tmp_path_factory.mktemp("corp")
    with corp_app.running() as app, opener(folder, corp_app.CORP)(app) as desk:
        yield app, Corp(desk.http, desk.world)


@pytest.fixture
def app(_corp_pair: tuple[CorpApp, Corp]) -> CorpApp:
    """The application, as good as new."""
    app, _corp = _corp_pair
    vars(app).update(vars(CorpApp(app.url)))
    return app


@pytest.fixture
def corp(_corp_pair: tuple[CorpApp, Corp], app: CorpApp) -> Iterator[Corp]:
    """One sandbox a module, as good as new for every test."""
    _app, corp = _corp_pair
    yield corp
    until(lambda: not corp.world.workers, "the last delivery ends")
    corp.lever("reset")
