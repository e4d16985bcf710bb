"""A small agenda in a file stands for the real one: it knows what is due, Redis carries ids."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from functools import partial
from pathlib import Path

import pytest
from redis.exceptions import RedisError
from rq.job import Job
from rq.serializers import JSONSerializer

from jobs.queue import connect, enqueue_due
from qianxing.redis_server import embedded
from tests.waiting import eventually

JOB = "tests.jobs.test_queue.run_fake_job"
NOWHERE = "redis://127.0.0.1:1/0"
EMPTY = zlib.compress(b"")
SECRET = "oMisteriousOpenId"
WORKER = """
import os
from jobs.queue import work
from tests.jobs.test_queue import tick
work(os.environ["TEST_REDIS_URL"], tick)
"""


@contextmanager
def agenda(data: Path | None = None) -> Iterator[sqlite3.Connection]:
    path = (data or Path(os.environ["TEST_DATA"])) / "agenda.db"
    with closing(sqlite3.connect(path, timeout=30)) as db, db:
        db.execute(
            "create table if not exists task (id integer primary key, how, tries default 0, "
            "done default 0)"
        )
        db.execute("create table if not exists effect (task)")
        yield db


def tick() -> None:
    """What is due is queued, again and again, until it is done."""
    with agenda() as db:
        due = [row[0] for row in db.execute("select id from task where done = 0")]
    with connect(os.environ["TEST_REDIS_URL"]) as redis:
        for task_id in due:
            enqueue_due(redis, task_id, 0, int(time.time()), job=JOB)


def run_fake_job(task_id: int) -> None:
    with agenda() as db:
        db.execute("update task set tries = tries + 1 where id = ?", (task_id,))
    with agenda() as db:
        claim = "update task set done = 1 where id = ? and done = 0 returning how, tries"
        row = db.execute(claim, (task_id,)).fetchone()
        if row is None:
            return
        db.execute("insert into effect values (?)", (task_id,))
        how, tries = row
        if how == "hangs at first" and tries == 1:
            time.sleep(600)
        if how == "slow":
            time.sleep(2)
        if how == "fails":
            raise ValueError(f"no such person\n{SECRET}")


def logged(data: Path) -> str:
    return (data / "worker.log").read_text()


def plan(data: Path, *hows: str) -> None:
    with agenda(data) as db:
        db.executemany("insert into task (how) values (?)", [(how,) for how in hows])


def effects(data: Path) -> list[int]:
    with agenda(data) as db:
        return [row[0] for row in db.execute("select task from effect order by task")]


def has_effects(data: Path, expected: list[int]) -> bool:
    return effects(data) == expected


def tries(data: Path) -> int:
    with agenda(data) as db:
        return int(db.execute("select sum(tries) from task").fetchone()[0] or 0)


@contextmanager
def worker(data: Path, url: str) -> Iterator["subprocess.Popen[bytes]"]:
    env = os.environ | {"TEST_DATA": str(data), "TEST_REDIS_URL": url}
    with (data / "worker.log").open("ab") as log:
        process = subprocess.Popen([sys.executable, "-c", WORKER], env=env, stdout=log, stderr=log)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def test_what_is_due_is_done_once(tmp_path: Path) -> None:
    plan(tmp_path, *["quick"] * 50)

    with embedded(tmp_path) as url, worker(tmp_path, url), worker(tmp_path, url):
        assert eventually(lambda: len(effects(tmp_path)) >= 50, within_s=15)

    assert effects(tmp_path) == list(range(1, 51))


def test_a_job_killed_mid_way_is_done_by_the_next_worker(tmp_path: Path) -> None:
    plan(tmp_path, "hangs at first")
    with embedded(tmp_path) as url:
        with worker(tmp_path, url) as first:
            assert eventually(lambda: tries(tmp_path) == 1)
            first.kill()

        with worker(tmp_path, url):
            assert eventually(lambda: effects(tmp_path) == [1], within_s=15)


def test_a_worker_survives_redis_and_does_what_fell_due_meanwhile(tmp_path: Path) -> None:
    with embedded(tmp_path) as url, worker(tmp_path, url) as process:
        plan(tmp_path, "quick")
        assert eventually(lambda: effects(tmp_path) == [1])

        for expected in ([1, 2], [1, 2, 3]):
            os.kill(int((tmp_path / "redis" / "server.pid").read_text()), signal.SIGKILL)
            plan(tmp_path, "quick")

            assert eventually(partial(has_effects, tmp_path, expected), within_s=15)

        assert process.poll() is None


def test_a_worker_waits_for_a_redis_that_is_not_there_yet(tmp_path: Path) -> None:
    plan(tmp_path, "quick")
    with embedded(tmp_path) as url:
        pass

    with worker(tmp_path, url):
        assert eventually(lambda: "no Redis" in logged(tmp_path))
        with embedded(tmp_path) as again:
            assert again == url
            assert eventually(lambda: effects(tmp_path) == [1], within_s=15)


def test_a_long_absence_of_redis_does_not_make_a_worker_slow(tmp_path: Path) -> None:
    plan(tmp_path, "quick")
    with ExitStack() as redis:
        url = redis.enter_context(embedded(tmp_path))
        with worker(tmp_path, url):
            assert eventually(lambda: effects(tmp_path) == [1])
            redis.close()
            plan(tmp_path, "quick")
            assert eventually(lambda: logged(tmp_path).count("could not connect") >= 4, within_s=20)

            with embedded(tmp_path):
                assert eventually(lambda: effects(tmp_path) == [1, 2], within_s=5)


def test_losing_all_of_redis_loses_nothing(tmp_path: Path) -> None:
    plan(tmp_path, "slow", *["quick"] * 20)
    with embedded(tmp_path) as url, worker(tmp_path, url), connect(url) as redis:
        assert eventually(lambda: tries(tmp_path) >= 1)

        redis.flushall()

        assert eventually(lambda: effects(tmp_path) == list(range(1, 22)), within_s=15)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stopped_worker_finishes_the_job_under_way(
    tmp_path: Path, number: signal.Signals
) -> None:
    plan(tmp_path, "slow")
    with embedded(tmp_path) as url, worker(tmp_path, url) as process:
        assert eventually(lambda: tries(tmp_path) == 1)

        process.send_signal(number)

        assert process.wait(timeout=10) == 0
        assert effects(tmp_path) == [1]


def test_an_idle_worker_stops_at_once(tmp_path: Path) -> None:
    plan(tmp_path, "quick")
    with embedded(tmp_path) as url, worker(tmp_path, url) as process:
        assert eventually(lambda: effects(tmp_path) == [1])

        process.terminate()

        assert process.wait(timeout=4) == 0


def test_a_worker_without_redis_stops_as_well(tmp_path: Path) -> None:
    with worker(tmp_path, NOWHERE) as process:
        assert eventually(lambda: "no Redis" in logged(tmp_path))

        process.terminate()

        assert process.wait(timeout=4) == 0


def test_one_task_is_queued_once_in_five_seconds_and_attempt(tmp_path: Path) -> None:
    with embedded(tmp_path) as url, connect(url) as redis:
        for attempts, now_s in [(0, 50), (0, 54), (0, 55), (1, 55), (1, 56)]:
            enqueue_due(redis, 7, attempts, now_s)

        queued = [job.decode() for job in redis.lrange("rq:queue:due", 0, -1)]
        assert queued == ["due-7-0-10", "due-7-0-11", "due-7-1-11"]


def test_redis_holds_the_id_of_a_task_and_nothing_of_what_it_is_about(tmp_path: Path) -> None:
    plan(tmp_path, "fails")
    with embedded(tmp_path) as url, worker(tmp_path, url), connect(url) as redis:
        assert eventually(lambda: redis.zcard("rq:failed:due") == 1)

        job_id = redis.zrange("rq:failed:due", 0, 0)[0].decode()
        job = Job.fetch(job_id, redis, serializer=JSONSerializer)

        assert (job.func_name, job.args, job.kwargs, job.meta) == (JOB, [1], {}, {})
        assert [result.exc_string for result in job.results()] == [""]
        assert zlib.decompress(redis.hget(f"rq:job:{job_id}", "exc_info") or EMPTY) == b""


def test_a_failed_job_is_one_line_in_the_log_without_the_values(tmp_path: Path) -> None:
    plan(tmp_path, "fails")

    with embedded(tmp_path) as url, worker(tmp_path, url):
        assert eventually(lambda: "ValueError: no such person (run_fake_job" in logged(tmp_path))

    assert SECRET not in logged(tmp_path)
    assert "Traceback" not in logged(tmp_path)


def test_a_redis_that_is_away_is_told_rather_than_waited_for() -> None:
    with connect(NOWHERE) as redis, pytest.raises(RedisError):
        enqueue_due(redis, 1, 0, 100)


def test_a_failing_beat_is_followed_by_the_next(tmp_path: Path) -> None:
    plan(tmp_path, "quick")

    with worker(tmp_path, NOWHERE):
        told = "a beat failed: ConnectionError"
        assert eventually(lambda: logged(tmp_path).count(told) >= 2)
