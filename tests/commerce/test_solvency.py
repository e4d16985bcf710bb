"""Solvency: what one piece leaves at its worst, with numbers worked out by hand.

At its worst a commission of 20 % is 30 % (千星 adds 15 points, the cap cuts), team rewards are 8 %
and 5 %, the payment fee is 0.6 %, overhead 5 %: 48.6 % together, 18.6 % in markup mode.
"""

from dataclasses import dataclass, replace

import pytest

from commerce.errors import Insolvent
from commerce.money import solvency
from commerce.money.solvency import Case, Way
from commerce.rules import Rules, overlay
from qianxing import solvency as told
from qianxing.tables import columns
from tests.commerce.sales import product
from tests.commerce.stars import under


@dataclass(frozen=True)
class Goods:
    title: str = "藕粉"
    cost_fen: int = 45_00
    supply_fen: int = 50_00
    price_fen: int = 99_00
    commission_bp: int = 2000
    discount_bp: int = 0
    markup_allowed: bool = True
    subsidy_fen: int = 0


GOODS = Goods()


def case(rules: Rules, goods: Goods, way: Way) -> Case:
    return next(one for one in solvency.verdict(rules, goods).cases if one.way is way)


# 99.00: 29.70 + 7.92 + 4.95 + 0.594 up to 0.60 + 4.95 = 48.12 of 99 − 45 = 54.00.
# 94.00 with the coupon: 28.20 + 7.52 + 4.70 + 0.564 up to 0.57 + 4.70 = 45.69 of 49.00.
# 79.20 with 20 % off: 23.76 + 6.336 down + 3.96 + 0.4752 up + 3.96 = 38.49 of 34.20.
# 99.00 in markup mode: 7.92 + 4.95 + 0.60 + 4.95 = 18.42 of 50 − 45 = 5.00.
@pytest.mark.parametrize(
    ("way", "margin_fen", "costs_fen", "left_fen"),
    [
        (Way.LIST, 54_00, 48_12, 5_88),
        (Way.COUPON, 49_00, 45_69, 3_31),
        (Way.DISCOUNT, 34_20, 38_49, -4_29),
        (Way.MARKUP, 5_00, 18_42, -13_42),
    ],
)
def test_the_worst_of_every_way(rules, way, margin_fen, costs_fen, left_fen):
    found = case(rules, replace(GOODS, discount_bp=2000), way)

    assert (found.margin_fen, found.costs_fen, found.left_fen) == (margin_fen, costs_fen, left_fen)


@pytest.mark.parametrize(
    ("commission_bp", "commission_fen"),
    # 10 % + 15 points = 25 %; 15 % reaches the cap of 30 %; 30 % stays.
    [(1000, 24_75), (1500, 29_70), (3000, 29_70)],
)
def test_a_commission_is_reckoned_with_the_highest_uplift_up_to_the_cap(
    rules, commission_bp, commission_fen
):
    found = case(rules, replace(GOODS, commission_bp=commission_bp), Way.LIST)

    assert found.commission_fen == commission_fen


def test_the_lowest_supply_price_is_the_lowest_that_works(rules):
    least_fen = case(rules, GOODS, Way.MARKUP).least_supply_fen

    assert least_fen == 45_00 + 18_42
    assert case(rules, replace(GOODS, supply_fen=least_fen), Way.MARKUP).left_fen == 0
    assert case(rules, replace(GOODS, supply_fen=least_fen - 1), Way.MARKUP).left_fen == -1


@pytest.mark.parametrize("way", [Way.LIST, Way.COUPON, Way.DISCOUNT])
@pytest.mark.parametrize("cost_fen", [1, 45_00, 45_01, 99_99, 1234_56])
def test_the_lowest_list_price_is_the_lowest_that_works(rules, way, cost_fen):
    goods = replace(GOODS, cost_fen=cost_fen, supply_fen=9999_00, price_fen=9999_00)
    goods = replace(goods, discount_bp=2000)
    least_fen = case(rules, goods, way).least_price_fen

    enough = replace(goods, price_fen=max(least_fen, 29_00))
    assert case(rules, enough, way).left_fen >= 0
    # Several list prices come to the same discounted one; below 29.00 there is no coupon.
    less_fen = least_fen - (3 if way is Way.DISCOUNT else 1)
    if less_fen >= 29_00:
        assert case(rules, replace(goods, price_fen=less_fen), way).left_fen < 0


def test_a_supply_price_above_the_list_price_helps_nobody(rules):
    # 95 + 99 × 18.6 % is more than 99.
    found = case(rules, replace(GOODS, cost_fen=95_00, supply_fen=96_00), Way.MARKUP)

    assert found.least_supply_fen is None


def test_there_is_no_coupon_below_its_minimum_and_no_markup_where_it_is_not_allowed(rules):
    cheap = replace(GOODS, price_fen=28_99, supply_fen=10_00, cost_fen=5_00, markup_allowed=False)

    assert [one.way for one in solvency.verdict(rules, cheap).cases] == [Way.LIST]


def test_rewards_that_are_not_paid_cost_nothing(rules):
    strict = overlay(rules, {"compliance": "strict"})

    # 8 % and 5 % are gone: 0.60 + 4.95 of 5.00 in markup mode.
    assert case(strict, GOODS, Way.MARKUP).left_fen == 5_00 - 5_55


def test_a_hosts_share_is_a_cost(rules):
    shared = overlay(rules, {"live": {"host_share": "2%"}})

    # 99.00 × 2 % = 1.98 less.
    assert case(shared, GOODS, Way.LIST).left_fen == 5_88 - 1_98


@pytest.mark.parametrize(("subsidy_fen", "is_solvent"), [(0, False), (13_41, False), (13_42, True)])
def test_a_subsidy_covers_what_was_agreed(rules, subsidy_fen, is_solvent):
    found = solvency.verdict(rules, replace(GOODS, subsidy_fen=subsidy_fen))

    assert found.worst.way is Way.MARKUP
    assert found.is_solvent is is_solvent


def test_publishing_is_refused_with_the_numbers(work):
    goods = product(work)

    with pytest.raises(Insolvent) as caught:
        solvency.need_solvent(work, goods)

    refusal = caught.value
    assert (refusal.way, refusal.margin_fen, refusal.costs_fen) == ("markup", 5_00, 18_42)
    assert (refusal.left_fen, refusal.least_supply_fen) == (-13_42, 63_42)


def test_what_pays_for_itself_may_be_published(work):
    goods = product(work)
    goods.markup_allowed = False

    assert solvency.need_solvent(work, goods).worst.left_fen == 3_31
    assert solvency.check_product(under(work, overhead="9%"), goods).is_solvent is False


def test_budgets_and_the_most_they_may_cost(rules):
    found = {one.name: one for one in solvency.budgets(rules)}

    # The last video that reaches its tier is still paid; 2 000 coupons of 5.00 are 10 000.
    assert (found["traffic"].budget_fen, found["traffic"].most_fen) == (20_000_00, 21_000_00)
    assert (found["coupons"].each_fen, found["coupons"].most_fen) == (5_00, 10_000_00)
    assert (found["rank_bonus"].each_fen, found["rank_bonus"].most_fen) == (10_000_00, None)


def test_the_pages_stand_straight_and_say_what_to_do(rules):
    verdicts = [solvency.verdict(rules, replace(GOODS, discount_bp=2000))]

    page = told.pages(rules, verdicts)

    assert "✗ 供货价至少 63.42 元" in page
    assert "一单最多付出 48.6%" in page
    table = told.product_table(verdicts)
    marks = {columns(line[: line.index(mark)]) for line in table for mark in "✓✗" if mark in line}
    assert len(marks) == 1
    assert list(told.losses(verdicts)) == [
        ("商品「藕粉」自定价卖，每件最多亏 13.42 元", "供货价至少 63.42 元")
    ]
