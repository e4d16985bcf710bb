"""P11 and P12: postings one at a time, beside the ORM, each other and pgbench."""

import os
import re
import shutil
import statistics
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import make_url
from sqlalchemy.orm import Session

from bench.settlement import offices
from commerce.money import ledger
from commerce.money.ledger import Balance, JournalEntry, Move, Posting
from commerce.work import Office, Work

CLIENTS = 8
TURNS = 3
PGBENCH = "/usr/lib/postgresql/*/bin/pgbench"


def run(quick: bool) -> list[dict[str, Any]]:
    number = 1_000 if quick else 5_000
    spell_s = 4 if quick else 15
    with offices() as office:
        keys = count(1)
        ours, orm, raw = [], [], []
        for _ in range(TURNS):
            orm.append(_each(number, partial(_orm, office, keys)))
            ours.append(_each(number, partial(_ours, office, keys)))
            raw.append(_each(number, partial(_raw, office, keys)))
        shared, disjoint = [], []
        for _ in range(TURNS):
            disjoint.append(_together(spell_s, office, keys, shared=False))
            shared.append(_together(spell_s, office, keys, shared=True))
        tpcb = _pgbench(office, spell_s)
    per_orm, per_ours, per_raw = map(statistics.median, (orm, ours, raw))
    together, apart = statistics.median(shared), statistics.median(disjoint)
    return [
        _row("P11", "an order's posting, per s", per_ours, per_orm, "≥ 1.5 × plain ORM", 1.5),
        _row("P11", "the same against a raw cursor (moonshot)", per_ours, per_raw, "0.9 ×", 0.9),
        _row("P12", "8 clients, platform's account, per s", together, apart, "≥ 0.95 ×", 0.95),
        _row("P12", "the same against pgbench TPC-B", together, tpcb, "≥ 0.15 ×", 0.15),
    ]


def _row(id: str, job: str, ours: float, floor: float, goal: str, limit: float) -> dict[str, Any]:
    ratio = ours / floor if floor else 0.0
    return {
        "id": id,
        "job": job,
        "ours": f"{ours:.0f}",
        "floor": f"{floor:.0f}",
        "ratio": f"{ratio:.2f}",
        "goal": goal,
        "met": ratio >= limit,
    }


def _changes(number: int) -> dict[str, int]:
    """Five legs of a sale: what a promoter, a parent and a grandparent get, and the rest."""
    first = 1 + number % 1000
    people = {ledger.pending(first + place): 100 * (3 - place) for place in range(3)}
    return {**people, ledger.SALES: 9_400 - 600, ledger.WORLD: -9_400}


def _each(number: int, act: Callable[[], None]) -> float:
    started = time.perf_counter()
    for _ in range(number):
        act()
    return number / (time.perf_counter() - started)


def _ours(office: Office, keys: Iterator[int]) -> None:
    number = next(keys)
    moves = [
        Move(ledger.WORLD, account, fen) for account, fen in _changes(number).items() if fen > 0
    ]
    office.do(lambda work: ledger.post(work, f"bench:{number}", *moves))


def _orm(office: Office, keys: Iterator[int]) -> None:
    number = next(keys)
    with Session(office.engine) as session, session.begin():
        entry = JournalEntry(key=f"bench:{number}", posted_at=office.clock())
        session.add(entry)
        session.flush()
        for account, fen in sorted(_changes(number).items()):
            if ledger.has_limit(account):
                row = session.get(Balance, account, with_for_update=True)
                if row is None:
                    row = Balance(account=account, balance_fen=0, is_debt=False)
                    session.add(row)
                row.balance_fen += fen
            session.add(Posting(entry_id=entry.id, account=account, amount_fen=fen))


RAW_ENTRY = "INSERT INTO journal_entries (key, posted_at) VALUES (%s, now()) RETURNING id"
RAW_POSTING = "INSERT INTO postings (entry_id, account, amount_fen) VALUES (%s, %s, %s)"
RAW_BALANCE = (
    "INSERT INTO balances (account, balance_fen, is_debt) VALUES (%s, %s, false) ON CONFLICT"
    " (account) DO UPDATE SET balance_fen = balances.balance_fen + excluded.balance_fen"
)


def _raw(office: Office, keys: Iterator[int]) -> None:
    number = next(keys)
    connection = office.engine.raw_connection()
    cursor = connection.cursor()
    cursor.execute(RAW_ENTRY, (f"bench:{number}",))
    entry_id = cursor.fetchone()[0]  # type: ignore[index]
    for account, fen in sorted(_changes(number).items()):
        cursor.execute(RAW_POSTING, (entry_id, account, fen))
        if ledger.has_limit(account):
            cursor.execute(RAW_BALANCE, (account, fen))
    connection.commit()
    connection.close()


def _together(spell_s: float, office: Office, keys: Iterator[int], *, shared: bool) -> float:
    """Postings a second of eight clients, all to the platform or each to one of its own."""
    done = [0] * CLIENTS
    over = time.monotonic() + spell_s

    def client(place: int) -> None:
        while time.monotonic() < over:
            number = next(keys)
            target = ledger.SALES if shared else f"platform:{place}"
            mine = ledger.pending(10_000 + place)
            moves = (Move(ledger.WORLD, target, 8_800), Move(ledger.WORLD, mine, 600))
            office.do(partial(_post, key=f"bench:{number}", moves=moves))
            done[place] += 1

    threads = [threading.Thread(target=client, args=(place,)) for place in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(done) / spell_s


def _post(work: Work, key: str, moves: tuple[Move, ...]) -> bool:
    return ledger.post(work, key, *moves)


def _pgbench(office: Office, spell_s: int) -> float:
    """Transactions a second of PostgreSQL's own benchmark; 0 where it is not installed."""
    found = shutil.which("pgbench") or next(iter(map(str, Path("/").glob(PGBENCH[1:]))), None)
    if found is None:
        return 0.0
    url = make_url(office.engine.url)
    env = os.environ | {
        "PGHOST": url.host or "",
        "PGPORT": str(url.port or 5432),
        "PGUSER": url.username or "",
        "PGPASSWORD": url.password or "",
        "PGDATABASE": url.database or "",
    }
    subprocess.run([found, "-i", "-q", "-s", "10"], env=env, capture_output=True, check=True)
    words = [found, "-c", str(CLIENTS), "-j", "2", "-T", str(spell_s)]
    said = subprocess.run(words, env=env, capture_output=True, check=True, text=True).stdout
    match = re.search(r"tps = ([0-9.]+)", said)
    assert match, said
    return float(match[1])
