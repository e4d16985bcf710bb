"""交短视频, the verdict, and what may be done about it."""

import pytest

from tests.people import Clock, Person

LINK = "https://weixin.qq.com/sph/A1b2C3"


def test_a_link_gets_a_number_and_a_time(amy: Person):
    amy.says("交短视频").hears(
        "把视频发来，或粘贴视频号链接。\n"
        "三条要求：\n"
        "1 拍的是计划里的商品\n"
        "2 画面里有「广告」两个字\n"
        "3 不说「最」「第一」「根治」这类话\n"
        "不交了，回复「取消」。"
    )

    amy.says(LINK).hears(
        "收到，编号 V1。\n最晚 3月3日 12:00 有结果，通过或退回都会说原因。\n等的时候看看「进度」。"
    )
    amy.says("进度").hears_of("短视频 0 / 1 条，V1 正在看，最晚 3月3日 12:00 有结果")


def test_a_link_alone_and_a_video_itself_will_do(amy: Person, bo: Person):
    amy.says(LINK).hears_of("收到，编号 V1。")
    bo.sends_video().hears_of("收到，编号 V2。")


def test_a_video_sent_as_asked_leaves_no_question_open(amy: Person):
    amy.says("交短视频").sends_video().hears_of("收到，编号 V1。")

    amy.says("取消").hears("现在没有等你确认的事，不用取消。")


def test_the_same_video_keeps_its_number(amy: Person, reviewer: Person):
    amy.says(LINK)
    amy.says(LINK).hears_of("这条正在看，编号 V1。")

    reviewer.says("通过 V1")
    amy.says(LINK).hears("这条交过了，编号 V1，已通过。\n换一条新的再交。")


def test_forbidden_words_beside_a_link_are_named_and_the_question_stays(amy: Person):
    amy.says("交短视频")

    amy.says(f"全网最低价的藕粉 {LINK}").hears(
        "先改一下再交：文案里有「最」、「全网最低」，广告不能这么说。\n改好直接再发。"
    )
    amy.says(f"好喝的藕粉 {LINK}").hears_of("收到，编号 V1。")


def test_a_visitor_is_shown_how_to_join(dan: Person):
    for answer in (dan.says("交短视频").heard, dan.says(LINK).heard, dan.sends_video().heard):
        assert answer == "加入后这里会有你的数据。\n现在参加免费，回复「加入」。"


def test_an_approved_video_counts(amy: Person, reviewer: Person):
    amy.says(LINK)

    reviewer.says("通过 V1").hears(
        "已通过 V1。\namy会收到通知。\n已记录：小周，3月2日 12:00。\n待审都处理完了。"
    )

    assert amy.notices == ["视频 V1 通过了，算 1 条带货短视频。\n离升级还差什么，回复「进度」。"]
    amy.says("进度").hears_of("短视频 1 / 1 条，已通过")


def test_the_last_condition_promotes_and_says_so(amy: Person, reviewer: Person, people):
    people("小红").joins(amy.card)
    people("小刚").joins(amy.card)
    amy.says(LINK)

    reviewer.says("通过 V1")

    assert amy.notices[-1] == (
        "🎉 你升到「一星」了！\n"
        "从下一笔订单起，团队奖励开始计算，规则回复「规则」。\n"
        "下一级「二星」还差什么，回复「进度」。"
    )


def test_a_returned_video_comes_with_the_reason_and_ways_on(amy: Person, reviewer: Person):
    amy.says(LINK)

    reviewer.says("退回 V1").hears("写一句理由，amy会原样看到：")
    reviewer.says("第 8 秒「全网最低价」→ 改成「直播间 69.00 元」").hears(
        "已退回 V1，理由会原样发给amy。\n待审都处理完了。"
    )

    assert amy.notices == [
        "视频 V1 先退回：第 8 秒「全网最低价」→ 改成「直播间 69.00 元」\n"
        "改好直接再发，已邀请的人不受影响。\n"
        "觉得判错了，回复「申诉 V1」。"
    ]
    amy.says(LINK).hears_of("收到，编号 V2。")


def test_an_appeal_reaches_the_reviewers(amy: Person, reviewer: Person):
    amy.says(LINK)
    reviewer.says("退回 V1 画面没有广告")

    amy.says("申诉 V1").hears("V1 哪里判错了？用一句话说说，同事会重看。")
    amy.says("第 3 秒左下角有广告").hears(
        "申诉收到，编号 C1。\n同事重看 V1 后，结果发到这里；改好也可以直接再发。"
    )

    reviewer.says("看 C1").hears_of("C1 amy，申诉，未结", "申诉 V1：第 3 秒左下角有广告")


def test_what_cannot_be_appealed(amy: Person, bo: Person, reviewer: Person, clock: Clock):
    amy.says(LINK)
    amy.says("申诉 V1").hears("V1 没有被退回，不用申诉。\n看结果，回复「进度」。")
    reviewer.says("退回 V1 画面没有广告")
    bo.says("申诉 V1").hears("没找到编号 V1 的视频，看看编号对不对。")
    amy.says("申诉").hears(
        "要申诉哪一件，写上编号：视频「申诉 V12」，订单写尾号「申诉 0073」。\n"
        "别的事，回复「人工」。"
    )

    clock.passes(days=7, minutes=1)

    amy.says("申诉 V1").hears(
        "退回后 7 天内可以申诉，V1 的到 3月9日 12:00 为止。\n改好可以直接再发，不限次数。"
    )


def test_nobody_reviews_their_own(reviewer: Person):
    reviewer.says(LINK)

    for words in ("通过 V1", "退回 V1", "退回 V1 不好"):
        reviewer.says(words).hears("这条是你自己的，自己不能批，请同事来看。")


def test_the_second_reviewer_hears_who_was_first_and_when(
    amy: Person, reviewer: Person, boss: Person, clock: Clock
):
    amy.says(LINK)
    boss.says("退回 V1")
    clock.passes(minutes=1)
    reviewer.says("通过 V1")

    boss.says("画面没有广告").hears("V1 已被小周通过，3月2日 12:01。你这次没有生效。")
    boss.says("取消")
    boss.says("退回 V1").hears_of("已通过")
    boss.says("画面没有广告").hears_of("这句我没对上")
    assert len(amy.notices) == 1


@pytest.mark.parametrize("words", ["通过 V9", "看 V9", "退回 V9"])
def test_a_number_nobody_has(words: str, reviewer: Person):
    reviewer.says(words).hears("没找到编号 V9 的视频，看看编号对不对。")


def test_a_flood_of_videos_is_stopped_for_the_day(amy, rules, clock):
    for number in range(rules.review.videos_per_day):
        clock.passes(minutes=1)
        amy.says(f"https://weixin.qq.com/sph/A{number}").hears_of(f"编号 V{number + 1}")

    amy.says("https://weixin.qq.com/sph/B").hears(
        "一天最多交 20 条，今天已经够了。\n明天再交，先看看「进度」。"
    )

    clock.passes(days=1)
    amy.says("https://weixin.qq.com/sph/B").hears_of("编号 V21")
