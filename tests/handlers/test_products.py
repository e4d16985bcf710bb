"""商品, 选品: what there is, what one of them earns, and what a group may hear of it."""

import pytest

from commerce.goods import catalogue
from commerce.goods.catalogue import Facts
from commerce.goods.suppliers import BUSINESS_LICENCE
from commerce.people import members
from commerce.rules import Rank
from commerce.work import Office, Work
from tests.commerce.sales import paid_order
from tests.handlers.doors import Door
from tests.handlers.evening import becomes
from tests.people import Cast, Person


def listed(work: Work, title: str, price_fen: int, **other: object) -> int:
    """On the shelf; its number."""
    supplier = catalogue.save_supplier(work, "柔棉家纺")
    catalogue.save_paper(work, supplier, BUSINESS_LICENCE, "9133", None)
    usual = {"cost_fen": 10_00, "supply_fen": 30_00, "commission_bp": 2000}
    facts = Facts(code=title, title=title, price_fen=price_fen, supplier_id=supplier.id, **usual)
    product, _ = catalogue.save_product(work, Facts(**{**vars(facts), **other}))
    pieces = 0 if title == "空杯" else 100
    catalogue.count_stock(work, product, catalogue.save_warehouse(work, "杭州仓"), pieces)
    catalogue.publish(work, product)
    return product.id


@pytest.fixture(autouse=True)
def goods(office: Office) -> None:
    with office.work() as work:
        assert listed(work, "藕粉 10 袋装", 99_00, supply_fen=50_00) == 1
        assert listed(work, "毛巾 3 条", 39_90, commission_bp=2500) == 2


def test_a_star_sees_prices_and_own_commission(amy: Person, office: Office):
    becomes(office, amy, Rank.TWO_STAR)

    amy.says("商品").hears(
        "广告\n"
        "1 藕粉 10 袋装，99.00 元，佣金 22%\n"
        "2 毛巾 3 条，39.90 元，佣金 27%\n"
        "细看回复「商品 1」，推荐回复「推广 1」。"
    ).is_offered("商品 1", "推广 1")


def test_a_visitor_sees_prices(dan: Person):
    dan.taps("products").hears(
        "广告\n"
        "1 藕粉 10 袋装，99.00 元\n"
        "2 毛巾 3 条，39.90 元\n"
        "细看回复「商品 1」，想买回复「下单 1」。"
    ).is_offered("商品 1", "下单 1")


def test_a_group_hears_no_commission(amy_in_group: Door):
    amy_in_group.says("商品")

    assert amy_in_group.heard.startswith("广告\n1 藕粉 10 袋装，99.00 元\n")
    assert "佣金" not in amy_in_group.heard


def test_the_highest_commission_comes_first_when_it_is_asked_for(amy: Person):
    amy.says("什么商品佣金最高").hears_of("广告\n2 毛巾 3 条")


def test_goods_are_asked_for_by_name(dan: Person):
    dan.says("有没有毛巾卖").hears_of("广告\n2 毛巾 3 条，39.90 元")
    dan.says("有没有洗衣液").hears("没找到「洗衣液」。\n看看都有什么，回复「商品」。")


def test_five_at_once_and_the_rest_by_name(dan: Person, office: Office):
    with office.work() as work:
        for number in range(5):
            listed(work, f"玻璃杯 {number} 号", 45_00)

    dan.says("商品")

    assert len(dan.heard.splitlines()) == 8
    dan.hears_of("还有 2 件，说名字就能找")


def test_what_the_team_sold_is_told_to_its_star(amy: Person, office: Office, dan: Person):
    ids = amy.member.id, dan.member.id
    with office.work() as work:
        who, buyer = (members.get(work, number) for number in ids)
        towels = catalogue.get(work, 2)
        paid_order(work, buyer, who, 39_90, goods=towels)

    amy.says("商品").hears_of("2 毛巾 3 条，39.90 元，佣金 25%，近 7 天团队里排 1")
    amy.says("商品 2").hears_of("近 7 天团队里排 1，卖了 39.90 元。")
    assert "团队" not in dan.says("商品").heard


def test_one_product_with_both_ways_to_sell_it(amy: Person, office: Office):
    becomes(office, amy, Rank.TWO_STAR)

    # 99.00 × 22 % = 21.78.
    amy.says("商品 1").hears(
        "广告\n"
        "商品 1：藕粉 10 袋装\n"
        "标价 99.00 元，运费 0.00 元，有货\n"
        "48 小时内发货；7 天无理由退货。\n"
        "佣金 22%（商品 20% + 二星 2%），标价卖 1 件得 21.78 元。\n"
        "自己定价：50.00 到 99.00 元，得差价，不再有佣金。"
    ).is_offered("推广 1", "定价 1")


def test_a_buyer_hears_nothing_of_commissions(dan: Person):
    dan.says("商品 1").hears(
        "广告\n"
        "商品 1：藕粉 10 袋装\n"
        "标价 99.00 元，运费 0.00 元，有货\n"
        "48 小时内发货；7 天无理由退货。"
    ).is_offered("下单 1")


def test_what_is_sold_out_says_so(dan: Person, office: Office):
    with office.work() as work:
        number = listed(work, "空杯", 45_00)

    dan.says("商品").hears_of(f"{number} 空杯，45.00 元，卖完了")
    dan.says(f"商品 {number}").hears_of("卖完了").is_offered("商品")


def test_hidden_and_unknown_goods_are_refused_kindly(dan: Person, boss: Person):
    boss.says("下架 2").hears_of("下架了：毛巾 3 条")

    dan.says("商品 2").hears("毛巾 3 条现在没有卖。\n看看别的，回复「商品」。")
    dan.says("商品 77").hears("没找到「77」。\n看看有什么，回复「商品」。")
    boss.says("上架 2").hears_of("上架了：毛巾 3 条")


def test_the_staff_lists_nothing_without_papers(boss: Person, office: Office):
    with office.work() as work:
        supplier = catalogue.save_supplier(work, "无证家纺")
        facts = Facts("X", "围裙", 10_00, 30_00, 45_00, 2000, supplier.id)
        product, _ = catalogue.save_product(work, facts)

    boss.says(f"上架 {product.id}").hears(
        "围裙不能上架：供应商无证家纺缺营业执照。\n资质补齐后再上架。"
    )


def test_only_the_staff_lists_and_hides(amy: Person):
    amy.says("下架 1")

    assert amy.route != "hide"


def test_a_coupon_is_given_once(boss: Person, amy: Person):
    number = amy.member.id

    boss.says(f"发券 {number}").hears_of("发给amy了", "这个月还能发 1999 张。")
    boss.says(f"发券 {number}").hears_of("每人 1 张，你已经领过了。")

    assert amy.notices[-1].startswith("送你 1 张新人券：5.00 元，满 29.00 元可用")
    amy.says("优惠券").hears_of("新人券 5.00 元")


def test_nothing_on_the_shelf_is_said_plainly(people: Cast, boss: Person):
    boss.says("下架 1")
    boss.says("下架 2")

    people("阿芳").follows().says("商品").hears("现在没有上架的商品。\n上新了在这里就能看到。")
