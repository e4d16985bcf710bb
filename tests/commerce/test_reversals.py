"""What refunds take back from lines, and from where, with numbers worked out by hand."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from commerce.goods import fulfilment
from commerce.goods.orders import Order
from commerce.money import ledger, refunds, releases, reversals, settlement
from commerce.money.earnings import Reversal
from commerce.money.earnings import State as LineState
from commerce.money.ledger import Balances, Move
from commerce.people.members import Member
from commerce.trust.cases import Case
from commerce.work import Office, Work
from tests.commerce.rewards import reward
from tests.commerce.sales import lines, paid_order
from tests.commerce.stars import star, visitor
from tests.commerce.told import planned, told
from tests.people import NOON, Clock


def facts(work: Work, notice: str) -> list[dict[str, Any]]:
    return [said for _, said in told(work, notice)]


def args(work: Work, task: str) -> list[dict[str, Any]]:
    return [row.args for row in planned(work, task)]


def as_if(work: Work, member: Member, amount_fen: int, account: str = ledger.WORLD) -> None:
    """So much of what is available went away."""
    ledger.post(work, "test:away", Move(ledger.available(member.id), account, amount_fen))


@pytest.mark.parametrize(
    ("after", "is_platforms"),
    [(timedelta(days=90), False), (timedelta(days=90, seconds=1), True)],
)
def test_long_after_the_release_a_refund_is_the_platforms_cost(
    office: Office, clock: Clock, after, is_platforms
):
    with office.work() as work:
        amy = star(work, "amy")
        order = paid_order(work, visitor(work), amy, 94_00)
    settlement.settle(office, order.escrow)
    clock.passes(days=15)
    office.do(releases.release)
    clock.now += after

    office.do(lambda work: refunds.refund(work, order.id, 94_00, key="r"))

    with office.reading() as work:
        held = ledger.balances(work, amy.id)
        assert held == Balances(available_fen=18_80 if is_platforms else 0)


def test_what_is_taken_back_is_said_with_where_it_came_from(office: Office, clock: Clock):
    with office.work() as work:
        amy, dan = star(work, "amy"), visitor(work)
        order = paid_order(work, dan, amy, 94_00)
    settlement.settle(office, order.escrow)
    office.do(lambda work: refunds.refund(work, order.id, 30_00, key="a", reason="少了"))
    clock.passes(days=15)
    office.do(releases.release)
    with office.work() as work:
        as_if(work, amy, 10_00)
        refunds.refund(work, order.id, 64_00, key="b")

    with office.reading() as work:
        [line] = lines(work, order)
        pending, released = facts(work, "reversed")
        assert pending == {
            "line": line.id,
            "kind": "sales_commission",
            "amount_fen": 18_80,
            "taken_fen": 6_00,
            "before_fen": 0,
            "stands_fen": 12_80,
            "was_pending": True,
            "from_available_fen": 0,
            "to_debt_fen": 0,
            "available_fen": 0,
            "pending_fen": 12_80,
            "debt_fen": 0,
            "order": order.tail,
            "paid_fen": 94_00,
            "refunded_fen": 30_00,
            "refund_fen": 30_00,
            "reason": "少了",
            "until": None,
        }
        # 12.80 more; 2.80 are there, 10.00 become debt.
        assert (released["taken_fen"], released["before_fen"]) == (12_80, 6_00)
        assert (released["from_available_fen"], released["to_debt_fen"]) == (2_80, 10_00)
        assert (released["was_pending"], released["stands_fen"]) == (False, 0)
        assert (released["available_fen"], released["debt_fen"]) == (0, 10_00)
        assert (released["refunded_fen"], released["refund_fen"]) == (94_00, 64_00)
        assert line.state == LineState.REVERSED
        taken = work.session.scalars(select(Reversal).order_by(Reversal.id)).all()
        assert [
            (one.amount_fen, one.from_pending_fen, one.from_available_fen, one.to_debt_fen)
            for one in taken
        ] == [(6_00, 6_00, 0, 0), (12_80, 0, 2_80, 10_00)]
        assert [one.at for one in taken] == [NOON, clock.now]


def test_what_was_received_says_until_when_it_is_held(office: Office):
    with office.work() as work:
        amy = star(work, "amy")
        order = paid_order(work, visitor(work), amy, 94_00)
        fulfilment.ship(work, order, "顺丰", "SF1")
        fulfilment.receive(work, order)
    settlement.settle(office, order.escrow)
    office.do(lambda work: refunds.refund(work, order.id, 30_00, key="a"))

    with office.reading() as work:
        held = work.session.get_one(Order, order.id).hold_until
        assert held is not None
        assert facts(work, "reversed")[0]["until"] == held.isoformat()


def test_a_line_gives_back_its_share_once_per_key_and_never_more(office: Office):
    with office.work() as work:
        amy = star(work, "amy")
        order = paid_order(work, visitor(work), amy, 94_00)
    settlement.settle(office, order.escrow)

    with office.work() as work:
        found = work.session.get_one(Order, order.id)
        assert reversals.reverse_refunded(work, found, key="none") == []
        [line] = reversals.lines_of(work, order.id)
        first = reversals.take_back(work, line, 5_00, key="refund:0")
        assert first is not None
        assert (first.amount_fen, line.reversed_fen) == (5_00, 5_00)
        assert reversals.take_back(work, line, 5_00, key="refund:0") is None
        assert reversals.take_back(work, line, 0, key="verdict:1") is None
        assert reversals.take_back(work, line, 1, key="verdict:1") is not None
        assert facts(work, "reversed")[-1]["refund_fen"] is None
        # 18.80 × 30 ÷ 94 = 6.00, of which 5.01 are back.
        found.refunded_fen = 30_00
        assert [one.amount_fen for one in reversals.reverse_refunded(work, found, key="x:1")] == [
            99
        ]
        assert ledger.balances(work, amy.id) == Balances(pending_fen=12_80)
        reward_line = reward(work, amy, "v:1", 1)
        reversals.take_back(work, reward_line, 1_00, key="verdict:2")
        about = facts(work, "reversed")[-1]
        assert (about["order"], about["refund_fen"]) == (None, None)


@pytest.mark.parametrize(("owed_fen", "cases"), [(500_00, 0), (500_01, 1)])
def test_much_debt_is_a_case_for_a_person_once(office: Office, clock: Clock, owed_fen, cases):
    with office.work() as work:
        amy = star(work, "amy")
        order = paid_order(work, visitor(work), amy, 94_00)
    settlement.settle(office, order.escrow)
    clock.passes(days=15)
    office.do(releases.release)
    with office.work() as work:
        as_if(work, amy, 18_80)
        # The refunds below bring 2.00 and 16.80 more.
        ledger.post(work, "owes", Move(ledger.debt(amy.id), ledger.SALES, owed_fen - 2_00))
        refunds.refund(work, order.id, 10_00, key="a")
        assert ledger.balances(work, amy.id).debt_fen == owed_fen
        assert len(work.session.scalars(select(Case)).all()) == cases
    clock.passes(seconds=1)
    office.do(lambda work: refunds.refund(work, order.id, 84_00, key="b"))

    with office.reading() as work:
        [case] = work.session.scalars(select(Case)).all()
        assert (case.kind, case.member_id) == ("debt", amy.id)
        told = owed_fen if cases else owed_fen + 16_80
        assert case.words == f"待抵扣 {told} 分，提现已暂停"


@pytest.mark.parametrize(
    ("released", "state", "held"),
    [
        (False, LineState.PENDING, Balances(pending_fen=12_80, debt_fen=5_00)),
        (True, LineState.AVAILABLE, Balances(available_fen=7_80)),  # 5.00 of 12.80 are owed.
    ],
)
def test_what_a_wrong_verdict_took_comes_back_and_no_refund(office, clock, released, state, held):
    with office.work() as work:
        amy = star(work, "amy")
        order = paid_order(work, visitor(work), amy, 94_00)
    settlement.settle(office, order.escrow)
    with office.work() as work:
        [line] = reversals.lines_of(work, order.id)
        reversals.take_back(work, line, 6_00, key="refund:1")
        reversals.take_back(work, line, 12_80, key="verdict:1")
        line.state = LineState.VOID
        ledger.post(work, "owes", Move(ledger.debt(amy.id), ledger.SALES, 5_00))
    clock.passes(days=1)

    with office.work() as work:
        [line] = reversals.lines_of(work, order.id)
        assert reversals.give_back(work, line, key="pardon:1", released=released) == 12_80
        assert (line.reversed_fen, line.stands_fen, line.state) == (6_00, 12_80, state)
        assert line.released_at == (clock.now if released else None)
        assert ledger.balances(work, amy.id) == held
        given = work.session.scalars(select(Reversal).where(Reversal.key == "pardon:1")).one()
        there = given.from_pending_fen, given.from_available_fen, given.to_debt_fen
        assert there == ((0, -7_80, -5_00) if released else (-12_80, 0, 0))
        assert (given.amount_fen, given.at) == (-12_80, clock.now)


@pytest.mark.parametrize("was_refunded", [True, False])
def test_where_a_verdict_took_nothing_nothing_comes_back(office, was_refunded):
    with office.work() as work:
        amy = star(work, "amy")
        order = paid_order(work, visitor(work), amy, 94_00)
    settlement.settle(office, order.escrow)
    with office.work() as work:
        [line] = reversals.lines_of(work, order.id)
        if was_refunded:
            reversals.take_back(work, line, 18_80, key="refund:1")
        line.state = LineState.VOID

        assert reversals.give_back(work, line, key="pardon:1", released=False) == 0

        assert line.state == LineState.REVERSED
        assert ledger.balances(work, amy.id).pending_fen == (0 if was_refunded else 18_80)
