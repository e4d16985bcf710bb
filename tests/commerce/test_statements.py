"""A month re-adds to zero, whatever happened in it; a year's tax is what was withheld."""

from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from random import Random

import pytest
from sqlalchemy import select

from commerce.money import approvals, ledger, payouts, refunds, releases, requests, settlement
from commerce.money.earnings import Earning
from commerce.money.ledger import Move
from commerce.money.statements import Kind, kind_of, span, statement, tax_statement
from commerce.money.withdrawals import State, Withdrawal
from commerce.people import members
from commerce.people.members import Member
from commerce.work import Office, Work
from tests.commerce.purses import cashier, named, taxed, withdraws
from tests.commerce.sales import paid_order
from tests.commerce.stars import star, visitor
from tests.people import Clock


def paid(work: Work, row: Withdrawal, at: datetime | None = None) -> None:
    now = replace(work, now=at or row.due_at)
    bill = payouts.start(now, row.id)
    assert bill is not None
    payouts.heard_transfer(now, bill.number, "SUCCESS", row.arrives_fen, row.payee)


def test_a_month_word_by_word(office: Office, clock: Clock):
    """On 2 March 990.00 are sold at 20 %; on 17 March all of it is released."""
    with office.work() as work:
        amy, dan = star(work, "amy"), visitor(work)
        order = paid_order(work, dan, amy, 990_00)
    settlement.settle(office, order.escrow)
    office.do(lambda work: refunds.refund(work, order.id, 99_00, key="r"))
    clock.passes(days=15)
    office.do(releases.release)
    with office.work() as work:
        amy = members.get(work, amy.id)
        paid(work, withdraws(work, amy, 100_00))
        march = statement(work, amy, "2026-03")

    # 198.00 earned, 19.80 taken back, 100.00 withdrawn: 78.20 are left.
    assert [(line.kind, line.amount_fen) for line in march.lines] == [
        (Kind.EARNED, 198_00),
        (Kind.REVERSED, -19_80),
        (Kind.WITHDRAWN, -100_00),
    ]
    assert (march.opening_fen, march.closing_fen, march.difference_fen) == (0, 78_20, 0)
    assert (march.arrived_fen, march.fee_fen, march.tax_fen) == (99_00, 1_00, 0)
    with office.reading() as work:
        april = statement(work, members.get(work, amy.id), "2026-04")
        assert (april.opening_fen, april.lines, april.closing_fen) == (78_20, (), 78_20)


def test_a_month_is_one_of_shanghai():
    start, end = span("2026-12")

    assert start.astimezone(UTC) == datetime(2026, 11, 30, 16, tzinfo=UTC)
    assert end.astimezone(UTC) == datetime(2026, 12, 31, 16, tzinfo=UTC)
    with pytest.raises(ValueError, match="unconverted"):
        span("2026-13")


@pytest.mark.parametrize(
    ("key", "kind"),
    [
        ("settlement:1:2", Kind.EARNED),
        ("reward:V1:2", Kind.EARNED),
        ("refund:1:line:2", Kind.REVERSED),
        ("fraud:1:line:2", Kind.REVERSED),
        ("overturned:1:1:line:2", Kind.RESTORED),
        ("refund:1", Kind.GIVEN_BACK),
        ("order:1:paid", Kind.SPENT),
        ("withdrawal:1:paid", Kind.WITHDRAWN),
        ("merge:2:available", Kind.OTHER),
    ],
)
def test_every_key_has_its_kind(key: str, kind: Kind):
    assert kind_of(key) == kind


@pytest.mark.parametrize("seed", range(1))
def test_three_random_months_re_add_to_zero(office: Office, clock: Clock, seed: int):
    chance = Random(seed)
    with office.work() as work:
        amy, dan, boss = star(work, "amy"), visitor(work), cashier(work, "小周")
        named(work, amy)
    for _ in range(30):
        clock.passes(days=3)
        a_day(office, chance, amy, dan, boss)

    with office.reading() as work:
        amy = members.get(work, amy.id)
        months = [statement(work, amy, f"2026-{month:02d}") for month in range(3, 8)]
        held = ledger.balances(work, amy.id)
        lines = select(Earning).where(Earning.member_id == amy.id)
        stands_fen = sum(line.stands_fen for line in work.session.scalars(lines))
        gone = select(Withdrawal).where(Withdrawal.state == State.PAID)
        withdrawn = list(work.session.scalars(gone))

    assert [one.difference_fen for one in months] == [0] * 5
    for month, following in pairwise(months):
        assert month.closing_fen == following.opening_fen
    assert months[-1].closing_fen == (
        held.pending_fen + held.available_fen + held.reserved_fen - held.debt_fen
    )
    came_fen = sum(one.of(Kind.EARNED) + one.of(Kind.REVERSED) for one in months)
    assert came_fen == stands_fen
    assert sum(one.arrived_fen for one in months) == sum(row.arrives_fen for row in withdrawn)
    assert sum(one.fee_fen for one in months) == sum(row.fee_fen for row in withdrawn)
    assert any(withdrawn)


def a_day(office: Office, chance: Random, amy: Member, dan: Member, boss: Member) -> None:
    with office.work() as work:
        order = paid_order(
            work,
            members.get(work, dan.id),
            members.get(work, amy.id),
            chance.randrange(1, 3_000_00),
        )
        refund_fen = chance.randrange(1, order.base_fen + 1) if chance.random() < 0.4 else 0
    settlement.settle(office, str(order.escrow))
    if refund_fen:
        office.do(lambda work: refunds.refund(work, order.id, refund_fen, key=f"r{order.id}"))
    office.do(releases.release)
    with office.work() as work:
        member = members.get(work, amy.id)
        if ledger.balances(work, amy.id).available_fen < 100_00:
            return
        row = withdraws(work, member, 100_00)
        what = chance.choice(("paid", "failed", "cancelled", "left"))
        if row.state == State.REQUESTED:
            approvals.approve(work, row.id, by=members.get(work, boss.id))
        if what == "cancelled":
            requests.cancel(work, member, row.id)
        elif what != "left":
            now = replace(work, now=row.due_at)
            bill = payouts.start(now, row.id)
            assert bill is not None
            state = "SUCCESS" if what == "paid" else "FAIL"
            payouts.heard_transfer(now, bill.number, state, row.arrives_fen, row.payee)


def test_spent_credit_and_its_return_are_lines_of_their_own(work: Work):
    amy = star(work, "amy")
    ledger.post(work, "settlement:1:1", Move("escrow:1", ledger.pending(amy.id), 100_00))
    ledger.post(
        work, "release:line:1", Move(ledger.pending(amy.id), ledger.available(amy.id), 100_00)
    )
    ledger.post(
        work, "order:1:reserve", Move(ledger.available(amy.id), ledger.reserved(amy.id), 30_00)
    )
    ledger.post(work, "order:1:paid", Move(ledger.reserved(amy.id), "escrow:1", 30_00))
    ledger.post(work, "refund:1", Move("escrow:1", ledger.available(amy.id), 10_00))

    march = statement(work, amy, "2026-03")

    assert [march.of(kind) for kind in (Kind.EARNED, Kind.SPENT, Kind.GIVEN_BACK)] == [
        100_00,
        -30_00,
        10_00,
    ]
    assert (march.closing_fen, march.difference_fen) == (80_00, 0)


def test_a_years_tax_by_month(work: Work):
    work = taxed(work, "ordinary")
    amy, boss = star(work, "amy"), cashier(work, "小周")
    named(work, amy)
    ledger.post(work, "fund", Move(ledger.WORLD, ledger.available(amy.id), 9_000_00))
    for days, amount_fen in ((0, 1_000_00), (1, 3_000_00), (31, 1_000_00)):
        now = replace(work, now=work.now.replace(day=2 + days % 30, month=3 + days // 30))
        row = withdraws(now, amy, amount_fen)
        if row.state == State.REQUESTED:
            approvals.approve(now, row.id, by=boss)
        paid(now, row)
    withdraws(now, amy, 100_00)  # Not paid: no income yet.

    # March: 1 000 → 40, then 4 000 together → 640; April: 1 000 → 40.
    year = tax_statement(work, amy, 2026)

    assert [(one.month, one.income_fen, one.tax_fen) for one in year] == [
        ("2026-03", 4_000_00, 640_00),
        ("2026-04", 1_000_00, 40_00),
    ]
    assert tax_statement(work, amy, 2025) == []
    assert ledger.balance_fen(work, ledger.TAX) == 680_00
