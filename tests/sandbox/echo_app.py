"""A tiny application on wechatpy's crypto: it repeats what it hears."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from wechatpy.crypto import WeChatCrypto
from wechatpy.utils import check_signature

APPID = "wx1234567890abcdef"
TOKEN = "echoToken2026"
AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
ACCOUNT = "gh_echo"


@dataclass
class Heard:
    query: dict[str, str]
    xml: str
    raw: str

    def __getitem__(self, name: str) -> str | None:
        return ElementTree.fromstring(self.xml).findtext(f".//{name}")


@dataclass
class EchoApp:
    mode: str
    url: str = ""
    heard: list[Heard] = field(default_factory=list)
    answer: Callable[[Heard], str | None] = lambda heard: None
    """Plain XML, or None for `success`."""
    status: int = 200
    verbatim: bool = False
    """Whether the answer goes out as it is instead of sealed for the mode."""
    headers: dict[str, str] = field(default_factory=dict)

    def texts(self) -> list[str | None]:
        return [heard["Content"] or heard["Event"] for heard in self.heard]


def text_answer(heard: Heard, words: str) -> str:
    return envelope(heard, "text", f"<Content>{escape(words)}</Content>")


def envelope(heard: Heard, kind: str, inner: str) -> str:
    return (
        f"<xml><ToUserName>{heard['FromUserName']}</ToUserName>"
        f"<FromUserName>{heard['ToUserName']}</FromUserName>"
        f"<CreateTime>{int(time.time())}</CreateTime><MsgType>{kind}</MsgType>{inner}</xml>"
    )


def echo(heard: Heard) -> str | None:
    return text_answer(heard, f"echo {heard['Content']}") if heard["Content"] else None


def _open(app: EchoApp, query: dict[str, str], raw: str) -> Heard:
    check_signature(TOKEN, query["signature"], query["timestamp"], query["nonce"])
    if app.mode == "plaintext":
        return Heard(query, raw, raw)
    crypto = WeChatCrypto(TOKEN, AES_KEY, APPID)
    xml = crypto.decrypt_message(raw, query["msg_signature"], query["timestamp"], query["nonce"])
    return Heard(query, xml, raw)


def _seal(app: EchoApp, answer: str | None, query: dict[str, str]) -> str:
    if answer is None:
        return "success"
    if app.mode == "plaintext" or app.verbatim:
        return answer
    crypto = WeChatCrypto(TOKEN, AES_KEY, APPID)
    return crypto.encrypt_message(answer, query["nonce"], query["timestamp"])


def _handler(app: EchoApp) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            query = dict(parse_qsl(urlsplit(self.path).query))
            check_signature(TOKEN, query["signature"], query["timestamp"], query["nonce"])
            self.reply(query["echostr"])

        def do_POST(self) -> None:
            query = dict(parse_qsl(urlsplit(self.path).query))
            raw = self.rfile.read(int(self.headers["Content-Length"])).decode()
            heard = _open(app, query, raw)
            app.heard.append(heard)
            self.reply(_seal(app, app.answer(heard), query))

        def reply(self, text: str) -> None:
            body = text.encode()
            self.send_response(app.status)
            for name, value in app.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments: object) -> None:
            """Says nothing."""

    return Handler


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, _request: object, _address: object) -> None:
        """A sandbox that gave up waiting is no news."""


@contextmanager
def running(mode: str) -> Iterator[EchoApp]:
    app = EchoApp(mode)
    server = _Server(("127.0.0.1", 0), _handler(app))
    app.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield app
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
