"""What may be listed, who sees it, and what a star may ask for it."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from commerce.errors import (
    CommissionOutside,
    DiscountOutside,
    Insolvent,
    NeedsRank,
    NoMarkup,
    NoSuchProduct,
    OwnPriceOutside,
    PapersMissing,
    PricesOutOfOrder,
    StockBelowReserved,
)
from commerce.goods import catalogue, pricing, shares, shelf, stock, touches
from commerce.goods.catalogue import Facts
from commerce.goods.products import Product
from commerce.goods.suppliers import BUSINESS_LICENCE, FOOD, FOOD_LICENCE
from commerce.people import members
from commerce.rules import Rank
from commerce.work import Work
from tests.commerce.sales import paid_order
from tests.commerce.stars import later, star, visitor

LOTUS = Facts(
    code="LOTUS-10",
    title="藕粉 10 袋装",
    cost_fen=30_00,
    supply_fen=50_00,
    price_fen=99_00,
    commission_bp=2000,
    category=FOOD,
)


def saved(work: Work, *papers: str, until: date | None = None, **other: object) -> Product:
    """A product whose supplier has these papers."""
    supplier = catalogue.save_supplier(work, "春风食品")
    for kind in papers:
        catalogue.save_paper(work, supplier, kind, "JY1330", until)
    facts = replace(LOTUS, supplier_id=supplier.id, **other)
    return catalogue.save_product(work, facts)[0]


def listed(work: Work, *, pieces: int = 10, **other: object) -> Product:
    product = saved(work, BUSINESS_LICENCE, FOOD_LICENCE, **other)
    catalogue.count_stock(work, product, catalogue.save_warehouse(work, "杭州仓"), pieces)
    catalogue.publish(work, product)
    return product


def titles(work: Work, member: members.Member, query: str = "") -> list[str]:
    return [one.product.title for one in shelf.visible(work, member, query)]


def test_food_needs_two_papers_and_the_refusal_names_the_one_that_is_not_there(work):
    product = saved(work, BUSINESS_LICENCE)

    with pytest.raises(PapersMissing) as refused:
        catalogue.publish(work, product)

    assert refused.value == PapersMissing("藕粉 10 袋装", "春风食品", (FOOD_LICENCE,), ())
    assert not catalogue.is_listed(product)


def test_a_paper_is_good_on_its_last_day_and_not_on_the_next(work):
    # Noon in Shanghai on 2 March.
    product = saved(work, BUSINESS_LICENCE, FOOD_LICENCE, until=date(2026, 3, 2))
    assert catalogue.publish(work, product)

    catalogue.hide(work, product)
    with pytest.raises(PapersMissing) as refused:
        catalogue.publish(later(work, days=1), product)

    assert refused.value.expired == (BUSINESS_LICENCE, FOOD_LICENCE)


def test_goods_without_a_supplier_are_not_listed(work):
    product, _ = catalogue.save_product(work, LOTUS)

    with pytest.raises(PapersMissing):
        catalogue.publish(work, product)


@pytest.mark.parametrize(
    ("other", "refusal"),
    [
        ({"commission_bp": 999}, CommissionOutside),
        ({"commission_bp": 3001}, CommissionOutside),
        ({"cost_fen": 50_01}, PricesOutOfOrder),
        ({"supply_fen": 99_01}, PricesOutOfOrder),
        ({"cost_fen": -1}, PricesOutOfOrder),
        ({"cost_fen": 0, "supply_fen": 0, "price_fen": 0}, PricesOutOfOrder),
    ],
)
def test_numbers_that_cannot_be_are_not_even_saved(work, other, refusal):
    with pytest.raises(refusal):
        saved(work, **other)


@pytest.mark.parametrize(
    "other",
    [
        {"discount_bp": 999, "discount_quota": 10},
        {"discount_bp": 2001, "discount_quota": 10},
        {"discount_bp": 1000, "discount_quota": 0},
    ],
)
def test_a_discount_has_a_span_and_a_number_a_month(work, other):
    product = saved(work, BUSINESS_LICENCE, FOOD_LICENCE, **other)

    with pytest.raises(DiscountOutside):
        catalogue.publish(work, product)


def test_what_the_plan_cannot_pay_for_is_not_listed(work):
    # Sold at an own price the programme has supply − cost = 5.00; team rewards of 99.00 alone are
    # 8 % + 5 % = 12.87.
    product = saved(work, BUSINESS_LICENCE, FOOD_LICENCE, cost_fen=45_00)

    with pytest.raises(Insolvent):
        catalogue.publish(work, product)


def test_what_is_listed_stays_fit_to_be(work):
    product = listed(work)

    with pytest.raises(Insolvent):
        catalogue.save_product(
            work, replace(LOTUS, supplier_id=product.supplier_id, cost_fen=49_00)
        )


def test_saying_the_same_again_changes_nothing(work):
    product = listed(work)
    facts = replace(LOTUS, supplier_id=product.supplier_id)

    assert catalogue.save_product(work, facts) == (product, False)
    assert not catalogue.publish(work, product)


def test_stock_said_again_does_not_bring_back_what_was_sold(work):
    product = listed(work, pieces=10)
    warehouse = catalogue.save_warehouse(work, "杭州仓")
    order = paid_order(work, visitor(work), None, 198_00, goods=product, quantity=2)
    order.state = "created"
    stock.reserve(work, order.id, product.id, 2)
    stock.confirm(work, order.id, product.id)

    assert not catalogue.count_stock(work, product, warehouse, 10)
    assert stock.left(work, product.id) == 8

    assert catalogue.count_stock(work, product, warehouse, 30)
    assert stock.left(work, product.id) == 30


def test_stock_is_never_less_than_what_orders_wait_for(work):
    product = listed(work, pieces=10)
    order = paid_order(work, visitor(work), None, goods=product)
    stock.reserve(work, order.id, product.id, 3)

    with pytest.raises(StockBelowReserved):
        catalogue.count_stock(work, product, catalogue.save_warehouse(work, "杭州仓"), 2)


def test_expired_papers_hide_their_goods_and_the_staff_hears_of_it(people, boss, office, clock):
    with office.work() as work:
        product = saved(work, BUSINESS_LICENCE, FOOD_LICENCE, until=date(2026, 3, 2))
        catalogue.publish(work, product)
    clock.passes(hours=12)

    assert office.do(catalogue.hide_expired) == 1
    assert office.do(catalogue.hide_expired) == 0

    assert boss.notices == [
        "供应商春风食品的资质过期或不全，1 件商品已自动下架：藕粉 10 袋装。\n"
        f"资质补齐后，回复「上架 {product.id}」这样再上架。"
    ]


def test_between_expiry_and_the_nightly_task_nobody_sees_them_either(work):
    saved(work, BUSINESS_LICENCE, FOOD_LICENCE, until=date(2026, 3, 2))
    product = work.session.query(Product).one()
    catalogue.publish(work, product)

    assert titles(work, visitor(work)) == ["藕粉 10 袋装"]
    assert titles(later(work, hours=12), visitor(work)) == []


def test_goods_for_a_rank_are_seen_from_it_on_and_by_who_buys_through_it(work):
    listed(work, min_rank=Rank.HUNDRED_STAR)
    low, high = star(work), star(work)
    high.rank = Rank.HUNDRED_STAR
    fan = visitor(work)

    assert titles(work, low) == []
    assert titles(work, high) == ["藕粉 10 袋装"]
    assert titles(work, fan) == []
    touches.touch(work, fan, high)
    assert titles(work, fan) == ["藕粉 10 袋装"]


def test_early_goods_are_for_ten_stars_until_their_hours_are_over(work):
    listed(work, early_hours=72)
    low, high = star(work), star(work)
    high.rank = Rank.TEN_STAR

    assert titles(work, high) == ["藕粉 10 袋装"]
    assert titles(work, low) == []
    assert titles(later(work, hours=71, minutes=59), low) == []
    assert titles(later(work, hours=72), low) == ["藕粉 10 袋装"]


def test_what_is_sold_out_comes_last(work):
    listed(work, pieces=0)
    listed(work, code="T3", title="毛巾 3 条", category="家居")

    assert titles(work, visitor(work)) == ["毛巾 3 条", "藕粉 10 袋装"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("藕粉", ["藕粉 10 袋装"]),
        ("10袋装", ["藕粉 10 袋装"]),
        ("西湖藕粉", ["藕粉 10 袋装"]),  # One of three pairs of letters is there: 藕粉.
        ("纯棉毛巾", ["毛巾 3 条"]),
        ("家居", ["毛巾 3 条"]),
        ("t3", ["毛巾 3 条"]),
        ("洗衣液", []),
        ("？", []),
    ],
)
def test_goods_are_found_in_ordinary_chinese(work, query, found):
    listed(work)
    listed(work, code="T3", title="毛巾 3 条", category="家居", spec="纯棉")

    assert titles(work, visitor(work), query) == found


def test_a_number_or_a_name_finds_a_product(work):
    product = listed(work)
    amy = star(work)

    assert shelf.find(work, amy, str(product.id)) == [product]
    assert shelf.find(work, amy, "藕粉") == [product]
    for said in ("9999", "洗衣液", "9" * 40):
        with pytest.raises(NoSuchProduct):
            shelf.find(work, amy, said)


def test_the_ranking_is_what_the_team_sold_in_seven_days(work):
    lotus = listed(work)
    towel = listed(work, code="T3", title="毛巾 3 条", category="家居")
    amy = star(work, "amy")
    bo = star(work, "bo", amy)
    chen = star(work, "chen", bo)
    stranger, buyer = star(work), visitor(work)
    paid_order(work, buyer, chen, 99_00, goods=lotus)
    paid_order(work, buyer, amy, 39_90, goods=towel)
    paid_order(work, buyer, bo, 79_80, goods=towel, quantity=2)
    paid_order(work, buyer, stranger, 990_00, goods=lotus, quantity=10)
    paid_order(work, amy, amy, 99_00, goods=lotus)  # One's own purchase is no sale.

    # 毛巾 39.90 + 79.80 = 119.70 before 藕粉 99.00.
    assert shelf.sold_in_team(work, amy) == {towel.id: 119_70, lotus.id: 99_00}
    assert shelf.sold_in_team(later(work, days=6), amy) == {towel.id: 119_70, lotus.id: 99_00}
    assert shelf.sold_in_team(later(work, days=7), amy) == {}
    assert [one.place for one in shelf.visible(work, amy)] == [2, 1]


def test_an_own_price_lies_between_supply_and_list_price(work):
    product, amy = listed(work), star(work)

    # 50.00 + 20 % = 60.00, unless said otherwise.
    assert pricing.choice(work, amy, product).usual_fen == 60_00
    assert pricing.set_price(work, amy, product, 50_00).own_fen == 50_00
    assert pricing.set_price(work, amy, product, 99_00).own_fen == 99_00
    for wrong in (49_99, 99_01):
        with pytest.raises(OwnPriceOutside):
            pricing.set_price(work, amy, product, wrong)
    assert pricing.own_prices(work, amy, limit=5) == [(product, 99_00)]

    assert pricing.give_up_price(work, amy, product)
    assert not pricing.give_up_price(work, amy, product)


def test_no_own_price_of_what_has_none_or_may_not_be_sold(work):
    fixed = listed(work, markup_allowed=False)
    exclusive = listed(work, code="X", min_rank=Rank.HUNDRED_STAR)
    amy = star(work)

    with pytest.raises(NoMarkup):
        pricing.set_price(work, amy, fixed, 60_00)
    with pytest.raises(NeedsRank):
        pricing.set_price(work, amy, exclusive, 60_00)


def test_who_comes_by_a_share_is_credited_to_it(work):
    product, amy, dan = listed(work), star(work), visitor(work)
    share = shares.current(work, amy, product_id=product.id)

    assert shares.of_scene(work, share.scene) == share
    assert shares.arrive(work, dan, share) == amy
    assert touches.last_star(work, dan) == amy
    assert dan.reserved_inviter_id == amy.id
    assert shares.arrive(work, amy, share) is None
    assert touches.last_star(work, amy) is None


def test_a_share_is_the_same_for_half_its_time_and_of_one_thing(work):
    product, amy = listed(work), star(work)
    share = shares.current(work, amy, product_id=product.id)
    half = work.rules.joining.poster_valid / 2

    assert shares.current(later(work, days=14), amy, product_id=product.id) == share
    assert shares.current(later(work, days=15), amy, product_id=product.id) != share
    assert half == timedelta(days=15)
    assert shares.of_scene(later(work, days=30), share.scene) is None
    assert shares.of_scene(work, "inv_ABCDEFGH") is None


def test_an_expired_star_credits_nobody(work):
    product, amy, dan = listed(work), star(work), visitor(work)
    share = shares.current(work, amy, product_id=product.id)
    amy.state = members.State.SUSPENDED

    assert shares.arrive(work, dan, share) is None
    assert touches.last_star(work, dan) is None
