"""Tax in its three modes. Every number was worked out by hand, as its comment says."""

import pytest

from commerce.money import tax
from commerce.money.tax import Before
from commerce.rules import Rules
from commerce.rules.tax import Tax


def in_mode(rules: Rules, mode: str | None) -> Tax:
    return rules.tax.model_copy(update={"mode": mode, "reason": "由灵活用工平台代扣"})


@pytest.mark.parametrize(
    ("income_fen", "months", "owed_fen"),
    [
        (3_000_00, 1, 0),  # 3 000 − 600 − 5 000 < 0
        (6_250_00, 1, 0),  # 6 250 − 1 250 − 5 000 = 0
        (6_251_00, 1, 2),  # 6 251 − 1 250.20 − 5 000 = 0.80; 3 % = 0.024
        (10_000_00, 1, 90_00),  # 10 000 − 2 000 − 5 000 = 3 000; 3 %
        (20_000_00, 2, 180_00),  # 20 000 − 4 000 − 10 000 = 6 000; 3 %
        (51_250_00, 1, 1_080_00),  # 51 250 − 10 250 − 5 000 = 36 000; 3 %
        (51_260_00, 1, 1_080_80),  # 36 008; 10 % = 3 600.80; − 2 520
        (110_000_00, 7, 2_780_00),  # 110 000 − 22 000 − 35 000 = 53 000; 10 % − 2 520
        (186_250_00, 1, 11_880_00),  # 186 250 − 37 250 − 5 000 = 144 000; 10 % − 2 520
        (200_000_00, 1, 14_080_00),  # 155 000; 20 % = 31 000; − 16 920
        (500_000_00, 1, 66_830_00),  # 395 000; 25 % = 98 750; − 31 920
        (600_000_00, 1, 89_580_00),  # 475 000; 30 % = 142 500; − 52 920
        (1_000_000_00, 1, 192_330_00),  # 795 000; 35 % = 278 250; − 85 920
        (2_000_000_00, 1, 535_830_00),  # 1 595 000; 45 % = 717 750; − 181 920
    ],
)
def test_a_years_income_less_costs_and_months(rules, income_fen, months, owed_fen):
    assert tax.cumulative(rules.tax.cumulative, income_fen, months) == owed_fen


def test_each_month_pays_what_the_year_so_far_owes_more(rules):
    platform = in_mode(rules, "platform_cumulative")

    # January 10 000: 90. February 10 000 more: 180 − 90 = 90.
    assert tax.withhold(platform, 10_000_00, Before(months=1)) == 90_00
    february = Before(year_fen=10_000_00, year_tax_fen=90_00, months=2)
    assert tax.withhold(platform, 10_000_00, february) == 90_00
    # June 60 000 more: 80 000 − 16 000 − 30 000 = 34 000; 3 % = 1 020; − 180 = 840.
    june = Before(year_fen=20_000_00, year_tax_fen=180_00, months=6)
    assert tax.withhold(platform, 60_000_00, june) == 840_00
    # July 30 000 more: 2 780 − 1 020 = 1 760.
    july = Before(year_fen=80_000_00, year_tax_fen=1_020_00, months=7)
    assert tax.withhold(platform, 30_000_00, july) == 1_760_00


def test_tax_is_never_given_back(rules):
    # 10 100 in two months owe nothing, 90 were withheld in the first.
    before = Before(year_fen=10_000_00, year_tax_fen=90_00, months=2)

    assert tax.withhold(in_mode(rules, "platform_cumulative"), 100_00, before) == 0
    # 600 in the month owe nothing, 40 were withheld.
    before = Before(month_fen=500_00, month_tax_fen=40_00)
    assert tax.withhold(in_mode(rules, "ordinary"), 100_00, before) == 0


@pytest.mark.parametrize(
    ("income_fen", "owed_fen"),
    [
        (800_00, 0),
        (800_02, 0),  # 0.02 × 20 % = 0.004
        (800_03, 1),  # 0.03 × 20 % = 0.006
        (1_000_00, 40_00),  # 200 × 20 %
        (4_000_00, 640_00),  # 3 200 × 20 %
        (4_001_00, 640_16),  # 4 001 − 800.20 = 3 200.80; 20 %
        (25_000_00, 4_000_00),  # 20 000 × 20 %
        (25_010_00, 4_002_40),  # 20 008 × 30 % = 6 002.40; − 2 000
        (62_500_00, 13_000_00),  # 50 000 × 30 % − 2 000
        (70_000_00, 15_400_00),  # 56 000 × 40 % − 7 000
    ],
)
def test_labour_income_of_a_month(rules, income_fen, owed_fen):
    assert tax.ordinary(rules.tax.ordinary, income_fen) == owed_fen


def test_several_payments_of_a_month_are_one_income(rules):
    ordinary = in_mode(rules, "ordinary")

    # 500 alone is free; 500 more make 1 000, which owe 40; 3 000 more make 4 000: 640 − 40.
    assert tax.withhold(ordinary, 500_00, Before()) == 0
    assert tax.withhold(ordinary, 500_00, Before(month_fen=500_00)) == 40_00
    assert tax.withhold(ordinary, 3_000_00, Before(1_000_00, 40_00)) == 600_00


@pytest.mark.parametrize("mode", ["none_with_reason", None])
def test_nothing_is_withheld_where_nothing_is_to_be(rules, mode):
    assert tax.withhold(in_mode(rules, mode), 1_000_000_00, Before()) == 0


def test_who_was_paid_nothing_before_is_in_the_first_month():
    assert Before() == Before(0, 0, 0, 0, 1)


@pytest.mark.parametrize(
    ("income_fen", "owed_fen"),
    [
        (1_000_00, 0),  # Up to here free.
        (1_000_01, 40_00),  # 200.01 × 20 % = 40.002
        (5_000_00, 840_00),  # Up to here less 800: 4 200 × 20 %
        (5_000_01, 800_00),  # Less 20 %, 1 000.002: 4 000.01 × 20 % = 800.002
    ],
)
def test_a_limit_of_labour_income_still_counts_below_it(rules, income_fen, owed_fen):
    limits = {"free_up_to_fen": 1_000_00, "small_up_to_fen": 5_000_00}
    moved = rules.tax.ordinary.model_copy(update=limits)

    assert tax.ordinary(moved, income_fen) == owed_fen
