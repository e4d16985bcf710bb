"""Draws: a stranger agrees, order and process do not matter, a changed record is refused."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commerce.lives import draw
from commerce.lives.draw_shape import Kind, parse
from tests.laws.independent_draw import redraw, wrong

ROOT = Path(__file__).parents[2]
SEED = int(os.environ.get("QIANXING_TEST_SEED", "20261123"))
BEACONS = ("", "1f" * 32, "drand:4242:9c", "一段中文", "x" * 200, "a:b:c")
ELSEWHERE = """
import json, sys
from random import Random
from commerce.lives import draw
for line in sys.stdin:
    record = json.loads(line)
    tickets = record["tickets"]
    Random(hash("the order of this process")).shuffle(tickets)
    fields = [record[name] for name in ("secret", "digest", "beacon")]
    print(json.dumps(draw.winners(*fields, {*tickets}, record["winners_wanted"])))
"""


def drawn(random: Random, *, most: int = 60) -> dict[str, Any]:
    """A record as the house makes it: some bookings, a few with more than one ticket."""
    highest = random.choice([most, 10 * most, 1_200_000])
    numbers = sorted(random.sample(range(1, highest + 1), random.randint(0, most)))
    extra = random.choice([1, 1, 4])
    tickets = [
        draw.ticket(number, index)
        for number in numbers
        for index in range(1, random.randint(1, extra) + 1)
    ]
    secret, wanted = random.randbytes(32).hex(), random.randint(0, 15)
    number = draw.name(datetime(2026, 3, 6, tzinfo=UTC), draw.commit(secret), wanted)
    return draw.build(number, secret, random.choice(BEACONS), wanted, tickets)


def kinds(record: Any) -> list[Kind]:
    return [finding.kind for finding in draw.verify(record)]


def test_a_verifier_by_somebody_else_agrees_on_a_thousand_draws() -> None:
    random = Random(SEED)
    sizes = set()
    for _ in range(1_000):
        record = drawn(random)
        sizes.add(len(record["winners"]))

        assert redraw(record) == record["winners"]
        assert wrong(record) == []
        assert draw.verify(record) == []
    assert len(sizes) >= 15


def test_the_verifiers_agree_on_what_is_wrong_too() -> None:
    random = Random(SEED + 1)
    seen = set()
    for _ in range(300):
        record = drawn(random) | {"lottery": "LT2026"}
        field = random.choice(["secret", "commit", "digest", "winners", "tickets", "order"])
        if field in ("secret", "commit", "digest"):
            record[field] = random.randbytes(32).hex()
        elif field == "order":
            random.shuffle(record["tickets"])
        elif record[field]:
            record[field].pop(random.randrange(len(record[field])))

        assert [kind.value for kind in kinds(record)] == wrong(record)
        seen |= {*wrong(record)}
    assert seen == {"commit", "digest", "order", "winners"}


@pytest.mark.parametrize("hash_seed", ["0", "1", "random"])
def test_another_process_and_another_order_of_rows_draw_the_same(hash_seed: str) -> None:
    random = Random(SEED + 2)
    records = [drawn(random) for _ in range(100)]
    lines = "\n".join(json.dumps(record) for record in records)
    environment = os.environ | {"PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(ROOT)}
    words = [sys.executable, "-c", ELSEWHERE]
    told = subprocess.run(
        words, input=lines, capture_output=True, text=True, env=environment, check=True
    )

    assert [json.loads(line) for line in told.stdout.splitlines()] == [
        record["winners"] for record in records
    ]


def test_more_winners_are_the_same_winners_and_then_the_substitutes() -> None:
    random = Random(SEED + 3)
    for _ in range(50):
        record = drawn(random)
        fields = [record[name] for name in ("secret", "digest", "beacon", "tickets")]
        order = draw.ranking(*fields)

        assert order == sorted(order, key=lambda one: draw.score(*fields[:3], one))
        for wanted in (0, 1, 3, 10, len(order) + 5):
            assert draw.winners(*fields, wanted) == order[:wanted]
        assert len({draw.booking(one) for one in order}) == len(order)
        for at, one in enumerate(order, start=1):
            assert draw.place(*fields, int(draw.booking(one))) == at
        assert draw.place(*fields, 9_999_999) is None


@pytest.mark.parametrize(
    ("bookings", "each", "wants"), [(2_000, 3, (1, 10, 700, 2_000)), (150, 99, (1, 60, 150))]
)
def test_more_tickets_than_are_kept_at_a_time_are_drawn_the_same(
    bookings: int, each: int, wants: tuple[int, ...]
) -> None:
    tickets = [
        draw.ticket(number, index)
        for number in range(1, bookings + 1)
        for index in range(1, each + 1)
    ]
    secret = "0d" * 32

    for wanted in wants:
        best = draw.winners(secret, draw.digest(tickets), "", tickets, wanted)
        record = {"secret": secret, "digest": draw.digest(tickets), "beacon": ""}
        assert best == redraw(record | {"tickets": tickets, "winners_wanted": wanted})


SMALL = draw.build(
    draw.name(datetime(2026, 3, 6, tzinfo=UTC), draw.commit("a7" * 32), 2),
    "a7" * 32,
    "",
    2,
    [draw.ticket(number, index) for number, index in ((1, 1), (1, 2), (2, 1), (7, 1), (12, 1))],
)


def test_the_small_record_is_sound() -> None:
    assert tuple(SMALL) == draw.KEYS
    assert draw.verify(SMALL) == []
    assert draw.unpack(draw.pack(SMALL)) == SMALL


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (lambda one: one[:-1], [Kind.DIGEST]),
        (lambda one: [*one, "000013-01"], [Kind.DIGEST]),
        (lambda one: [*one[:3], "000008-01", one[4]], [Kind.DIGEST]),
        (lambda one: [*one[:3], one[4], one[3]], [Kind.DIGEST, Kind.ORDER]),
        (lambda one: [*one, one[-1]], [Kind.DIGEST, Kind.ORDER]),
    ],
    ids=["removed", "added", "swapped", "reordered", "twice"],
)
def test_a_booking_changed_after_the_list_was_published_is_found(
    change: Any, found: list[Kind]
) -> None:
    changed = SMALL | {"tickets": change(SMALL["tickets"])}

    assert set(found) <= {*kinds(changed)}
    with_its_digest = changed | {"digest": draw.digest(changed["tickets"])}
    assert draw.verify(with_its_digest) != []


def test_every_single_changed_byte_is_refused() -> None:
    """Every byte of the file in every other value: the same content, or no record."""
    text = json.dumps(SMALL, separators=(",", ":")).encode()
    accepted = []
    for at, byte in enumerate(text):
        changed = bytearray(text)
        for other in range(256):
            if other == byte:
                continue
            changed[at] = other
            try:
                record = parse(bytes(changed))
            except ValueError:
                continue
            if record != SMALL and draw.verify(record) == []:
                accepted.append((at, bytes(changed[max(0, at - 20) : at + 20])))

    assert accepted == []


def test_every_missing_or_doubled_byte_of_what_counts_is_refused() -> None:
    text = json.dumps(SMALL, separators=(",", ":")).encode()
    for at in range(text.index(b'"commit"'), len(text)):
        for changed in (text[:at] + text[at + 1 :], text[:at] + text[at : at + 1] + text[at:]):
            try:
                record = parse(changed)
            except ValueError:
                continue
            assert record == SMALL or draw.verify(record) != [], changed


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("version", 2),
        ("version", True),
        ("version", "1"),
        ("lottery", ""),
        ("lottery", None),
        ("lottery", "L\u001b[2J"),
        ("commit", SMALL["commit"].upper()),
        ("secret", SMALL["secret"].upper()),
        ("secret", "a7" * 31),
        ("secret", "a7" * 32 + "\n"),
        ("secret", 7),
        ("beacon", None),
        ("beacon", "\ud800"),
        ("beacon", "x" * 1_001),
        ("winners_wanted", -1),
        ("winners_wanted", 2.0),
        ("winners_wanted", True),
        ("winners_wanted", 10**30),
        ("tickets", None),
        ("tickets", "000001-01"),
        ("tickets", {"000001-01": 1}),
        ("tickets", [""]),
        ("tickets", ["1-1"]),
        ("tickets", ["000001-001"]),
        ("tickets", ["0000001-01"]),
        ("tickets", ["000001-01\n000002-01"]),
        ("tickets", ["000001-01\n"]),
        ("tickets", ["٠٠٠٠٠١-٠١"]),
        ("tickets", ["000001-01", None]),
        ("tickets", [["000001-01"]]),
        ("digest", ""),
        ("winners", ["no"]),
        ("winners", 5),
        ("more", 1),
    ],
)
def test_what_is_no_record_is_refused_with_the_place(field: str, value: Any) -> None:
    findings = draw.verify(SMALL | {field: value})

    assert [finding.kind for finding in findings] == [Kind.SHAPE]
    assert field in findings[0].field
    assert (findings[0].published + findings[0].field).isprintable()


@pytest.mark.parametrize("field", draw.KEYS)
def test_what_is_missing_is_named(field: str) -> None:
    left = {name: value for name, value in SMALL.items() if name != field}

    assert [(one.kind, one.field) for one in draw.verify(left)] == [(Kind.SHAPE, field)]


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{",
        b"\xff",
        b"[" * 100_000,
        b'{"version": NaN}',
        b'{"version": 1, "version": 1}',
        b'{"version": ' + b"9" * 5_000 + b"}",
        json.dumps(SMALL).encode("utf-16"),
    ],
    ids=lambda text: str(text[:12]),
)
def test_what_is_no_json_is_refused(text: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse(text)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)
OWN = st.sampled_from(list(SMALL.values()))


@settings(deadline=None, max_examples=80)
@given(st.dictionaries(st.sampled_from(draw.KEYS), ANYTHING | OWN) | ANYTHING)
def test_nothing_that_json_can_say_breaks_it(record: Any) -> None:
    findings = draw.verify({**SMALL, **record} if isinstance(record, dict) else record)

    for finding in findings:
        assert finding.kind in Kind
        assert len(finding.published) <= 200


@pytest.mark.parametrize("record", [None, 1, "x", [], [SMALL], True])
def test_what_is_no_object_is_no_record(record: Any) -> None:
    assert kinds(record) == [Kind.SHAPE]
