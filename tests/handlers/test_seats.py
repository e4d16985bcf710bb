"""A seat that stood idle: the notice, the release, and 「要席位」 of who waited longest."""

import pytest
from sqlalchemy import Engine

from commerce.rules import Rules, overlay
from commerce.work import Office
from jobs.tasks import find_idle_seats
from tests.handlers.doors import column, last_words, suspended, tasks_run
from tests.people import Cast, Clock, Person

DAYS = {"team": {"seats": 1, "idle_seat_days": "60天"}}


@pytest.fixture
def office(engine: Engine, rules: Rules, clock: Clock) -> Office:
    """One seat each, and the option on."""
    return Office(engine, overlay(rules, DAYS), clock)


def day_passes(office: Office, clock: Clock, *, days: int) -> None:
    clock.passes(days=days)
    with office.work() as work:
        find_idle_seats(work)
    tasks_run(office)


@pytest.fixture
def fan(people: Cast, amy: Person, bo: Person) -> Person:
    """Invited by amy when bo sat at her only seat already."""
    return people("小风").joins(amy.card)


@pytest.fixture
def offered(office: Office, clock: Clock, fan: Person) -> Person:
    """The fan, to whom bo's seat is offered: 60 days idle, 14 days of notice."""
    day_passes(office, clock, days=60)
    day_passes(office, clock, days=14)
    return fan


def test_both_hear_two_weeks_before_what_keeps_the_seat(
    amy: Person, bo: Person, office: Office, clock: Clock
):
    day_passes(office, clock, days=60)  # 2 March, 12:00 and 60 days: 1 May. Notice: 14 days.

    bo.is_told(
        "你在amy团队的席位，60 天没有通过的短视频，也没有成交。\n"
        "5月15日 12:00 前有 1 条短视频通过，或卖出 1 单，席位就留着。\n"
        "到时还没有，席位会空出来，先问等得最久的朋友；邀请人、星级、佣金和你自己的团队都不变。"
    )
    amy.is_told(
        "bo坐的席位，60 天没有通过的短视频，也没有成交，已经提醒本人。\n"
        "5月15日 12:00 前有 1 条短视频通过，或卖出 1 单，席位就留着；"
        "不然空出来，先问等得最久的朋友。\n"
        "陪着发 1 条带货短视频最管用。"
    )


def test_the_seat_changes_hands_with_a_word(amy: Person, bo: Person, offered: Person):
    bo.is_told(
        "你在amy团队的席位空出来了，之前提醒过。\n"
        "邀请人还是amy，星级、佣金和你自己的团队都不变，之前的订单照原来的算。\n"
        "以后有席位空出来，按等的时间问你。"
    )
    amy.is_told("bo坐的席位空出来了，之前的订单照原来的算。\n先问等得最久的朋友，没人要")
    offered.is_told(
        "amy的团队空出 1 个席位，你等得最久，先问你。\n"
        "坐进去后，从下一笔订单起你卖的也算团队业绩；你的佣金和星级不变。\n"
        "5月29日 12:00 前回复「要席位」；不想坐，回复「不要席位」，让给下一位。"
    )

    offered.says("要席位").hears_of(
        "坐好了，你现在在amy的团队里。\n从下一笔订单起算，之前的订单不变；你的佣金和星级不变。"
    )

    assert column(offered, "parent_id") == amy.member.id
    assert column(bo, "parent_id") is None
    amy.is_told("小风坐进了你空出的席位。\n现在 1 / 1 个席位有人，从下一笔订单起算团队业绩。")


def test_a_newcomer_does_not_get_what_is_held_for_somebody(
    amy: Person, offered: Person, people: Cast
):
    new = people("新来").joins(amy.card)

    assert column(new, "parent_id") is None
    new.hears_of("amy的 1 个席位满了，所以你不进他的团队")
    amy.says("海报")
    assert "席位已满" in last_words(amy)
    offered.says("要席位").hears_of("坐好了")


def test_a_no_leaves_the_seat_to_the_next(amy: Person, offered: Person, people: Cast):
    offered.says("不要席位").hears_of(
        "好，让给下一位。\n邀请人还是amy，卖货、佣金、升级都不变；以后有席位空出来，再按顺序问你。"
    )

    new = people("新来").joins(amy.card)
    assert column(new, "parent_id") == amy.member.id
    offered.says("要席位").hears(
        "现在没有给你留着的席位：还没轮到，或者已经过期、让给了下一位。\n"
        "空出席位会按等的时间问你；卖货、佣金、升级不受影响。"
    )


def test_who_lets_the_time_pass_hears_that_it_is_over(
    offered: Person, office: Office, clock: Clock
):
    day_passes(office, clock, days=14)

    offered.says("要席位").hears_of("现在没有给你留着的席位")
    assert column(offered, "parent_id") is None


def test_who_did_not_join_or_is_suspended_is_told_so(dan: Person, offered: Person):
    dan.says("要席位").hears("加入后这里会有你的数据。\n现在参加免费，回复「加入」。")
    suspended(offered).says("要席位").hears_of("你的账号在核查，暂时不能办这件事。")
