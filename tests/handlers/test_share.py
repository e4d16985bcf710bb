"""推广: a card for a product or a live, and what happens to who scans it."""

import pytest

from commerce.goods import shares
from commerce.goods.shares import Share
from commerce.lives import hosting
from commerce.people import members
from commerce.work import Office
from tests.handlers.doors import last_words
from tests.handlers.test_products import listed
from tests.people import NOON, Person, picture_of


@pytest.fixture(autouse=True)
def goods(office: Office) -> None:
    with office.work() as work:
        assert listed(work, "藕粉 10 袋装", 99_00, supply_fen=50_00) == 1


def scene_of(person: Person, office: Office) -> str:
    """What the newest card of a person carries."""
    facts = picture_of(person.follow_ups[-2]).facts
    with office.reading() as work:
        return work.session.get_one(Share, facts["share_id"]).scene


def test_a_product_comes_as_a_card_with_its_end_and_what_it_earns(amy: Person):
    amy.says("推广 1").hears("正在画「藕粉 10 袋装」的推广卡，几秒就好。")

    assert picture_of(amy.follow_ups[-2]).name == "share_poster"
    # 99.00 × 20 % = 19.80.
    assert last_words(amy) == (
        "有效到 4月1日，过期回复「推广 1」换新的。\n"
        "朋友扫码就能买，15 天内在这里买的都算你推荐。\n"
        "标价卖 1 件，佣金 19.80 元。"
    )


def test_with_an_own_price_it_says_the_margin(amy: Person):
    amy.says("定价 1 60")
    amy.says("推广 1")

    assert last_words(amy).endswith("按你定的 60.00 元，卖 1 件得 10.00 元。")


def test_a_new_friend_is_greeted_with_the_product_and_reserved_for_the_star(
    amy: Person, dan: Person, office: Office, people
):
    amy.says("推广 1")
    fang = people("阿芳").follows(scene_of(amy, office))

    fang.hears(
        "广告 · 含推广链接\n"
        "amy推荐：藕粉 10 袋装，99.00 元。\n"
        "48 小时内发货；7 天无理由退货。\n"
        "想买，回复「下单 1」；细看，回复「商品 1」。"
    ).is_offered("下单 1", "加入")
    assert fang.member.reserved_inviter_id == amy.member.id


def test_who_follows_already_scans_it_too_and_sees_the_stars_price(
    amy: Person, dan: Person, office: Office
):
    amy.says("定价 1 60")
    amy.says("推广 1")

    dan.scans(scene_of(amy, office)).hears_of("amy推荐：藕粉 10 袋装，60.00 元。")


def test_ones_own_card_is_for_friends(amy: Person, office: Office):
    amy.says("推广 1")

    amy.scans(scene_of(amy, office)).hears("这是你自己的推广卡，发给朋友，让朋友扫。")


def test_a_card_of_what_is_no_longer_sold_says_so(
    amy: Person, dan: Person, boss: Person, office: Office
):
    amy.says("推广 1")
    boss.says("下架 1")

    dan.scans(scene_of(amy, office)).hears(
        "广告\namy推荐：藕粉 10 袋装，现在买不了。\n看看别的，回复「商品」。"
    )


def test_an_old_card_is_refused_kindly(amy: Person, dan: Person, office: Office, clock):
    amy.says("推广 1")
    scene = scene_of(amy, office)
    clock.passes(days=30)

    dan.scans(scene).hears("你扫的推广卡过期了。\n看看有什么，回复「商品」。")


def test_the_next_live_is_shared(amy: Person, dan: Person, office: Office):
    amy.says("推广直播").hears_of("现在没有排好的直播")
    number = amy.member.id
    with office.work() as work:
        host = members.get(work, number)
        hosting.confirm(work, host, "王小明")
        at = NOON.replace(day=6, hour=12)
        hosting.create(work, host, "春日好物专场", at, for_shop=True)

    amy.says("推广直播").hears("正在画「春日好物专场」的推广卡，几秒就好。")

    dan.scans(scene_of(amy, office)).hears(
        "广告 · 含推广链接\n"
        "amy邀请你看直播。\n"
        "「春日好物专场」3月6日 周五 20:00 开播。\n"
        "看规则、拿预约号，回复「预约」。"
    )


def test_a_live_that_is_not_there_is_refused(amy: Person):
    amy.says("推广直播 9").hears("没找到编号 9 的直播，看看编号对不对。")


def test_it_asks_which_one(amy: Person):
    amy.says("推广").hears(
        "想推荐哪件？写上商品号或名字，比如「推广 3」；推荐直播，回复「推广直播」。"
    )
    amy.says("帮我推广藕粉")
    assert picture_of(amy.follow_ups[-2]).name == "share_poster"


def test_a_visitor_joins_first(dan: Person):
    dan.says("推广 1").hears_of("加入后这里会有你的数据。")


def test_the_scene_is_a_share(office: Office, amy: Person):
    amy.says("推广 1")

    assert scene_of(amy, office).startswith(shares.SCENE)
