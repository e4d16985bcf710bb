"""Settlement, its worker, its database, its Redis, killed at random: the same lines to the fen."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest
from redis import Redis
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from commerce import agenda
from commerce.money import settlement
from commerce.money.audit import audit
from commerce.rules import load_rules
from commerce.store import migrate
from commerce.store.engine import connect
from commerce.work import Office
from tests import big_live
from tests.closing_lines import Counted
from tests.databases import SEAL
from tests.door.house import ROOT, House, Valkey
from tests.door.postgres import Postgres, postgres
from tests.waiting import eventually

pytestmark = pytest.mark.servers

SEED = int(os.environ.get("QIANXING_TEST_SEED", "20261123"))
QUIET, KILLED = 1, 2
STARS = 500
BACK_WITHIN_S = 15

TOTALS = """
SELECT member_id, part, kind, count(*), sum(amount_fen), sum(reversed_fen)
FROM earnings JOIN orders ON orders.id = order_id WHERE live_id = :live
GROUP BY member_id, part, kind ORDER BY member_id, part, kind
"""
IN_NO_RUN = "SELECT count(*) FROM orders WHERE live_id = :live AND settlement_id IS NULL"
BATCHES = "SELECT coalesce(sum(batches), 0) FROM settlements WHERE place = :live"
FINISHED = "SELECT count(*) FROM settlements WHERE place = :live AND finished_at IS NOT NULL"


@dataclass
class Evening:
    """Two lives with the same orders: one is settled in peace, one is not."""

    office: Office
    random: Random
    kills: dict[str, int] = field(default_factory=dict)

    def killed(self, what: str) -> None:
        self.kills[what] = self.kills.get(what, 0) + 1

    def asked(self, query: str, live: int = KILLED) -> int:
        with self.office.engine.connect() as connection:
            place = str(live) if "place" in query else live
            return int(connection.execute(text(query), {"live": place}).scalar_one())

    def is_finished(self) -> bool:
        try:
            return self.asked(FINISHED) > 0
        except SQLAlchemyError:
            return False

    def proves(self, counted: Counted, orders: int) -> None:
        with self.office.engine.connect() as connection:
            quiet, killed = (
                connection.execute(text(TOTALS), {"live": live}).all() for live in (QUIET, KILLED)
            )
        assert killed == quiet
        assert sum(row[3] for row in killed) == 3 * orders
        assert self.asked(IN_NO_RUN) == 0
        assert audit(self.office).findings == ()
        counted(f"{orders} orders, kills {self.kills}, seed {SEED}, 0 violations")


@contextmanager
def evening(server: Postgres, orders: int) -> Iterator[Evening]:
    rules = load_rules(ROOT / "config.yaml")
    office = Office(connect(server.url, SEAL), rules, lambda: datetime.now(UTC))
    migrate.upgrade(office.engine)
    big_live.open_shop(office, stars=STARS)
    for live in (QUIET, KILLED):
        big_live.sell(office, live, orders, stars=STARS)
    settlement.settle(office, str(QUIET))
    try:
        yield Evening(office, Random(SEED))
    finally:
        office.engine.dispose()


@pytest.mark.parametrize(
    ("orders", "limit", "kills"),
    [
        pytest.param(6_000, 25, 20, id="short"),
        pytest.param(200_000, 100, 200, id="long", marks=pytest.mark.long),
    ],
)
def test_who_settles_is_killed_again_and_again(orders, limit, kills, counted):
    with postgres() as server, evening(server, orders) as night:
        while not night.is_finished():
            process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "tests.servers.settling",
                    server.url,
                    str(KILLED),
                    str(limit),
                ],
                stdout=subprocess.PIPE,
                cwd=ROOT,
            )
            assert process.stdout is not None
            assert process.stdout.readline() == b"settling\n"
            if night.kills.get("settling", 0) < kills:
                time.sleep(night.random.uniform(0.02, 0.3))
                process.kill()
                night.killed("settling")
            process.wait()
            process.stdout.close()

        assert night.kills["settling"] == kills
        night.proves(counted, orders)


WORKER = (
    "from commerce.money import settlement; settlement.settle.__kwdefaults__['limit'] = {limit}; "
    "from qianxing.cli import main; main(['worker'])"
)


@pytest.mark.parametrize(
    ("orders", "limit", "workers", "databases", "queues"),
    [
        pytest.param(6_000, 15, 1, 3, 3, id="short"),
        pytest.param(200_000, 100, 40, 20, 20, id="long", marks=pytest.mark.long),
    ],
)
def test_worker_database_and_queue_are_killed(
    orders, limit, workers, databases, queues, tmp_path: Path, counted
):
    with postgres() as server, evening(server, orders) as night:
        valkey = Valkey(tmp_path)
        valkey.start()
        house = House(tmp_path, server.url, redis_url=valkey.url)
        night.office.do(lambda work: agenda.plan(work, "settle", key="settle:2", place=str(KILLED)))
        acts = ["worker"] * workers + ["database"] * databases + ["queue"] * queues + ["emptied"]
        night.random.shuffle(acts)
        house.runs("worker", "-c", WORKER.format(limit=limit))
        try:
            for act in acts:
                _goes_on(night, house)
                _kill(night, house, server, valkey, act, limit)
            assert eventually(night.is_finished, 240), house.logs()
        finally:
            house.close()
            valkey.kill()

        night.proves(counted, orders)


def _goes_on(night: Evening, house: House) -> None:
    """After every kill somebody is at it again, soon."""
    if night.is_finished():
        return
    before, started = night.asked(BATCHES), time.monotonic()
    assert eventually(
        lambda: night.is_finished() or night.asked(BATCHES) > before, BACK_WITHIN_S + 15
    ), (night.kills, house.logs())
    night.kills["slowest_s"] = max(
        night.kills.get("slowest_s", 0), round(time.monotonic() - started)
    )
    time.sleep(night.random.uniform(0.02, 0.5))


def _kill(
    night: Evening, house: House, server: Postgres, valkey: Valkey, act: str, limit: int
) -> None:
    if night.is_finished():
        return
    night.killed(act)
    if act == "worker":
        house.kill("worker")
        house.runs("worker", "-c", WORKER.format(limit=limit))
    elif act == "database":
        server.kill()
        server.start()
        night.office.engine.dispose()
    elif act == "queue":
        valkey.kill()
        valkey.start()
    else:
        Redis.from_url(valkey.url).flushall()
