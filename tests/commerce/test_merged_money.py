"""Two members become one: their money becomes one, too, and every line still finds its account."""

import pytest

from commerce.goods.orders import Order
from commerce.money import ledger, refunds, releases, settlement
from commerce.money.audit import audit
from commerce.money.ledger import Balances, Move
from commerce.people import binding
from tests.commerce.sales import paid_order
from tests.commerce.stars import star, visitor


@pytest.mark.parametrize(
    ("first", "second", "together"),
    [
        # Debt of one is paid by what is available of the other, whoever survives.
        ((30_00, 0), (0, 20_00), Balances(available_fen=10_00)),
        ((0, 20_00), (30_00, 0), Balances(available_fen=10_00)),
        ((0, 20_00), (15_00, 0), Balances(debt_fen=5_00)),
        ((0, 20_00), (0, 5_00), Balances(debt_fen=25_00)),
        ((7_00, 0), (5_00, 0), Balances(available_fen=12_00)),
        ((0, 0), (0, 0), Balances()),
    ],
)
def test_what_both_have_is_put_together(office, first, second, together):
    with office.work() as work:
        one, other = star(work, "one"), star(work, "other")
        for member, (available_fen, debt_fen) in ((one, first), (other, second)):
            post = Move(ledger.WORLD, ledger.available(member.id), available_fen)
            owes = Move(ledger.debt(member.id), ledger.SALES, debt_fen)
            ledger.post(work, f"start:{member.id}", post, owes)

    with office.work() as work:
        survivor = binding.merge(work, work.session.merge(one), work.session.merge(other))

    assert survivor is not None
    with office.reading() as work:
        assert ledger.balances(work, survivor.id) == together
        assert ledger.balances(work, other.id) == Balances()
    assert audit(office).is_whole


def test_the_lines_of_the_one_who_is_gone_are_settled_reversed_and_released(office, clock):
    with office.work() as work:
        one, other, buyer = star(work, "one"), star(work, "other"), visitor(work)
        settled = paid_order(work, buyer, other)
        place = settled.escrow
    settlement.settle(office, place)
    with office.work() as work:
        waiting = paid_order(work, buyer, other)
        binding.merge(work, work.session.merge(one), work.session.merge(other))
    settlement.settle(office, place)

    with office.reading() as work:  # 99.00 × 20 %, twice.
        assert ledger.balances(work, one.id).pending_fen == 2 * 19_80
        assert work.session.get_one(Order, waiting.id).promoter_id == other.id

    office.do(lambda work: refunds.refund(work, settled.id, 49_50, key="half"))
    clock.passes(days=15)
    office.do(releases.release)

    with office.reading() as work:
        assert ledger.balances(work, one.id) == Balances(available_fen=9_90 + 19_80)
    assert audit(office).is_whole
