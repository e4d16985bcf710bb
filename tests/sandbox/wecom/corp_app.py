"""A tiny application on wechatpy's crypto that hears what WeCom tells it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qsl, urlsplit
from xml.etree import ElementTree

from wechatpy.work.crypto import WeChatCrypto

from sandbox.corp import Corp, from_environment
from tests.sandbox.serving import Answering, served_by

ENVIRONMENT = {
    "WECOM_CORPID": "ww1234567890abcdef",
    "WECOM_AGENTID": "1000002",
    "WECOM_SECRET": "corp-secret",
    "WECOM_TOKEN": "app-token",
    "WECOM_AES_KEY": "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG",
    "WECOM_KF_TOKEN": "kf-token",
    "WECOM_KF_AES_KEY": "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789abcdefg",
    "WECOM_WEBHOOKS": "日常群=hook-key,别的群=other-key",
}
CORP: Corp = from_environment(ENVIRONMENT)
CORPID = CORP.corpid
KEYS = {"/wecom/app": CORP.app, "/wecom/kf": CORP.kf}


@dataclass
class Heard:
    path: str
    query: dict[str, str]
    envelope: str
    xml: str

    def __getitem__(self, name: str) -> str | None:
        return ElementTree.fromstring(self.xml).findtext(f".//{name}")


@dataclass
class CorpApp:
    url: str = ""
    heard: list[Heard] = field(default_factory=list)
    answer: Callable[[Heard], str | None] = lambda heard: None
    """Plain XML, or None for an empty answer."""
    status: int = 200

    def at(self, path: str) -> list[Heard]:
        return [heard for heard in self.heard if heard.path == path]

    def events(self) -> list[tuple[str | None, str | None]]:
        return [(h["Event"], h["ChangeType"]) for h in self.at("/wecom/app")]


def reply(heard: Heard, words: str) -> str:
    return (
        f"<xml><ToUserName>{heard['FromUserName']}</ToUserName>"
        f"<FromUserName>{CORPID}</FromUserName><CreateTime>1</CreateTime>"
        f"<MsgType>text</MsgType><Content>{words}</Content></xml>"
    )


def _crypto(path: str) -> WeChatCrypto:
    return WeChatCrypto(KEYS[path].token, KEYS[path].aes_key, CORPID)


def _handler(app: CorpApp) -> type[BaseHTTPRequestHandler]:
    class Handler(Answering):
        def do_GET(self) -> None:
            path, query = self.asked()
            given = (query["msg_signature"], query["timestamp"], query["nonce"], query["echostr"])
            self.reply(_crypto(path).check_signature(*given), app.status)

        def do_POST(self) -> None:
            path, query = self.asked()
            raw = self.rfile.read(int(self.headers["Content-Length"])).decode()
            given = (query["msg_signature"], query["timestamp"], query["nonce"])
            heard = Heard(path, query, raw, _crypto(path).decrypt_message(raw, *given))
            app.heard.append(heard)
            said = app.answer(heard)
            sealed = _crypto(path).encrypt_message(said, query["nonce"]) if said else ""
            self.reply(sealed, app.status)

        def asked(self) -> tuple[str, dict[str, str]]:
            parts = urlsplit(self.path)
            return parts.path, dict(parse_qsl(parts.query))

    return Handler


@contextmanager
def running() -> Iterator[CorpApp]:
    app = CorpApp()
    with served_by(_handler(app)) as app.url:
        yield app
