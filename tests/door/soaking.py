"""What a soak needs: people who never stop asking, evenings that never stop, and a look at what the
processes hold on to."""

import asyncio
import itertools
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import psutil
from sqlalchemy import func, select, text

from commerce import agenda
from commerce.goods.products import Product
from commerce.lives.lotteries import Lottery, State
from commerce.money.settlement import Settlement
from commerce.work import Office, Work
from tests import big_live
from tests.commerce.draws import crowd, scheduled, starts, with_lottery
from tests.commerce.sales import product
from tests.commerce.stars import star
from tests.door.house import House
from tests.door.wire import Line, ask_until_answered, posted
from tests.door.wire import text as said

PEOPLE = 1_000
WORDS = ("规则", "进度", "帮助", "收益")
STARS, ORDERS, BOOKINGS = 100, 300, 20
FIRST_LIVE = 1_000_000
"""Their numbers are far from those the database gives."""

# The shop's own product was given the number that the first one of the tests takes.
ASIDE = "UPDATE products SET id = 0, code = 'P0'"


@dataclass
class People:
    """Each message at its time, signed then, whether the ones before were answered or not."""

    port: int
    per_s: int
    lasts_s: float
    took_s: list[tuple[float, float]] = field(default_factory=list)
    """(when it was due, how long the answer took)"""
    statuses: set[int] = field(default_factory=set)
    later: int = 0
    lines: list[Line] = field(default_factory=list)

    @property
    def connections(self) -> int:
        """Those of them that the web process has not closed."""
        return sum(bool(each.streams and not each.streams[0].at_eof()) for each in self.lines)

    def ask(self) -> None:
        asyncio.run(self._ask())

    async def _ask(self) -> None:
        free: list[Line] = []
        began, running = time.perf_counter(), set[asyncio.Task[None]]()
        for number in range(int(self.per_s * self.lasts_s)):
            at = number / self.per_s
            await asyncio.sleep(max(0.0, began + at - time.perf_counter()))
            task = asyncio.create_task(self._one(number, at, free))
            running.add(task)
            task.add_done_callback(running.discard)
        await asyncio.gather(*running)
        for line in free:
            line.close()

    async def _one(self, number: int, at: float, free: list[Line]) -> None:
        line = free.pop() if free else self._new()
        words = WORDS[number % len(WORDS)]
        callback = posted(said(f"oS{number % PEOPLE}", words, number))
        began = time.perf_counter()
        answer = await ask_until_answered(line, callback)
        self.took_s.append((at, time.perf_counter() - began))
        self.statuses.add(answer.status)
        self.later += answer.body == b"success"
        free.append(line)

    def _new(self) -> Line:
        self.lines.append(Line(self.port))
        return self.lines[-1]


def p99_ms(took_s: list[tuple[float, float]], first_s: float, last_s: float) -> float:
    """Of the answers to what was due between these."""
    found = sorted(took for at, took in took_s if first_s <= at < last_s)
    return found[int(len(found) * 0.99)] * 1_000


@dataclass
class Evenings:
    """One live after the other is sold, settled and drawn by the workers."""

    office: Office
    every_s: float
    over: threading.Event = field(default_factory=threading.Event)
    count: int = 0

    def open_shop(self) -> None:
        big_live.open_shop(self.office, stars=STARS)

        def goods(work: Work) -> None:
            work.session.execute(text(ASIDE))
            product(work, pieces=10**9)

        self.office.do(goods)

    def go_on(self) -> None:
        while not self.over.wait(self.every_s):
            self._one(FIRST_LIVE + self.count)
            self.count += 1

    def _one(self, live_id: int) -> None:
        big_live.sell(self.office, live_id, ORDERS, stars=STARS)

        def ends(work: Work) -> None:
            agenda.plan(work, "settle", key=f"settle:{live_id}", place=str(live_id))
            goods = work.session.get_one(Product, 1)
            live = scheduled(work, star(work, f"主播{live_id}"))
            secret = live_id.to_bytes(32, "big")
            with_lottery(work, live, winners=3, threshold=10, goods=goods, secret=secret)
            crowd(work, live, BOOKINGS)
            starts(work, live)

        self.office.do(ends)

    def standing(self) -> tuple[int, int]:
        """How many are drawn, and how many are settled, perhaps in several runs."""
        with self.office.reading() as work:
            drawn = select(func.count()).where(Lottery.state == State.DRAWN)
            places = select(func.count(Settlement.place.distinct()))
            settled = places.where(Settlement.finished_at.is_not(None))
            return work.session.scalar(drawn) or 0, work.session.scalar(settled) or 0

    def are_settled_and_drawn(self) -> bool:
        return self.standing() == (self.count, self.count)


@dataclass
class Watch:
    """Memory and open files of every process of the house, every second."""

    house: House
    connections: Callable[[], int]
    over: threading.Event = field(default_factory=threading.Event)
    seen: dict[str, list[tuple[float, float, int]]] = field(default_factory=dict)
    """By process: (seconds, MB, files open but for people's connections)"""

    def watch(self) -> None:
        began = time.monotonic()
        for _ in itertools.takewhile(lambda _: not self.over.wait(1.0), itertools.count()):
            for name, process in self.house.processes.items():
                there = psutil.Process(process.pid)
                files = there.num_fds() - (self.connections() if name.startswith("serve") else 0)
                mb = there.memory_info().rss / 2**20
                kind = name.split("-")[0]
                self.seen.setdefault(kind, []).append((time.monotonic() - began, mb, files))

    def mb_per_minute(self, name: str, after_s: float) -> float:
        """The slope of the line through what was seen after so many seconds."""
        points = [(at, mb) for at, mb, _ in self.seen[name] if at >= after_s]
        middle_s = sum(at for at, _ in points) / len(points)
        middle_mb = sum(mb for _, mb in points) / len(points)
        rise = sum((at - middle_s) * (mb - middle_mb) for at, mb in points)
        return 60 * rise / sum((at - middle_s) ** 2 for at, _ in points)

    def more_files(self, name: str, after_s: float) -> int:
        """Between the middle of the first and of the last quarter of what was seen after that."""
        files = [files for at, _, files in self.seen[name] if at >= after_s]
        part = max(1, len(files) // 4)
        return sorted(files[-part:])[part // 2] - sorted(files[:part])[part // 2]
