"""Releases: in which order, of what, and what follows, with numbers worked out by hand."""

from datetime import timedelta
from typing import Any

import pytest

from commerce.goods.orders import Order
from commerce.goods.orders import State as OrderState
from commerce.money import ledger, refunds, releases, reversals, settlement
from commerce.money.earnings import Earning
from commerce.money.earnings import State as LineState
from commerce.money.ledger import Balances, Move
from commerce.people.members import Member
from commerce.rules import Rank
from commerce.work import Office, Work
from tests.commerce.rewards import reward
from tests.commerce.sales import lines, live, paid_order
from tests.commerce.stars import star, visitor
from tests.commerce.told import planned, told
from tests.people import NOON, Clock

DAY = timedelta(days=1)


def facts(work: Work, notice: str) -> list[dict[str, Any]]:
    return [said for _, said in told(work, notice)]


def args(work: Work, task: str) -> list[dict[str, Any]]:
    return [row.args for row in planned(work, task)]


def test_a_release_counts_the_sale_net_of_refunds(office: Office, clock: Clock):
    with office.work() as work:
        amy, dan = star(work, "amy"), visitor(work)
        evening = live(work, amy)
        order = paid_order(work, dan, amy, 94_00, live=evening)
        gone = paid_order(work, dan, amy, 50_00, live=evening)
        other = paid_order(work, dan, amy, 20_00, live=evening)
    settlement.settle(office, order.escrow)
    office.do(lambda work: refunds.refund(work, order.id, 30_00, key="a"))
    office.do(lambda work: refunds.refund(work, gone.id, 50_00, key="b"))
    clock.passes(days=15)

    assert office.do(releases.next_due) == clock.now
    assert office.do(releases.release) == 2
    assert office.do(releases.release) == 0
    assert office.do(releases.next_due) is None

    # 64.00 + 20.00; of the lines 18.80 − 6.00 and 4.00.
    with office.reading() as work:
        found = work.session.get_one(Member, amy.id)
        assert (found.gmv_fen, found.pending_gmv_fen) == (84_00, 0)
        states = [work.session.get_one(Order, one.id).state for one in (order, gone, other)]
        assert states == [OrderState.COMPLETED, OrderState.REFUNDED, OrderState.COMPLETED]
        assert work.session.get_one(Order, gone.id).completed_at == NOON
        assert work.session.get_one(Order, order.id).completed_at == clock.now
        [told] = facts(work, "released")
        assert (told["amount_fen"], told["available_fen"]) == (16_80, 16_80)
        assert (told["debt_paid_fen"], told["debt_fen"]) == (0, 0)
        assert args(work, "pay_out_rest") == []
        [line] = lines(work, order)
        assert (line.state, line.released_at) == (LineState.AVAILABLE, clock.now)


def test_a_release_takes_the_oldest_first_and_so_many(office: Office, clock: Clock):
    with office.work() as work:
        amy, dan = star(work, "amy"), visitor(work)
        orders = [paid_order(work, dan, amy, 94_00) for _ in range(3)]
        for order, days in zip(orders, (3, 1, 2), strict=True):
            order.hold_until = NOON + days * DAY
    settlement.settle(office, orders[0].escrow)
    assert office.do(releases.next_due) == NOON + DAY
    clock.passes(days=3)

    assert office.do(lambda work: releases.release(work, limit=2)) == 2

    with office.reading() as work:
        assert ledger.find(work, f"release:order:{orders[1].id}") is not None
        assert work.session.get_one(Member, amy.id).gmv_fen == 0  # Not sold in a live.
        states = [lines(work, order)[0].state for order in orders]
        assert states == [LineState.PENDING, LineState.AVAILABLE, LineState.AVAILABLE]
    assert office.do(releases.release) == 1


def test_lines_without_an_order_have_their_own_time(office: Office, clock: Clock):
    with office.work() as work:
        amy = star(work, "amy")
        first, second = reward(work, amy, "v:1", 2), reward(work, amy, "v:2", 1)
        waiting = reward(work, amy, "v:3", 1, awaits_operator=True)
        assert releases.next_due(work) == NOON + DAY

    clock.now = NOON + DAY - timedelta(seconds=1)
    assert office.do(releases.release) == 0
    clock.now = NOON + DAY
    assert office.do(releases.release) == 1
    with office.reading() as work:
        assert ledger.find(work, f"release:line:{second.id}") is not None
    assert office.do(releases.next_due) == NOON + 2 * DAY
    with office.reading() as work:
        states = [work.session.get_one(Earning, one.id).state for one in (first, second, waiting)]
        assert states == [LineState.PENDING, LineState.AVAILABLE, LineState.PENDING]
        assert ledger.balances(work, amy.id) == Balances(pending_fen=10_00, available_fen=5_00)


@pytest.mark.parametrize(
    ("days", "is_settled", "due"), [(20, False, 20), (20, True, 15), (9, True, 9)]
)
def test_the_next_is_the_earlier_of_both_and_only_what_is_settled(office, days, is_settled, due):
    with office.work() as work:
        amy = star(work, "amy")
        place = paid_order(work, visitor(work), amy).escrow
        reward(work, amy, "v:1", days)
    if is_settled:
        settlement.settle(office, place)

    assert office.do(releases.next_due) == NOON + due * DAY


def test_what_was_taken_back_whole_is_not_released(office: Office, clock: Clock):
    with office.work() as work:
        bo = star(work, "bo")
        chen = star(work, "chen", bo)
        bo.rank = chen.rank = Rank.ONE_STAR
        order = paid_order(work, visitor(work), chen, 94_00)
    settlement.settle(office, order.escrow)
    with office.work() as work:
        assert reversals.take_back(work, lines(work, order)[1], 4_70, key="verdict:1")
    clock.passes(days=15)
    office.do(releases.release)

    with office.reading() as work:
        found = [(line.state, line.released_at) for line in lines(work, order)]
        assert found == [(LineState.AVAILABLE, clock.now), (LineState.REVERSED, None)]
        assert [member_id for member_id, _ in told(work, "released")] == [chen.id]


def test_a_release_pays_what_is_owed_and_who_left_gets_the_rest(office: Office, clock: Clock):
    with office.work() as work:
        amy = star(work, "amy")
        reward(work, amy, "v:1", 1)
        ledger.post(work, "owes", Move(ledger.debt(amy.id), ledger.SALES, 2_00))
        amy.left_at = work.now
    clock.passes(days=1)
    office.do(releases.release)

    with office.reading() as work:
        assert ledger.balances(work, amy.id) == Balances(available_fen=3_00)
        assert args(work, "pay_out_rest") == [{"member_id": amy.id}]
        [told] = facts(work, "released")
        assert (told["amount_fen"], told["debt_paid_fen"]) == (5_00, 2_00)
        assert (told["debt_fen"], told["available_fen"]) == (0, 3_00)
