"""A star plans a live: goods, script, another title or time, and that it is off."""

import pytest

from commerce.lives import bookings, hosting
from commerce.people import members
from commerce.work import Office
from tests.handlers.doors import live_approved, suspended
from tests.handlers.test_products import listed
from tests.people import Cast, Person


@pytest.fixture(autouse=True)
def goods(office: Office) -> None:
    with office.work() as work:
        assert listed(work, "藕粉 10 袋装", 99_00, supply_fen=50_00) == 1
        assert listed(work, "毛巾 3 条", 39_90, supply_fen=20_00) == 2


@pytest.fixture
def host(amy: Person) -> Person:
    """Has said her name before, and has one live, 场次 1."""
    return amy.says("建直播").says("王小明").says("春日好物专场 3月6日 20:00")


def booked(office: Office, *people: Person) -> None:
    ids = [person.member.id for person in people]
    with office.work() as work:
        live = hosting.find(work, 1)
        for member_id in ids:
            bookings.book(work, members.get(work, member_id), live)


def test_from_the_plan_to_the_review(host: Person, reviewer: Person):
    host.says("开播 1").hears(
        "场次 1 还不能开播，差商品和话术。\n"
        "选商品回复「直播商品 1 3 5」，写话术回复「直播话术 1」；同事看过就能开播。"
    ).is_offered("直播商品 1", "直播话术 1")
    host.says("直播商品 1").hears(
        "场次 1 还没有商品。\n写上商品号，按播的顺序，比如「直播商品 1 3 5」。"
    )
    host.says("直播商品 1 2 1").hears(
        "场次 1 的商品，按这个顺序：\n"
        "2 毛巾 3 条，39.90 元\n"
        "1 藕粉 10 袋装，99.00 元\n"
        "还差话术：写话术回复「直播话术 1」。"
    )
    host.says("直播话术 1").hears("写下这场打算怎么说，500 个字以内，同事开播前会看：")
    host.says("先讲藕粉怎么冲，再看毛巾。").hears(
        "记下了，场次 1 的话术 12 个字。\n都齐了，同事看过就能开播，通过了告诉你。"
    )
    assert reviewer.notices == ["有一场直播等着看，编号 L1：「春日好物专场」。"]
    host.says("开播 1").hears(
        "场次 1 还不能开播，同事正在看，通过了马上告诉你。\n着急，回复「人工」。"
    )
    host.says("我的直播").hears("1 「春日好物专场」3月6日 周五 20:00，同事在看")


@pytest.mark.parametrize("said", ["2 1", "2、1", "商品2，商品1", "2号 1号", "：2，1。"])
def test_goods_are_named_as_people_name_them(host: Person, said: str):
    host.says(f"直播商品 1 {said}").hears_of("2 毛巾 3 条，39.90 元\n1 藕粉 10 袋装")


def test_goods_that_are_not_there(host: Person, boss: Person):
    host.says("直播商品 1 1 99").hears_of("没找到「99」")
    host.says("直播商品 1 藕粉粉").hears_of("没找到「藕粉粉」")
    boss.says("下架 2")
    host.says("直播商品 1 1 2").hears_of("毛巾 3 条现在没有卖")
    host.says("直播商品 1").hears_of("场次 1 还没有商品")


def test_a_script_that_may_not_be_said(host: Person):
    host.says("直播话术 1 全网第一的藕粉").hears(
        "先改一下：里面有「第一」，广告不能这么说。\n改好再发一次。"
    )
    host.says("直播话术 1 藕粉每袋 30 克").hears_of("记下了，场次 1 的话术")
    host.says("直播话术 1").hears_of("现在的话术：\n藕粉每袋 30 克\n要换，写下")


def test_another_title(host: Person, office: Office):
    live_approved(office, 1)

    host.says("改直播 1 标题 夏日专场").hears(
        "改好了，场次 1：「夏日专场」3月6日 周五 20:00–22:00。\n"
        "还差商品和话术：选商品回复「直播商品 1 3 5」，写话术回复「直播话术 1」。"
    )
    host.says("改直播 1 全网第一专场").hears_of("标题里不能有「第一」")


def test_another_time_and_who_booked_hears_of_it(
    host: Person, dan: Person, office: Office, people: Cast
):
    live_approved(office, 1)
    booked(office, dan, people("阿芳").follows())

    host.says("改直播 1 3月7日 20:30").hears(
        "改好了，场次 1：「春日好物专场」3月7日 周六 20:30–22:30。\n"
        "约了的 2 人会收到通知。\n"
        "到时回复「开播 1」。"
    )
    host.says("改直播 1 时间改到 3月7日 20:30-23:00").hears(
        "改好了，场次 1：「春日好物专场」3月7日 周六 20:30–23:00。\n到时回复「开播 1」。"
    )
    host.says("改直播 1 今天 9:00").hears_of("开播时间要在现在之后")


def test_both_at_once_and_asked_for(host: Person):
    host.says("改直播 1").hears(
        "场次 1：「春日好物专场」3月6日 周五 20:00–22:00。\n"
        "新的标题或时间写给我，比如「夏日专场」或「3月7日 20:00」。"
    )
    host.says("夏日专场 3月7日 19:00").hears_of("「夏日专场」3月7日 周六 19:00–21:00。")


def test_it_is_off(host: Person, dan: Person, office: Office):
    live_approved(office, 1)
    booked(office, dan)

    host.says("取消直播 1").hears("为什么取消？写一句，约了的人会原样看到：")
    host.says("主播病了，改天再播").hears(
        "要取消场次 1：「春日好物专场」3月6日 周五 20:00。\n"
        "预约的 1 人会收到通知，理由是「主播病了，改天再播」；预约抽奖也不再抽。\n"
        "取消后不能恢复，确定吗？"
    ).is_offered("确认取消", "算了")
    host.says("算了").hears_of("好，先不办了")
    dan.says("直播").hears_of("已预约 1 人")

    host.says("取消直播 1 主播病了").says("确认取消").hears(
        "取消了，场次 1「春日好物专场」。\n再播一场，回复「建直播」。"
    )

    dan.says("直播").hears("现在没有排好的直播，排好了在这里就能看到。")
    host.says("取消直播 1 还是病着").hears("场次 1「春日好物专场」之前已经取消了。")
    for words in ("开播 1", "下播 1", "改直播 1 夏日专场", "直播商品 1 2", "直播话术 1 藕粉"):
        host.says(words).hears_of("场次 1 已经取消了，不能再开播或修改。")


def test_on_the_air_it_is_neither_changed_nor_cancelled(host: Person, office: Office):
    live_approved(office, 1)
    host.says("开播 1")

    for words in ("改直播 1 夏日专场", "直播商品 1 2", "直播话术 1 藕粉"):
        host.says(words).hears_of("场次 1 已经开播过", "要结束，回复「下播 1」。")
    host.says("取消直播 1 病了").says("确认取消").hears_of("场次 1 已经开播过")
    host.says("我的直播").hears("1 「春日好物专场」3月6日 周五 20:00，正在播")


def test_somebody_else_s_live_is_none(host: Person, bo: Person, reviewer: Person):
    for person in (bo, reviewer):
        for words in (
            "直播商品 1 2",
            "直播话术 1 好",
            "改直播 1 好",
            "取消直播 1 好",
            "限时价 1 2",
        ):
            person.says(words).hears_of("没找到编号 1 的直播")
        person.says("我的直播").hears_of("你没有排好的直播。")


def test_a_visitor_and_who_is_suspended_plan_nothing(host: Person, dan: Person):
    dan.says("直播商品 1 2").hears_of("加入后这里会有你的数据。")
    suspended(host).says("直播商品 1 2").hears_of("你的账号在核查")


def test_without_a_number_the_only_one_is_meant_or_it_asks(host: Person, bo: Person):
    host.says("取消直播").hears_of("为什么取消？")
    host.says("算了")
    host.says("改直播").hears_of("场次 1：「春日好物专场」")
    host.says("取消")
    host.says("直播话术").hears_of("写下这场打算怎么说")
    host.says("取消")
    host.says("建直播 夏日专场 3月13日 20:00")

    host.says("改直播").hears(
        "是哪一场？\n1 「春日好物专场」3月6日 周五 20:00\n2 「夏日专场」3月13日 周五 20:00"
    ).is_offered("改直播 1", "改直播 2")
    bo.says("改直播").hears_of("你没有排好的直播。")


def test_who_hosts_nothing_and_cancels_means_the_booking(host: Person, dan: Person, office: Office):
    live_approved(office, 1)
    booked(office, dan)

    dan.says("取消直播").hears(dan.says("预约").says("取消预约").heard)
