"""Withdrawals: quotes, limits, requests, decisions and ends, with numbers worked out by hand."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from commerce import errors
from commerce.agenda import DueTask
from commerce.goods.orders import Order
from commerce.money import (
    approvals,
    ledger,
    pauses,
    payouts,
    quotes,
    releases,
    requests,
    settlement,
)
from commerce.money.ledger import Move
from commerce.money.withdrawals import FORWARD, State, Withdrawal, find
from commerce.people import joining, members
from commerce.people.members import State as MemberState
from commerce.trust.fraud import FraudHold
from commerce.work import Office, Work
from tests.commerce.purses import cashier, earner, earns, named, purse, taxed, withdraws
from tests.commerce.sales import paid_order
from tests.commerce.stars import later, star, under, visitor
from tests.people import NOON, Clock

NINE = datetime(2026, 3, 3, 1, tzinfo=UTC)  # The next day at 09:00 in Shanghai.


@pytest.mark.parametrize(
    ("amount_fen", "fee_fen"),
    [
        (100_00, 1_00),
        (100_01, 1_00),  # 1.0001
        (100_49, 1_00),  # 1.0049
        (100_50, 1_01),  # 1.005: half up
        (236_40, 2_36),  # 2.364
        (200_00, 2_00),
    ],
)
def test_the_fee_is_one_per_cent_half_up(work, amount_fen, fee_fen):
    amy = earner(work, 500_00)

    quoted = quotes.quote(work, amy, amount_fen)

    assert (quoted.fee_fen, quoted.arrives_fen) == (fee_fen, amount_fen - fee_fen)


def test_a_fee_is_at_least_one_fen_and_nothing_where_there_is_none(work):
    assert quotes.fee(work, 10) == 1
    assert quotes.fee(under(work, withdrawal={"fee": "0%"}), 100_00) == 0


def test_a_small_quote_is_paid_next_morning_without_anybody(work):
    amy = earner(work, 236_40)

    quoted = quotes.quote(work, amy, None)

    assert quoted == quotes.Quote(236_40, 2_36, 0, "2026-03", NINE, "", 0, None, NOON)
    assert quotes.Quote.read(quoted.kept()) == quoted


@pytest.mark.parametrize(
    ("now", "pays_at"),
    [
        (datetime(2026, 3, 2, 15, 59, 59, tzinfo=UTC), NINE),  # 23:59:59 in Shanghai
        (datetime(2026, 3, 2, 16, tzinfo=UTC), NINE + timedelta(days=1)),  # midnight there
        (datetime(2026, 3, 2, 18, tzinfo=UTC), NINE + timedelta(days=1)),  # still the 2nd in UTC
    ],
)
def test_the_next_day_is_one_of_shanghai(work, now, pays_at):
    amy = earner(work, 100_00)

    assert quotes.quote(replace(work, now=now), amy, None).pays_at == pays_at


@pytest.mark.parametrize(
    ("amount_fen", "review", "needed"),
    [
        (500_00, "", 0),
        (500_01, "above_auto", 1),
        (5_000_00, "above_auto", 1),
        (5_000_01, "above_auto", 2),
    ],
)
def test_who_looks_at_it_depends_on_how_much_it_is(work, amount_fen, review, needed):
    amy = earner(work, 10_000_00)
    named(work, amy)

    quoted = quotes.quote(work, amy, amount_fen)

    assert (quoted.review, quoted.approvals_needed) == (review, needed)
    # Decided by 18:00 of the next day.
    assert quoted.decided_by == (NINE + timedelta(hours=9) if review else None)


def test_the_first_larger_one_of_a_newcomer_is_looked_at(work):
    bo = star(work, "bo")
    earns(work, bo, 1_000_00)

    assert quotes.quote(work, bo, 200_00).review == ""
    assert quotes.quote(work, bo, 200_01).review == "first_week"
    assert quotes.quote(later(work, days=7), bo, 200_01).review == ""
    withdraws(work, bo, 300_00)
    assert quotes.quote(work, bo, 300_00).review == ""


def test_an_order_held_for_fraud_flags_its_promoter(work):
    amy = earner(work, 300_00)
    order = paid_order(work, visitor(work), amy)
    hold = FraudHold(order_id=order.id, reason="many_refunds", opened_at=work.now)
    hold.ends_at = work.now + timedelta(days=7)
    work.session.add(hold)
    work.session.flush()

    assert quotes.quote(work, amy, 100_00).review == "many_refunds"
    assert quotes.quote(work, earner(work, 300_00, "小红"), 100_00).review == ""

    hold.verdict = "innocent"
    work.session.flush()
    assert quotes.quote(work, amy, 100_00).review == ""


def refusal(work: Work, member: members.Member, amount_fen: int | None) -> errors.Refusal:
    with pytest.raises(errors.Refusal) as refused:
        quotes.quote(work, member, amount_fen)
    return refused.value


def test_below_the_minimum_is_refused_whatever_there_is(work):
    amy = earner(work, 236_40)

    assert refusal(work, amy, 99_99) == errors.BelowMinimum(100_00, 236_40, None, 0, 0)
    assert quotes.quote(work, amy, 100_00)


def test_too_little_says_which_release_makes_it_enough(office: Office, clock: Clock):
    with office.work() as work:
        amy, dan = earner(work, 86_40), visitor(work)
        order = paid_order(work, dan, amy, 108_90)  # 20 % = 21.78, released in 15 days.
    settlement.settle(office, order.escrow)
    with office.work() as work:
        held = work.session.get_one(Order, order.id)
        due = NOON + timedelta(days=15)
        assert refusal(work, amy, 50_00) == errors.BelowMinimum(100_00, 86_40, due, 21_78, 108_18)
        held.open_holds = 1  # Nobody knows when, as long as a case is open.
        work.session.flush()
        assert refusal(work, amy, None) == errors.BelowMinimum(100_00, 86_40, None, 0, 0)


def test_more_than_there_is_says_what_all_of_it_would_come_to(work):
    amy = earner(work, 236_40)

    # 236.40 − 2.36 = 234.04
    assert refusal(work, amy, 300_00) == errors.MoreThanAvailable(300_00, 236_40, 2_36, 0, 234_04)


def test_three_a_day_and_what_went_back_counts_for_none(work):
    amy = earner(work, 1_000_00)
    first = withdraws(work, amy, 100_00)
    withdraws(work, amy, 100_00)
    requests.cancel(work, amy, first.id)
    withdraws(work, amy, 100_00)
    withdraws(work, amy, 100_00)

    assert refusal(work, amy, 100_00) == errors.TooManyToday(3)
    assert quotes.quote(later(work, hours=12), amy, 100_00)  # Midnight in Shanghai.
    assert refusal(later(work, hours=12, seconds=-1), amy, 100_00) == errors.TooManyToday(3)


def test_a_month_has_its_limit_on_gross(work):
    amy = earner(work, 60_000_00)
    named(work, amy)
    for day in range(3):  # 3 × 15 000 = 45 000
        withdraws(later(work, days=day), amy, 15_000_00)

    next_day = later(work, days=3)
    assert refusal(next_day, amy, 5_000_01) == errors.MonthLimit(50_000_00, 5_000_00)
    assert quotes.quote(next_day, amy, 5_000_00)
    assert quotes.quote(later(work, days=30), amy, 5_000_01)  # April.


def test_large_ones_need_a_real_name_and_none_is_larger_than_a_bill(work):
    amy = earner(work, 30_000_00)

    assert quotes.quote(work, amy, 1_999_99)
    assert refusal(work, amy, 2_000_00) == errors.NeedsRealName(2_000_00)
    named(work, amy)
    assert quotes.quote(work, amy, 20_000_00)
    assert refusal(work, amy, 20_000_01) == errors.AboveBillLimit(20_000_00)


def test_much_debt_pauses_withdrawals(work):
    amy = earner(work, 0)
    move = Move(ledger.debt(amy.id), ledger.SALES, 500_01)
    ledger.post(work, "owes", move)

    assert refusal(work, amy, None) == errors.DebtPausesWithdrawals(500_01, 500_00)


def test_who_may_not_act_may_not_withdraw(work):
    amy = earner(work, 200_00)
    amy.state = MemberState.SUSPENDED

    assert isinstance(refusal(work, amy, None), errors.NotActive)
    assert isinstance(refusal(work, visitor(work), None), errors.NotJoined)


@pytest.mark.parametrize(
    ("mode", "taxes"),
    [
        # 10 000 in March, the first month: 90. 10 000 more: 20 000 − 4 000 − 5 000 = 11 000;
        # 3 % = 330; − 90 = 240. April: 30 000 − 6 000 − 10 000 = 14 000; 3 % = 420; − 330 = 90.
        ("platform_cumulative", [90_00, 240_00, 90_00]),
        # 10 000 − 2 000 = 8 000 × 20 %. 20 000: 16 000 × 20 % = 3 200; − 1 600. April alone again.
        ("ordinary", [1_600_00, 1_600_00, 1_600_00]),
    ],
)
def test_tax_is_what_this_withdrawal_adds(work, mode, taxes):
    work = taxed(work, mode)
    amy = earner(work, 40_000_00)
    named(work, amy)

    made = [withdraws(later(work, days=days), amy, 10_000_00) for days in (0, 1, 31)]

    assert [row.tax_fen for row in made] == taxes
    assert [row.tax_month for row in made] == ["2026-03", "2026-03", "2026-04"]


def test_tax_of_the_day_it_is_paid_and_what_was_given_back_owes_none(work):
    eve = datetime(2026, 12, 31, 4, tzinfo=UTC)
    amy = earner(work, 40_000_00)
    named(work, amy)
    work = taxed(replace(work, now=eve), "platform_cumulative")

    first = withdraws(work, amy, 10_000_00)

    assert (first.tax_month, first.tax_fen) == ("2027-01", 90_00)
    requests.cancel(work, amy, first.id)
    assert withdraws(work, amy, 10_000_00).tax_fen == 90_00


def test_a_request_reserves_the_money_and_goes_on_by_itself(work):
    amy = earner(work, 236_40)

    row = withdraws(work, amy, 200_00)

    assert (row.state, row.due_at, row.payee) == (State.APPROVED, NINE, quotes.payee(work, amy))
    assert purse(work, amy) == (36_40, 200_00, 0)
    task = work.session.scalars(select(DueTask).where(DueTask.task == "pay_out")).one()
    assert (task.due_at, task.args) == (NINE, {"withdrawal_id": row.id})


def test_the_same_key_is_the_same_withdrawal_and_never_another_amount(work):
    amy = earner(work, 400_00)
    quoted = quotes.quote(work, amy, 100_00)

    first = requests.request(work, amy, quoted, key="k")
    assert requests.request(work, amy, quoted, key="k").id == first.id
    with pytest.raises(errors.KeyTaken):
        requests.request(work, amy, quotes.quote(work, amy, 150_00), key="k")
    assert purse(work, amy) == (300_00, 100_00, 0)


def test_what_was_shown_is_what_is_done_or_it_is_quoted_again(work):
    amy = earner(work, 400_00)
    quoted = quotes.quote(work, amy, 200_00)

    for now in (
        under(work, withdrawal={"fee": "2%"}),
        taxed(work, "ordinary"),
        under(work, withdrawal={"auto": "150元"}),
        later(work, minutes=10),
        later(work, hours=13),
    ):
        if now.rules.tax.mode == "ordinary":  # 800.00 this month: the next fen is taxed.
            earns(now, amy, 900_00)
            quoted = quotes.quote(work, amy, 1_000_00)
        with pytest.raises(errors.TermsChanged):
            requests.request(now, amy, quoted, key="k")
        quoted = quotes.quote(work, amy, 200_00)
    with pytest.raises(errors.BelowMinimum):
        requests.request(under(work, withdrawal={"minimum": "250元"}), amy, quoted, key="k")
    assert requests.request(later(work, minutes=9, seconds=59), amy, quoted, key="k")


def test_cancelled_in_time_all_of_it_is_back_once(work):
    amy, bo = earner(work, 236_40), star(work, "bo")
    row = withdraws(work, amy, 200_00)

    with pytest.raises(errors.NoSuchWithdrawal):
        requests.cancel(work, bo, row.id)
    requests.cancel(work, amy, row.id)
    requests.cancel(work, amy, row.id)

    assert (row.state, purse(work, amy)) == (State.CANCELLED, (236_40, 0, 0))
    with pytest.raises(errors.NothingToCancel):
        requests.cancel(work, amy)
    assert payouts.start(replace(work, now=NINE), row.id) is None


def started(work: Work, row: Withdrawal) -> payouts.Bill:
    bill = payouts.start(replace(work, now=row.due_at), row.id)
    assert bill is not None
    return bill


def heard(work: Work, row: Withdrawal, state: str, **more: str) -> None:
    assert row.number is not None
    payouts.heard_transfer(work, row.number, state, row.arrives_fen, row.payee, **more)


def test_once_started_it_cannot_be_cancelled(work):
    amy = earner(work, 236_40)
    row = withdraws(work, amy, 200_00)
    started(work, row)

    with pytest.raises(errors.PayoutStarted):
        requests.cancel(work, amy, row.id)


def test_a_payout_starts_in_its_hours_and_keeps_one_number(work):
    amy = earner(work, 236_40)
    row = withdraws(work, amy, 200_00)

    assert payouts.start(replace(work, now=NINE - timedelta(seconds=1)), row.id) is None
    assert payouts.start(replace(work, now=NINE + timedelta(hours=12)), row.id) is None  # 21:00
    assert row.due_at == NINE + timedelta(days=1)
    bill = started(work, row)
    again = payouts.start(replace(work, now=row.due_at), row.id)

    assert bill.is_new
    assert again is not None
    assert (again.number, again.is_new) == (bill.number, False)
    assert bill.number.startswith("W")
    assert len(bill.number) == 15
    assert bill.amount_fen == 198_00


def test_paid_is_198_to_the_world_and_2_to_fees(work):
    amy = earner(work, 236_40)
    row = withdraws(work, amy, 200_00)
    started(work, row)

    heard(work, row, "WAIT_USER_CONFIRM", package="P")
    heard(work, row, "SUCCESS")
    heard(work, row, "SUCCESS")
    heard(work, row, "WAIT_USER_CONFIRM", package="P")

    assert (row.state, row.package, purse(work, amy)) == (State.PAID, None, (36_40, 0, 0))
    assert ledger.balance_fen(work, ledger.WORLD) == -236_40 + 198_00
    assert ledger.balance_fen(work, ledger.FEES) == 2_00
    assert not pauses.is_paused(work)


def test_withheld_tax_has_an_account_of_its_own(work):
    work = taxed(work, "ordinary")
    amy = earner(work, 1_000_00)
    row = withdraws(work, amy, 1_000_00)
    approvals.approve(work, row.id, by=cashier(work, "小周"))
    started(work, row)

    heard(work, row, "SUCCESS")

    # 1 000 − 10 − 40: 950 arrive.
    assert ledger.balance_fen(work, ledger.TAX) == 40_00
    assert ledger.balance_fen(work, ledger.WORLD) == -1_000_00 + 950_00


@pytest.mark.parametrize("state", ["FAIL", "CANCELLED"])
def test_what_fails_comes_back_with_its_fee_and_pays_a_debt_first(work, state):
    amy = earner(work, 200_00)
    row = withdraws(work, amy, 200_00)
    started(work, row)
    ledger.post(work, "owes", Move(ledger.debt(amy.id), ledger.SALES, 50_00))

    heard(work, row, state, fail_reason="OVERDUE_CLOSE")
    heard(work, row, state, fail_reason="OVERDUE_CLOSE")

    assert (row.state, row.failure) == (State.FAILED, "OVERDUE_CLOSE")
    assert purse(work, amy) == (150_00, 0, 0)


def test_another_amount_or_payee_moves_nothing_and_stops_all_payouts(work):
    amy = earner(work, 400_00)
    row, other = withdraws(work, amy, 200_00), withdraws(work, amy, 200_00)
    bill = started(work, row)

    payouts.heard_transfer(work, bill.number, "SUCCESS", 200_00, row.payee)

    assert (row.state, [one.reason for one in pauses.open_pauses(work)]) == (
        State.PAYING,
        ["mismatch"],
    )
    assert payouts.start(replace(work, now=NINE), other.id) is None
    payouts.heard_transfer(work, bill.number, "SUCCESS", 198_00, "o-somebody-else")
    assert row.state == State.PAYING
    assert payouts.heard_transfer(work, "W-none", "SUCCESS", 198_00, row.payee) is None


def test_the_opposite_of_an_end_changes_nothing_and_stops_all_payouts(work):
    amy = earner(work, 200_00)
    row = withdraws(work, amy, 200_00)
    started(work, row)
    heard(work, row, "FAIL", fail_reason="OVERDUE_CLOSE")

    heard(work, row, "SUCCESS")

    assert (row.state, purse(work, amy)) == (State.FAILED, (200_00, 0, 0))
    assert [one.reason for one in pauses.open_pauses(work)] == ["contradiction"]


def test_a_state_never_goes_back():
    ends = {State.PAID, State.FAILED, State.REJECTED, State.CANCELLED}
    assert FORWARD.keys() == set(State) - ends
    order = [State.REQUESTED, State.APPROVED, State.PAYING, State.UNKNOWN, State.WAITING_USER]
    for state, ways in FORWARD.items():
        for way in ways:
            assert way in ends or order.index(way) > order.index(state)
    row = Withdrawal(state=State.PAID)
    with pytest.raises(AssertionError):
        row.goes(State.FAILED)


def test_a_refusal_that_lies_with_us_pauses_and_any_other_gives_back(work):
    amy, boss = earner(work, 400_00), cashier(work, "老陈")
    row, other = withdraws(work, amy, 200_00), withdraws(work, amy, 200_00)
    at_nine = replace(work, now=NINE)
    payouts.start(at_nine, row.id)
    payouts.start(at_nine, other.id)

    payouts.refused(at_nine, row.id, "NOT_ENOUGH")
    payouts.refused(at_nine, other.id, "USER_ACCOUNT_ABNORMAL")

    assert (row.state, other.state) == (State.PAYING, State.FAILED)
    assert [one.reason for one in pauses.open_pauses(work)] == ["NOT_ENOUGH"]
    with pytest.raises(errors.NotStaff):
        payouts.resume(at_nine, amy)
    assert payouts.resume(at_nine, boss) == 1
    assert not pauses.is_paused(work)


def test_an_approved_one_is_paid_next_morning_or_at_once_in_the_hours(work):
    amy, zhou = earner(work, 4_000_00), cashier(work, "小周")
    rows = [withdraws(work, amy, 600_00) for _ in range(3)]
    moments = [
        (later(work, hours=3), NINE),
        (later(work, hours=24), NOON + timedelta(hours=24)),  # The next noon: now.
        (later(work, hours=34), NINE + timedelta(days=1)),  # 22:00 of the next day.
    ]

    for row, (now, due_at) in zip(rows, moments, strict=True):
        assert row.state == State.REQUESTED
        approvals.approve(now, row.id, by=zhou)
        assert (row.state, row.due_at) == (State.APPROVED, due_at)


def test_above_the_limit_two_different_people_must_agree(work):
    amy, zhou, chen = earner(work, 9_000_00), cashier(work, "小周"), cashier(work, "老陈")
    named(work, amy)
    row = withdraws(work, amy, 6_000_00)

    approvals.approve(work, row.id, by=zhou)
    assert row.state == State.REQUESTED
    with pytest.raises(errors.SameApprover):
        approvals.approve(work, row.id, by=zhou)
    assert row.state == State.REQUESTED
    approvals.approve(work, row.id, by=chen)

    assert row.state == State.APPROVED
    assert row.payee_name == "王小明"


def test_who_comes_second_is_told_who_was_first(work):
    amy, zhou, chen = earner(work, 600_00), cashier(work, "小周"), cashier(work, "老陈")
    row = withdraws(work, amy, 600_00)
    approvals.reject(later(work, minutes=5), row.id, "等补充资料", by=chen)

    with pytest.raises(errors.AlreadyDecided) as told:
        approvals.approve(work, row.id, by=zhou)

    assert told.value == errors.AlreadyDecided(
        row.id, "rejected", "老陈", NOON + timedelta(minutes=5), NOON, "等补充资料"
    )
    assert purse(work, amy) == (600_00, 0, 0)


def test_nobody_decides_their_own_and_only_finance_decides(work):
    zhou = cashier(work, "小周")
    assert zhou.joined_at is not None
    earns(work, zhou, 600_00)
    row = withdraws(work, zhou, 600_00)

    with pytest.raises(errors.OwnCase):
        approvals.approve(work, row.id, by=zhou)
    with pytest.raises(errors.OwnCase):
        approvals.reject(work, row.id, "不", by=zhou)
    with pytest.raises(errors.NotStaff):
        approvals.approve(work, row.id, by=star(work, "bo"))


def test_who_leaves_is_paid_everything_and_the_rest_when_it_comes(office: Office, clock: Clock):
    with office.work() as work:
        amy = earner(work, 30_00)
        order = paid_order(work, visitor(work), amy)  # 19.80 in 15 days.
        openid = quotes.payee(work, amy)
    settlement.settle(office, order.escrow)
    with office.work() as work:
        amy = members.get(work, amy.id)
        joining.leave(work, amy)
        joining.erase(work, amy.id)
        row = find(work, 1)
        assert (row.amount_fen, row.fee_fen, row.payee, row.state) == (
            30_00,
            30,
            openid,
            "approved",
        )

    clock.passes(days=15)
    office.do(releases.release)
    with office.work() as work:
        task = work.session.scalars(select(DueTask).where(DueTask.task == "pay_out_rest")).one()
        requests.pay_out_rest(work, **task.args)
        requests.pay_out_rest(work, **task.args)
        row = find(work, 2)
        assert (row.amount_fen, row.payee, row.state) == (19_80, openid, "approved")
        assert purse(work, amy) == (0, 49_80, 0)
        assert work.session.get(requests.Payee, amy.id) is None


def test_who_leaves_with_much_is_paid_in_bills_that_need_no_name(work):
    amy = earner(work, 4_000_05)

    joining.leave(work, amy)

    # 1 999.99 + 1 999.99 + 0.07, which less its fee is below what can be transferred.
    rows = list(work.session.scalars(select(Withdrawal).order_by(Withdrawal.id)))
    assert [row.amount_fen for row in rows] == [1_999_99, 1_999_99]
    assert {row.state for row in rows} == {State.REQUESTED}
    assert purse(work, amy) == (7, 3_999_98, 0)
