"""预约, 取消预约, 预约海报: the rules first, then a number that stays theirs."""

from datetime import timedelta

import pytest

from bot.message import Kind
from commerce.lives.lives import Live, State
from commerce.work import Office
from tests.audience import quick
from tests.commerce.draws import scheduled
from tests.handlers.booked import Announced, announced
from tests.handlers.doors import Door, suspended
from tests.people import Cast, Clock, Person


@pytest.fixture
def friday(office: Office, people: Cast, clock: Clock) -> Announced:
    return announced(office, people, clock)


@pytest.fixture
def fang(people: Cast) -> Person:
    return people("阿芳").follows()


def test_the_rules_and_then_the_number(friday: Announced, fang: Person, office: Office):
    office.rules = quick(office.rules)  # With templates to ask for a notification.
    friday.books(86)

    fang.says("预约").hears(
        "广告\n"
        "「春日好物专场」3月6日 周五 20:00\n"
        "已预约 86 人。满 100 人即锁定，开播抽 10 份免单："
        "藕粉 10 袋装，每份价值 99.00 元，包邮。\n"
        "每人 1 个预约号，转发不增加机会。\n"
        "开播时开奖，72 小时内领取；没满 100 人不抽。\n"
        "主办：千星商贸有限公司，"
        f"[[完整规则|https://star.example/pages/draws/{friday.number}]]"
    ).is_offered("我要预约", "不用了")
    fang.says("我要预约").hears(
        "约好了，你的预约号 000087。\n"
        "现在 87 人，还差 13 人锁定抽奖。\n"
        "想收到开播和开奖提醒，点「允许通知」。"
    ).is_offered("允许通知", "预约海报", "取消预约")
    fang.says("预约").hears(
        "你已经约好了，预约号 000087，一人一个。\n3月6日 20:00 见。"
    ).is_offered("直播", "取消预约")


def test_where_the_platform_has_no_template_nobody_is_asked_for_a_notification(
    friday: Announced, fang: Person
):
    fang.says("预约").says("我要预约").hears(
        "约好了，你的预约号 000001。\n现在 1 人，还差 99 人锁定抽奖。"
    ).is_offered("预约海报", "取消预约")


def test_nobody_books_before_having_seen_the_rules(friday: Announced, fang: Person):
    fang.says("我要预约").hears_of("每人 1 个预约号").is_offered("我要预约")

    fang.says("我要预约").hears_of("约好了，你的预约号 000001。")


def test_no_is_no(friday: Announced, fang: Person):
    fang.says("预约").says("不用了").hears("好，先不办了。\n什么时候想办，再说一声。")

    fang.says("取消预约").hears_of("你现在没有预约，不用取消。")


def test_a_locked_draw_stays_locked(friday: Announced, fang: Person, people: Cast):
    friday.books(99)

    fang.says("预约").says("我要预约").hears_of("现在 100 人，抽奖已锁定，开播时开奖。")
    fang.says("取消预约").hears(
        "取消了「春日好物专场」的预约。\n预约号 000100 给你留着，开播前再预约还是这个号。"
    )

    people("阿强").follows().says("预约").hears_of(
        "已预约 99 人。抽奖已锁定，开播抽 10 份免单", "取消的人多了也照抽。"
    )
    fang.says("预约").says("我要预约").hears_of("你的预约号 000100。")


def test_booking_is_understood_however_it_is_put(friday: Announced, fang: Person):
    fang.says("帮我预约下一场").hears_of("每人 1 个预约号").is_offered("我要预约")
    assert fang.route == "book"
    fang.says("我要预约")
    fang.says("帮我取消预约").hears_of("取消了「春日好物专场」的预约。")


def test_a_menu_tap_is_the_same(friday: Announced, fang: Person):
    fang.taps("book").hears_of("每人 1 个预约号").is_offered("我要预约")


def test_a_double_yes_is_one_booking(friday: Announced, fang: Person):
    fang.says("预约").says("我要预约", id="m-1").hears_of("你的预约号 000001。")
    fang.says("我要预约", id="m-1").hears_of("你的预约号 000001。")

    fang.says("我要预约").hears_of("你已经约好了，预约号 000001，一人一个。")


def test_in_a_group_nobody_s_number_is_said(friday: Announced, amy_in_group: Door, amy: Person):
    amy.says("预约").says("我要预约").hears_of("你的预约号 000001。")

    amy_in_group.says("预约")

    assert "000001" not in amy_in_group.heard


def test_without_a_lottery_one_books_to_be_reminded(
    office: Office, people: Cast, clock: Clock, fang: Person
):
    announced(office, people, clock, lottery=False)

    fang.says("预约").hears(
        "广告\n"
        "「春日好物专场」3月6日 周五 20:00\n"
        "已预约 0 人。\n"
        "每人 1 个预约号，开播前 1 小时提醒你。"
    )
    fang.says("我要预约").hears_of("约好了，你的预约号 000001。\n现在 1 人预约。")


def test_nothing_to_book(fang: Person):
    fang.says("预约").hears("现在没有可以预约的直播，排好了回复「预约」就行。")
    fang.says("预约海报").hears_of("现在没有可以预约的直播")


def test_by_its_number(friday: Announced, fang: Person, office: Office):
    with office.work() as work:
        other = scheduled(work, days=10)
        other.title = "夏日专场"
        hidden = scheduled(work, days=11)
        hidden.approved_at = None
        number, unseen = other.id, hidden.id

    fang.says(f"预约 {number}").hears_of("「夏日专场」").says("我要预约").hears_of("000001")
    fang.says("预约").hears_of("「春日好物专场」")
    fang.says("不用了")
    for wrong in (unseen, 99):
        fang.says(f"预约 {wrong}").hears_of(f"没找到编号 {wrong} 的直播")


def test_with_several_it_asks_which_to_cancel(friday: Announced, fang: Person, office: Office):
    with office.work() as work:
        other = scheduled(work, days=10)
        other.title, other.planned_at = "夏日专场", other.planned_at.replace(minute=30)
        number = other.id
    fang.says("预约").says("我要预约").says(f"预约 {number}").says("我要预约")

    fang.says("取消预约").hears_of("要取消哪一场？", f"{number} 「夏日专场」").is_offered(
        f"取消预约 {number}"
    )
    fang.says(f"取消预约 {number}").hears_of("取消了「夏日专场」的预约。")
    fang.says(f"取消预约 {number}").hears_of("这一场你没有预约，不用取消。")


def test_once_it_is_on_there_are_no_more_numbers(friday: Announced, fang: Person, people: Cast):
    fang.says("预约").says("我要预约")
    late = people("阿强").follows().says("预约")
    friday.starts()

    late.says("我要预约").hears(
        "「春日好物专场」已经开播，预约停止了，号不再变。\n不用预约也能进直播间。"
    )
    late.says("预约").hears_of("已经开播，预约停止了")
    fang.says("取消预约").hears_of("已经开播，预约停止了，号不再变。")
    fang.says("预约").hears_of("你已经约好了，预约号 000001，一人一个。\n已经开播了")


def test_a_live_that_is_over(friday: Announced, fang: Person, office: Office):
    with office.work() as work:
        work.session.get_one(Live, friday.live_id).state = State.CANCELLED

    fang.says(f"预约 {friday.live_id}").hears_of("已经结束或取消，不能预约了。")
    fang.says("预约").hears_of("现在没有可以预约的直播")


def test_who_is_suspended(friday: Announced, amy: Person):
    suspended(amy)

    amy.says("预约").says("我要预约").hears_of("你的账号在核查")


def test_the_poster_promises_no_better_chance(friday: Announced, fang: Person, amy: Person):
    for person in (fang, amy):
        person.says("预约").says("我要预约").says("预约海报")

        drawn, words = person.follow_ups[-2:]
        assert (drawn["kind"], drawn["name"]) == ("Picture", "share_poster")
        assert words["text"].endswith("朋友扫码就能看规则、拿预约号；转发不增加中奖机会。")


def test_after_the_planned_time_the_next_one_is_meant(
    friday: Announced, fang: Person, clock: Clock, office: Office
):
    with office.work() as work:
        following = scheduled(work, days=11)
        following.title = "夏日专场"
    friday.starts()

    fang.says("预约").hears_of("「夏日专场」")
    assert clock.now < following.planned_at - timedelta(days=1)
    assert Kind.TEXT
