"""The published draw, piece by piece. The seal was reckoned by hand: sha256sum and tr."""

from datetime import UTC, datetime

import pytest

from commerce.lives import draw
from commerce.lives.draw import Finding, Kind

SECRET = "0f" * 32
COMMIT = draw.commit(SECRET)
ANNOUNCED = datetime(2026, 3, 2, 12, tzinfo=UTC)


def record(numbers: tuple[int, ...] = (1, 2, 3, 4), winners: int = 2) -> dict:
    tickets = [draw.ticket(number, 1) for number in numbers]
    return draw.build(draw.name(ANNOUNCED, COMMIT, winners), SECRET, "", winners, tickets)


@pytest.mark.parametrize(
    ("number", "index", "ticket", "booking"),
    [
        (42, 1, "000042-01", "000042"),
        (999_999, 99, "999999-99", "999999"),
        (1_000_000, 2, "1000000-02", "1000000"),
    ],
)
def test_a_ticket_is_a_booking_and_an_index(number, index, ticket, booking):
    assert draw.ticket(number, index) == ticket
    assert draw.booking(ticket) == booking


def test_the_number_ends_in_a_seal_of_twelve_letters():
    # printf 'LT2026-:abab…ab:3' | sha256sum: 75ff70239a60…
    sealed = draw.name(ANNOUNCED, "ab" * 32, 3)

    assert sealed == "LT2026-ckhyykadepqj"
    assert len(draw.name(ANNOUNCED, "ab" * 32, 4)) == len(sealed)
    assert draw.name(ANNOUNCED, "ab" * 32, 4) != sealed


@pytest.mark.parametrize(
    ("end", "is_found"),
    [
        ("", False),  # As it is.
        ("a", True),  # A letter of a seal, but not this one's.
        ("b", True),  # One that no seal has: it was a seal until somebody changed it.
        ("bb", False),  # Two: it never was one.
    ],
)
def test_a_changed_number_is_found_where_it_was_sealed(end, is_found):
    changed = record()
    sound = changed["lottery"]
    if end == "a" and sound.endswith("a"):
        end = "c"
    changed["lottery"] = sound[: len(sound) - len(end)] + end

    found = draw.verify(changed)

    assert found == (
        [Finding(Kind.NUMBER, "lottery", changed["lottery"], sound)] if is_found else []
    )


@pytest.mark.parametrize(
    ("numbers", "place", "told", "before"),
    [
        ((2, 1, 3, 4), 1, "000001-01", "000002-01"),
        ((1, 2, 4, 3), 3, "000003-01", "000004-01"),
        ((1, 2, 2, 3), 2, "000002-01", "000002-01"),
        ((1, 2, 1_000_000, 999_999), 3, "999999-01", "1000000-01"),
    ],
)
def test_a_list_out_of_order_is_found_where_it_is(numbers, place, told, before):
    found = [one for one in draw.verify(record(numbers)) if one.kind == Kind.ORDER]

    assert found == [Finding(Kind.ORDER, f"tickets[{place}]", told, before)]


def test_a_list_in_order_of_numbers_is_in_order():
    assert draw.verify(record((7, 999_999, 1_000_000, 10_000_000))) == []


@pytest.mark.parametrize("wanted", [0, -1])
def test_nobody_is_wanted_and_nobody_wins_of_however_many(wanted):
    tickets = [draw.ticket(number, 1) for number in range(1, 2_002)]

    assert draw.winners(SECRET, "d", "", tickets, wanted) == []


def test_places_count_from_one_and_follow_the_scores():
    tickets = [draw.ticket(number, index) for number in (1, 2, 3) for index in (1, 2)]
    by_score = sorted(tickets, key=lambda one: draw.score(SECRET, "d", "b", one))
    order = list(dict.fromkeys(draw.booking(one) for one in by_score))

    found = [draw.place(SECRET, "d", "b", tickets, int(one)) for one in order]

    assert found == [1, 2, 3]
    assert draw.place(SECRET, "d", "b", tickets, 4) is None
    assert draw.winners(SECRET, "d", "b", tickets, 1) == [by_score[0]]


@pytest.mark.parametrize(
    ("field", "value", "kind"),
    [
        ("secret", "0e" * 32, Kind.COMMIT),
        ("digest", "00" * 32, Kind.DIGEST),
        ("winners", ["000001-01"], Kind.WINNERS),
    ],
)
def test_each_field_is_checked_against_the_others(field, value, kind):
    found = draw.verify(record() | {field: value})

    assert kind in {one.kind for one in found}


def test_what_is_kept_is_read_again():
    kept = record()

    assert draw.unpack(draw.pack(kept)) == kept
    assert list(kept) == list(draw.KEYS)
