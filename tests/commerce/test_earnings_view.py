"""What a member sees of their money: sums that agree with the ledger, pages that lose no line."""

from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from commerce.goods.orders import Mode, Order
from commerce.lives.lives import Live
from commerce.lives.lives import State as LiveState
from commerce.money import (
    earning_lists,
    earnings_view,
    estimates,
    ledger,
    refunds,
    releases,
    settlement,
)
from commerce.money.earnings import Earning, Kind, earning_lines
from commerce.money.withdrawals import State as Payout
from commerce.money.withdrawals import Withdrawal
from commerce.people.members import Member
from commerce.rules import Rank
from commerce.work import Office, Work
from tests.commerce.sales import live, paid_order, product
from tests.commerce.stars import star
from tests.commerce.test_settlement import Family, family
from tests.people import Clock

__all__ = ["family"]


def sold(office: Office, family: Family, *bases: int, by: Member | None = None) -> str:
    """Orders of one evening, one fen apart in nothing but their sums; the live's place."""
    with office.work() as work:
        evening = live(work, family.amy)
        for base_fen in bases:
            paid_order(work, family.dan, by or family.amy, base_fen, live=evening)
        return str(evening.id)


def ended(office: Office, place: str) -> None:
    def end(work: Work) -> None:
        found = work.session.get_one(Live, int(place))
        found.state, found.ended_at = LiveState.ENDED, work.now

    office.do(end)


ORDERS = st.lists(
    st.tuples(
        st.integers(1, 1_000_000_00),  # fen
        st.booleans(),  # at a price of the star's own
        st.integers(0, 100),  # per cent refunded
        st.booleans(),  # void
    ),
    min_size=1,
    max_size=6,
)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(drawn=ORDERS, rank=st.sampled_from(Rank))
def test_what_is_estimated_is_what_is_settled(office: Office, family: Family, drawn, rank):
    """Law: the estimate in SQL, the formula in Python and the lines of the run agree to the fen."""
    people = (family.amy, family.bo, family.chen)
    with office.work() as work:
        for member in people:
            work.session.merge(member).rank = rank
    place = _sold(office, family, drawn)
    with office.reading() as work:
        before = [estimates.estimate(work, m, live_id=int(place)).amount_fen for m in people]
        by_formula = [_by_formula(work, place, member.id) for member in people]

    run = settlement.settle(office, place)

    with office.reading() as work:
        rows = select(Earning).where(Earning.settlement_id == run.id)
        lines = list(work.session.scalars(rows))
        after = [sum(one.stands_fen for one in lines if one.member_id == m.id) for m in people]
        assert before == by_formula == after
        assert [estimates.estimate(work, m, live_id=int(place)).amount_fen for m in people] == [
            0,
            0,
            0,
        ]


def _sold(office: Office, family: Family, drawn) -> str:
    with office.work() as work:
        evening = live(work, family.amy)
        orders = []
        for base_fen, markup, percent, void in drawn:
            goods = product(work, base_fen)
            goods.supply_fen = goods.cost_fen = base_fen // 2
            mode = Mode.MARKUP if markup else Mode.COMMISSION
            made = paid_order(
                work, family.dan, family.chen, base_fen, live=evening, goods=goods, mode=mode
            )
            orders.append((made.id, base_fen * percent // 100, void))
    for order_id, refund_fen, void in orders:
        office.do(lambda work, one=order_id, fen=refund_fen, v=void: _spoilt(work, one, fen, v))
    return str(evening.id)


def _spoilt(work: Work, order_id: int, refund_fen: int, void: bool) -> None:
    if refund_fen:
        refunds.refund(work, order_id, refund_fen, key=f"r{order_id}")
    if void:
        work.session.get_one(Order, order_id).voided_at = work.now


def _by_formula(work: Work, place: str, member_id: int) -> int:
    total_fen = 0
    for order in work.session.scalars(select(Order).where(Order.escrow == place)):
        for line in earning_lines(order):
            if line.member_id == member_id and order.voided_at is None:
                off_fen = line.amount_fen * order.refunded_fen // order.base_fen
                total_fen += line.amount_fen - off_fen
    return total_fen


def test_the_sums_of_an_evening(office: Office, clock: Clock, family: Family):
    # 99.00 × 20 % = 19.80 and 39.90 × 20 % = 7.98 of one's own; 99.00 × 5 % = 4.95 by bo's sale.
    place = sold(office, family, 99_00, 39_90)
    with office.work() as work:
        paid_order(work, family.dan, family.bo, live=work.session.get_one(Live, int(place)))
    ended(office, place)
    settlement.settle(office, place)

    with office.reading() as work:
        found = earnings_view.overview(work, family.amy)

    assert found.balances.pending_fen == 32_73
    assert (found.today_fen, found.month_fen, found.estimated_fen) == (32_73, 32_73, 0)
    assert (found.kinds[Kind.SALES_COMMISSION], found.kinds[Kind.TEAM_REWARD]) == (27_78, 4_95)
    assert found.days == {date(2026, 3, 1): 0, date(2026, 3, 2): 32_73}
    (evening,) = found.lives
    assert (evening.amount_fen, evening.lines, evening.is_settled) == (32_73, 3, True)
    assert found.last_release is None


def test_a_live_is_not_settled_while_an_order_of_it_waits(
    office: Office, clock: Clock, family: Family
):
    place = sold(office, family, 99_00)
    ended(office, place)
    settlement.settle(office, place)
    with office.work() as work:
        paid_order(work, family.dan, family.amy, live=work.session.get_one(Live, int(place)))

    with office.reading() as work:
        found = earnings_view.overview(work, family.amy)
        clock_of = earnings_view.progress(work, work.session.get_one(Live, int(place)))

    assert (found.lives[0].is_settled, found.estimated_fen) == (False, 19_80)
    assert (clock_of.orders, clock_of.settled, clock_of.runs) == (2, 1, 1)


def test_days_begin_in_shanghai(office: Office, clock: Clock, family: Family):
    clock.passes(hours=11, minutes=59)  # 23:59
    settlement.settle(office, _outside(office, family))
    clock.passes(minutes=1)
    settlement.settle(office, _outside(office, family))

    with office.reading() as work:
        found = earnings_view.overview(work, family.amy)

    assert (found.days[date(2026, 3, 2)], found.days[date(2026, 3, 3)]) == (19_80, 19_80)
    assert found.today_fen == 19_80


def _outside(office: Office, family: Family) -> str:
    with office.work() as work:
        return paid_order(work, family.dan, family.amy).escrow or ""


def test_what_left_for_the_wallet(office: Office, family: Family):
    def asked(state: Payout, amount_fen: int) -> Withdrawal:
        return Withdrawal(
            key=state,
            member_id=family.amy.id,
            amount_fen=amount_fen,
            fee_fen=1,
            tax_fen=0,
            tax_month="2026-03",
            payee="o-amy",
            state=state,
            requested_at=office.clock(),
            due_at=office.clock(),
        )

    with office.work() as work:
        states = (Payout.PAID, Payout.WAITING_USER, Payout.UNKNOWN, Payout.FAILED)
        work.session.add_all(asked(state, 100_00) for state in states)

    with office.reading() as work:
        found = earnings_view.overview(work, family.amy)

    assert (found.paid_fen, found.withdrawing_fen) == (100_00, 200_00)


def test_the_last_release_counts_what_paid_a_debt(office: Office, clock: Clock, family: Family):
    settlement.settle(office, _outside(office, family))
    owed = ledger.Move(ledger.debt(family.amy.id), ledger.SALES, 5_00)
    office.do(lambda work: ledger.post(work, "owed", owed))
    clock.passes(days=15)
    office.do(releases.release)

    with office.reading() as work:
        found = earnings_view.overview(work, family.amy).last_release

    assert found is not None
    assert (found.at, found.amount_fen) == (clock(), 19_80)


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    evenings=st.lists(st.integers(1, 4), min_size=1, max_size=4),
    limit=st.integers(1, 6),
    other=st.booleans(),
)
def test_pages_show_every_line_once_newest_place_first(
    office: Office, clock: Clock, family: Family, evenings, limit, other
):
    with office.work() as work:
        me, somebody = star(work, "页"), star(work, "别")
    for number in evenings:
        place = sold(office, family, *([99_00] * number), by=me)
        if other:
            sold(office, family, 99_00, by=somebody)
        settlement.settle(office, place)
        clock.passes(days=1)

    seen, before_id, places = [], None, []
    for _ in range(sum(evenings)):  # At least a line a page.
        with office.reading() as work:
            page = earning_lists.lines_page(work, me, before_id=before_id, limit=limit)
        seen += [line.id for line in page.lines]
        assert page.live is not None
        places.append(page.live.live_id)
        assert 1 <= len(page.lines) <= limit
        before_id = page.before_id
        if before_id is None:
            break

    with office.reading() as work:
        mine = select(Earning.id).where(Earning.member_id == me.id)
        assert sorted(seen) == sorted(work.session.scalars(mine))
        assert earning_lists.count(work, me) == len(seen) == sum(evenings)
    assert places == sorted(places, reverse=True)


def test_a_member_sees_what_was_earned_before_two_accounts_became_one(
    office: Office, family: Family
):
    settlement.settle(office, _outside(office, family))
    with office.work() as work:
        other = star(work, "另一个")
        work.session.merge(family.amy).merged_into = other.id

    with office.reading() as work:
        assert earnings_view.overview(work, other).month_fen == 19_80
        assert len(earning_lists.lines_page(work, other).lines) == 1


def test_an_order_is_found_by_its_tail_only_by_whose_it_is(office: Office, family: Family):
    settlement.settle(office, _outside(office, family))
    _outside(office, family)
    with office.reading() as work:
        first, second = work.session.scalars(select(Order).order_by(Order.id))
        assert [one.order_id for one in earning_lists.of_order(work, family.amy, first.tail)] == [
            first.id
        ]
        assert earning_lists.of_order(work, family.chen, first.tail) == []
        assert estimates.find(work, family.amy, second.tail) == second
        assert estimates.find(work, family.amy, first.tail) is None
        assert estimates.find(work, family.chen, second.tail) is None


def test_a_live_that_runs_long_ago_still_counts_as_estimated(
    office: Office, clock: Clock, family: Family
):
    sold(office, family, 99_00)
    clock.passes(days=9)  # Nobody ended it and no worker ran.

    with office.reading() as work:
        assert estimates.estimate(work, family.amy).amount_fen == 19_80


@pytest.mark.parametrize("days", [1, 40])
def test_lives_are_listed_for_a_month(days: int, office: Office, clock: Clock, family: Family):
    settlement.settle(office, sold(office, family, 99_00))
    clock.passes(days=days)

    with office.reading() as work:
        assert len(earnings_view.overview(work, family.amy).lives) == (days < 31)
