"""Settlement, refunds and releases, with numbers worked out by hand."""

from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commerce.goods.orders import Order
from commerce.money import ledger, refunds, releases, settlement
from commerce.money.earnings import earning_lines
from commerce.people.members import Member
from commerce.rules import Rank
from commerce.work import Office
from tests.commerce.sales import lines, live, paid_order
from tests.commerce.stars import star, visitor
from tests.people import Clock


@dataclass
class Family:
    """amy invited bo, bo invited chen; dan buys."""

    amy: Member
    bo: Member
    chen: Member
    dan: Member


@pytest.fixture
def family(office: Office) -> Family:
    with office.work() as work:
        amy = star(work, "amy")
        bo = star(work, "bo", amy)
        chen = star(work, "chen", bo)
        for member in (amy, bo, chen):
            member.rank = Rank.ONE_STAR
        return Family(amy, bo, chen, visitor(work))


def test_a_live_pays_promoter_parent_and_grandparent(office, family):
    with office.work() as work:
        evening = live(work, family.amy)
        order = paid_order(work, family.dan, family.chen, 94_00, live=evening)
        place = order.escrow

    run = settlement.settle(office, place)

    # 94.00 × 20 % = 18.80 to chen; bo is the parent: 5 % = 4.70; amy the grandparent: 3 % = 2.82.
    assert (run.orders, run.lines, run.earned_fen) == (1, 3, 18_80 + 4_70 + 2_82)
    with office.reading() as work:
        assert ledger.balances(work, family.chen.id).pending_fen == 18_80
        assert ledger.balances(work, family.bo.id).pending_fen == 4_70
        assert ledger.balances(work, family.amy.id).pending_fen == 2_82
        assert ledger.balance_fen(work, ledger.escrow(place)) == 0
        assert ledger.balance_fen(work, ledger.SALES) == 94_00 - 26_32
        assert ledger.balance_fen(work, ledger.WORLD) == -94_00


def test_settling_twice_changes_nothing(office, family):
    with office.work() as work:
        place = paid_order(work, family.dan, family.amy).escrow

    assert settlement.settle(office, place).lines == 1
    assert settlement.settle(office, place) is None


def test_a_refund_reverses_each_line_by_its_share(office, clock, family):
    with office.work() as work:
        order = paid_order(work, family.dan, family.bo, 94_00)
    settlement.settle(office, order.escrow)

    office.do(lambda work: refunds.refund(work, order.id, 30_00, key="r1"))

    # bo: 18.80 × 30 / 94 = 6.00; amy: 4.70 × 30 / 94 = 1.50.
    with office.reading() as work:
        assert [line.reversed_fen for line in lines(work, order)] == [6_00, 1_50]

    office.do(lambda work: refunds.refund(work, order.id, 64_00, key="r2"))

    with office.reading() as work:
        assert [line.stands_fen for line in lines(work, order)] == [0, 0]
        assert ledger.balance_fen(work, ledger.WORLD) == 0
        assert ledger.balance_fen(work, ledger.SALES) == 0


def test_a_release_makes_it_available_exactly_when_the_hold_ends(office, clock: Clock, family):
    with office.work() as work:
        order = paid_order(work, family.dan, family.amy)
    settlement.settle(office, order.escrow)

    clock.passes(hours=360, seconds=-1)
    assert office.do(releases.release) == 0

    clock.passes(seconds=1)
    assert office.do(releases.release) == 1
    with office.reading() as work:
        assert ledger.balances(work, family.amy.id).available_fen == 19_80


def test_a_refund_after_the_release_becomes_debt_that_the_next_release_pays(
    office, clock: Clock, family
):
    with office.work() as work:
        first = paid_order(work, family.dan, family.amy)
    settlement.settle(office, first.escrow)
    clock.passes(days=15)
    office.do(releases.release)
    with office.work() as work:  # As if withdrawn: 10.00 are left of 19.80.
        amy_id = family.amy.id
        ledger.post(work, "away", ledger.Move(ledger.available(amy_id), ledger.WORLD, 9_80))
        second = paid_order(work, family.dan, family.amy)

    office.do(lambda work: refunds.refund(work, first.id, 99_00, key="r"))

    with office.reading() as work:
        held = ledger.balances(work, amy_id)
        assert (held.available_fen, held.debt_fen) == (0, 9_80)

    settlement.settle(office, second.escrow)
    clock.passes(days=15)
    office.do(releases.release)
    with office.reading() as work:
        held = ledger.balances(work, amy_id)
        assert (held.available_fen, held.debt_fen) == (10_00, 0)


AMOUNTS = st.integers(1, 3_000_000_00)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(bases=st.lists(AMOUNTS, min_size=1, max_size=8), rank=st.sampled_from(Rank))
def test_sql_and_python_make_the_same_lines(office, family, bases, rank):
    with office.work() as work:
        for member in (family.amy, family.bo, family.chen):
            work.session.merge(member).rank = rank
    with office.work() as work:
        orders = [paid_order(work, family.dan, family.chen, base) for base in bases]

    settlement.settle(office, orders[0].escrow, limit=3)

    with office.reading() as work:
        for order in orders:
            expected = earning_lines(work.session.get_one(Order, order.id))
            found = lines(work, order)
            assert [
                (line.part, line.kind, line.member_id, line.base_fen, line.rate_bp, line.amount_fen)
                for line in found
            ] == [
                (line.part, line.kind, line.member_id, line.base_fen, line.rate_bp, line.amount_fen)
                for line in expected
            ]
