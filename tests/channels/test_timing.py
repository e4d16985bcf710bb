"""Whether refusals can be told apart by a clock. Full sizes, run by hand on a quiet machine."""

import contextlib
import gc
import random
import statistics
import time

import pytest

from bot.channels.envelope import Forged, open_envelope
from tests.channels.test_envelope import FORGERIES
from tests.channels.wire import NEW, NOW, Posted, post

pytestmark = pytest.mark.long

ROUNDS = 20_000


def refusal_ns(posted: Posted) -> int:
    """How long it takes to refuse a fresh copy: where its texts lie in memory must not tell."""
    query = {name: "".join(list(value)) for name, value in posted.query.items()}
    body = bytes(bytearray(posted.body))
    start = time.perf_counter_ns()
    with contextlib.suppress(Forged):
        open_envelope(query, body, (NEW,), now=NOW, mode="safe")
    return time.perf_counter_ns() - start


def interleaved(attempts: list[Posted], rounds: int) -> list[list[int]]:
    """Nanoseconds of every attempt, each round in another order."""
    times: list[list[int]] = [[] for _ in attempts]
    order = list(range(len(attempts)))
    gc.disable()
    try:
        for _ in range(rounds):
            random.shuffle(order)
            for which in order:
                times[which].append(refusal_ns(attempts[which]))
    finally:
        gc.enable()
    return times


def without_slowest(times: list[int]) -> list[int]:
    """The slowest tenth is other processes' doing, as in dudect."""
    return sorted(times)[: len(times) * 9 // 10]


def welch_t(one: list[int], other: list[int]) -> float:
    spread = statistics.variance(one) / len(one) + statistics.variance(other) / len(other)
    return (statistics.fmean(one) - statistics.fmean(other)) / spread**0.5


def changed(signature: str, position: int) -> str:
    other = "0" if signature[position] != "0" else "1"
    return signature[:position] + other + signature[position + 1 :]


def test_a_signature_wrong_at_its_start_takes_as_long_as_one_wrong_at_its_end():
    right = post()
    signature = right.query["msg_signature"]
    first = right.asking(msg_signature=changed(signature, 0))
    last = right.asking(msg_signature=changed(signature, 39))

    times = interleaved([first, last], ROUNDS)

    t = welch_t(*map(without_slowest, times))
    assert abs(t) < 4.5, t


def test_no_reason_of_a_refusal_can_be_told_by_its_time():
    reasons = [
        "wrong signature",
        "padding with one wrong byte",
        "length one long",
        "another receiver",
    ]

    times = interleaved([FORGERIES[reason] for reason in reasons], ROUNDS // 4)

    medians = [statistics.median(each) for each in times]
    assert max(medians) <= 1.05 * min(medians), dict(zip(reasons, medians, strict=True))
