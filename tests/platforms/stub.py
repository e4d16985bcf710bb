"""A WeChat API on this machine that answers what a test tells it to."""

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit


@dataclass
class Asked:
    path: str
    query: dict[str, str]
    body: bytes


@dataclass
class Stub:
    """Answers `answers[path]`, a dict, bytes, a status or a function of what was asked."""

    url: str = ""
    answers: dict[str, Any] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self, path: str) -> int:
        return Counter(one.path for one in self.asked)[path]

    def answer(self, asked: Asked) -> tuple[int, bytes]:
        with self.lock:
            self.asked.append(asked)
            tokens = self.count("/cgi-bin/stable_token")
        answer = self.answers.get(asked.path, {"errcode": 0, "errmsg": "ok"})
        if asked.path == "/cgi-bin/stable_token" and asked.path not in self.answers:
            time.sleep(0.05)
            answer = {"access_token": f"TOKEN-{tokens}", "expires_in": 7200}
        if isinstance(answer, Callable):  # type: ignore[arg-type]
            answer = answer(asked)
        if isinstance(answer, int):
            return answer, b"oops"
        return 200, answer if isinstance(answer, bytes) else json.dumps(answer).encode()


@contextmanager
def running(stub: Stub) -> Iterator[Stub]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # Head and body go out apart: 40 ms each, otherwise.

        def do_GET(self) -> None:
            address = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            status, answer = stub.answer(Asked(address.path, dict(parse_qsl(address.query)), body))
            self.send_response(status)
            self.send_header("Content-Length", str(len(answer)))
            if 300 <= status < 400:
                self.send_header("Location", f"{stub.url}/elsewhere")
            self.end_headers()
            self.wfile.write(answer)

        do_POST = do_GET

        def log_message(self, *_: object) -> None:
            return

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 128

        def handle_error(self, *_: object) -> None:
            return

    server = Server(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    stub.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield stub
    finally:
        server.shutdown()
        server.server_close()
