"""Money in fen: read, shown and divided. Every number was worked out by hand."""

import pytest
from sqlalchemy import literal, select

from commerce import fen


@pytest.mark.parametrize(
    ("text", "amount_fen"),
    [
        ("0", 0),
        ("0.05", 5),
        ("0.5", 50),
        ("7", 7_00),
        ("100.5", 100_50),
        ("100.05", 100_05),
        ("999999999999.99", 99_999_999_999_999),
    ],
)
def test_yuan_are_read_to_the_fen(text, amount_fen):
    assert fen.parse_yuan(text) == amount_fen


@pytest.mark.parametrize(
    "text", ["", "-1", "1.", "1.005", ".5", "1,000", "1e3", "1 ", "一", "1234567890123"]
)
def test_what_is_no_amount_of_yuan_is_refused(text):
    with pytest.raises(ValueError, match="not an amount"):
        fen.parse_yuan(text)


@pytest.mark.parametrize(
    ("amount_fen", "text"),
    [
        (0, "0.00"),
        (1, "0.01"),
        (10, "0.10"),
        (99, "0.99"),
        (100, "1.00"),
        (1_740_00, "1,740.00"),
        (-1, "−0.01"),
        (-1_234_567_89, "−1,234,567.89"),
    ],
)
def test_yuan_are_shown_with_two_decimals(amount_fen, text):
    assert fen.show_yuan(amount_fen) == text


@pytest.mark.parametrize(
    ("amount_fen", "rate_bp", "text"),
    [
        (39_90, 2200, "8.778"),
        (39_90, 350, "1.3965"),
        (99_00, 2000, "19.80"),
        (1, 1, "0.000001"),
        (1, 10_000, "0.01"),
        (10_000_000_00, 1234, "1,234,000.00"),
        (0, 2000, "0.00"),
    ],
)
def test_a_share_is_shown_with_every_digit_it_has(amount_fen, rate_bp, text):
    assert fen.show_share(amount_fen, rate_bp) == text


@pytest.mark.parametrize(
    ("amount_fen", "part_fen", "whole_fen", "text"),
    [
        (18_80, 30_00, 94_00, "6.00"),
        (10_00, 1, 3, "3.3333…"),
        (20_00, 2, 3, "13.3333…"),
        (3, 1, 4, "0.0075"),
        (1, 1, 3, "0.0033…"),
        (1, 1, 200, "0.0000…"),  # 0.00005
        (30, 1, 300, "0.001"),
        (2_000_000_00, 1, 2, "1,000,000.00"),
        (5_00, 0, 7, "0.00"),
    ],
)
def test_a_part_is_shown_to_four_decimals(amount_fen, part_fen, whole_fen, text):
    assert fen.show_part(amount_fen, part_fen, whole_fen) == text


@pytest.mark.parametrize(
    ("amount_fen", "rate_bp", "floor_fen", "half_up_fen", "ceiling_fen"),
    [
        (39_90, 2200, 8_77, 8_78, 8_78),  # 877.8
        (39_90, 350, 1_39, 1_40, 1_40),  # 139.65
        (1, 4999, 0, 0, 1),  # 0.4999
        (1, 5000, 0, 1, 1),  # 0.5
        (3, 5000, 1, 2, 2),  # 1.5
        (1, 1, 0, 0, 1),  # 0.0001
        (10_000, 1, 1, 1, 1),
        (9_999, 1, 0, 1, 1),  # 0.9999
        (99_00, 2000, 19_80, 19_80, 19_80),
        (99_00, 10_000, 99_00, 99_00, 99_00),
        (99_00, 0, 0, 0, 0),
    ],
)
def test_shares_are_rounded_down_half_up_and_up(
    work, amount_fen, rate_bp, floor_fen, half_up_fen, ceiling_fen
):
    in_sql = fen.share_floor_sql(literal(amount_fen), literal(rate_bp))

    assert fen.share_floor(amount_fen, rate_bp) == floor_fen
    assert work.session.scalar(select(in_sql)) == floor_fen
    assert fen.share_half_up(amount_fen, rate_bp) == half_up_fen
    assert fen.share_ceiling(amount_fen, rate_bp) == ceiling_fen


@pytest.mark.parametrize(
    ("amount_fen", "part_fen", "whole_fen", "found_fen"),
    [
        (18_80, 30_00, 94_00, 6_00),
        (10_00, 1, 3, 3_33),
        (10_00, 2, 3, 6_66),
        (10_00, 3, 3, 10_00),
        (10_00, 0, 3, 0),
        (10_00, 1, 1, 10_00),
        (10_00, 1, 0, 0),
    ],
)
def test_a_part_is_rounded_down_and_the_whole_is_whole(amount_fen, part_fen, whole_fen, found_fen):
    assert fen.part_floor(amount_fen, part_fen, whole_fen) == found_fen


@pytest.mark.parametrize(
    ("net_fen", "rate_bp", "gross_fen"),
    [
        (99_00, 100, 100_00),
        (99_01, 100, 100_02),  # 100.0101…: 100.01 would leave 99.0099.
        (1, 9_999, 10_000),
        (1, 5000, 2),
        (100, 3000, 143),  # 142.857…
        (50_00, 0, 50_00),
        (0, 3000, 0),
    ],
)
def test_the_least_amount_that_leaves_so_much(net_fen, rate_bp, gross_fen):
    assert fen.gross_of(net_fen, rate_bp) == gross_fen


@pytest.mark.parametrize("rate_bp", [10_000, 10_001])
def test_when_all_is_taken_nothing_is_enough(rate_bp):
    with pytest.raises(ValueError, match="nothing is left"):
        fen.gross_of(1, rate_bp)


@pytest.mark.parametrize(
    ("part", "whole", "rate_bp"),
    [(1, 3, 3333), (2, 3, 6666), (3, 3, 10_000), (0, 3, 0), (1, 1, 10_000), (3, 0, 0)],
)
def test_a_rate_is_rounded_down(part, whole, rate_bp):
    assert fen.rate_of(part, whole) == rate_bp
