"""P8, P9, P10 and P22: a big live is settled, beside the bare SQL that writes the same rows."""

import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, text

from bench import servers
from commerce.fen import part_floor
from commerce.goods.orders import Order
from commerce.money import ledger, settlement
from commerce.money.earnings import Earning, earning_lines
from commerce.money.ledger import Move
from commerce.rules import load_rules
from commerce.store import migrate
from commerce.work import Office, Work
from qianxing import app
from qianxing.settings import load_settings
from tests import big_live
from tests.databases import empty_database

LOOPED = 2_000
TURNS = 3

FLOOR_RUN = """
INSERT INTO settlements (place, run_no, started_at, upto_id, batches, orders, lines, earned_fen)
VALUES (:place, 1, now(), 0, 0, 0, 0, 0) RETURNING id
"""
FLOOR_LINES = """
INSERT INTO earnings (order_id, part, kind, member_id, settlement_id, base_fen, rate_bp,
  amount_fen, reversed_fen, state, created_at, awaits_operator)
SELECT id, 1, 'sales_commission', promoter_id, :run, base_fen, sales_bp,
  base_fen * sales_bp / 10000, 0, 'pending', now(), false
FROM orders WHERE id > :after AND id <= :upto
UNION ALL
SELECT id, 2, 'team_reward', parent_id, :run, base_fen, tier2_bp, base_fen * tier2_bp / 10000,
  0, 'pending', now(), false FROM orders WHERE id > :after AND id <= :upto
UNION ALL
SELECT id, 3, 'team_reward', grandparent_id, :run, base_fen, tier3_bp, base_fen * tier3_bp / 10000,
  0, 'pending', now(), false FROM orders WHERE id > :after AND id <= :upto
"""
FLOOR_POSTINGS = """
INSERT INTO postings (entry_id, account, amount_fen)
SELECT :entry, 'member\\:' || member_id || '\\:pending', sum(amount_fen) FROM earnings
WHERE order_id > :after AND order_id <= :upto GROUP BY member_id
"""
FLOOR_BALANCES = """
INSERT INTO balances (account, balance_fen, is_debt)
SELECT account, amount_fen, false FROM postings WHERE entry_id = :entry
ON CONFLICT (account) DO UPDATE SET balance_fen = balances.balance_fen + excluded.balance_fen
"""


def run(quick: bool) -> list[dict[str, Any]]:
    size = 100_000 if quick else 1_000_000
    with offices() as office:
        lives = iter(range(1, 1000))
        ours, floor = [], []
        for _ in range(TURNS):
            floor.append(_timed(office, next(lives), size, partial(_floor, office)))
            ours.append(_timed(office, next(lives), size, partial(_ours, office)))
        before_kb = _resident_kb()
        small_s = _timed(office, next(lives), size // 10, partial(_ours, office))
        loop_s = _timed(office, next(lives), LOOPED, partial(_loop, office))
        grown_mb = part_floor(_resident_kb() - before_kb, 1, 1024)
    took_s, floor_s = statistics.median(ours), statistics.median(floor)
    each_s, each_loop_s = took_s / size, loop_s / LOOPED
    growth = each_s / (small_s / (size // 10))
    inside = 7200 / (each_s * 1_000_000)
    return [
        _row("P8", f"settle {size:,} orders, s", took_s, floor_s, took_s / floor_s, "≤ 1.5 ×", 1.5),
        _row("P9", "1 M orders inside 2 h", took_s, 7200, inside, "≥ 180 ×", -180),
        _row(
            "P9",
            "against one order at a time",
            each_s,
            each_loop_s,
            each_loop_s / each_s,
            "≥ 25 ×",
            -25,
        ),
        _row("P10", "memory of the settling process, MB", grown_mb, 0, grown_mb, "≤ 150 MB", 150),
        _row(
            "P22",
            f"a line at {size:,} against {size // 10:,}",
            each_s,
            small_s,
            growth,
            "≤ 1.3 ×",
            1.3,
        ),
    ]


def _row(
    id: str, job: str, ours: float, floor: float, ratio: float, goal: str, limit: float
) -> dict[str, Any]:
    met = ratio <= limit if limit > 0 else ratio >= -limit
    return {
        "id": id,
        "job": job,
        "ours": f"{ours:.4g}",
        "floor": f"{floor:.4g}",
        "ratio": f"{ratio:.2f}",
        "goal": goal,
        "met": met,
    }


@contextmanager
def offices(stars: int = big_live.MEMBERS) -> Iterator[Office]:
    """On a database of its own at the server the tests use, with a shop and so many stars."""
    with tempfile.TemporaryDirectory() as folder, empty_database("postgres", Path(folder)) as url:
        settings = load_settings({**servers.environment(Path(folder)), "DATABASE_URL": url})
        office = app.build(settings, load_rules(Path("config.yaml"))).office
        migrate.upgrade(office.engine)
        big_live.open_shop(office, stars=stars)
        yield office
        office.engine.dispose()


def _timed(office: Office, live: int, orders: int, settle: Callable[[int], None]) -> float:
    big_live.sell(office, live, orders)
    with office.engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("VACUUM ANALYZE"))
    started = time.perf_counter()
    settle(live)
    return time.perf_counter() - started


def _ours(office: Office, live: int) -> None:
    run = settlement.settle(office, str(live))
    assert run is not None
    assert run.finished_at is not None


def _floor(office: Office, live: int) -> None:
    """The same rows in the same chunks, with nothing around them."""
    with office.engine.begin() as connection:
        run = connection.execute(text(FLOOR_RUN), {"place": str(live)}).scalar_one()
        found = "SELECT min(id) - 1, max(id) FROM orders WHERE live_id = :live"
        after, last = connection.execute(text(found), {"live": live}).one()
    while after < last:
        with office.engine.begin() as connection:
            _floor_chunk(connection, run, after, min(after + settlement.BATCH, last))
        after += settlement.BATCH


def _floor_chunk(connection: Connection, run: int, after: int, upto: int) -> None:
    made = "INSERT INTO journal_entries (key, posted_at) VALUES (:key, now()) RETURNING id"
    entry = connection.execute(text(made), {"key": f"floor:{run}:{upto}"}).scalar_one()
    values = {"run": run, "after": after, "upto": upto, "entry": entry}
    marked = "UPDATE orders SET settlement_id = :run WHERE id > :after AND id <= :upto"
    for statement in (marked, FLOOR_LINES, FLOOR_POSTINGS, FLOOR_BALANCES):
        connection.execute(text(statement), values)


def _loop(office: Office, live: int) -> None:
    """One order at a time, each with its lines and its entry: how one would write it first."""
    with office.reading() as work:
        found = "SELECT id FROM orders WHERE live_id = :live"
        ids = list(work.session.scalars(text(found), {"live": live}))
    for order_id in ids:
        office.do(partial(_settle_one, order_id=order_id))


def _settle_one(work: Work, order_id: int) -> None:
    order = work.session.get_one(Order, order_id, with_for_update=True)
    lines = earning_lines(order)
    for line in lines:
        values = {name: getattr(line, name) for name in ("part", "kind", "member_id")}
        made = Earning(order_id=order.id, base_fen=line.base_fen, rate_bp=line.rate_bp, **values)
        made.amount_fen, made.created_at = line.amount_fen, datetime.now(UTC)
        work.session.add(made)
    source = ledger.escrow(order.escrow or "")
    moves = [Move(source, ledger.pending(line.member_id), line.amount_fen) for line in lines]
    earned_fen = sum(line.amount_fen for line in lines)
    moves.append(Move(source, ledger.SALES, order.base_fen - earned_fen))
    ledger.post(work, f"loop:{order.id}", *moves)


def _resident_kb() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
