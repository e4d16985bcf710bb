"""助力 in the chat: everybody's words, step by step, as in the voice of the house."""

import re

import pytest

from bot.context import Bot
from commerce.goods import catalogue, offers
from commerce.goods.offers import Kind
from commerce.lives import assist_tasks, assists, hosting, shown
from commerce.lives.assists import Assist
from commerce.work import Office, Work
from handlers.words import moment
from tests.commerce.draws import scheduled
from tests.commerce.sales import product
from tests.commerce.stars import approved_live
from tests.commerce.test_offers import richly
from tests.handlers.evening import Evening, evening
from tests.handlers.test_shopping import ADDRESS, without_link
from tests.people import Cast, Clock, Person, picture_of


@pytest.fixture
def tonight(office: Office, bot: Bot, people: Cast, clock: Clock) -> Evening:
    """「春日好物专场」 is on, and friends may unlock 藕粉 at 69.00."""
    found = evening(office, bot, people, clock)
    with office.work() as work:
        live, goods = hosting.find(work, found.live_id), catalogue.get(work, found.lotus_id)
        offers.publish(richly(work), live, goods, Kind.ASSIST, subsidy_fen=100_000_00)
    return found


def card_of(office: Office, tonight: Evening, person: Person) -> Assist:
    member = person.member
    with office.reading() as work:
        found = assists.of(work, member, hosting.find(work, tonight.live_id))
    assert found is not None
    return found


def shares(office: Office, tonight: Evening) -> Assist:
    tonight.fang.says("助力")
    return card_of(office, tonight, tonight.fang)


def friends(people: Cast, card: Assist, number: int) -> None:
    for turn in range(number):
        office = people(f"朋友{turn}").follows(card.scene).office
    if number == card.friends:
        with office.work() as work:
            assist_tasks.unlock(work, card.id)


def test_a_card_for_ones_friends(office: Office, tonight: Evening):
    fang = tonight.fang
    fang.says("助力").hears(
        "广告\n"
        "藕粉 10 袋装，标价 99.00 元。\n"
        "3 位朋友通过你的卡片进直播间，你可以 69.00 元买 1 份。\n"
        "现在 0 / 3，今晚下播截止。\n"
        "三位要不同；每人每场 1 次；不用下单，不用关注。"
    )

    card = card_of(office, tonight, fang)
    drawn, words = fang.follow_ups[-2:]
    assert picture_of(drawn).name == "assist_poster"
    assert picture_of(drawn).facts == {"assist_id": card.id}
    assert words["text"] == (
        "广告 · 春日好物专场，正在直播，来看看：\n"
        f"https://star.example/pages/live/{tonight.live_id}?a={card.token}\n"
        "上面的图或这个链接，发给朋友都行；点链接不用关注。\n"
        "每来 1 位都告诉你。"
    )
    fang.says("发起助力")
    assert card_of(office, tonight, fang).id == card.id


def test_a_friend_comes_and_both_hear_of_it(office: Office, tonight: Evening, people: Cast):
    card = shares(office, tonight)

    friend = people("朋友").follows(card.scene)

    friend.hears("广告\n直播正在进行，谢谢你来帮忙，这一格亮了。").is_offered("进直播间", "商品")
    tonight.fang.is_told("来了 1 位朋友：1 / 3，还差 2 位。")
    tonight.fang.says("助力").hears_of("现在 1 / 3")


def test_who_follows_already_scans(office: Office, tonight: Evening, people: Cast):
    card = shares(office, tonight)
    friend = people("朋友").joins()

    friend.scans(card.scene).hears("广告\n直播正在进行，谢谢你来帮忙，这一格亮了。")
    friend.scans(card.scene).hears("这场你已经帮过了，一场一次，心意收到。")
    friend.is_offered("进直播间")
    assert card_of(office, tonight, tonight.fang).helped == 1


def test_ones_own_tap_does_not_count(office: Office, tonight: Evening, people: Cast):
    card = shares(office, tonight)
    friends(people, card, 1)

    tonight.fang.scans(card.scene).hears("自己点不算，发给朋友就行。现在 1 / 3。")


def test_the_third_unlocks_the_price(office: Office, tonight: Evening, people: Cast, clock: Clock):
    clock.passes(minutes=32)
    card = shares(office, tonight)

    friends(people, card, 3)

    fang = tonight.fang
    fang.is_told(
        "3 / 3，解锁了！藕粉 10 袋装 69.00 元，限 1 份。\n"
        "货留 15 分钟，到 20:47；之后有货仍是 69.00 元，到下播为止。"
    )
    people("第四位").follows(card.scene).hears(
        "广告\n直播正在进行，人数已经够了，谢谢你来；这次没用掉，还可以帮别的朋友。"
    )
    fang.says("助力").hears("3 / 3，解锁了。藕粉 10 袋装 69.00 元，限 1 份，到下播为止。")
    fang.is_offered("69.00 元下单")


def test_what_was_unlocked_is_bought_by_one_tap(office: Office, tonight: Evening, people: Cast):
    card = shares(office, tonight)
    friends(people, card, 3)
    fang = tonight.fang

    fang.says("69.00 元下单").says(ADDRESS)

    assert without_link(fang.heard) == (
        "广告 · 含推广链接\n"
        "藕粉 10 袋装 × 1\n"
        "标价 99.00 元\n"
        "助力价 −30.00 元\n"
        "运费 0.00 元\n"
        "应付 69.00 元\n"
        "寄到：阿芳 138****6688，杭州市西湖区****；48 小时内发货；7 天无理由退货。\n"
        "货给你留 15 分钟，到 20:15。[[去付款]]"
    )
    fang.says("助力").hears(
        "这场的助力价你已经用了，一场 1 份。\n付没付款看「我的订单」，再买照直播间的价。"
    )
    fang.says("取消订单")
    fang.says("助力").hears_of("解锁了。藕粉 10 袋装 69.00 元")


def test_several_pieces_are_said_apart(office: Office, tonight: Evening, people: Cast):
    """69.00 + 99.00."""
    card = shares(office, tonight)
    friends(people, card, 3)

    tonight.fang.says(f"下单 {tonight.lotus_id} 2").says(ADDRESS).hears_of(
        "助力价每人 1 件：69.00 元\n另外 1 件，每件 99.00 元", "应付 168.00 元"
    )


def test_without_anything_unlocked_one_says_which(tonight: Evening):
    tonight.fang.says("69.00 元下单").hears("想买哪件？写上商品号或名字，比如「下单 3」。")


def test_the_live_ends_first(office: Office, tonight: Evening, people: Cast):
    card = shares(office, tonight)
    friends(people, card, 2)
    with office.work() as work:
        coming = scheduled(work)
        at = coming.planned_at
    tonight.ends()
    with office.work() as work:
        assist_tasks.end_all(work, tonight.live_id)

    tonight.fang.is_told(
        f"下播了，停在 2 / 3，这次没解锁。\n藕粉 10 袋装 99.00 元仍可以买，下一场 {moment(at)}。"
    )
    people("第三位").follows(card.scene).hears(
        "广告\n「春日好物专场」播完了，助力到此为止，谢谢你来。\n下一场回复「直播」。"
    )


def test_without_a_live_there_is_nothing_to_unlock(amy: Person):
    amy.says("助力").hears("现在没有可以助力的直播。\n看看下一场，回复「直播」。")
    amy.taps("assist").hears_of("现在没有可以助力的直播。")


def test_before_the_live_it_is_announced(office: Office, amy: Person):
    with office.work() as work:
        coming = approved_live(work, scheduled(work))
        goods = product(work)
        offers.publish(richly(work), coming, goods, Kind.ASSIST, subsidy_fen=100_000_00)

    amy.says("助力").hears_of(
        "广告\n「", "开播，藕粉 10 袋装助力价 69.00 元。\n开播后回复「助力」拿卡片。"
    )


def test_a_card_of_nobody(amy: Person):
    amy.scans("ast_ABCD2345").hears("这张卡没对上。\n看看有什么直播，回复「直播」。")


def test_the_host_sets_the_price(office: Office, tonight: Evening, boss: Person):
    with office.work() as work:
        number = _planned(work, tonight)
    boss.says(f"助力价 {number} {tonight.towels_id} 39.90元").hears_of(
        "核对一下，发布后不能改：", "3 位朋友助力后 39.90 元，每人 1 份，到下播为止"
    )
    boss.says("助力价").hears("写成「助力价 7 3 69元」：场次 7、商品 3、69.00 元。")


def _planned(work: Work, tonight: Evening) -> int:
    coming = scheduled(work)
    shown.put(work, coming, [tonight.towels_id])
    return coming.id


def test_the_way_into_the_room_is_ones_own(tonight: Evening):
    tonight.fang.says("进直播间")
    assert re.sub(r"\|https://star.example/pages/live\?t=[0-9a-f-]+", "", tonight.fang.heard) == (
        "广告 · 含推广链接\n"
        "「春日好物专场」正在播，[[进直播间]]\n"
        "藕粉 10 袋装 助力价 69.00 元。\n"
        "看中了，回来回复「下单」加商品号。"
    )
    tonight.fang.is_offered("商品", "助力")


def test_without_a_live_the_next_ones_are_shown(amy: Person):
    amy.says("进直播间").hears("现在没有排好的直播，排好了在这里就能看到。")
