"""Payouts at their limits: how often, how late, who is told what."""

from dataclasses import replace
from datetime import timedelta

import pytest

from commerce.money import ledger, pauses, payouts
from commerce.money.withdrawals import State, Withdrawal
from commerce.work import Work
from tests.commerce.purses import cashier, earner, withdraws
from tests.commerce.stars import later
from tests.commerce.told import planned, told
from tests.people import NOON

NEXT_NINE = NOON + timedelta(hours=21)


def under_way(work: Work, state: State = State.UNKNOWN, looks: int = 0) -> Withdrawal:
    """200.00 that the platform was asked to pay at 09:00."""
    row = withdraws(work, earner(work, 236_40), 200_00)
    payouts.start(replace(work, now=NEXT_NINE), row.id)
    if state != State.PAYING:
        row.goes(state)
    row.looks = looks
    work.session.flush()
    return row


def heard(work: Work, row: Withdrawal, state: str, **more: str) -> None:
    assert row.number is not None
    payouts.heard_transfer(work, row.number, state, row.arrives_fen, row.payee, **more)


@pytest.mark.parametrize(
    ("state", "looks", "seconds"),
    [
        (State.UNKNOWN, 0, 5),
        (State.PAYING, 1, 10),
        (State.UNKNOWN, 2, 20),
        (State.UNKNOWN, 6, 320),
        (State.UNKNOWN, 7, 600),
        (State.UNKNOWN, 5_000, 600),
        (State.WAITING_USER, 0, 60),
        (State.WAITING_USER, 1, 120),
        (State.WAITING_USER, 5, 1_920),
        (State.WAITING_USER, 6, 3_600),
    ],
)
def test_every_pause_before_a_look_doubles_up_to_its_longest(work, state, looks, seconds):
    row = under_way(work, state, looks)
    at = replace(work, now=NEXT_NINE)

    payouts.look_again(at, row.id)

    task = planned(work, "pay_out")[-1]
    assert (task.due_at, task.args) == (
        NEXT_NINE + timedelta(seconds=seconds),
        {"withdrawal_id": row.id},
    )


def test_what_has_ended_or_not_begun_is_not_looked_at(work):
    amy = earner(work, 1_000_00)
    approved, asked = withdraws(work, amy, 200_00), withdraws(work, amy, 600_00)
    paid = under_way(work)
    heard(work, paid, "SUCCESS")
    before = len(planned(work, "pay_out"))

    for row in (approved, asked, paid):
        payouts.look_again(work, row.id)

    assert len(planned(work, "pay_out")) == before
    assert payouts.start(replace(work, now=NEXT_NINE), asked.id) is None
    assert payouts.start(replace(work, now=NEXT_NINE), paid.id) is None


@pytest.mark.parametrize(
    ("state", "looks", "owner", "staff"),
    [
        (State.UNKNOWN, 2, 0, 0),
        (State.UNKNOWN, 3, 1, 0),
        (State.UNKNOWN, 9, 1, 0),
        (State.PAYING, 10, 1, 1),
        (State.WAITING_USER, 10, 0, 0),
    ],
)
def test_the_owner_hears_soon_and_the_staff_when_it_takes_long(work, state, looks, owner, staff):
    zhou = cashier(work, "小周")
    row = under_way(work, state, looks)

    payouts.look_again(work, row.id)
    payouts.look_again(work, row.id)

    said = {"withdrawal": row.id}
    assert told(work, "withdrawal_unknown") == [(row.member_id, said)] * owner
    assert told(work, "payout_stuck") == [(zhou.id, said)] * staff


@pytest.mark.parametrize(
    ("days", "seconds", "may_be_sent"), [(28, 86_399, True), (29, 0, False), (29, 1, False)]
)
def test_after_29_days_no_such_bill_proves_nothing(work, days, seconds, may_be_sent):
    row = under_way(work)

    at = NEXT_NINE + timedelta(days=days, seconds=seconds)
    bill = payouts.start(replace(work, now=at), row.id)

    assert bill == payouts.Bill(
        row.id, row.number, row.payee, 198_00, None, f"提现 W{row.id}", False, may_be_sent, False
    )
    assert row.looks == 1
    assert row.sent_at == NEXT_NINE


def test_a_bill_says_whether_it_may_be_sent_and_has_its_package(work):
    row = under_way(work)
    heard(work, row, "WAIT_USER_CONFIRM", package="P")
    pauses.pause(work, "NOT_ENOUGH")

    bill = payouts.start(replace(work, now=NEXT_NINE), row.id)

    assert bill is not None
    assert (bill.may_be_sent, bill.has_package) == (False, True)


def test_waiting_for_the_person_is_a_day_from_the_start_and_keeps_its_package(work):
    row = under_way(work)

    heard(later(work, hours=30), row, "WAIT_USER_CONFIRM", package="P")
    heard(later(work, hours=31), row, "WAIT_USER_CONFIRM")

    assert (row.state, row.package) == (State.WAITING_USER, "P")
    assert row.confirm_until == NEXT_NINE + timedelta(hours=24)
    heard(work, row, "WAIT_USER_CONFIRM", package="Q")
    assert row.package == "Q"


@pytest.mark.parametrize(("looks", "is_paused"), [(2, False), (3, True), (4, True)])
def test_what_the_platform_keeps_processing_is_an_empty_account(work, looks, is_paused):
    row = under_way(work, State.PAYING, looks)

    heard(work, row, "PROCESSING")
    heard(work, row, "ACCEPTED")

    assert (row.state, pauses.is_paused(work)) == (State.PAYING, is_paused)
    assert [one.reason for one in pauses.open_pauses(work)] == ["NOT_ENOUGH"] * is_paused


@pytest.mark.parametrize(
    ("state", "after"),
    [
        (State.PAYING, State.UNKNOWN),
        (State.UNKNOWN, State.UNKNOWN),
        (State.WAITING_USER, State.WAITING_USER),
    ],
)
def test_no_answer_makes_only_a_first_question_unknown(work, state, after):
    row = under_way(work, state)

    payouts.unanswered(work, row.id)

    assert row.state == after


@pytest.mark.parametrize(
    ("state", "reason", "after", "is_paused"),
    [
        (State.PAYING, "ACCOUNT_ERROR", State.FAILED, False),
        (State.UNKNOWN, "ACCOUNT_ERROR", State.FAILED, False),
        (State.WAITING_USER, "ACCOUNT_ERROR", State.WAITING_USER, False),
        (State.UNKNOWN, "NO_AUTH", State.UNKNOWN, True),
        (State.WAITING_USER, "NO_AUTH", State.WAITING_USER, False),
    ],
)
def test_a_refusal_counts_only_while_nobody_knows(work, state, reason, after, is_paused):
    row = under_way(work, state)

    payouts.refused(work, row.id, reason)

    assert (row.state, pauses.is_paused(work)) == (after, is_paused)


@pytest.mark.parametrize(("reason", "is_paused"), [("NOT_ENOUGH", True), ("OVERDUE_CLOSE", False)])
def test_what_failed_is_said_with_what_is_there_again(work, reason, is_paused):
    row = under_way(work)

    heard(work, row, "FAIL", fail_reason=reason)

    assert pauses.is_paused(work) is is_paused
    assert (row.ended_at, row.package) == (work.now, None)
    assert told(work, "withdrawal_returned") == [
        (
            row.member_id,
            {
                "withdrawal": row.id,
                "amount_fen": 200_00,
                "fee_fen": 2_00,
                "failure": reason,
                "available_fen": 236_40,
            },
        )
    ]


@pytest.mark.parametrize(
    ("reason", "failure"), [("", "CANCELLED"), ("X" * 60, "X" * 60), ("X" * 61, "X" * 60)]
)
def test_a_failure_is_called_what_the_platform_calls_it(work, reason, failure):
    row = under_way(work)

    heard(work, row, "CANCELLED", fail_reason=reason)

    assert row.failure == failure


def test_paid_is_said_with_fee_tax_and_what_is_left(work):
    row = under_way(work)
    row.tax_fen = 3_00
    work.session.flush()

    heard(later(work, days=2), row, "SUCCESS")

    [(member_id, said)] = told(work, "withdrawal_paid")
    assert member_id == row.member_id
    assert (said["arrives_fen"], said["fee_fen"], said["tax_fen"]) == (195_00, 2_00, 3_00)
    assert said["available_fen"] == 36_40
    assert said["at"] == (NOON + timedelta(days=2)).isoformat()
    assert row.ended_at == NOON + timedelta(days=2)
    assert ledger.balance_fen(work, ledger.TAX) == 3_00


@pytest.mark.parametrize(
    ("end", "then", "is_contradiction"),
    [
        ("SUCCESS", "FAIL", True),
        ("SUCCESS", "CANCELLED", True),
        ("SUCCESS", "PROCESSING", False),
        ("FAIL", "SUCCESS", True),
        ("FAIL", "CANCELLED", False),
    ],
)
def test_only_the_opposite_of_an_end_contradicts_it(work, end, then, is_contradiction):
    row = under_way(work)
    heard(work, row, end)
    state = row.state

    heard(work, row, then)

    assert (row.state, pauses.is_paused(work)) == (state, is_contradiction)


def test_after_a_pause_what_is_due_goes_on_at_once(work):
    boss, amy = cashier(work, "老陈"), earner(work, 2_000_00)
    due, waiting = withdraws(work, amy, 200_00), withdraws(work, amy, 600_00)
    under_way(work, State.PAYING)
    unknown, confirming = under_way(work), under_way(work, State.WAITING_USER)
    at_nine = replace(work, now=NEXT_NINE)
    assert payouts.resume(at_nine, boss) == 0
    pauses.pause(work, "NOT_ENOUGH")
    before = len(planned(work, "pay_out"))

    assert payouts.resume(replace(work, now=NEXT_NINE - timedelta(seconds=1)), boss) == 0
    pauses.pause(work, "NOT_ENOUGH")
    assert payouts.resume(at_nine, boss) == 3

    resumed = [task.args["withdrawal_id"] for task in planned(work, "pay_out")[before:]]
    assert resumed == [due.id, unknown.id - 1, unknown.id]
    assert confirming.id not in resumed
    assert waiting.id not in resumed


def test_a_payout_out_of_hours_is_planned_for_the_next(work):
    row = withdraws(work, earner(work, 236_40), 200_00)
    at_nine_in_the_evening = replace(work, now=NEXT_NINE + timedelta(hours=12))

    assert payouts.start(at_nine_in_the_evening, row.id) is None

    task = planned(work, "pay_out")[-1]
    assert (task.due_at, row.due_at) == (NEXT_NINE + timedelta(days=1),) * 2
    assert (row.state, row.number, row.sent_at) == (State.APPROVED, None, None)
