"""The staff's words, which to everybody else are not there."""

import pytest

from bot.message import Channel
from commerce.money import paying_in
from commerce.people import staff
from commerce.people.staff import Role
from commerce.work import Office
from tests.handlers.doors import Door
from tests.people import Cast, Clock, Person


def code_for(office: Office, role: Role) -> str:
    with office.work() as work:
        return staff.invite(work, role)


def test_a_code_makes_a_colleague_once(office: Office, amy: Person, bo: Person):
    code = code_for(office, Role.REVIEWER)

    amy.says(code.lower()).hears("你现在是审核。\n发「待审」看要处理的事。\n这个码已经作废。")

    bo.says(code).hears_of("这个码没对上" if not code.isalpha() else "这句我没对上")
    bo.says("待审").hears_of("这句我没对上")


def test_a_code_that_ran_out_or_was_never_given(office: Office, amy: Person, clock: Clock):
    code = code_for(office, Role.ADMIN)
    clock.passes(minutes=10)

    amy.says(code).hears_of("没对上")
    amy.says("7ZZZZZZ7").hears("这个码没对上，可能打错了、用过了或过期了。\n请对方重新给一个。")
    amy.says("待审").hears_of("这句我没对上")


@pytest.mark.parametrize(
    "words",
    [
        "待审",
        "通过 V1",
        "退回 V1 不好",
        "看 V1",
        "看 C1",
        "回复 C1 好",
        "结案 C1",
        "查人 bo",
        "改邀请人 1 2",
    ],
)
def test_to_others_the_words_of_the_staff_do_not_exist(words: str, amy: Person, dan: Person):
    amy.says("https://weixin.qq.com/sph/A1")

    for person in (amy, dan):
        nonsense = person.says("乱七八糟一堆").heard
        assert (person.says(words).heard, person.route) == (nonsense, "none")
    amy.says("进度").hears_of("V1 正在看")


def test_the_staff_s_words_are_in_their_help_and_in_nobody_else_s(
    amy: Person, boss: Person, reviewer: Person
):
    theirs = ("「取消中奖 7 87 理由」", "「恢复发奖 7」", "「改单号 73」")
    reviewer.says("帮助").hears_of("「进度」还差什么升级", "「待审」", *theirs)
    assert "撤销判定" not in reviewer.heard
    boss.says("帮助").hears_of(*theirs, "「撤销判定 F3 理由」", "「待审提现」")

    amy.says("帮助")
    assert "岗位" not in amy.heard
    assert "取消中奖" not in amy.heard


def test_a_colleague_without_the_role_is_told_so(office: Office, amy: Person):
    amy.says(code_for(office, Role.FINANCE))

    amy.says("待审").hears("这件事要相应的岗位才能办。\n需要权限，找管理员要一个新码。")
    amy.says("通过 V1").hears_of("这件事要相应的岗位才能办")


def test_the_queue_names_what_waits_and_since_when(amy: Person, bo: Person, reviewer: Person):
    reviewer.says("待审").hears("现在没有待审的，都处理完了。")
    amy.says("https://weixin.qq.com/sph/A1")
    bo.says("人工").says("包裹破了，帮我看看")

    reviewer.says("待审").hears(
        "待审视频 1 条，待办 1 件：\nV1 amy，最晚 3月3日 12:00\nC1 bo，找人工"
    ).is_offered("看 V1", "看 C1")
    reviewer.says("看 V1").hears(
        "V1 amy，见习\n"
        "3月2日 12:00 提交，等待审核\n"
        "https://weixin.qq.com/sph/A1\n"
        "核对三点：计划里的商品、画面有「广告」、没有违禁词。"
    ).is_offered("通过 V1", "退回 V1")


def test_a_video_that_was_sent_is_shown_while_wechat_keeps_it(
    amy: Person, reviewer: Person, clock: Clock
):
    amy.sends_video("FILM THUMB")

    reviewer.says("看 V1").hears_of("直接发来的视频，在下面\n核对三点")
    (shown,) = reviewer.follow_ups
    assert shown["kind"] == "Video"
    assert (shown["media_id"], shown["thumb_id"]) == ("FILM", "THUMB")
    assert "V1：" in shown["otherwise"]

    clock.passes(days=3, seconds=-1)
    reviewer.says("看 V1")
    assert len(reviewer.follow_ups) == 2

    clock.passes(seconds=1)
    reviewer.says("看 V1").hears_of("微信只留 3 天，现在看不了；可以退回，请他重发。")
    assert len(reviewer.follow_ups) == 2


def test_at_a_door_that_has_not_the_video_it_is_said_where_to_see_it(amy: Person, reviewer: Person):
    amy.sends_video()
    service = Door(reviewer, Channel.CUSTOMER_SERVICE)
    reviewer.says("绑定")
    service.says(f"绑定 {reviewer.heard.split('，')[0].removeprefix('绑定码 ')}")

    service.says("看 V1")

    assert "在公众号里回复同样的话就能看" in service.heard
    assert [said for said in reviewer.follow_ups if said["kind"] == "Video"] == []


def test_a_long_queue_fits_on_the_screen(people: Cast, reviewer: Person):
    for number in range(6):
        people(f"p{number}").joins().says(f"https://weixin.qq.com/sph/A{number}")
        people(f"p{number}").says("人工").says("帮我看看")

    reviewer.says("待审").hears_of("待审视频 6 条，待办 6 件：")

    assert len(reviewer.heard.splitlines()) == 8


def test_an_alarm_about_a_number_that_is_not_ours_belongs_to_nobody(
    office: Office, reviewer: Person
):
    with office.work() as work:
        paying_in.settle_payment(work, "P999", 94_00, "4200", paid_at=work.now)

    reviewer.is_told("有一件新的待办，编号 C1。")
    reviewer.says("待审").hears_of("C1 对账，不属于哪位成员")
    reviewer.says("看 C1").hears(
        "C1 对账，不属于哪位成员，未结\n收到没有单号的付款 94.00 元，P999。\n办完：「结案 C1」。"
    )
    reviewer.says("回复 C1 你好").hears(
        "C1 不属于哪位成员，没有人可以回复。\n办完了，回复「结案 C1」。"
    )
    reviewer.says("结案 C1").hears("C1 已结案。")


def test_a_call_for_help_is_answered_and_closed(amy: Person, reviewer: Person):
    amy.says("人工").says("包裹破了，帮我看看")
    assert reviewer.notices == ["有一件新的待办，编号 C1。"]

    reviewer.says("看 C1").hears(
        "C1 amy，找人工，未结\n包裹破了，帮我看看\n回复他：「回复 C1 内容」；办完：「结案 C1」。"
    )
    reviewer.says("回复 C1 收款要你点一下「确认收款」").hears("发给amy了。")
    reviewer.says("结案 C1").hears("C1 已结案。")
    reviewer.says("结案 C1").hears("C1 之前已经结案了。")

    assert amy.notices == ["同事回复你：\n收款要你点一下「确认收款」\n还有问题，回复「人工」。"]


def test_an_admin_corrects_an_inviter_and_both_hear_of_it(
    amy: Person, bo: Person, people: Cast, boss: Person
):
    eve = people("eve").joins()
    boss.says("查人 eve").hears(f"{eve.member.id} eve，见习，3月2日 加入，邀请人没有")

    boss.says(f"改邀请人 {eve.member.id} {amy.member.id}").hears(
        "改好了：eve的邀请人现在是amy。\n从下一笔订单起算，之前的订单不变；两边都已通知，已记录。"
    )

    assert eve.notices == [
        "你的邀请人更正为amy。\n从下一笔订单起算，之前的订单不变。有疑问，回复「人工」。"
    ]
    assert amy.notices[-1].startswith("eve的邀请人更正为你。")


def test_a_correction_that_cannot_be_says_why(amy: Person, bo: Person, chen: Person, boss: Person):
    boss.says(f"改邀请人 {amy.member.id} {chen.member.id}").hears(
        "团队里的人不能反过来当邀请人，没有改动。"
    )
    boss.says(f"改邀请人 {amy.member.id} 999").hears("没有 999 号成员。先发「查人 昵称」看编号。")
    boss.says("查人 nobody").hears("没有叫「nobody」的成员。昵称要写全。")
