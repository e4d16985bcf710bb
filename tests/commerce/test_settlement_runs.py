"""Runs of a settlement: what belongs to one, how it goes on, when it ends, what it counts."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from commerce.agenda import DueTask
from commerce.goods.orders import Mode
from commerce.lives.lives import Live
from commerce.lives.lives import State as LiveState
from commerce.money import ledger, refunds, settlement
from commerce.money.earnings import Kind, Part, Reversal
from commerce.money.earnings import State as LineState
from commerce.money.settlement import Settlement
from commerce.rules import Rank
from commerce.work import Office, Work
from tests.commerce.sales import lines, live, paid_order
from tests.commerce.stars import star, visitor
from tests.people import NOON, Clock

TEN_MINUTES = timedelta(minutes=10)


def counts(run: Settlement) -> tuple[int, int, int, int]:
    return run.batches, run.orders, run.lines, run.earned_fen


def planned(work: Work) -> list[tuple[str, dict[str, object]]]:
    rows = select(DueTask).where(DueTask.task == "tell_settled").order_by(DueTask.id)
    return [(row.key, row.args) for row in work.session.scalars(rows)]


def test_a_run_goes_on_batch_by_batch_up_to_its_watermark(office: Office, clock: Clock):
    with office.work() as work:
        amy, dan = star(work, "amy"), visitor(work)
        first, second, third = (paid_order(work, dan, amy) for _ in range(3))
        place = first.escrow
    run_id = office.do(lambda work: settlement.start(work, place))
    clock.passes(seconds=1)
    with office.work() as work:
        late = paid_order(work, dan, amy)
        assert settlement.start(work, place) == run_id

    def next_batch() -> Settlement:
        return office.do(lambda work: settlement.settle_batch(work, run_id, limit=2))

    # 99.00 × 20 % = 19.80 of each order.
    run = next_batch()
    assert (run.run_no, run.started_at, run.upto_id) == (1, NOON, second.id)
    assert (counts(run), run.finished_at) == ((1, 2, 2, 39_60), None)
    run = next_batch()
    assert (counts(run), run.upto_id, run.finished_at) == ((2, 3, 3, 59_40), third.id, None)
    clock.passes(seconds=1)
    run = next_batch()
    assert (counts(run), run.finished_at) == ((2, 3, 3, 59_40), NOON + timedelta(seconds=2))
    clock.passes(seconds=1)
    assert next_batch().finished_at == NOON + timedelta(seconds=2)

    with office.reading() as work:
        assert lines(work, late) == []
        assert planned(work) == [(f"tell_settled:{run_id}:0", {"run_id": run_id, "after": 0})]
        entry = ledger.find(work, f"settlement:{run_id}:2")
        assert entry == {
            ledger.escrow(place): -99_00,
            ledger.SALES: 79_20,
            ledger.pending(amy.id): 19_80,
        }
        assert ledger.balance_fen(work, ledger.escrow(place)) == 99_00


def test_what_is_paid_after_a_run_is_the_next_runs(office: Office, clock: Clock):
    with office.work() as work:
        amy, dan = star(work, "amy"), visitor(work)
        place = paid_order(work, dan, amy).escrow
    settlement.settle(office, place)
    clock.passes(hours=1)
    with office.work() as work:
        late = paid_order(work, dan, amy)

    run = settlement.settle(office, place)

    assert run is not None
    assert (run.run_no, counts(run)) == (2, (1, 1, 1, 19_80))
    assert settlement.settle(office, place) is None
    with office.reading() as work:
        [line] = lines(work, late)
        assert (line.settlement_id, line.created_at) == (run.id, clock.now)
        assert ledger.balance_fen(work, ledger.escrow(place)) == 0


def test_two_places_keep_their_orders_apart(office: Office):
    with office.work() as work:
        amy, dan = star(work, "amy"), visitor(work)
        evening, other = live(work, amy), live(work, amy)
        sold = paid_order(work, dan, amy, live=evening)
        elsewhere = paid_order(work, dan, amy, live=other)
        place = sold.escrow

    run = settlement.settle(office, place)

    assert run is not None
    assert counts(run) == (1, 1, 1, 19_80)
    with office.reading() as work:
        assert lines(work, elsewhere) == []
        assert work.session.get_one(Live, evening.id).state == LiveState.SETTLED
        assert work.session.get_one(Live, other.id).state == LiveState.LIVE


def test_a_live_that_sold_nothing_is_settled_once_and_nobody_is_told(office: Office, clock: Clock):
    with office.work() as work:
        amy = star(work, "amy")
        evening = live(work, amy)

    run = settlement.settle(office, str(evening.id))
    clock.passes(days=1)

    assert run is not None
    assert counts(run) == (0, 0, 0, 0)
    assert settlement.settle(office, str(evening.id)) is None
    assert settlement.settle(office, "2026-03-02") is None
    with office.reading() as work:
        found = work.session.get_one(Live, evening.id)
        assert (found.state, found.settled_at) == (LiveState.SETTLED, NOON)
        assert planned(work) == []


def test_a_live_keeps_the_moment_it_was_first_settled(office: Office, clock: Clock):
    with office.work() as work:
        amy, dan = star(work, "amy"), visitor(work)
        evening = live(work, amy)
        place = paid_order(work, dan, amy, live=evening).escrow
    settlement.settle(office, place)
    clock.passes(hours=1)
    with office.work() as work:
        paid_order(work, dan, amy, live=work.session.get_one(Live, evening.id))
    settlement.settle(office, place)

    with office.reading() as work:
        assert work.session.get_one(Live, evening.id).settled_at == NOON


def test_what_waits_is_a_day_at_once_and_a_live_ten_minutes_after_its_end(
    office: Office, clock: Clock
):
    with office.work() as work:
        amy, dan = star(work, "amy"), visitor(work)
        evening = live(work, amy)
        on_air = paid_order(work, dan, amy, live=evening).escrow
        day = paid_order(work, dan, amy).escrow

    def waiting() -> list[str]:
        return office.do(settlement.unsettled_places)

    assert waiting() == [day]
    with office.work() as work:
        work.session.get_one(Live, evening.id).ended_at = NOON
    assert waiting() == [day]
    clock.now = NOON + TEN_MINUTES - timedelta(seconds=1)
    assert waiting() == [day]
    clock.now = NOON + TEN_MINUTES
    assert waiting() == sorted([day, on_air])
    settlement.settle(office, day)
    assert waiting() == [on_air]


@pytest.mark.parametrize(
    ("refunded_fen", "reversed_fen", "states"),
    [
        # chen 18.80 and bo 4.70, of 94.00.
        (30_00, [6_00, 1_50], [LineState.PENDING, LineState.PENDING]),
        (1, [0, 0], [LineState.PENDING, LineState.PENDING]),  # 0.2 fen and 0.05 fen.
        (94_00, [18_80, 4_70], [LineState.REVERSED, LineState.REVERSED]),
    ],
)
def test_what_was_refunded_before_is_off_every_line_and_out_of_escrow(
    office: Office, refunded_fen, reversed_fen, states
):
    with office.work() as work:
        bo = star(work, "bo")
        chen = star(work, "chen", bo)
        bo.rank = chen.rank = Rank.ONE_STAR
        order = paid_order(work, visitor(work), chen, 94_00, freight_fen=8_00)
        refunds.refund(work, order.id, refunded_fen, key="before", freight_fen=3_00)

    run = settlement.settle(office, order.escrow)

    assert run is not None
    stands_fen = 23_50 - sum(reversed_fen)
    assert counts(run) == (1, 1, 2, stands_fen)
    with office.reading() as work:
        made = lines(work, order)
        assert [(one.part, one.kind, one.amount_fen) for one in made] == [
            (Part.PROMOTER, Kind.SALES_COMMISSION, 18_80),
            (Part.PARENT, Kind.TEAM_REWARD, 4_70),
        ]
        assert [(one.reversed_fen, one.state) for one in made] == list(
            zip(reversed_fen, states, strict=True)
        )
        taken = work.session.scalars(select(Reversal).order_by(Reversal.earning_id)).all()
        assert [(one.key, one.amount_fen, one.from_pending_fen, one.at) for one in taken] == [
            ("settlement", off_fen, off_fen, NOON) for off_fen in reversed_fen if off_fen
        ]
        assert ledger.balances(work, chen.id).pending_fen == 18_80 - reversed_fen[0]
        assert ledger.balance_fen(work, ledger.escrow(order.escrow)) == 0
        # 102.00 came in.
        assert ledger.balance_fen(work, ledger.WORLD) == -(102_00 - refunded_fen - 3_00)
        kept_fen = 102_00 - refunded_fen - 3_00 - stands_fen
        assert ledger.balance_fen(work, ledger.SALES) == kept_fen
        entry = ledger.find(work, f"settlement:{run.id}:1")
        assert entry is not None
        assert all(entry.values())


def test_a_markup_is_above_the_supply_price_of_every_piece_in_sql_too(office: Office):
    with office.work() as work:
        amy, dan = star(work, "amy"), visitor(work)
        order = paid_order(work, dan, amy, 130_00, quantity=2, mode=Mode.MARKUP)
        at_cost = paid_order(work, dan, amy, 100_00, quantity=2, mode=Mode.MARKUP)

    settlement.settle(office, order.escrow)

    # 130.00 − 2 × 50.00.
    with office.reading() as work:
        [line] = lines(work, order)
        assert (line.kind, line.rate_bp, line.amount_fen) == (Kind.HOST_MARKUP, None, 30_00)
        assert (line.awaits_operator, line.state) == (False, LineState.PENDING)
        assert lines(work, at_cost) == []


def test_what_earns_nothing_gives_everything_to_sales(office: Office):
    with office.work() as work:
        order = paid_order(work, visitor(work), None, 94_00, freight_fen=8_00)

    run = settlement.settle(office, order.escrow)

    assert run is not None
    assert counts(run) == (1, 1, 0, 0)
    with office.reading() as work:
        assert ledger.balance_fen(work, ledger.SALES) == 102_00
        assert planned(work) == []


def test_the_parts_of_an_order_keep_their_numbers():
    assert [part.value for part in Part] == [1, 2, 3, 4]


def test_a_line_of_one_fen_is_a_line_and_one_of_less_is_none(office: Office):
    with office.work() as work:
        amy, dan = star(work, "amy"), visitor(work)
        least, less = paid_order(work, dan, amy, 5), paid_order(work, dan, amy, 4)

    run = settlement.settle(office, least.escrow)

    # 5 fen × 20 % = 1 fen; 4 fen × 20 % = 0.8 fen.
    assert run is not None
    assert counts(run) == (1, 2, 1, 1)
    with office.reading() as work:
        assert [line.amount_fen for line in lines(work, least)] == [1]
        assert lines(work, less) == []
