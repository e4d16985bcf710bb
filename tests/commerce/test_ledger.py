"""The books: balanced, once per key, never below a limit."""

from datetime import timedelta

import pytest

from commerce.errors import InsufficientBalance
from commerce.money import ledger
from commerce.money.ledger import Balances, Move, balances, post
from tests.commerce.stars import later
from tests.people import NOON

MINE, OWED = ledger.available(7), ledger.debt(7)


def test_an_entry_moves_money_and_sums_to_nothing(work):
    assert post(work, "a", Move(ledger.WORLD, MINE, 100_00), Move(ledger.WORLD, ledger.FEES, 1))

    assert ledger.find(work, "a") == {"world": -100_01, MINE: 100_00, "platform:fees": 1}
    assert ledger.balance_fen(work, MINE) == 100_00
    assert ledger.balance_fen(work, ledger.WORLD) == -100_01


def test_the_same_key_twice_is_the_same_fact(work):
    assert post(work, "a", Move(ledger.WORLD, MINE, 100_00))
    assert not post(work, "a", Move(ledger.WORLD, MINE, 100_00))

    assert ledger.balance_fen(work, MINE) == 100_00


def test_one_key_with_two_facts_is_our_own_mistake(work):
    post(work, "a", Move(ledger.WORLD, MINE, 100_00))

    with pytest.raises(AssertionError):
        post(work, "a", Move(ledger.WORLD, MINE, 99_99))


def test_nobody_has_less_than_nothing(office):
    with office.work() as work:
        post(work, "a", Move(ledger.WORLD, MINE, 100_00))

    with pytest.raises(InsufficientBalance) as refused, office.work() as work:
        post(work, "b", Move(MINE, ledger.WORLD, 100_01))

    assert (refused.value.asked_fen, refused.value.available_fen) == (100_01, 100_00)
    with office.work() as work:
        assert ledger.find(work, "b") is None
        assert post(work, "b", Move(MINE, ledger.WORLD, 100_00))
        assert ledger.balance_fen(work, MINE) == 0


def test_a_debt_is_nothing_or_less(office):
    with office.work() as work:
        post(work, "a", Move(OWED, ledger.SALES, 47_20))
        assert balances(work, 7) == Balances(debt_fen=47_20)

    with pytest.raises(InsufficientBalance), office.work() as work:
        post(work, "b", Move(ledger.WORLD, OWED, 47_21))


def test_moves_of_nothing_leave_no_posting(work):
    post(work, "a", Move(ledger.WORLD, MINE, 0))

    assert ledger.find(work, "a") == {}


def test_money_that_comes_and_goes_in_one_entry_is_no_change(work):
    post(work, "a", Move(ledger.WORLD, MINE, 5), Move(MINE, ledger.WORLD, 5))

    assert ledger.find(work, "a") == {}
    assert ledger.balance_fen(work, MINE) == 0


def test_what_was_posted_up_to_a_moment_counts_that_moment(work):
    post(work, "a", Move(ledger.WORLD, MINE, 5))
    post(later(work, hours=1), "b", Move(ledger.WORLD, MINE, 7), Move(MINE, ledger.FEES, 2))
    post(later(work, hours=2), "c", Move(ledger.WORLD, MINE, 100))

    found = [
        ledger.posted_fen(work, MINE, until=NOON + timedelta(minutes=minutes))
        for minutes in (-1, 0, 59, 60, 120)
    ]

    assert found == [0, 5, 5, 10, 110]
    assert ledger.posted_fen(work, MINE) == 110
    assert ledger.posted_fen(work, ledger.FEES, until=NOON + timedelta(hours=1)) == 2
