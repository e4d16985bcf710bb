"""T5, T6 and T43: the books of a big live are reckoned again, cleared, and their chain checked."""

import hashlib
import statistics
import time
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import select, text

from bench.settlement import offices
from commerce.money import chain, ledger, settlement
from commerce.money.audit import audit
from commerce.money.ledger import Balance
from commerce.work import Office
from tests import big_live
from tests.commerce.sales import tampering

ACCOUNTS = 100
MOMENTS = 10
TURNS = 3
LIVE = 1

Held = dict[str, int]

AS_BYTES = r"SELECT string_agg(account || ' ' || fen, E'\n' ORDER BY account) FROM "
STORED = AS_BYTES + "(SELECT account, balance_fen AS fen FROM balances) stored"
REBUILT = (
    AS_BYTES
    + r"""(
  SELECT account, sum(amount_fen) AS fen FROM postings WHERE account LIKE 'member\:%'
  GROUP BY account
) rebuilt
"""
)
CLEARED = r"""
SELECT coalesce(sum(amount_fen), 0), coalesce(sum(amount_fen) FILTER (WHERE account = :escrow), 0),
  (SELECT sum(balance_fen) FROM balances)
  + sum(amount_fen) FILTER (WHERE account NOT LIKE 'member\:%')
FROM postings
"""
BENT = (
    "UPDATE postings SET amount_fen = amount_fen + {} WHERE id = (SELECT max(id) / 2 FROM postings)"
)
BENT_ENTRY = """
SELECT key FROM journal_entries WHERE id =
  (SELECT entry_id FROM postings WHERE id = (SELECT max(id) / 2 FROM postings))
"""


def run(quick: bool) -> list[dict[str, Any]]:
    size = 100_000 if quick else 1_000_000
    with offices() as office:
        big_live.sell(office, LIVE, size, entries=True)
        _vacuumed(office)
        past = _settled(office, size)
        linked_s = _timed(partial(_linked, office))
        _vacuumed(office)
        rebuilt_s = _timed(partial(_rebuilt, office))
        past_s = _timed(partial(_past, office, past))
        cleared_s = _timed(partial(_cleared, office))
        checked, read, hashed = [], [], []
        for _ in range(TURNS):
            read.append(_timed(partial(_read, office)))
            hashed.append(_timed(partial(_hashed, size)))
            checked.append(_timed(partial(_checked, office)))
        whole_s = _timed(partial(_found, office))
        found_s = _bent(office)
    check_s, read_s, hash_s = map(statistics.median, (checked, read, hashed))
    balances = f"{ACCOUNTS} accounts at {MOMENTS} past moments, s"
    floor_s = 3 * hash_s + read_s
    print(f"  {size:,} entries linked in {linked_s:.1f} s, whole audit {whole_s:.1f} s")
    return [
        _row("T5", f"all balances again, {size:,} orders, s", rebuilt_s, 10, "≤ 10 s"),
        _row("T5", balances, past_s, 10, "≤ 10 s"),
        _row("T6", f"{size:,} orders: escrow 0, everything 0, s", cleared_s, 1, "≤ 1 s"),
        _row("T43", f"chain of {size:,} entries, s", check_s, floor_s, "≤ 3 × hash + read"),
        _row("T43", "a changed posting is named by the audit, s", found_s, whole_s, "≤ 1.5 ×", 1.5),
    ]


def _row(
    id: str, job: str, ours_s: float, floor_s: float, goal: str, limit: float = 1.0
) -> dict[str, Any]:
    ratio = ours_s / floor_s
    return {
        "id": id,
        "job": job,
        "ours": f"{ours_s:.4g}",
        "floor": f"{floor_s:.4g}",
        "ratio": f"{ratio:.2f}",
        "goal": goal,
        "met": ratio <= limit,
    }


def _timed(act: Callable[[], Any]) -> float:
    started = time.perf_counter()
    act()
    return time.perf_counter() - started


def _vacuumed(office: Office) -> None:
    with office.engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("VACUUM ANALYZE"))


def _settled(office: Office, size: int) -> list[tuple[datetime, Held]]:
    """What some people had at moments between the batches of the settlement."""
    every = max(1, size // settlement.BATCH // MOMENTS)
    run_id = office.do(lambda work: settlement.start(work, str(LIVE)))
    assert run_id is not None
    past: list[tuple[datetime, Held]] = []
    while not (run := office.do(partial(settlement.settle_batch, run_id=run_id))).finished_at:
        if run.batches % every == 0 and len(past) < MOMENTS:
            past.append((office.clock(), _held(office)))
    assert (run.orders, len(past)) == (size, MOMENTS)
    return past


def _held(office: Office) -> Held:
    names = [ledger.pending(1 + n * big_live.MEMBERS // ACCOUNTS) for n in range(ACCOUNTS)]
    rows = select(Balance.account, Balance.balance_fen).where(Balance.account.in_(names))
    with office.reading() as work:
        return dict.fromkeys(names, 0) | {row[0]: row[1] for row in work.session.execute(rows)}


def _linked(office: Office) -> None:
    after_id: int | None = 0
    while after_id is not None:
        after_id = office.do(partial(chain.extend, after_id=after_id))


def _rebuilt(office: Office) -> None:
    with office.engine.connect() as connection:
        rebuilt, stored = (
            connection.execute(text(each)).scalar_one().encode() for each in (REBUILT, STORED)
        )
    assert rebuilt == stored
    assert rebuilt.count(b"\n") > big_live.MEMBERS // 2


def _past(office: Office, past: list[tuple[datetime, Held]]) -> None:
    with office.reading() as work:
        for at, held in past:
            reckoned = {name: ledger.posted_fen(work, name, until=at) for name in held}
            assert reckoned == held, at


def _cleared(office: Office) -> None:
    values = {"escrow": ledger.escrow(str(LIVE))}
    with office.engine.connect() as connection:
        assert tuple(connection.execute(text(CLEARED), values).one()) == (0, 0, 0)


def _read(office: Office) -> None:
    """The rows of the check and nothing done with them."""
    with office.engine.connect() as connection:
        cursor: Any = connection.connection.cursor()
        with cursor, cursor.copy(chain.COPY_OUT) as copy:
            for _ in copy:
                pass


def _hashed(size: int) -> None:
    """A chain of so many records, bare."""
    record, digest = b"r" * 32, b"0" * 32
    for _ in range(size):
        digest = hashlib.sha256(digest + record).digest()


def _checked(office: Office) -> None:
    with office.reading() as work:
        assert chain.first_misfit(work) is None


def _found(office: Office) -> tuple[str, ...]:
    """Which entries the chain is broken at, as the audit says it."""
    return tuple(one.place for one in audit(office).findings if one.law == "the chain is whole")


def _bent(office: Office) -> float:
    """How long until it is found, and where: at the very entry."""
    with tampering(office) as connection:
        connection.execute(text(BENT.format(1)))
    with office.engine.connect() as connection:
        key = connection.execute(text(BENT_ENTRY)).scalar_one()
    started = time.perf_counter()
    assert _found(office) == (key,)
    return time.perf_counter() - started
