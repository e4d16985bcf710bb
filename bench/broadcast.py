"""P17: reminders to very many in one process, against a bare client with as many connections."""

import asyncio
import json
import multiprocessing
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch

from sqlalchemy import select

from bot.pictures.template import SHIPPED
from bot.platforms.crowd import CUSTOM, Crowd
from bot.platforms.wechat import Account, WeChat
from commerce.lives import broadcasting
from commerce.lives.broadcasts import Part
from commerce.lives.lives import Live
from commerce.rules import load_rules
from commerce.work import Office
from jobs import broadcast
from jobs.broadcast import IN_FLIGHT, broadcast_part
from jobs.shop import Shop
from qianxing import app
from tests.audience import Guest, a_live, book_all, quick
from tests.databases import migrated
from tests.platforms.many import Many, serving

DATABASE = "postgres"
RATES = (100, 500)  # messages a second
PACED_S = 10


def run(quick_run: bool) -> list[dict[str, Any]]:
    size, rounds = (10_000, 3) if quick_run else (100_000, 3)
    with (
        tempfile.TemporaryDirectory() as folder,
        platform() as url,
        migrated(DATABASE, Path(folder)) as engine,
    ):
        office = Office(engine, quick(load_rules(Path("config.yaml"))), lambda: datetime.now(UTC))
        shop = _shop(office, url, Path(folder))
        live_id = _booked(office, size)
        ours, floor = [], []
        for number in range(rounds):
            floor.append(_bare(shop, size))
            ours.append(_all(shop, live_id, number, size))
        kept = {rate: _paced(shop, live_id, rate) for rate in RATES}
    fast, bare = statistics.median(ours), statistics.median(floor)
    job = f"reminders to {size:,}, messages/s; bare client, {IN_FLIGHT} connections"
    return [
        _row(job, round(fast), round(bare), round(fast / bare, 2), 0.3, fast >= 0.3 * bare),
        *(_kept(rate, found) for rate, found in kept.items()),
    ]


def _kept(rate: int, found: float) -> dict[str, Any]:
    ratio = found / rate
    met = abs(ratio - 1) <= 0.01
    return _row("configured rate, messages/s", round(found, 1), rate, round(ratio, 3), "± 1 %", met)


@contextmanager
def platform() -> Iterator[str]:
    """A stub in a process of its own."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(theirs,))
    process.start()
    try:
        yield str(ours.recv())
    finally:
        process.terminate()
        process.join()


def _serve(pipe: Any) -> None:
    stub = Many(keeps=False)
    with serving(stub):
        pipe.send(stub.url)
        time.sleep(100_000)


def _shop(office: Office, url: str, folder: Path) -> Shop:
    wechat = WeChat(Account("wx", "secret", url, url), None, office.clock)
    return Shop(office, app.bot(office.rules, "https://star.example"), wechat, folder, SHIPPED)


def _booked(office: Office, size: int) -> int:
    with office.work() as work:
        live_id = a_live(work).id
    book_all(office, live_id, (Guest(number) for number in range(1, size + 1)))
    return live_id


def _begun(office: Office, live_id: int, key: str, **more: Any) -> list[int]:
    with office.work() as work:
        live = work.session.get_one(Live, live_id)
        facts = {"live": live.title, "at": live.planned_at.isoformat()}
        broadcasting.begin(work, live, "live_moved", key=key, facts=facts, **more)
    with office.reading() as work:
        rows = select(Part.id).where(Part.finished_at.is_(None)).order_by(Part.id)
        return list(work.session.scalars(rows))


def _all(shop: Shop, live_id: int, number: int, size: int) -> float:
    parts = _begun(shop.office, live_id, f"bench:{number}")
    broadcast.TURN_S = 1_000.0
    began = time.perf_counter()
    for part_id in parts:
        broadcast_part(shop, part_id)
    return size / (time.perf_counter() - began)


def _bare(shop: Shop, size: int) -> float:
    """The same bodies over as many connections, and nothing else."""

    async def ask() -> float:
        crowd = Crowd(shop.wechat)
        left = iter(range(size))
        body = {"touser": "o-1", "msgtype": "text", "text": {"content": "改时间了" * 20}}

        async def one() -> None:
            for _ in left:
                await crowd.send(CUSTOM, json.dumps(body, ensure_ascii=False).encode())

        began = time.perf_counter()
        await asyncio.gather(*(one() for _ in range(IN_FLIGHT)))
        took = time.perf_counter() - began
        await crowd.close()
        return size / took

    return asyncio.run(ask())


def _paced(shop: Shop, live_id: int, rate: int) -> float:
    """How many a second there are over ten seconds where so many are allowed."""
    shop.office.rules = quick(shop.office.rules, per_second=rate)
    numbers = list(range(1, rate * PACED_S + 1))
    parts = _begun(shop.office, live_id, f"bench:paced:{rate}", only=numbers)
    at: list[float] = []
    send = Crowd.send

    async def timed(crowd: Crowd, api: str, body: bytes) -> None:
        at.append(time.perf_counter())
        await send(crowd, api, body)

    time.sleep(1)  # What was sent at another rate is over.
    with patch.object(Crowd, "send", timed):
        for part_id in parts:
            broadcast_part(shop, part_id)
    assert len(at) == len(numbers)
    return (len(at) - 1) / (max(at) - min(at))


def _row(job: str, ours: Any, floor: Any, ratio: Any, goal: Any, met: bool) -> dict[str, Any]:
    shown = {"ours": ours, "floor": floor, "ratio": ratio}
    return {"id": "P17", "job": job, **shown, "goal": goal, "met": met}
