"""建直播, 开播, 下播, 直播预告, and the visible clock of a settlement."""

from datetime import UTC, datetime

import pytest

from bot.context import Bot
from commerce.work import Office
from tests.handlers.doors import live_approved, suspended
from tests.handlers.evening import Evening, evening
from tests.people import Cast, Clock, Person


@pytest.fixture
def host(amy: Person) -> Person:
    """Has said her name before."""
    return amy.says("建直播").says("王小明").says("取消")


def test_from_the_idea_to_the_end(amy: Person, office: Office, clock: Clock):
    amy.says("建直播").hears(
        "开直播前确认一次，以后不再问：\n"
        "主播要年满 16 周岁，用真实姓名。\n"
        "回复你的真实姓名，就是确认这两条。姓名加密保存，不公开。"
    )
    amy.says("王小明").hears_of("这场叫什么，几点播？")
    amy.says("春日好物专场 3月6日 20:00").hears(
        "建好了，场次 1：「春日好物专场」3月6日 周五 20:00–22:00。\n"
        "还差商品和话术：选商品回复「直播商品 1 3 5」，写话术回复「直播话术 1」。\n"
        "播完回复「下播 1」；忘了下播，开播 12 小时后会自动结束。"
    ).is_offered("直播商品 1", "直播话术 1")
    live_approved(office, 1)
    clock.now = datetime(2026, 3, 6, 12, 1, tzinfo=UTC)
    amy.says("开播 1").hears("开播了：「春日好物专场」，3月6日 20:01 开始。\n播完回复「下播 1」。")
    amy.says("开播 1").hears_of("已经在播：")
    clock.passes(hours=2)
    amy.says("下播").hears(
        "下播了：「春日好物专场」，3月6日 22:01 结束。\n"
        "本场 0 单，3月6日 22:11 开始结算，结算好告诉大家。"
    )
    amy.says("下播 1").hears_of("之前已经下播：「春日好物专场」，3月6日 22:01 结束。")


def test_title_first_then_the_time(host: Person):
    host.says("建直播 周末专场").hears_of("「周末专场」几点开播？")
    host.says("随便").hears_of("「周末专场」几点开播？")
    host.says("周六晚上8点半").hears_of("建好了，场次 1：「周末专场」3月7日 周六 20:30–22:30。")


def test_time_first_then_the_title(host: Person):
    host.says("建直播 明晚8点").hears("这场叫什么？")
    host.says("好物专场").hears_of("「好物专场」3月3日 周二 20:00–22:00。")


@pytest.mark.parametrize(
    "words",
    ["专场 3月6日 20:00-23:30", "3月6日 20:00到23:30 专场", "专场 3月6日晚上8点~晚上11点半"],
)
def test_with_an_end(host: Person, words: str):
    host.says(f"建直播 {words}").hears_of("「专场」3月6日 周五 20:00–23:30。")


def test_an_end_past_midnight_and_one_that_is_too_late(host: Person):
    host.says("建直播 夜场 3月6日 22:00-1:00").hears_of("「夜场」3月6日 周五 22:00–01:00。")
    host.says("建直播 专场 3月6日 8:00-23:00").hears_of("一场最多 12 小时")


def test_the_name_is_asked_once(host: Person):
    host.says("建直播").hears_of("这场叫什么，几点播？")


def test_a_title_that_may_not_be_said(host: Person):
    host.says("建直播 全网第一专场 明天 20:00").hears_of("标题里不能有「第一」")


def test_a_time_that_is_over(host: Person):
    host.says("建直播 专场 今天 9:00").hears_of("开播时间要在现在之后")


def test_before_the_start_nothing_ends(host: Person):
    host.says("建直播 专场 明天 20:00")

    host.says("下播 1").hears("场次 1 还没开播，不用下播。\n要开播，回复「开播 1」。")
    host.says("下播").hears_of("现在没有可以下播的直播。")


def test_what_ended_does_not_start_again(host: Person, office: Office):
    host.says("建直播 专场 明天 20:00")
    live_approved(office, 1)
    host.says("开播").says("下播")

    host.says("开播 1").hears_of("场次 1 已经结束，不能再开播。")


def test_somebody_else_s_live_is_none(host: Person, bo: Person):
    host.says("建直播 专场 明天 20:00")

    for words in ("开播 1", "下播 1", "结算 1", "开播 99"):
        bo.says(words).hears_of("没找到编号")


def test_the_staff_may_direct_any_live(host: Person, boss: Person, office: Office):
    host.says("建直播 专场 明天 20:00")
    live_approved(office, 1)

    boss.says("开播 1").hears_of("开播了：「专场」")
    boss.says("结算 1").hears_of("还在播，下播 10 分钟后开始结算。")
    boss.says("下播 1").hears_of("下播了：「专场」")


def test_with_several_it_asks_which(host: Person):
    host.says("建直播 甲场 明天 20:00").says("建直播 乙场 后天 20:00")

    host.says("开播").hears_of(
        "要开播哪一场？\n1 「甲场」3月3日 周二 20:00\n2 「乙场」"
    ).is_offered("开播 1", "开播 2")


def test_a_visitor_and_who_is_suspended_host_nothing(dan: Person, amy: Person):
    dan.says("建直播").hears_of("加入后这里会有你的数据。")
    suspended(amy).says("建直播").hears_of("你的账号在核查")


def test_what_comes_and_what_is_on(host: Person, dan: Person, office: Office, clock: Clock):
    dan.says("直播").hears("现在没有排好的直播，排好了在这里就能看到。")
    host.says("建直播 春日好物专场 3月6日 20:00").says("建直播 夏日专场 3月13日 20:00")
    clock.now = datetime(2026, 3, 6, 12, tzinfo=UTC)
    dan.says("直播").hears_of("现在没有排好的直播")
    live_approved(office, 1)
    live_approved(office, 2)
    host.says("开播 1")

    dan.says("周五几点播").hears(
        "广告\n"
        "「春日好物专场」正在播，主播amy。\n"
        "「夏日专场」3月13日 周五 20:00，主播amy。\n"
        "已预约 0 人。"
    )


def test_the_clock_of_a_settlement(office: Office, bot: Bot, people: Cast, clock: Clock):
    tonight: Evening = evening(office, bot, people, clock)
    tonight.sells_as_in_the_book()
    tonight.ming.says("结算 1").hears_of("本场 5 单，还在播，下播 10 分钟后开始结算。")
    tonight.ends()
    tonight.ming.says("结算进度").hears_of("本场 5 单，3月6日 20:18 开始结算")
    tonight.settles()
    tonight.ming.says("结算进度").hears(
        "「春日好物专场」：\n本场 5 单，已结算 100%，用时不到 1 秒。"
    )

    tonight.sells(tonight.ming, 99_00)

    tonight.ming.says("结算进度").hears_of("本场 6 单，已结算 83.33%", "还有 1 单是下播后付款的")
