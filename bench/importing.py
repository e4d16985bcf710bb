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

from sqlalchemy import text

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
TURNS = 3
KIND = importing.KINDS["orders"]


def run(quick: bool) -> list[dict[str, Any]]:
    size = 20_000 if quick else 1_000_000
    with _office() as office, tempfile.TemporaryDirectory() as folder:
        small_s = _ours(office, Path(folder), "small", max(size // 100, 2_000)) / max(
            size // 100, 2_000
        )
        turns = TURNS if quick else 1
        ours, floor = [], []
        for turn in range(turns):
            ours.append(_ours(office, Path(folder), f"t{turn}", size))
            floor.append(_copy(office, f"t{turn}"))
        took_s, floor_s = statistics.median(ours), statistics.median(floor)
    growth = took_s / size / small_s
    return [
        {
            "id": "P18",
            "job": f"import {size:,} orders, rows/s",
            "ours": f"{size / took_s:,.0f}",
            "floor": f"{size / floor_s:,.0f}",
            "ratio": f"{floor_s / took_s:.3f}",
            "goal": "≥ 0.1 ×",
            "met": floor_s / took_s >= 0.1,
        },
        {
            "id": "P22",
            "job": f"a row at {size:,} against {max(size // 100, 2_000):,}",
            "ours": f"{took_s / size:.4g}",
            "floor": f"{small_s:.4g}",
            "ratio": f"{growth:.2f}",
            "goal": "≤ 1.3 ×",
            "met": growth <= 1.3,
        },
    ]


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
    """A thousand sharers, each under the one before it; one product, one live."""
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
    work.session.add(Product(id=1, code="P1", title="x", **prices))
    at = work.now - timedelta(days=2)
    work.session.add(
        Live(id=1, title="x", host_id=stars[0].id, state="live", planned_at=at, started_at=at)
    )


def _ours(office: Office, folder: Path, name: str, size: int) -> float:
    path = folder / f"{name}.csv"
    paid = datetime.now(UTC) - timedelta(days=1)
    with path.open("w", encoding="utf-8") as file:
        print(HEAD, file=file)
        for n in range(size):
            live = "场次 1" if n % 2 else ""
            fen = 1000 + n % 9000
            print(
                f"{name}{n},P1,1,{fen // 100}.{fen % 100:02d},0.00,已完成,0.00,{live},"
                f"s{n % SHARERS},{paid:%Y-%m-%d %H:%M:%S},{paid:%Y-%m-%d %H:%M:%S},b{n // 3}",
                file=file,
            )
    started = time.perf_counter()
    known = importing.table(KIND, sheets.read(path))
    report = importing.run(office, KIND, known, folder / "refused.csv")
    took_s = time.perf_counter() - started
    assert report.came == {"new": size}, (report.came, report.first[:3])
    return took_s


def _copy(office: Office, name: str) -> float:
    """The same rows into a table with the same columns, checks and indexes."""
    with office.engine.connect() as connection:
        raw = connection.connection.driver_connection
        assert raw is not None
        cursor = raw.cursor()
        picked = f"SELECT * FROM orders WHERE key LIKE 'shop:{name}%'"
        with cursor.copy(f"COPY ({picked}) TO STDOUT") as copy:
            data = b"".join(copy)
        cursor.execute("CREATE TABLE floor (LIKE orders INCLUDING ALL)")
        raw.commit()
        started = time.perf_counter()
        with cursor.copy("COPY floor FROM STDIN") as copy:
            copy.write(data)
        raw.commit()
        took_s = time.perf_counter() - started
        connection.execute(text("DROP TABLE floor"))
        connection.commit()
        return took_s
