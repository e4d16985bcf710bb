"""Whatever is posted at the door, it stands: nothing is opened, told, fetched or swallowed."""

import asyncio
import random
import time
from collections import Counter

import pytest

from tests.channels.wire import NEW, Posted, seal
from tests.closing_lines import Counted
from tests.door import fuzz
from tests.door.house import House, asked, is_alive
from tests.door.wire import Answer, posted, said, seal_of, shared_out, text

SEED = 20251122
BODIES = {b"success", b"forbidden", b"bad request", b"too large", b"request timeout"}
STATUSES = {200, 400, 403, 413}
MOST_MB = 20


def ask(port: int, *callbacks: Posted) -> list[Answer]:
    return asyncio.run(shared_out([port], callbacks, 1))


@pytest.mark.parametrize(
    "number", [1_500, pytest.param(10_000, marks=pytest.mark.long, id="10000")]
)
def test_fuzzed_callbacks_neither_break_the_door_nor_open_it(
    door: tuple[House, int], number: int, counted: Counted
) -> None:
    house, port = door
    draw = random.Random(SEED)
    callbacks = [fuzz.callback(draw, n) for n in range(number)]
    asyncio.run(shared_out([port], callbacks[:200], 8))
    before_mb = house.rss_mb(port)

    answers = asyncio.run(shared_out([port], callbacks, 8))

    assert {answer.status for answer in answers} <= STATUSES
    odd = {answer.body for answer in answers} - BODIES
    assert all(said(body) for body in odd)  # What else is answered is sealed, and opens.
    assert is_alive(port)
    grown_mb = house.rss_mb(port) - before_mb
    assert grown_mb <= MOST_MB
    log = house.log(f"serve-{port}")
    assert "Traceback" not in log
    assert "Exception" not in log
    seen = Counter(answer.status for answer in answers)
    assert min(seen[200], seen[400], seen[403], seen[413]) > number / 100
    counted(
        f"{number} callbacks, seed {SEED}, {dict(sorted(seen.items()))}, "
        f"{grown_mb:+.1f} MB, 0 violations"
    )


def test_only_what_is_signed_within_300_s_is_heard(
    door: tuple[House, int], counted: Counted
) -> None:
    _, port = door
    draw = random.Random(SEED)
    fresh = [draw.randint(-260, 260) for _ in range(300)]
    stale = [draw.choice((-1, 1)) * draw.randint(340, 10**7) for _ in range(660)]
    words = text("oAge", "进度", 77)
    ages = [*fresh, *stale]
    draw.shuffle(ages)

    answers = ask(port, *(posted(words, at=time.time() - age) for age in ages))
    on_the_edge = at_the_edge(port, words)

    for age, answer in zip(ages, answers, strict=True):
        assert answer.status == (200 if abs(age) <= 300 else 403), age
    assert on_the_edge == {299: {200}, -299: {200}, 301: {403}, -301: {403}}
    counted(f"{len(ages) + 40} ages, seed {SEED}, 0 violations")


def at_the_edge(port: int, words: str) -> dict[int, set[int]]:
    """What ages of ±299 and ±301 s are answered, ten times each, right after a second begins."""
    seen: dict[int, set[int]] = {}
    for age in (299, -299, 301, -301):
        while True:
            time.sleep(1 - time.time() % 1)
            second = int(time.time())
            answers = ask(port, *(posted(words, at=second - age) for _ in range(10)))
            if time.time() < second + 0.9:
                break
        seen[age] = {answer.status for answer in answers}
    return seen


@pytest.mark.parametrize("skew_s", [3600, -3600])
def test_a_wrong_clock_of_ours_refuses_everything_and_says_so(
    door: tuple[House, int], skew_s: int
) -> None:
    house, port = door
    callback = posted(text("oSkew", "进度", 88))
    assert ask(port, callback)[0].status == 200

    (house.data / "clock").write_text(str(skew_s))
    skewed = [answer.status for answer in ask(port, *[callback] * 3)]
    alarmed, alarm = asked(port, "/readyz")
    (house.data / "clock").unlink()

    assert skewed == [403] * 3
    assert alarmed == 503
    assert b'"clock":"failing"' in alarm
    assert ask(port, callback)[0].status == 200
    assert b'"clock":"ok"' in asked(port, "/readyz")[1]


def test_every_failure_before_a_message_gives_the_same_bytes(
    door: tuple[House, int], counted: Counted
) -> None:
    _, port = door
    draw = random.Random(SEED)
    words = text("oSame", "进度", 99)
    right = posted(words)
    no_padding = seal_of(seal(words, NEW)[:-44])
    failures = {
        "signature": right.asking(msg_signature="0" * 40),
        "no signature": Posted({}, right.body),
        "the other signature": Posted(
            {k: v for k, v in right.query.items() if k != "msg_signature"}, right.body
        ),
        "age": posted(words, at=time.time() - 400),
        "base64": seal_of("?" * 64),
        "padding": fuzz.wrong_padding(draw),
        "cut short": no_padding,
        "length": fuzz.wrong_length(draw),
        "receiver": fuzz.wrong_receiver(draw),
        "no envelope": Posted(right.query, b"<xml></xml>"),
        "no xml": Posted(right.query, b"\xff"),
        "plain": posted(words, "plaintext"),
    }

    answers = dict(zip(failures, ask(port, *failures.values()), strict=True))

    whole = {
        name: (answer.status, {**answer.headers, "date": ""}, answer.body)
        for name, answer in answers.items()
    }
    assert whole["signature"][0] == 403
    assert all(answer == whole["signature"] for answer in whole.values()), whole
    assert ask(port, right)[0].status == 200
    counted(f"{len(failures)} kinds of failure, 1 answer")
