"""P5, P6 and P7: a flash offer under a crowd, beside FastAPI with one function, and one hot row."""

import contextlib
import itertools
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import psycopg
from sqlalchemy import make_url, text

from commerce.goods import flash
from commerce.goods.flash import Placed, Wish
from tests.databases import emptied, empty_database
from tests.door.house import free_port, is_alive
from tests.flash_crowd import PRICE_FEN, Crowd, Evening, Shop, opens, request, token
from tests.waiting import eventually

CLIENTS, SEATS, BUYERS = 32, 100, 2_000
TURNS = 3
ROW_CLIENTS = 8
BATCH = 64
FORGETS_S = 1.0
"""Ids begin anew with every evening here: what was known of the one before is over by then."""
DOUBTING = (
    "from web.api import flash_desk; flash_desk.BELIEVED_S = -1.0; "
    "from qianxing.cli import main; main(['serve', '--port', '{port}'])"
)
"""The same server, which asks the database every time."""

FLOOR = """
CREATE TABLE floor_offer (id int PRIMARY KEY, sold int NOT NULL, seats int NOT NULL);
CREATE TABLE floor_orders (buyer_id bigint PRIMARY KEY, seat_no int NOT NULL, at timestamptz);
CREATE TABLE floor_rows (id bigserial PRIMARY KEY, buyer_id bigint NOT NULL, at timestamptz);
CREATE TABLE floor_stock (id int PRIMARY KEY, reserved int NOT NULL);
INSERT INTO floor_offer VALUES (1, 0, 100);
INSERT INTO floor_stock VALUES (1, 0);
CREATE FUNCTION floor_claim(buyer bigint) RETURNS int LANGUAGE plpgsql AS $$
DECLARE no int;
BEGIN
  IF EXISTS (SELECT 1 FROM floor_offer WHERE id = 1 AND sold >= seats) THEN RETURN 0; END IF;
  IF EXISTS (SELECT 1 FROM floor_orders WHERE buyer_id = buyer) THEN RETURN -1; END IF;
  UPDATE floor_offer SET sold = sold + 1 WHERE id = 1 AND sold < seats RETURNING sold INTO no;
  IF no IS NULL THEN RETURN 0; END IF;
  INSERT INTO floor_orders VALUES (buyer, no, now()) ON CONFLICT DO NOTHING;
  RETURN no;
END $$;
"""


def run(quick: bool) -> list[dict[str, Any]]:
    tries = 100 if quick else 400
    found: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as folder, empty_database("postgres", Path(folder)) as url:
        shop = Shop(Path(folder), url).migrated()
        try:
            with shop.office.engine.begin() as connection:
                connection.execute(text(FLOOR.replace(":", "\\:")))
            for _ in range(TURNS):
                for name, rate in _turn(shop, tries, quick=quick):
                    found.setdefault(name, []).append(rate)
        finally:
            shop.close()
    mid = {name: statistics.median(rates) for name, rates in found.items()}
    return [
        _row("P5", "flash tries that ask the database, per s", mid, "asks", 0.25),
        _row("P5", "the same, nearer the limit (moonshot)", mid, "asks", 0.85),
        _row("P5", "flash tries after the last seat, per s", mid, "knows", 0.4),
        _row("P5", "the same, nearer the limit (moonshot)", mid, "knows", 0.9),
        _limit("P6", "100 seats over HTTP, ms", mid["all_ms"], 500),
        _limit("P6", "a winner's own p99, ms", mid["winner_ms"], 150),
        _row("P7", "winners on one SKU, per s", mid, "winners", 0.5),
        _row("P7", "the same by group commit (moonshot)", mid, "winners", 8.0),
    ]


def _turn(shop: Shop, tries: int, *, quick: bool) -> Iterator[tuple[str, float]]:
    """One round of everything, floor and ours by turns."""
    for name, program in (("asks_floor", "asks"), ("knows_floor", "knows")):
        with _floor(shop, program) as port:
            yield name, _rate(port, _wishes(shop, None, tries))
    with _ours(shop, DOUBTING) as port:
        yield "asks", _rate(port, _wishes(shop, _evening(shop), tries))
    with _ours(shop, DOUBTING.replace("-1.0", "0.5")) as port:
        _rate(port, _wishes(shop, _evening(shop), 4))  # Everything is compiled.
        crowd = Crowd(port)
        wishes = _wishes(shop, _evening(shop), tries)
        time.sleep(FORGETS_S)
        began = time.monotonic()
        _rate(port, wishes, crowd)
        won = crowd.of(200)
        assert len(won) == SEATS, crowd.statuses
        sold_out = max(one.ended_s for one in won)
        yield "knows", _rate_after(crowd, sold_out)
        yield "all_ms", (sold_out - began) * 1000
        slowest = sorted(one.took_s for one in won)[int(SEATS * 0.99) - 1]
        yield "winner_ms", slowest * 1000
    yield "winners_floor", _row_lock(shop, 1 if quick else 4)
    yield "winners", _winners(shop, 2_000 if quick else 10_000)


def _evening(shop: Shop) -> Evening:
    emptied_but_floor(shop)
    return opens(shop.office, buyers=BUYERS, seats=SEATS)


def emptied_but_floor(shop: Shop) -> None:
    emptied(shop.office.engine)
    with shop.office.engine.begin() as connection:
        connection.execute(
            text("INSERT INTO floor_offer VALUES (1, 0, 100) ON CONFLICT DO NOTHING")
        )
        connection.execute(text("INSERT INTO floor_stock VALUES (1, 0) ON CONFLICT DO NOTHING"))


def _wishes(shop: Shop, evening: Evening | None, tries: int) -> list[list[bytes]]:
    random, keys = Random(7), itertools.count()
    buyers = evening.buyers if evening else range(1, BUYERS)
    offer_id = evening.offer_id if evening else 1
    bearers = [token(shop.office, one, offer_id) for one in buyers]
    return [
        [request(offer_id, random.choice(bearers), f"k{next(keys)}") for _ in range(tries)]
        for _ in range(CLIENTS)
    ]


def _rate(port: int, wishes: list[list[bytes]], crowd: Crowd | None = None) -> float:
    crowd = crowd or Crowd(port)
    began = time.perf_counter()
    crowd.asks(wishes)
    seconds = time.perf_counter() - began
    assert set(crowd.statuses) <= {200, 409}, crowd.statuses
    return len(crowd.heard) / seconds


def _rate_after(crowd: Crowd, sold_out: float) -> float:
    """Of those who came when the last seat was gone."""
    late = [one for one in crowd.heard if one.ended_s - one.took_s >= sold_out]
    return len(late) / (max(one.ended_s for one in late) - sold_out)


@contextlib.contextmanager
def _ours(shop: Shop, program: str) -> Iterator[int]:
    port = free_port()
    shop.runs("bench", "-c", program.format(port=port))
    assert eventually(lambda: is_alive(port), 60), shop.log("bench")
    try:
        yield port
    finally:
        shop.kill("bench")


@contextlib.contextmanager
def _floor(shop: Shop, what: str) -> Iterator[int]:
    emptied_but_floor(shop)
    port = free_port()
    words = [sys.executable, "-m", "bench.offers_floor", what, str(port), _plain(shop)]
    process = subprocess.Popen(words)
    try:
        assert eventually(lambda: is_alive(port), 60)
        yield port
    finally:
        process.terminate()
        process.wait(10)


def _plain(shop: Shop) -> str:
    """As libpq says it."""
    return make_url(shop.database_url).set(drivername="postgresql").render_as_string(False)


def _row_lock(shop: Shop, spell_s: int) -> float:
    """Transactions a second of clients who all take one from the same row, and write a line."""
    done, over = [0] * ROW_CLIENTS, time.monotonic() + spell_s
    url = _plain(shop)

    def client(place: int) -> None:
        with psycopg.connect(url) as connection:
            while time.monotonic() < over:
                connection.execute("UPDATE floor_stock SET reserved = reserved + 1 WHERE id = 1")
                connection.execute(
                    "INSERT INTO floor_rows (buyer_id, at) VALUES (%s, now())", (place,)
                )
                connection.commit()
                done[place] += 1

    threads = [threading.Thread(target=client, args=(place,)) for place in range(ROW_CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(done) / spell_s


def _winners(shop: Shop, winners: int) -> float:
    """Orders a second where everybody gets one, decided as the desk decides them."""
    emptied_but_floor(shop)
    evening = opens(shop.office, buyers=winners, seats=winners, pieces=1_000_000)
    parts = [evening.buyers[first : first + BATCH] for first in range(0, winners, BATCH)]
    began = time.perf_counter()
    for part in parts:
        wishes = [Wish(one, f"flash:{one}:k") for one in part]
        made = shop.office.do(lambda work: flash.decide(work, evening.offer_id, wishes))  # noqa: B023
        assert all(isinstance(one, Placed) and one.unit_fen == PRICE_FEN for one in made)
    return winners / (time.perf_counter() - began)


def _row(id: str, job: str, mid: dict[str, float], name: str, limit: float) -> dict[str, Any]:
    ours, beside = mid[name], mid[f"{name}_floor"]
    return {
        "id": id,
        "job": job,
        "ours": f"{ours:.0f}",
        "floor": f"{beside:.0f}",
        "ratio": f"{ours / beside:.2f}",
        "goal": f"≥ {limit} ×",
        "met": ours / beside >= limit,
    }


def _limit(id: str, job: str, ours_ms: float, limit_ms: int) -> dict[str, Any]:
    return {
        "id": id,
        "job": job,
        "ours": f"{ours_ms:.0f}",
        "floor": "—",
        "ratio": "—",
        "goal": f"≤ {limit_ms} ms",
        "met": ours_ms <= limit_ms,
    }
