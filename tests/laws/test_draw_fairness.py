"""
Draws are fair as far as statistics can tell, and these statistics can tell.

Five of a hundred are drawn again and again, each time with a fresh secret. The bounds are those of
99 % of all fair machines: chi-square with 99 degrees of freedom by the table of Abramowitz and
Stegun (26.8, p = 0.005 and 0.995), the normal distribution's by theirs (26.1).
"""

import hashlib
import hmac
import os
from collections.abc import Callable, Iterator
from itertools import pairwise
from math import sqrt

import pytest

from commerce.lives import draw

SEED = os.environ.get("QIANXING_TEST_SEED", "20261123")
PEOPLE, WANTED = 100, 5
CHI_SQUARE_99 = (66.510, 138.987)
NORMAL = 2.5758
FULL = 20_000
QUICK = 3_000

TICKETS = [draw.ticket(number, 1) for number in range(1, PEOPLE + 1)]
DIGEST = draw.digest(TICKETS)
Drawn = list[int]
Machine = Callable[[bytes], Drawn]


def ours(secret: bytes) -> Drawn:
    chosen = draw.winners(secret.hex(), DIGEST, "", TICKETS, WANTED)
    return [int(draw.booking(ticket)) for ticket in chosen]


def by_modulo(secret: bytes) -> Drawn:
    """As one would write it first: bytes modulo 100, so that 1 to 56 come up three times in 256."""
    stream = (byte for salt in range(99) for byte in hmac.digest(secret, bytes([salt]), "sha256"))
    chosen: dict[int, None] = {}
    while len(chosen) < WANTED:
        chosen[1 + next(stream) % PEOPLE] = None
    return list(chosen)


def with_old_secrets(secret: bytes) -> Drawn:
    """Fair each time, but every second draw opens the secret of the one before."""
    number = int.from_bytes(secret[-4:])
    return ours(fresh(number - number % 2))


def fresh(number: int) -> bytes:
    return hashlib.sha256(f"{SEED}:{number}".encode()).digest()[:28] + number.to_bytes(4)


def draws(machine: Machine, rounds: int) -> Iterator[Drawn]:
    return (machine(fresh(number)) for number in range(rounds))


def statistics(drawn: list[Drawn]) -> dict[str, float]:
    """Each fair machine's: two chi-squares with 99 degrees, and two that are normal."""
    firsts = [chosen[0] for chosen in drawn]
    return {
        "who wins": _chi_square([one for chosen in drawn for one in chosen], share=WANTED / PEOPLE),
        "who wins first": _chi_square(firsts, share=1 / PEOPLE),
        "runs": _runs([number > PEOPLE / 2 for number in firsts]),
        "serial correlation": _serial(firsts),
    }


def _chi_square(numbers: list[int], share: float) -> float:
    """Of `share` of the people each time, without putting back: their counts are correlated, and
    the factor makes up for it."""
    rounds = len(numbers) / (share * PEOPLE)
    expected = rounds * share
    spread = expected * (1 - share) * PEOPLE / (PEOPLE - 1)
    counts = [0] * PEOPLE
    for number in numbers:
        counts[number - 1] += 1
    return sum((count - expected) ** 2 for count in counts) / spread


def _runs(signs: list[bool]) -> float:
    """Wald and Wolfowitz: too many runs are as strange as too few."""
    yes, no = signs.count(True), signs.count(False)
    both = yes + no
    expected = 2 * yes * no / both + 1
    variance = (expected - 1) * (expected - 2) / (both - 1)
    runs = 1 + sum(one != other for one, other in pairwise(signs))
    return (runs - expected) / sqrt(variance)


def _serial(numbers: list[int]) -> float:
    """Whether a draw says anything about the next one."""
    mean = sum(numbers) / len(numbers)
    together = sum((one - mean) * (other - mean) for one, other in pairwise(numbers))
    return together / sum((one - mean) ** 2 for one in numbers) * sqrt(len(numbers))


def strange(drawn: list[Drawn]) -> set[str]:
    """Which statistics lie outside of what 99 % of fair machines give."""
    bounds = {"who wins": CHI_SQUARE_99, "who wins first": CHI_SQUARE_99}
    found = set()
    for name, value in statistics(drawn).items():
        low, high = bounds.get(name, (-NORMAL, NORMAL))
        if not low <= value <= high:
            found.add(name)
    return found


@pytest.mark.parametrize("rounds", [QUICK, pytest.param(FULL, marks=pytest.mark.long)])
def test_every_booking_wins_as_often_and_no_draw_knows_of_the_last(rounds: int) -> None:
    drawn = list(draws(ours, rounds))

    assert {len(set(chosen)) for chosen in drawn} == {WANTED}
    assert strange(drawn) == set()


def test_a_modulo_that_favours_the_early_ones_is_caught() -> None:
    assert {"who wins", "who wins first"} <= strange(list(draws(by_modulo, QUICK)))


def test_a_secret_used_twice_is_caught() -> None:
    assert {"runs", "serial correlation"} <= strange(list(draws(with_old_secrets, QUICK)))
