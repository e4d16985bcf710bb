"""P13, P14 and P22: a big lottery is frozen, drawn, published and verified, beside bare hashing."""

import hashlib
import heapq
import hmac
import json
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import text

from bench.settlement import offices
from commerce.lives import draw, drawing, lotteries
from commerce.lives.lotteries import Lottery, State
from commerce.people.members import Member
from commerce.work import Office, Work
from tests.commerce.draws import scheduled, starts, with_lottery

WINNERS = 10
SECRET = b"b" * 32
TURNS = 3

# The shop's own product was given the number and the name that the first prize takes.
ASIDE = "UPDATE products SET id = 0, code = 'P0'"
CROWD = """
INSERT INTO bookings (live_id, member_id, number, booked_at)
SELECT :live, id, row_number() OVER (ORDER BY id), now() FROM members ORDER BY id LIMIT :size
"""
COUNTED = "UPDATE booking_counts SET last_number = :size, booked = :size WHERE live_id = :live"
COPY_OUT = """
COPY (SELECT lpad(number::text, 6, '0') || '-01' FROM bookings
  WHERE live_id = {live} AND cancelled_at IS NULL AND member_id <> 1 ORDER BY number) TO STDOUT
"""


def run(quick: bool) -> list[dict[str, Any]]:
    size, small = (100_000, 10_000) if quick else (1_000_000, 10_000)
    with offices(stars=size) as office:
        with office.engine.begin() as connection:
            connection.execute(text(ASIDE))
        ours, floor, little = [], [], []
        for _ in range(TURNS):
            lottery_id, live_id = _lottery(office, size)
            floor.append(_timed(partial(_floor, office, live_id)))
            ours.append(_timed(partial(_ours, office, lottery_id)))
            lottery_id, _ = _lottery(office, small)
            little.append(_timed(partial(_ours, office, lottery_id)))
    took_s, floor_s, little_s = map(statistics.median, (ours, floor, little))
    growth = (took_s / size) / (little_s / small)
    rows = [
        _row("P13", f"lottery of {size:,}: freeze, draw, publish, s", took_s, floor_s, 2.0),
        _row("P22", f"a booking at {size:,} against {small:,}, s", took_s, little_s, 1.3, growth),
    ]
    return [*rows, _verified(size)]


def _verified(size: int) -> dict[str, Any]:
    """The whole command, its start and the reading of the file included."""
    tickets = [draw.ticket(number, 1) for number in range(1, size + 1)]
    record = draw.build("LT2026", secrets.token_hex(32), "", WINNERS, tickets)
    ours, floor = [], []
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "record.json")
        file.write_text(json.dumps(record))
        words = [sys.executable, "-m", "qianxing.cli", "lottery", "verify", str(file)]
        command = partial(subprocess.run, words, check=True, capture_output=True)
        for _ in range(TURNS):
            floor.append(_timed(partial(_redraw, bytes.fromhex(record["secret"]), tickets)))
            ours.append(_timed(command))
    took_s, floor_s = statistics.median(ours), statistics.median(floor)
    return _row("P14", f"`lottery verify` of {size:,} tickets, s", took_s, floor_s, 1.5)


def _row(
    id: str, job: str, ours: float, floor: float, limit: float, ratio: float | None = None
) -> dict[str, Any]:
    ratio = ours / floor if ratio is None else ratio
    return {
        "id": id,
        "job": job,
        "ours": f"{ours:.3g}",
        "floor": f"{floor:.3g}",
        "ratio": f"{ratio:.2f}",
        "goal": f"≤ {limit} ×",
        "met": ratio <= limit,
    }


def _timed(act: Callable[[], object]) -> float:
    started = time.perf_counter()
    act()
    return time.perf_counter() - started


def _lottery(office: Office, size: int) -> tuple[int, int]:
    """Booked by so many and started: its id and the live's."""

    def announced(work: Work) -> tuple[int, int]:
        live = scheduled(work, work.session.get_one(Member, 1))
        secret = hashlib.sha256(SECRET + str(live.id).encode()).digest()
        _, lottery = with_lottery(work, live, winners=WINNERS, threshold=100, secret=secret)
        for statement in (CROWD, COUNTED):
            work.session.execute(text(statement), {"live": live.id, "size": size})
        lotteries.reach(work, lottery)
        starts(work, live)
        return lottery.id, live.id

    ids = office.do(announced)
    with office.engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("VACUUM ANALYZE"))
    return ids


def _ours(office: Office, lottery_id: int) -> None:
    """The two tasks, as the worker runs them."""
    for task in (drawing.freeze, drawing.run):
        office.do(partial(task, lottery_id=lottery_id))
    with office.reading() as work:
        assert work.session.get_one(Lottery, lottery_id).state == State.DRAWN


def _floor(office: Office, live_id: int) -> None:
    """The list copied out, its fingerprint, and the best scores, with nothing around them."""
    with office.engine.connect() as connection:
        driver: Any = connection.connection.driver_connection
        with driver.cursor() as cursor, cursor.copy(COPY_OUT.format(live=live_id)) as copy:
            tickets = b"".join(bytes(piece) for piece in copy).decode().split()
    _redraw(SECRET, tickets)


def _redraw(secret: bytes, tickets: list[str]) -> list[tuple[bytes, str]]:
    digest = hashlib.sha256("\n".join(tickets).encode()).hexdigest()
    prefix, score = f"{digest}::".encode(), hmac.digest
    scored = ((score(secret, prefix + one.encode(), "sha256"), one) for one in tickets)
    return heapq.nsmallest(WINNERS, scored)
