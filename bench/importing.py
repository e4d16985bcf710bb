"""P18 and P22: orders of the shop from a CSV file, beside COPY of the rows they become."""

import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

from bench import servers
from commerce.goods.products import Product
from commerce.goods.shop_names import Sharer
from commerce.lives.lives import Live
from commerce.people.members import Member
from commerce.rules import load_rules
from commerce.store import migrate
from commerce.work import Office, Work
from qianxing import app, importing, sheets
from qianxing.settings import load_settings
from tests.databases import empty_database

HEAD = "订单号,商品编码,数量,实付金额,运费,订单状态,退款金额,直播间,分享员,支付时间,收货时间,买家ID"
SHARERS = 1_000
PRODUCTS = 20
TURNS = 3
KIND = importing.KINDS["orders"]
MADE = {
    "members": "state = 'visitor'",
    "identities": "channel = 'shop'",
    "orders": "true",
}
"""What an import adds rows to, and which of them it made; whoever is pointed at comes first."""


def run(quick: bool) -> list[dict[str, Any]]:
    size = 20_000 if quick else 1_000_000
    small = max(size // 100, 5_000)
    with tempfile.TemporaryDirectory() as kept, _office() as office, _office() as twin:
        folder = Path(kept)
        few = [_ours(office, folder, f"few{turn}", small) for turn in range(TURNS)]
        _floor(office, twin, folder)
        ours, floor = [], []
        for turn in range(TURNS if quick else 1):
            ours.append(_ours(office, folder, f"t{turn}", size))
            floor.append(_floor(office, twin, folder))
    took_s, floor_s = statistics.median(ours), statistics.median(floor)
    each_s, each_small_s = took_s / size, statistics.median(few) / small
    return [
        _row("P18", f"import {size:,} orders, rows/s", size / took_s, size / floor_s, ">0.1"),
        _row("P22", f"a row at {size:,} against {small:,}, s", each_s, each_small_s, "<1.3"),
    ]


def _row(id: str, job: str, ours: float, floor: float, goal: str) -> dict[str, Any]:
    ratio, limit = ours / floor, float(goal[1:])
    return {
        "id": id,
        "job": job,
        "ours": f"{ours:,.4g}",
        "floor": f"{floor:,.4g}",
        "ratio": f"{ratio:.3f}",
        "goal": f"{'≥' if goal[0] == '>' else '≤'} {limit} ×",
        "met": ratio >= limit if goal[0] == ">" else ratio <= limit,
    }


@contextmanager
def _office() -> Iterator[Office]:
    with tempfile.TemporaryDirectory() as folder, empty_database("postgres", Path(folder)) as url:
        settings = load_settings({**servers.environment(Path(folder)), "DATABASE_URL": url})
        office = app.build(settings, load_rules(Path("config.yaml"))).office
        migrate.upgrade(office.engine)
        with office.work() as work:
            _people(work)
        yield office
        office.engine.dispose()


def _people(work: Work) -> None:
    """A thousand sharers, each under the one before it; some products, one live."""
    stars = [
        Member(state="joined", nickname=f"s{n}", rank=1, created_at=work.now, joined_at=work.now)
        for n in range(SHARERS)
    ]
    work.session.add_all(stars)
    work.session.flush()
    for above, below in pairwise(stars):
        below.parent_id, below.inviter_id, below.seat = above.id, above.id, 1
    for number, star in enumerate(stars):
        work.session.add(Sharer(name=f"s{number}", member_id=star.id))
    prices = {"cost_fen": 30_00, "supply_fen": 50_00, "price_fen": 99_00, "commission_bp": 2000}
    for number in range(1, PRODUCTS + 1):
        work.session.add(Product(id=number, code=f"P{number}", title="x", **prices))
    at = work.now - timedelta(days=2)
    work.session.add(
        Live(id=1, title="x", host_id=stars[0].id, state="live", planned_at=at, started_at=at)
    )


def _ours(office: Office, folder: Path, name: str, size: int) -> float:
    path = folder / f"{name}.csv"
    _write(path, name, size)
    started = time.perf_counter()
    known = importing.table(KIND, sheets.read(path))
    report = importing.run(office, KIND, known, folder / "refused.csv")
    took_s = time.perf_counter() - started
    assert report.came == {"new": size}, (report.came, report.first[:3])
    return took_s


def _write(path: Path, name: str, size: int) -> None:
    """A buyer in three, a moment each, every second one in the live."""
    last = datetime.now(UTC) - timedelta(days=1)
    with path.open("w", encoding="utf-8") as file:
        print(HEAD, file=file)
        for n in range(size):
            live = "场次 1" if n % 2 else ""
            fen, product = 1000 + n % 9000, n // 7 % PRODUCTS + 1
            paid = f"{last - timedelta(seconds=n % 90_000):%Y-%m-%d %H:%M:%S}"
            print(
                f"{name}{n},P{product},1,{fen // 100}.{fen % 100:02d},0.00,已完成,0.00,{live},"
                f"s{n % SHARERS},{paid},{paid},{name}{n // 3}",
                file=file,
            )


def _floor(office: Office, twin: Office, folder: Path) -> float:
    """COPY of the rows that were added, into the same tables of another database."""
    with _raw(twin) as cursor:
        for table in MADE:
            cursor.execute(f"SELECT coalesce(max(id), 0) FROM {table}")
            with (folder / table).open("wb") as file, _raw(office) as read:
                picked = f"SELECT * FROM {table} WHERE id > {cursor.fetchone()[0]}"
                with read.copy(f"COPY ({picked} AND {MADE[table]}) TO STDOUT") as copy:
                    file.writelines(copy)
    started = time.perf_counter()
    with _raw(twin) as cursor:
        for table in MADE:
            with (folder / table).open("rb") as file, cursor.copy(f"COPY {table} FROM STDIN") as to:
                while piece := file.read(1 << 16):
                    to.write(piece)
    return time.perf_counter() - started


@contextmanager
def _raw(office: Office) -> Iterator[Any]:
    with office.engine.connect() as connection:
        cursor = connection.connection.cursor()
        yield cursor
        cursor.close()
        connection.connection.commit()
