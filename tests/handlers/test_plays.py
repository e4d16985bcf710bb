"""播放量 in chat: a star asks, a colleague enters the number; and bonuses are released."""

from commerce.people import members, ranks, staff
from commerce.people.staff import Role
from commerce.rules import Rank
from commerce.work import Office
from tests.commerce.stars import approved_video
from tests.people import Clock, Person

LINK = "https://weixin.qq.com/sph/A1b2C3"


def approved(star: Person, reviewer: Person, link: str = LINK) -> None:
    star.says(link)
    number = star.heard.split("编号 ")[1].split("。")[0]
    reviewer.says(f"通过 {number}")


def test_without_an_approved_video_there_is_nothing_to_count(amy: Person):
    amy.says("播放量").hears("还没有通过的短视频，通过后再报播放量。\n先交一条，回复「交短视频」。")
    amy.says(LINK)
    amy.says("播放量 V1").hears("V1 还没通过审核，播放量通过后才算。\n看结果，回复「进度」。")


def test_a_screenshot_a_number_and_a_reward(amy: Person, reviewer: Person):
    approved(amy, reviewer)

    amy.says("播放量 V1").hears(
        "V1 已登记 0 次。\n"
        "4月1日 前到 100,000 次，流量奖励共 100.00 元。\n"
        "要更新，把视频的播放量截图直接发来，同事核对后登记，编号 C1。\n"
        "登记好告诉你，升级和流量奖励按登记的数算。"
    )
    reviewer.says("看 C1").hears_of("amy，播放量，未结", "播放 V1 数字")
    reviewer.says("播放 V1 123456").hears(
        "V1 登记 123,456 次（之前 0 次）。\namy会收到通知，升级和流量奖励已经重算。"
    )

    amy.is_told(
        "视频 V1 播放到 100,000 次，流量奖励 100.00 元。\n现在是待到账，3月17日 转为可提现。",
        "视频 V1 登记 123,456 次播放。",
    )
    reviewer.says("看 C1").hears_of("已结")
    reviewer.says("播放 V1 99").hears("V1 之前登记过 123,456 次，播放量只增不减，还是 123,456 次。")


def test_several_videos_are_offered(amy: Person, reviewer: Person):
    approved(amy, reviewer)
    approved(amy, reviewer, LINK + "4")

    amy.says("播放量").hears("要更新哪条视频的播放量？\nV2 已登记 0 次\nV1 已登记 0 次").is_offered(
        "播放量 V1", "播放量 V2"
    )


def test_after_thirty_days_no_reward_is_promised(amy: Person, reviewer: Person, clock: Clock):
    approved(amy, reviewer)
    clock.passes(days=31)

    amy.says("播放量 V1")

    assert "流量奖励共" not in amy.heard


def test_what_the_month_keeps_back_is_said(office: Office, amy: Person, reviewer: Person):
    approved(amy, reviewer)
    approved(amy, reviewer, LINK + "4")
    reviewer.says("播放 V1 500000")

    reviewer.says("播放 V2 1000000")

    amy.is_told(
        "视频 V2 播放到 1,000,000 次，流量奖励 500.00 元。\n"
        "现在是待到账，3月17日 转为可提现。\n"
        "每人每月最多 1,000.00 元，还差的 500.00 元下月再报一次播放量，还在 30 天内就补。"
    )


def test_another_ones_video_and_ones_own(amy: Person, bo: Person, reviewer: Person):
    approved(amy, reviewer)

    bo.says("播放量 V1").hears_of("没找到编号 V1 的视频")
    bo.says("播放 V1 5")
    assert bo.route == "none"


def test_finance_releases_a_bonus(office: Office, amy: Person, bo: Person, reviewer: Person):
    number = amy.member.id
    with office.work() as work:
        member = members.get(work, number)
        member.rank, member.gmv_fen = Rank.HUNDRED_STAR, 4_000_000_00
        approved_video(work, member, 1_000_000)
        ranks.evaluate(work, number)
        code = staff.invite(work, Role.FINANCE)
    bo.says(code)
    amy.is_told("升到「千星」，升级奖金 10,000.00 元。\n现在是待到账，4月1日 后由运营放行。")

    bo.says("放行奖金").hears_of("等放行的升级奖金：", "amy 升到千星，10,000.00 元，4月1日 到期")
    line = bo.heard.split("\n")[1].split(" ")[0]
    reviewer.says(f"放行奖金 {line}").hears_of("这件事要相应的岗位才能办")
    bo.says(f"放行奖金 {line}").hears_of("已放行：amy 10,000.00 元，4月1日 转为可提现。")

    amy.is_told("升级奖金 10,000.00 元放行了，4月1日 转为可提现。")
    bo.says(f"放行奖金 {line}").hears_of(f"{line} 不是等放行的奖金。")
    bo.says("放行奖金").hears("现在没有等放行的升级奖金。")


def test_the_screenshot_is_noted_with_the_report(amy: Person, reviewer: Person):
    approved(amy, reviewer)
    amy.sends_picture().hears_of("我只看得懂文字和短视频")
    amy.says("播放量 V1")

    amy.sends_picture().hears("截图收到，放在 C1 里了，同事核对后告诉你。")

    reviewer.says("看 C1").hears_of("3月2日 12:00 发来 1 张截图。")
