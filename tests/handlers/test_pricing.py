"""定价: between supply price and list price, and what it brings."""

import pytest

from commerce.work import Office
from tests.handlers.test_products import listed
from tests.people import Person


@pytest.fixture(autouse=True)
def goods(office: Office) -> None:
    with office.work() as work:
        assert listed(work, "藕粉 10 袋装", 99_00, supply_fen=50_00) == 1
        assert listed(work, "毛巾 3 条", 39_90, markup_allowed=False) == 2


def test_a_price_is_set_and_both_ways_stand_beside_each_other(amy: Person):
    # 60.00 − 50.00 = 10.00; 99.00 × 20 % = 19.80.
    amy.says("定价 1 60").hears(
        "定好了：藕粉 10 袋装，你的朋友买 60.00 元。\n"
        "卖 60.00 元，1 件得差价 10.00 元，没有佣金；按标价卖，佣金 19.80 元。\n"
        "从下一笔订单起算；改回标价，回复「取消定价 1」。"
    )
    amy.says("定价").hears_of("1 藕粉 10 袋装，你定 60.00 元，标价 99.00 元")


def test_without_a_price_it_asks_and_says_what_is_usual(amy: Person):
    # 50.00 + 20 % = 60.00.
    amy.says("定价 1").hears(
        "藕粉 10 袋装可以定 50.00 到 99.00 元。\n"
        "卖 60.00 元，1 件得差价 10.00 元，没有佣金；按标价卖，佣金 19.80 元。\n"
        "定多少元？一般定 60.00。"
    )
    amy.says("88").hears_of("你的朋友买 88.00 元", "差价 38.00 元")


@pytest.mark.parametrize("amount", ["49.99", "99.01", "1000"])
def test_outside_of_both_prices_nothing_is_changed(amy: Person, amount: str):
    amy.says(f"定价 1 {amount}").hears_of("可以定 50.00 到 99.00 元", "没有改动")
    amy.says("定价").hears_of("你还没有自己定价的商品")


@pytest.mark.parametrize("amount", ["60.005", "-60", "1e2"])
def test_an_amount_is_exact_or_refused(amy: Person, amount: str):
    amy.says(f"定价 1 {amount}")

    assert "定好了" not in amy.heard
    amy.says("定价").hears_of("你还没有自己定价的商品")


def test_it_is_given_up_again(amy: Person):
    amy.says("定价 1 60")

    amy.says("取消定价 1").hears_of("取消了", "按标价 99.00 元卖，有佣金")
    amy.says("取消定价 1").hears_of("本来就没有定价")


def test_some_goods_have_one_price(amy: Person):
    amy.says("定价 2").hears("毛巾 3 条只按标价 39.90 元卖，不能自己定价；佣金 20%。")
    amy.says("定价 2 30").hears_of("只按标价卖，不能自己定价")


def test_said_by_name_in_a_sentence(amy: Person):
    amy.says("藕粉定价 88").hears_of("定好了：藕粉 10 袋装，你的朋友买 88.00 元。")


def test_a_friend_pays_that_price(amy: Person, dan: Person):
    amy.says("定价 1 60")
    dan.scans(amy.card)

    dan.says("商品 1").hears_of("标价 99.00 元，你买 60.00 元")


def test_a_visitor_joins_first(dan: Person):
    dan.says("定价 1 60").hears_of("加入后这里会有你的数据。")
