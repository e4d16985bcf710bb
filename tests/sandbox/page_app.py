"""A tiny application that has pages."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler

from tests.sandbox.serving import served_by

PAGE = "<!doctype html><html><head><title>收银台</title></head><body>付款</body></html>"


@dataclass
class PageApp:
    """An application of pages: gives `body` for every one, and takes whatever it is told."""

    mode: str = "safe"
    url: str = ""
    status: int = 200
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = PAGE.encode()
    said: bytes = b"success"
    """To whatever people do."""
    asked: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)


@contextmanager
def pages() -> Iterator[PageApp]:
    app = PageApp()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            app.asked.append((self.command, self.path, headers, body))
            is_page = self.path.startswith("/pages/")
            answer = app.body if is_page else app.said
            self.send_response(app.status if is_page else 200)
            for name, value in app.headers if is_page else []:
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        do_POST = do_GET

        def log_message(self, *_: object) -> None:
            return

    with served_by(Handler) as app.url:
        yield app
