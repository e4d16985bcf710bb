"""Posts in groups about what has just happened: goods are back, many parcels have come."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.context import Bot
from commerce.agenda import DueTask
from commerce.goods import catalogue, fulfilment, stock
from commerce.goods.orders import Order
from commerce.goods.products import Product
from commerce.groups.posts import State
from commerce.people import members
from commerce.rules import ConfigError, Rules, rules_from
from commerce.work import Office, Work
from jobs.shop import Shop
from tests.commerce.sales import paid_order
from tests.handlers.test_products import listed
from tests.jobs.test_group_posts import Corp, play, states, with_a_group
from tests.people import Clock, Person

PARCELS = 20
"""So many make a peak, says config.yaml."""


@pytest.fixture
def corp(clock: Clock) -> Corp:
    return Corp(clock)


@pytest.fixture
def shop(office: Office, bot: Bot, clock: Clock, corp: Corp, tmp_path: Path) -> Shop:
    return with_a_group(office, bot, clock, corp, tmp_path)


@pytest.fixture
def sold_out(office: Office, dan: Person) -> int:
    """A product that dan bought the last piece of."""
    number = dan.member.id
    with office.work() as work:
        product_id = listed(work, "藕粉 10 袋装", 99_00, supply_fen=50_00)
        counts(work, product_id, 1)
        goods = work.session.get_one(Product, product_id)
        order = paid_order(work, members.get(work, number), None, goods=goods)
        stock.reserve(work, order.id, product_id, 1)
        stock.confirm(work, order.id, product_id)
        assert stock.left(work, product_id) == 0
    return product_id


def counts(work: Work, product_id: int, pieces: int, city: str = "杭州") -> None:
    goods = work.session.get_one(Product, product_id)
    catalogue.count_stock(work, goods, catalogue.save_warehouse(work, "杭州仓", city), pieces)


def counted(office: Office, product_id: int, pieces: int) -> None:
    with office.work() as work:
        counts(work, product_id, pieces)


def planned(office: Office) -> list[tuple[str, datetime]]:
    with office.reading() as work:
        rows = select(DueTask).where(DueTask.task == "draft_posts").order_by(DueTask.id)
        found = [row for row in work.session.scalars(rows) if row.args.get("event")]
    return [(row.args["template"], row.due_at) for row in found]


def posted(shop: Shop, corp: Corp) -> list[str]:
    play(shop, "draft_posts", "post_to_group")
    return corp.posted


def test_goods_that_are_back_are_posted(shop: Shop, corp: Corp, sold_out: int) -> None:
    counted(shop.office, sold_out, 50)

    assert posted(shop, corp) == [
        "广告 · 含推广链接\n"
        "藕粉 10 袋装 补货 50 份，99.00 元。\n"
        "杭州 发货，48 小时内发出。\n"
        f"公众号「千星计划」发「下单 {sold_out}」"
    ]


def test_the_same_goods_are_posted_once_in_seven_days(
    shop: Shop, corp: Corp, clock: Clock, sold_out: int
) -> None:
    for day in range(8):
        counted(shop.office, sold_out, 0)
        counted(shop.office, sold_out, 50)
        assert len(posted(shop, corp)) == (1 if day < 7 else 2), day
        clock.passes(days=1)


def test_goods_that_come_back_at_night_are_posted_in_the_morning(
    shop: Shop, corp: Corp, clock: Clock, sold_out: int
) -> None:
    clock.passes(hours=11)  # 23:00
    counted(shop.office, sold_out, 50)
    assert posted(shop, corp) == []

    clock.passes(hours=10)

    assert len(posted(shop, corp)) == 1


def test_goods_that_are_gone_again_are_not_posted(
    shop: Shop, corp: Corp, clock: Clock, sold_out: int
) -> None:
    clock.passes(hours=11)
    counted(shop.office, sold_out, 50)
    counted(shop.office, sold_out, 0)
    clock.passes(hours=10)

    assert posted(shop, corp) == []


def test_what_was_never_sold_is_not_back(shop: Shop) -> None:
    with shop.office.work() as work:
        counts(work, listed(work, "空杯", 39_90), 30)

    assert planned(shop.office) == []


def test_more_of_what_is_there_is_not_back(shop: Shop, clock: Clock, sold_out: int) -> None:
    counted(shop.office, sold_out, 50)
    clock.passes(days=8)
    counted(shop.office, sold_out, 80)

    assert len(planned(shop.office)) == 1


def test_what_is_no_news_any_more_is_not_even_written(
    shop: Shop, corp: Corp, clock: Clock, sold_out: int
) -> None:
    counted(shop.office, sold_out, 50)
    clock.passes(hours=7)

    assert posted(shop, corp) == []
    assert states(shop.office) == []


@pytest.mark.parametrize("change", [{"min_rank": 2}, {"hidden_at": "now"}, {"early_hours": 9}])
def test_what_not_everybody_may_buy_is_not_posted(
    shop: Shop, sold_out: int, change: dict[str, object]
) -> None:
    with shop.office.work() as work:
        goods = work.session.get_one(Product, sold_out)
        for name, value in change.items():
            setattr(goods, name, work.now if value == "now" else value)
        work.session.flush()
        counts(work, sold_out, 50)

    assert planned(shop.office) == []


def test_a_city_nobody_wrote_down_is_asked_for(
    shop: Shop, corp: Corp, office: Office, sold_out: int
) -> None:
    with office.work() as work:
        goods = work.session.get_one(Product, sold_out)
        counts(work, sold_out, 50)
        catalogue.count_stock(work, goods, catalogue.save_warehouse(work, "新仓"), 50)

    assert posted(shop, corp) == []
    assert states(office) == [State.LACKING]


def shipped(office: Office, buyer: Person, product_id: int, count: int) -> list[int]:
    number = buyer.member.id
    with office.work() as work:
        goods, who = work.session.get_one(Product, product_id), members.get(work, number)
        orders = [paid_order(work, who, None, goods=goods) for _ in range(count)]
        for order in orders:
            fulfilment.ship(work, order, "顺丰", "SF1", tell=False)
        return [order.id for order in orders]


def received(office: Office, order_ids: list[int]) -> None:
    with office.work() as work:
        for order_id in order_ids:
            fulfilment.receive(work, work.session.get_one(Order, order_id))


def peak(shop: Shop, dan: Person, clock: Clock, product_id: int, many: int) -> None:
    """So many parcels come on Tuesday at noon, and it becomes 18:00."""
    orders = shipped(shop.office, dan, product_id, many)
    clock.passes(days=1)
    received(shop.office, orders)
    clock.passes(hours=6)


def test_on_the_day_of_many_parcels_the_groups_hear_what_to_do_about_damage(
    shop: Shop, corp: Corp, dan: Person, clock: Clock, sold_out: int
) -> None:
    peak(shop, dan, clock, sold_out, PARCELS)

    assert planned(shop.office) == [("S2", clock())]
    [said] = posted(shop, corp)
    assert said.startswith("收到破损、少件、发错：\n1 拍外箱、面单、商品各 1 张\n")


def test_one_parcel_less_is_no_peak(
    shop: Shop, corp: Corp, dan: Person, clock: Clock, sold_out: int
) -> None:
    peak(shop, dan, clock, sold_out, PARCELS - 1)

    assert posted(shop, corp) == []


def test_what_came_the_day_before_is_of_another_day(
    shop: Shop, corp: Corp, dan: Person, clock: Clock, sold_out: int
) -> None:
    received(shop.office, shipped(shop.office, dan, sold_out, 1))
    peak(shop, dan, clock, sold_out, PARCELS - 1)

    assert posted(shop, corp) == []


def test_what_came_by_itself_is_no_parcel_somebody_opened(
    shop: Shop, corp: Corp, dan: Person, clock: Clock, sold_out: int
) -> None:
    orders = shipped(shop.office, dan, sold_out, PARCELS)
    clock.passes(days=10)
    play(shop, "receive_order")
    with shop.office.reading() as work:
        assert work.session.get_one(Order, orders[0]).received_at == clock()
    clock.passes(hours=6)

    assert posted(shop, corp) == []


@pytest.mark.parametrize("name", ["at", "at_least"])
def test_a_peak_without_a_number_or_an_hour_is_refused(rules: Rules, name: str) -> None:
    posts = [dict(post) for post in rules.written["posts"]]
    del next(post for post in posts if post["id"] == "S2")[name]

    with pytest.raises(ConfigError) as caught:
        rules_from({**rules.written, "posts": posts})

    [problem] = caught.value.problems
    assert "算高峰" in str(problem)


def test_after_six_it_is_the_day_after_and_what_is_long_ago_is_no_news(
    shop: Shop, corp: Corp, dan: Person, clock: Clock, sold_out: int
) -> None:
    orders = shipped(shop.office, dan, sold_out, PARCELS)
    clock.passes(hours=7)  # 19:00
    received(shop.office, orders)

    assert planned(shop.office) == [("S2", clock() + timedelta(hours=23))]
    clock.passes(hours=23 + 7)
    assert posted(shop, corp) == []
