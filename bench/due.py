"""P15: a draw and a reminder begin when they are due, also when every worker was just killed."""

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from commerce import agenda
from commerce.agenda import DueTask
from commerce.lives.broadcasting import Step
from commerce.lives.lives import Live, State
from commerce.work import Office, Work
from tests.commerce.draws import crowd, scheduled, with_lottery
from tests.databases import empty_database
from tests.door.house import House, Valkey
from tests.platforms.stub import Stub, running
from tests.waiting import eventually

WORKERS, BOOKED = 2, 20
TASKS = ("freeze_draw", "remind")
AHEAD_S, BUSY_S, PATIENCE_S = 2.0, 1.5, 120
"""A tick and a little more after its time somebody is at it."""


def run(quick: bool) -> list[dict[str, Any]]:
    turns = 4 if quick else 12
    with tempfile.TemporaryDirectory() as folder, _open(Path(folder)) as house:
        idle_s = [_idle(house, turn) for turn in range(turns)]
        killed_s = [_killed(house, turns + turn) for turn in range(turns)]
    return [
        _row("a draw and a reminder: begun so long after their time, s (idle queue)", idle_s, 2),
        _row("the same after kill -9 of every worker at them, s", killed_s, 15),
    ]


def _row(job: str, found_s: list[float], limit: float) -> dict[str, Any]:
    """The slowest of all turns counts."""
    shown = {"ours": f"{max(found_s):.2f}", "floor": "", "ratio": ""}
    return {"id": "P15", "job": job, **shown, "goal": f"≤ {limit}", "met": max(found_s) <= limit}


@contextmanager
def _open(folder: Path) -> Iterator[House]:
    with empty_database("postgres", folder) as url, running(Stub()) as stub:
        valkey = Valkey(folder)
        valkey.start()
        house = House(folder, url, valkey.url, stub.url).migrated()
        try:
            for _ in range(WORKERS):
                house.works()
            time.sleep(AHEAD_S)  # The last of them may still be importing.
            yield house
        finally:
            house.close()
            valkey.kill()


def _idle(house: House, turn: int) -> float:
    """Anywhere between two beats."""
    due_at = datetime.now(UTC) + timedelta(seconds=AHEAD_S + turn % 4 / 4)
    house.office.do(lambda work: _plan(work, due_at))
    return max(_begun_at(house.office, due_at)) - due_at.timestamp()


def _killed(house: House, turn: int) -> float:
    """What is due is locked until those who are at it are dead, so that they die in the middle."""
    due_at = datetime.now(UTC) + timedelta(seconds=AHEAD_S + turn % 4 / 4)
    house.office.do(lambda work: _plan(work, due_at))
    with house.office.engine.begin() as connection:
        connection.execute(select(DueTask.id).where(_these(due_at)).with_for_update())
        time.sleep(due_at.timestamp() - time.time() + BUSY_S)
        for name in list(house.processes):
            house.kill(name)
        killed_at = time.time()
    for _ in range(WORKERS):
        house.works()
    return max(_begun_at(house.office, due_at)) - killed_at


def _plan(work: Work, due_at: datetime) -> None:
    """A live that has begun, whose list is frozen at that time; and one that is told of then."""
    drawn, told = scheduled(work), scheduled(work)
    secret = drawn.id.to_bytes(32, "big")
    _, lottery = with_lottery(work, drawn, winners=3, threshold=10, secret=secret)
    for live in (drawn, told):
        crowd(work, live, BOOKED)
    drawn.state, drawn.started_at = State.LIVE, work.now
    for task, args in zip(TASKS, ({"lottery_id": lottery.id}, _soon(told)), strict=True):
        agenda.plan(work, task, key=f"bench:{task}:{drawn.id}", due_at=due_at, **args)


def _soon(live: Live) -> dict[str, Any]:
    return {
        "live_id": live.id,
        "step": Step.SOON.value,
        "planned_at": live.planned_at.isoformat(),
    }


def _these(due_at: datetime) -> Any:
    return DueTask.task.in_(TASKS) & (DueTask.due_at == due_at)


def _begun_at(office: Office, due_at: datetime) -> list[float]:
    """When each was claimed, once both are."""
    rows = select(DueTask.done_at).where(_these(due_at), DueTask.done_at.is_not(None))

    def found() -> list[float]:
        with office.reading() as work:
            return [at.timestamp() for at in work.session.scalars(rows) if at]

    assert eventually(lambda: len(found()) == len(TASKS), PATIENCE_S)
    return found()
