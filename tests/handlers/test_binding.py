"""绑定: one person, several doors, whichever way round the code goes."""

from sqlalchemy import select

from bot.message import Channel
from commerce.outbox import Outgoing
from tests.handlers.doors import Door
from tests.people import Cast, Clock, Person


def code_of(heard: str) -> str:
    return heard.split("，")[0].removeprefix("绑定码 ")


def test_a_code_from_here_typed_there_makes_one_person(amy: Person):
    code = code_of(amy.says("绑定").heard)
    assert amy.heard == (
        f"绑定码 {code}，10 分钟内有效。\n"
        f"换到另一个入口或另一个微信号，回复「绑定 {code}」，两边就合成一个人。\n"
        "码只给自己用，别发给别人。"
    )

    door = Door(amy, Channel.CUSTOMER_SERVICE).says(f"绑定 {code}")

    door.hears("绑好了，两边都是amy。\n邀请人和团队以先加入的为准，星级取高的那个。")
    door.says("进度")
    assert door.heard.startswith("你是「见习」")


def test_a_code_from_there_typed_here_bare_does_too(amy: Person):
    door = Door(amy, Channel.CUSTOMER_SERVICE).says("绑定")

    amy.says(code_of(door.heard).lower()).hears(
        f"先看清楚：这个码是「星友{amy.member.id + 1:04d}」（还没加入）要的。\n"
        "绑定后两边是同一个账号，进度、团队和收益都共用，不能拆开。\n"
        "码是别人发给你的，别绑，回复「取消」。\n"
        "两边都是你自己，回复「确认绑定」。"
    )
    amy.says("确认绑定").hears_of("绑好了，两边都是amy。")

    door.says("进度")
    assert door.heard.startswith("你是「见习」")


def test_who_binds_at_a_door_that_does_not_wait_is_answered_as_who_they_are_now(amy: Person):
    code = code_of(amy.says("绑定").heard)

    Door(amy, Channel.WECOM_APP, waits=False).says(f"绑定 {code}")

    me = amy.member.id
    with amy.office.reading() as work:
        [answer] = work.session.scalars(select(Outgoing))
        assert answer.member_id == me
        assert "绑好了" in answer.said["reply"]["text"]


def test_ones_own_code_typed_at_the_same_door_binds_nothing(amy: Person):
    code = code_of(amy.says("绑定").heard)

    amy.says(f"绑定 {code}").hears(
        "这个码是你自己的，这里已经是你的账号。\n要连别的入口，到那里发这个码。"
    )


def test_a_code_works_once_and_not_for_long(amy: Person, dan: Person, clock: Clock):
    code = code_of(amy.says("绑定").heard)
    Door(amy, Channel.CUSTOMER_SERVICE).says(f"绑定 {code}")
    dan.says(f"绑定 {code}").hears_of("这个码没对上")
    late = code_of(amy.says("绑定").heard)

    clock.passes(minutes=10)

    dan.says(f"绑定 {late}").hears("这个码没对上，可能打错了、用过了或过期了。\n请对方重新给一个。")


def test_two_teams_are_for_a_colleague_to_merge(
    amy: Person, bo: Person, people: Cast, reviewer: Person
):
    eve = people("eve").joins()
    people("fay").joins(eve.card)
    code = code_of(amy.says("绑定").heard)

    eve.says(f"绑定 {code}").says("确认绑定").hears(
        "两边都有团队，或者一边在另一边的团队里，不能自动合并。\n"
        "已转给同事核对，处理好会告诉你；在那之前两边都照常用。"
    )

    reviewer.says("待审").hears_of("C1 amy，合并账号")
    assert eve.member.id != amy.member.id


def test_an_inviter_and_the_invited_do_not_become_one(amy: Person, bo: Person):
    code = code_of(amy.says("绑定").heard)

    bo.says(f"绑定 {code}").says("确认绑定").hears_of("不能自动合并")


def test_a_code_somebody_else_sent_opens_nothing_by_itself(amy: Person, people: Cast):
    cheat = people("eve").joins()
    code = code_of(cheat.says("绑定").heard)

    amy.says(code).hears_of("这个码是「eve」", "码是别人发给你的，别绑")
    amy.says("取消")

    assert amy.member.id != cheat.member.id
    cheat.says("绑定").says("进度").hears_of("你是「见习」")
