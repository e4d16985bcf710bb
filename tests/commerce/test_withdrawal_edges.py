"""Withdrawals at their limits: decisions, requests, quotes; who is told what."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from commerce import errors
from commerce.money import approvals, ledger, payouts, quotes, requests
from commerce.money.ledger import Move
from commerce.money.withdrawals import State, Withdrawal, find_own, of_member
from commerce.people.audit import AuditRecord
from commerce.work import Work
from tests.commerce.purses import cashier, earner, earns, named, purse, withdraws
from tests.commerce.stars import later, star
from tests.commerce.told import planned, told
from tests.people import NOON

NEXT_NINE = NOON + timedelta(hours=21)


def acts(work: Work) -> list[tuple[int | None, str, str]]:
    rows = work.session.scalars(select(AuditRecord).order_by(AuditRecord.id))
    return [(row.by_id, row.act, row.subject) for row in rows if "withdrawal" in row.act]


def test_the_queue_is_the_oldest_first_with_its_sum(work):
    zhou, amy = cashier(work, "小周"), earner(work, 5_000_00)
    rows = [withdraws(work, amy, fen) for fen in (600_00, 700_00, 800_00)]
    withdraws(later(work, days=1), amy, 200_00)  # Nobody has to look at this one.

    found, total, sum_fen = approvals.queue(work, zhou, limit=2)

    assert ([row.id for row in found], total, sum_fen) == ([rows[0].id, rows[1].id], 3, 2_100_00)
    approvals.reject(work, rows[0].id, "不", by=zhou)
    assert [row.id for row in approvals.queue(work, zhou)[0]] == [rows[1].id, rows[2].id]
    assert approvals.look(work, rows[0].id, by=zhou).id == rows[0].id
    for refused in (approvals.queue, lambda work, by: approvals.look(work, 1, by=by)):
        with pytest.raises(errors.NotStaff):
            refused(work, amy)


def test_an_empty_queue_is_nothing(work):
    assert approvals.queue(work, cashier(work, "小周")) == ([], 0, 0)


def test_a_yes_is_written_and_said(work):
    zhou, amy = cashier(work, "小周"), earner(work, 600_00)
    row = withdraws(work, amy, 600_00)

    approvals.approve(later(work, hours=1), row.id, by=zhou)

    assert (row.approved_at, row.decided_by) == (NOON + timedelta(hours=1), zhou.id)
    assert row.due_at == NEXT_NINE
    assert acts(work) == [(zhou.id, "approve_withdrawal", f"withdrawal:{row.id}")]
    said = {"withdrawal": row.id, "due_at": row.due_at.isoformat()}
    assert told(work, "withdrawal_approved") == [(amy.id, said)]
    assert [task.due_at for task in planned(work, "pay_out")] == [NEXT_NINE]
    assert quotes.decided_by(work, row) == NOON + timedelta(hours=30)  # 18:00 of the next day.


def test_the_second_person_is_asked_and_nobody_else(work):
    zhou, chen, amy = cashier(work, "小周"), cashier(work, "老陈"), cashier(work, "小明")
    earns(work, amy, 6_000_00)
    named(work, amy)
    row = withdraws(work, amy, 6_000_00)
    asked = {"withdrawal": row.id, "amount_fen": 6_000_00, "review": "first_week"}
    assert told(work, "withdrawal_to_review") == [(zhou.id, asked), (chen.id, asked)]

    approvals.approve(work, row.id, by=zhou)

    said = {"withdrawal": row.id, "amount_fen": 6_000_00, "by": "小周"}
    assert told(work, "withdrawal_second") == [(chen.id, said)]
    assert (row.approved_at, row.decided_by, planned(work, "pay_out")) == (None, None, [])
    assert approvals.yes_count(work, row) == 1
    assert [one.id for one in approvals.pass_on(work, row.id, by=chen)] == [zhou.id]
    passed = {"withdrawal": row.id, "by": "老陈"}
    assert told(work, "withdrawal_passed_on") == [(zhou.id, passed)]
    assert [act for _, act, _ in acts(work)] == ["approve_withdrawal", "pass_on_withdrawal"]
    approvals.approve(work, row.id, by=chen)
    assert (row.state, approvals.yes_count(work, row)) == (State.APPROVED, 2)


def test_a_no_is_written_and_said_with_its_reason(work):
    zhou, amy = cashier(work, "小周"), earner(work, 600_00)
    row = withdraws(work, amy, 600_00)

    approvals.reject(work, row.id, "长" * 501, by=zhou)

    assert (row.state, row.reason, row.ended_at) == (State.REJECTED, "长" * 500, NOON)
    assert acts(work) == [(zhou.id, "reject_withdrawal", f"withdrawal:{row.id}")]
    [(member_id, said)] = told(work, "withdrawal_rejected")
    assert (member_id, said["amount_fen"], said["reason"]) == (amy.id, 600_00, "长" * 500)
    assert said["appeal_until"] == (NOON + timedelta(days=7)).isoformat()


def test_who_decided_before_is_named(work):
    zhou, amy = cashier(work, "小周"), earner(work, 2_000_00)
    cancelled, by_itself = withdraws(work, amy, 600_00), withdraws(work, amy, 200_00)
    yes = withdraws(work, amy, 700_00)
    requests.cancel(later(work, minutes=3), amy, cancelled.id)
    approvals.approve(later(work, minutes=4), yes.id, by=zhou)
    at = later(work, minutes=9)

    def refusal(row: Withdrawal) -> errors.Refusal:
        with pytest.raises(errors.AlreadyDecided) as refused:
            approvals.need_undecided(at, row.id, by=zhou)
        return refused.value

    def decided(row: Withdrawal, who: str, minutes: int) -> errors.AlreadyDecided:
        when = NOON + timedelta(minutes=minutes)
        return errors.AlreadyDecided(row.id, row.state, who, when, at.now, "")

    assert refusal(cancelled) == decided(cancelled, "小明", 3)
    assert refusal(by_itself) == decided(by_itself, "", 0)
    assert refusal(yes) == decided(yes, "小周", 4)
    requests.cancel(later(work, minutes=5), amy, yes.id)
    assert refusal(yes) == decided(yes, "小明", 4)


def test_without_a_number_the_newest_that_can_be_is_cancelled(work):
    amy = earner(work, 2_000_00)
    asked, approved = withdraws(work, amy, 600_00), withdraws(work, amy, 200_00)

    assert requests.cancel(work, amy).id == approved.id
    assert requests.cancel(work, amy).id == asked.id
    with pytest.raises(errors.NothingToCancel):
        requests.cancel(work, amy)
    assert requests.cancel(work, amy, asked.id).state == State.CANCELLED
    assert purse(work, amy) == (2_000_00, 0, 0)
    with pytest.raises(errors.NoSuchWithdrawal):
        requests.cancel(work, amy, 99)
    with pytest.raises(errors.NoSuchWithdrawal):
        payouts.start(work, 99)
    with pytest.raises(errors.NoSuchWithdrawal):
        find_own(work, star(work, "bo"), asked.id)


@pytest.mark.parametrize(
    ("has_name", "bills"),
    [
        (False, [1_999_99, 1_999_99, 2]),
        (True, [4_000_00]),
    ],
)
def test_who_leaves_is_paid_in_bills_as_large_as_may_be(work, has_name, bills):
    amy = earner(work, 4_000_00)
    if has_name:
        named(work, amy)
    amy.left_at = work.now
    requests.remember_payee(work, amy)

    made = requests.pay_out_everything(work, amy)

    # 2 fen are too little to be transferred.
    assert [row.amount_fen for row in made] == [fen for fen in bills if fen > 2]
    assert [row.payee_name for row in made] == ["王小明" if has_name else None] * len(made)
    # Looked at as a whole: 4 000.00 are above 500.00 and not above 5 000.00.
    assert {(row.review, row.approvals_needed) for row in made} == {("above_auto", 1)}
    assert work.session.get(requests.Payee, amy.id) is None
    assert requests.pay_out_everything(work, amy) == []


@pytest.mark.parametrize(("amount_fen", "count"), [(11, 1), (10, 0)])
def test_the_platform_transfers_nothing_below_ten_fen(work, amount_fen, count):
    # 0.11 less a fen of fee is 0.10; 0.10 less one is too little.
    amy = earner(work, amount_fen)
    amy.left_at = work.now
    requests.remember_payee(work, amy)

    assert len(requests.pay_out_everything(work, amy)) == count


def test_who_stays_is_not_paid_out_and_what_is_to_come_keeps_the_payee(work):
    amy = earner(work, 300_00)
    requests.remember_payee(work, amy)
    assert requests.pay_out_everything(work, amy) == []
    ledger.post(work, "coming", Move(ledger.SALES, ledger.pending(amy.id), 1))
    amy.left_at = work.now

    assert [row.amount_fen for row in requests.pay_out_everything(work, amy)] == [300_00]

    assert work.session.get(requests.Payee, amy.id) is not None


def test_a_real_name_goes_along_from_two_thousand(work):
    amy = earner(work, 10_000_00)
    named(work, amy)

    below, at = withdraws(work, amy, 1_999_99), withdraws(work, amy, 2_000_00)

    assert (below.payee_name, at.payee_name) == (None, "王小明")
    assert (below.requested_at, below.state, below.approved_at) == (NOON, State.REQUESTED, None)


def test_a_members_own_ones_are_the_newest_ten(work):
    amy = earner(work, 2_000_00)
    made = [withdraws(later(work, days=day), amy, 100_00).id for day in range(11)]
    withdraws(work, earner(work, 100_00, "小红"), 100_00)

    assert [row.id for row in of_member(work, amy)] == made[:0:-1]


def test_looks_are_counted_from_nothing_in_every_state(work):
    row = withdraws(work, earner(work, 600_00), 600_00)
    assert row.looks == 0
    row.looks = 5

    row.goes(State.APPROVED)

    assert (row.state, row.looks) == (State.APPROVED, 0)
