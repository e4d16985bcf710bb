"""An access token that ran out everywhere at once: one asks for a new one, all go on with it."""

import subprocess
import sys
from collections import Counter

from tests.closing_lines import Counted
from tests.door.house import ROOT, Valkey
from tests.platforms.stub import Asked, Stub

SEND = "/cgi-bin/message/custom/send"
TOKEN = "/cgi-bin/stable_token"
THREADS = 32
PROCESS = """
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from redis import Redis
from bot.platforms.wechat import Account, WeChat
redis = Redis.from_url(sys.argv[2])
api = WeChat(Account("wx1", "s", sys.argv[1]), redis, lambda: datetime.now(UTC))
api.send_custom({"before": 1})
print("ready", flush=True)
sys.stdin.readline()
with ThreadPoolExecutor(int(sys.argv[3])) as pool:
    list(pool.map(lambda n: api.send_custom({"after": n}), range(int(sys.argv[3]))))
"""


def test_two_processes_of_32_threads_renew_an_expired_token_once(
    valkey: Valkey, stub: Stub, counted: Counted
) -> None:
    expired: set[str] = set()
    stub.answers[SEND] = lambda asked: refused_if(asked, expired)
    command = [sys.executable, "-c", PROCESS, stub.url, valkey.url, str(THREADS)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    processes = [subprocess.Popen(command, cwd=ROOT, text=True, **pipes) for _ in range(2)]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    assert stub.count(TOKEN) == 1
    expired.add("TOKEN-1")

    for process in processes:
        process.communicate("go\n", timeout=30)

    assert [process.returncode for process in processes] == [0, 0]
    assert stub.count(TOKEN) == 2
    after = [one for one in stub.asked if b"after" in one.body]
    tries = Counter(one.query["access_token"] for one in after)
    assert tries["TOKEN-2"] == 2 * THREADS
    assert 1 <= tries["TOKEN-1"] <= 2 * THREADS
    counted(f"2 x {THREADS} calls, {tries['TOKEN-1']} refused and tried once more, 1 refresh")


def refused_if(asked: Asked, expired: set[str]) -> dict[str, int]:
    return {"errcode": 42001 if asked.query["access_token"] in expired else 0}
