"""A copy of the database taken while money moves is whole, and says the same."""

import shutil
import subprocess
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from commerce.money import ledger, refunds, settlement
from commerce.money.audit import audit
from commerce.store import migrate
from commerce.store.engine import connect
from commerce.work import Office
from tests.commerce.sales import paid_order, product
from tests.commerce.stars import star, visitor
from tests.databases import SEAL, empty_database

pytestmark = pytest.mark.servers


def selling(office: Office, over: threading.Event) -> int:
    """Sales, refunds and settlements until it is over. How many sales."""
    with office.work() as work:
        amy, dan, goods = star(work, "amy"), visitor(work), product(work, pieces=10**6)
    sales = 0
    while not over.is_set() or sales < 20:
        with office.work() as work:
            order = paid_order(work, dan, amy, goods=goods)
        if sales % 3 == 0:
            refund = f"r{sales}"
            office.do(lambda work, id=order.id, key=refund: refunds.refund(work, id, 1, key=key))
        if sales % 5 == 0:
            settlement.settle(office, order.escrow or "")
        sales += 1
    return sales


def test_a_postgresql_dump_during_sales_restores_whole(rules, tmp_path: Path):
    pg_dump, psql = shutil.which("pg_dump"), shutil.which("psql")
    assert pg_dump, "PostgreSQL's client programs are needed"
    assert psql, "PostgreSQL's client programs are needed"
    with empty_database("postgres", tmp_path) as url, empty_database("postgres", tmp_path) as other:
        office = Office(connect(url, SEAL), rules, lambda: datetime.now(UTC))
        migrate.upgrade(office.engine)
        over = threading.Event()
        seller = threading.Thread(target=selling, args=(office, over))
        seller.start()
        with office.reading() as work:
            while ledger.balance_fen(work, ledger.WORLD) > -900_00:
                work.session.rollback()
        dumped = subprocess.run([pg_dump, _plain(url)], capture_output=True, check=True)
        over.set()
        seller.join()

        words = [psql, "-q", "-v", "ON_ERROR_STOP=1", _plain(other)]
        subprocess.run(words, input=dumped.stdout, capture_output=True, check=True)

        copy = Office(connect(other, SEAL), rules, lambda: datetime.now(UTC))
        with copy.reading() as work:
            assert ledger.balance_fen(work, ledger.WORLD) <= -900_00
            assert work.session.scalar(text("SELECT count(*) FROM postings")) > 0
        assert audit(copy).findings == ()
        assert audit(office).findings == ()
        for one in (office, copy):
            one.engine.dispose()


def _plain(url: str) -> str:
    return url.replace("postgresql+psycopg", "postgresql")
