"""Quotes at their limits, with numbers worked out by hand."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from commerce import errors
from commerce.money import ledger, quotes, requests
from commerce.money.ledger import Move
from commerce.money.withdrawals import State, Withdrawal
from commerce.people import identities
from commerce.people.members import Member
from commerce.work import Work
from tests.commerce.purses import earner, earns, named, taxed, withdraws
from tests.commerce.rewards import reward
from tests.commerce.stars import later, star
from tests.people import NOON

NEXT_NINE = NOON + timedelta(hours=21)


def quoted(work: Work, member: Member, fen: int | None) -> quotes.Quote:
    return quotes.quote(work, member, fen)


def test_something_must_arrive_whatever_the_tax_is(work):
    work = taxed(work, "ordinary")
    amy = earner(work, 100_000_00)
    named(work, amy)
    before = quotes.paid_before(work, amy, "2026-03")
    assert (before.month_fen, before.year_fen, before.months) == (0, 0, 1)
    row = withdraws(work, amy, 20_000_00)
    row.tax_fen = 0  # As if nothing had been withheld: 3 200.00 are owed.
    work.session.flush()

    now = quoted(work, amy, 200_00)

    # 20 200 − 4 040 = 16 160 × 20 % = 3 232.00; 200.00 − 2.00 − 0.10 can be withheld.
    assert (now.tax_fen, now.arrives_fen) == (197_90, 10)
    assert quotes.terms(work, amy, 5).tax_fen == 0


def test_what_was_paid_in_the_year_counts_from_its_first_month(work):
    amy = earner(work, 100_000_00)
    for month, fen, tax_fen, state in (
        ("2025-12", 1_000_00, 1_00, State.PAID),
        ("2026-02", 2_000_00, 2_00, State.PAID),
        ("2026-03", 4_000_00, 4_00, State.APPROVED),
        ("2026-03", 8_000_00, 8_00, State.FAILED),
        ("2026-05", 16_000_00, 16_00, State.PAID),
    ):
        made = Withdrawal(
            key=f"{month}:{fen}",
            member_id=amy.id,
            amount_fen=fen,
            fee_fen=0,
            tax_fen=tax_fen,
            tax_month=month,
            payee="o",
            state=state,
            requested_at=work.now,
            due_at=work.now,
        )
        work.session.add(made)
    work.session.flush()

    # March: February and March are 6 000.00; two months since February.
    assert quotes.paid_before(work, amy, "2026-03") == quotes.Before(
        4_000_00, 4_00, 6_000_00, 6_00, 2
    )
    assert quotes.paid_before(work, amy, "2026-01") == quotes.Before()
    assert quotes.paid_before(work, amy, "2026-12").months == 11
    assert quotes.paid_before(work, amy, "2026-05") == quotes.Before(
        16_000_00, 16_00, 22_000_00, 22_00, 4
    )


@pytest.mark.parametrize(("available_fen", "is_enough"), [(100_00, True), (99_99, False)])
def test_whether_any_withdrawal_is_possible(work, available_fen, is_enough):
    amy = earner(work, available_fen)

    if is_enough:
        assert quotes.need_possible(work, amy).available_fen == available_fen
        return
    with pytest.raises(errors.BelowMinimum) as refused:
        quotes.need_possible(work, amy)
    assert refused.value == errors.BelowMinimum(100_00, available_fen, None, 0, 0)


def test_debt_at_the_limit_pauses_nothing(work):
    amy = earner(work, 200_00)
    ledger.post(work, "owes", Move(ledger.debt(amy.id), ledger.SALES, 500_00))
    assert quoted(work, amy, 100_00)
    assert quotes.need_possible(work, amy)

    ledger.post(work, "owes more", Move(ledger.debt(amy.id), ledger.SALES, 1))

    with pytest.raises(errors.DebtPausesWithdrawals) as refused:
        quotes.need_possible(work, amy)
    assert refused.value == errors.DebtPausesWithdrawals(500_01, 500_00)


def test_a_newcomer_is_one_for_exactly_seven_days(work):
    bo = star(work, "bo")
    earns(work, bo, 3_000_00)

    assert quoted(later(work, days=7, seconds=-1), bo, 300_00).review == "first_week"
    assert quoted(later(work, days=7), bo, 300_00).review == ""
    small = withdraws(work, bo, 200_00)  # Not above the limit: the next large one is the first.
    assert quoted(work, bo, 300_00).review == "first_week"
    large = withdraws(work, bo, 300_00)
    assert quoted(work, bo, 300_00).review == ""
    requests.cancel(work, bo, large.id)
    assert quoted(work, bo, 300_00).review == "first_week"
    assert (small.review, small.approvals_needed) == ("", 0)


@pytest.mark.parametrize(
    ("approved_after", "due_at"),
    [
        (timedelta(hours=1), NEXT_NINE),
        (timedelta(hours=22), NOON + timedelta(hours=22)),
        (timedelta(hours=33), NEXT_NINE + timedelta(days=1)),  # 21:00 is too late.
    ],
)
def test_an_approved_one_is_due_in_the_hours(
    work: Work, approved_after: timedelta, due_at: datetime
):
    row = withdraws(work, earner(work, 600_00), 600_00)

    assert quotes.due_at(replace(work, now=NOON + approved_after), row) == due_at


def test_who_has_the_minimum_needs_no_release(work):
    amy = earner(work, 100_00)
    reward(work, amy, "v:1", 1)

    with pytest.raises(errors.BelowMinimum) as refused:
        quotes.quote(work, amy, 99_99)

    assert refused.value == errors.BelowMinimum(100_00, 100_00, None, 0, 0)


def test_months_have_two_digits(work):
    amy = earner(work, 1_000_00)
    withdraws(work, amy, 100_00).tax_month = "2026-11"
    work.session.flush()

    assert quotes.paid_before(work, amy, "2026-12").months == 2


def test_a_first_one_has_the_whole_month(work):
    amy = earner(work, 60_000_00)

    with pytest.raises(errors.MonthLimit) as refused:
        quotes.quote(work, amy, 50_000_01)

    assert refused.value == errors.MonthLimit(50_000_00, 50_000_00)


def test_the_first_day_of_a_month_counts_for_it(work):
    first = replace(work, now=datetime(2026, 3, 31, 16, tzinfo=UTC))  # 1 April in Shanghai.
    amy = earner(work, 60_000_00)
    named(work, amy)
    withdraws(first, amy, 20_000_00)

    with pytest.raises(errors.MonthLimit) as refused:
        quotes.quote(later(first, days=20), amy, 30_000_01)

    assert refused.value == errors.MonthLimit(50_000_00, 30_000_00)


def test_without_anywhere_to_send_it_none_is_possible(work):
    amy = earner(work, 200_00)
    for door in identities.of_member(work, amy.id):
        identities.erase(work, door)

    for asked in (quotes.need_possible, lambda work, member: quotes.quote(work, member, 100_00)):
        with pytest.raises(errors.NoPayee):
            asked(work, amy)
