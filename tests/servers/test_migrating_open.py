"""PostgreSQL: the schema goes up and down while the house is open, and nobody waits for it."""

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Engine, inspect, text

from commerce.store import migrate
from commerce.work import Work
from tests import big_live
from tests.closing_lines import Counted
from tests.databases import empty_database
from tests.door.house import House
from tests.door.wire import Answer, at_a_pace, posted
from tests.door.wire import text as words
from tests.waiting import eventually

pytestmark = pytest.mark.servers

BEFORE = "0002"
"""What the lives and the orders of a real house stood at when the evening came."""
STALL_S = 2.0
PER_S = 25
REPORT_S, PAUSE_S = 4.0, 3.0
"""A report holds its tables longer than anybody may be kept waiting."""

CAUGHT_UP_S = 60
HEARD = "SELECT count(*) FROM inbox WHERE said IS NOT NULL"
COUNT = "SELECT count(*) FROM orders"
PAID = "UPDATE orders SET shipped_at = now() WHERE key = :key AND shipped_at IS NULL"
SEEN = "SELECT state, base_fen FROM orders WHERE key = :key"
REPORT = "SELECT sum(base_fen), pg_sleep(:lasts_s) FROM orders"


@dataclass
class Till:
    """Orders come in, are looked at and shipped, as the release before would write them."""

    house: House
    over: threading.Event = field(default_factory=threading.Event)
    took_s: list[float] = field(default_factory=list)
    reports: int = 0

    def sells(self) -> None:
        names = ", ".join(columns(self.house.office.engine) - {"id", "key"})
        copy = f"INSERT INTO orders (key, {names}) SELECT :key, {names} FROM orders WHERE id = 1"

        def sell(work: Work) -> None:
            key = {"key": f"till-{threading.get_ident()}-{time.monotonic_ns()}"}
            for statement in (copy, SEEN, PAID):
                work.session.execute(text(statement), key)

        while not self.over.is_set():
            began = time.perf_counter()
            self.house.office.do(sell)
            self.took_s.append(time.perf_counter() - began)

    def reports_now_and_then(self) -> None:
        while not self.over.is_set():
            with self.house.office.reading() as work:
                work.session.execute(text(REPORT), {"lasts_s": REPORT_S})
            self.reports += 1
            self.over.wait(PAUSE_S)


@dataclass
class Open:
    """How long each migration took, and what people heard meanwhile."""

    took_s: list[float]
    answers: list[Answer]


def columns(engine: Engine) -> set[str]:
    return {column["name"] for column in inspect(engine).get_columns("orders")}


def up_and_down(engine: Engine, rounds: int) -> list[float]:
    """How long each way took, its waiting for others included. Ends at the top."""
    up, down = partial(migrate.upgrade, engine), partial(migrate.downgrade, engine, BEFORE)
    return [timed(way) for way in (*(up, down) * rounds, up)]


def timed(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


async def asks(port: int, over: threading.Event) -> list[Answer]:
    """Somebody asks something, again and again, until it is over."""
    answers: list[Answer] = []
    while not over.is_set():
        first = len(answers)
        asked = [posted(words(f"oM{n}", "规则", n)) for n in range(first, first + PER_S)]
        answers += await at_a_pace([port], asked, PER_S)
    return answers


def open_meanwhile(till: Till, port: int, migrates: Callable[[], list[float]]) -> Open:
    """Everything at once, until the migrations are through."""
    acts = (till.sells, till.sells, till.reports_now_and_then)
    with ThreadPoolExecutor(len(acts) + 1) as threads:
        busy = [threads.submit(act) for act in acts]
        asked = threads.submit(lambda: asyncio.run(asks(port, till.over)))
        try:
            time.sleep(1)
            took_s = migrates()
            time.sleep(1)
        finally:
            till.over.set()
        for each in busy:
            each.result()
        return Open(took_s, asked.result())


@pytest.mark.parametrize(
    ("orders", "rounds"),
    [
        pytest.param(20_000, 1, id="short"),
        pytest.param(1_000_000, 10, id="long", marks=pytest.mark.long),
    ],
)
def test_nobody_waits_for_a_migration(
    orders: int, rounds: int, tmp_path: Path, counted: Counted
) -> None:
    with empty_database("postgres", tmp_path) as url:
        house = House(tmp_path, url).migrated()
        engine = house.office.engine
        try:
            big_live.open_shop(house.office, stars=500)
            big_live.sell(house.office, 1, orders, stars=500)
            port = house.serves()
            migrate.downgrade(engine, BEFORE)
            till = Till(house)
            found = open_meanwhile(till, port, partial(up_and_down, engine, rounds))
            counted(f"{orders} orders, {proof(house, till, found, orders)}, 0 violations")
        finally:
            house.close()


def proof(house: House, till: Till, found: Open, orders: int) -> str:
    stood, head = migrate.revisions(house.office.engine)
    assert stood == head
    assert {answer.status for answer in found.answers} == {200}
    assert any(answer.said for answer in found.answers)
    heard = partial(house.count, HEARD)  # Without its columns the house keeps what it is told.
    assert eventually(lambda: heard() == len(found.answers), CAUGHT_UP_S), heard()
    slowest_s = max(till.took_s), max(answer.took_s for answer in found.answers)
    assert max(slowest_s) <= STALL_S
    assert till.reports
    assert house.count(COUNT) == orders + len(till.took_s)
    return (
        f"{len(found.took_s)} times up or down, the longest {max(found.took_s):.1f} s; "
        f"{len(till.took_s)} sales, the slowest {slowest_s[0]:.2f} s; {len(found.answers)} "
        f"answers, the slowest {slowest_s[1]:.2f} s; {till.reports} reports"
    )
