"""Two runs of one live started at the same moment: one effect."""

from functools import partial

import pytest
from sqlalchemy import func, select

from commerce.lives.lives import Live
from commerce.money import ledger, settlement
from commerce.money.audit import audit
from commerce.money.earnings import Earning
from commerce.work import Office
from tests.closing_lines import Counted
from tests.commerce.sales import live, paid_order, product
from tests.commerce.stars import star, visitor
from tests.people import Clock
from tests.servers.at_once import at_once

pytestmark = pytest.mark.servers

ROUNDS = 10
ORDERS = 12


def test_two_settlements_of_one_live_at_once(engine, rules, counted: Counted):
    office = Office(engine, rules, Clock())
    with office.work() as work:
        amy = star(work, "amy")
        bo = star(work, "bo", amy)
        amy.rank = 1
        dan, goods = visitor(work), product(work)
    for _ in range(ROUNDS):
        with office.work() as work:
            evening = live(work, amy)
            for _ in range(ORDERS):
                paid_order(work, dan, bo, live=evening, goods=goods)
        place = str(evening.id)

        at_once([partial(settlement.settle, office, place, limit=3)] * 2)

        with office.reading() as work:
            assert work.session.get_one(Live, evening.id).settled_at is not None
            assert ledger.balance_fen(work, ledger.escrow(place)) == 0
    with office.reading() as work:
        lines = work.session.scalar(select(func.count(Earning.id)))
        assert lines == 2 * ORDERS * ROUNDS
        # 99.00 × 20 % to bo, × 5 % to amy.
        assert ledger.balances(work, bo.id).pending_fen == ORDERS * ROUNDS * 19_80
        assert ledger.balances(work, amy.id).pending_fen == ORDERS * ROUNDS * 4_95
    assert audit(office).findings == ()
    counted(f"{ROUNDS} lives settled twice at once, {lines} lines, 0 violations")
