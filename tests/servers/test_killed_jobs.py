"""Jobs fall due all the time while workers and Redis are killed: each is done once, and soon.

RQ runs a job in the worker itself: killing a worker is killing its horse.
"""

import json
import os
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, TypeVar

import pytest
from redis import Redis
from sqlalchemy import select, text

from bot.reply import Text, to_json
from commerce import agenda, outbox
from commerce.agenda import DueTask
from commerce.work import Work
from jobs import queue
from jobs.tick import AT_A_TIME
from tests.audience import Guest, a_live, book_all
from tests.closing_lines import Counted
from tests.databases import empty_database
from tests.door.house import ROOT, House, Valkey
from tests.platforms.stub import Stub, running
from tests.waiting import eventually

pytestmark = pytest.mark.servers

Result = TypeVar("Result")

SEED = int(os.environ.get("QIANXING_TEST_SEED", "20261123"))
WORKERS = 2
SEND = "/cgi-bin/message/custom/send"
LATE_S = {True: 15.0, False: 25.0}
"""The goal is for the whole size on a machine of its own; the short one runs beside everything."""
TOLD = 5
"""One job in so many says something to somebody; the others leave a mark."""
REDIS_AWAY_S = 0.5
OPEN = 40
"""So many jobs are due at a time, at most."""


@dataclass
class Night:
    house: House
    valkey: Valkey
    stub: Stub
    jobs: int
    random: Random = field(default_factory=lambda: Random(SEED))
    kills: Counter[str] = field(default_factory=Counter)
    planned: int = 0

    @property
    def begun_file(self) -> Path:
        return self.house.data / "begun"

    def begun(self) -> list[tuple[int, int]]:
        """(process, number) of every mark that was begun, the last line perhaps not yet whole."""
        lines = self.begun_file.read_text().splitlines()
        parts = [line.split() for line in lines]
        return [(int(part[0]), int(part[1])) for part in parts if len(part) == 2]

    def starts(self, name: str) -> None:
        env = self.house.environment | {"PYTHONPATH": str(ROOT)}
        words = ("-m", "tests.servers.marking", str(self.begun_file))
        self.house.runs(name, *words, env=env)

    def plans(self) -> None:
        """One thing after the other becomes due, so that there are always some."""
        room = OPEN - self.ask(open_jobs)
        upto = min(self.planned + room, self.jobs)

        def plan(work: Work) -> None:
            for number in range(self.planned + 1, upto + 1):
                if number % TOLD:
                    agenda.plan(work, "mark", key=f"mark:{number}", number=number)
                else:
                    said = to_json(Text(f"第 {number} 条"))
                    at = 1_000 + number
                    outbox.answer_later(work, at, at, said, key=f"said:{number}")

        if room >= OPEN // 2:
            self.house.office.do(plan)
            self.planned = upto
            self.queues_twice()

    def queues_twice(self) -> None:
        """A scheduler of somebody else's that remembers nothing: two workers get the same job."""
        rows = select(DueTask.id).where(DueTask.task == "mark", DueTask.done_at.is_(None))
        now_s = int(time.time())
        with queue.connect(self.valkey.url) as redis:
            for task_id in self.ask(lambda work: work.session.scalars(rows).all())[:: OPEN // 4]:
                for attempts in (90, 91):
                    queue.enqueue_due(redis, task_id, attempts, now_s)

    def is_done(self) -> bool:
        return self.planned == self.jobs and self.ask(open_jobs) == 0

    def ask(self, look: Callable[[Work], Result]) -> Result:
        with self.house.office.reading() as work:
            return look(work)

    def kills_a_worker(self) -> bool:
        """One that is at it: it began something since it started."""
        at_it = {process for process, _ in self.begun()[-50:]}
        names = [name for name, one in self.house.processes.items() if one.pid in at_it]
        if not names:
            return False
        name = self.random.choice(sorted(names))
        self.house.kill(name)
        self.starts(name)
        self.kills["worker"] += 1
        return True

    def kills_redis(self) -> None:
        self.valkey.kill()
        time.sleep(REDIS_AWAY_S)
        self.valkey.start()
        self.kills["redis"] += 1

    def empties_redis(self) -> None:
        Redis.from_url(self.valkey.url).flushall()
        self.kills["emptied"] += 1


@contextmanager
def night(folder: Path, jobs: int) -> Iterator[Night]:
    with empty_database("postgres", folder) as url, running(Stub()) as stub:
        valkey = Valkey(folder)
        valkey.start()
        house = House(folder, url, valkey.url, stub.url).migrated()
        try:
            begins = Night(house, valkey, stub, jobs)
            begins.begun_file.touch()
            house.office.do(lambda work: work.session.execute(text("CREATE TABLE marks (n int)")))
            live_id = house.office.do(lambda work: a_live(work).id)
            book_all(house.office, live_id, [Guest(n) for n in range(TOLD, jobs + 1, TOLD)])
            yield begins
        finally:
            house.close()
            valkey.kill()


def ours() -> Any:
    return DueTask.task.in_(("mark", "deliver"))


def open_jobs(work: Work) -> int:
    rows = select(DueTask.id).where(ours(), DueTask.done_at.is_(None))
    return len(work.session.scalars(rows).all())


def marked(work: Work) -> Sequence[int]:
    return work.session.scalars(text("SELECT n FROM marks")).all()


def done_jobs(work: Work) -> list[DueTask]:
    return list(work.session.scalars(select(DueTask).where(ours()).order_by(DueTask.id)))


@pytest.mark.parametrize(
    ("jobs", "kills", "restarts"),
    [
        pytest.param(300, 6, 1, id="short"),
        pytest.param(5_000, 200, 5, id="long", marks=pytest.mark.long),
    ],
)
def test_every_job_is_done_once_and_soon_whoever_dies(
    jobs: int, kills: int, restarts: int, tmp_path: Path, counted: Counted
) -> None:
    with night(tmp_path, jobs) as held:
        for number in range(WORKERS):
            held.starts(f"worker-{number}")
        lasts(held, kills, restarts)
        assert eventually(held.is_done, 60), held.house.logs()

        counted(f"{jobs} jobs, {proof(held)}, seed {SEED}, 0 violations")


def lasts(held: Night, kills: int, restarts: int) -> None:
    """The house has always something to do. Who dies, dies after some marks more, wherever it is;
    so it goes on between two deaths however slow the machine is."""
    every = held.jobs * (TOLD - 1) // TOLD // kills
    away = [held.jobs * (2 * number + 1) // (2 * restarts) for number in range(restarts)]
    emptied, dies_at = held.jobs * 3 // 4, held.random.randint(1, every)
    while not held.is_done():
        held.plans()
        if held.kills["worker"] < kills and len(held.begun()) >= dies_at and held.kills_a_worker():
            dies_at = len(held.begun()) + held.random.randint(1, every * 3 // 2)
        if away and held.planned >= away[0]:
            away.pop(0)
            held.kills_redis()
        if held.planned >= emptied and not held.kills["emptied"]:
            held.empties_redis()
        time.sleep(0.02)
    assert (held.kills["worker"], held.kills["redis"]) == (kills, restarts)


def proof(held: Night) -> str:
    """Once each, and nothing left due: a death may cost a job so long, and none costs more."""
    marks = Counter(held.ask(marked))
    numbers = range(1, held.jobs + 1)
    assert marks == Counter(n for n in numbers if n % TOLD)
    said = Counter(json.loads(one.body)["touser"] for one in held.stub.asked if one.path == SEND)
    assert set(said) == {f"o-{n}" for n in numbers if n % TOLD == 0}
    twice = sum(said.values()) - len(said)
    assert twice <= AT_A_TIME * held.kills["worker"]

    begun = Counter(number for _, number in held.begun())
    slowest_s = dict.fromkeys(("mark", "deliver"), 0.0)
    for job in held.ask(done_jobs):
        assert job.failed_at is None
        assert job.done_at is not None
        tries = begun[job.args["number"]] if job.task == "mark" else job.attempts
        late_s = (job.done_at - job.due_at).total_seconds()
        assert late_s <= LATE_S[held.jobs > 1_000] * max(1, tries - 1), (job.key, late_s, tries)
        slowest_s[job.task] = max(slowest_s[job.task], late_s)
    interrupted = begun.total() - marks.total()
    slowest = ", ".join(f"{task} {late_s:.1f} s" for task, late_s in slowest_s.items())
    return (
        f"kills {dict(held.kills)}, {interrupted} marks begun in vain, {twice} answers said twice, "
        f"latest {slowest} after it was due"
    )
