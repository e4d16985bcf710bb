"""The staff look at a star's live before it starts, and while it is on."""

import pytest

from commerce.people import staff
from commerce.work import Office
from tests.handlers.doors import live_approved
from tests.handlers.test_products import listed
from tests.people import Cast, Person


@pytest.fixture(autouse=True)
def goods(office: Office) -> None:
    with office.work() as work:
        assert listed(work, "藕粉 10 袋装", 99_00, supply_fen=50_00) == 1


@pytest.fixture
def host(amy: Person) -> Person:
    """Her live, 场次 1, waits for its review."""
    amy.says("建直播").says("王小明").says("春日好物专场 3月6日 20:00")
    return amy.says("直播商品 1 1").says("直播话术 1 先讲藕粉怎么冲，再看规格。")


def test_it_stands_in_the_queue_and_is_approved(host: Person, reviewer: Person, dan: Person):
    reviewer.says("待审").hears(
        "待审直播 1 场，视频 0 条，待办 0 件：\nL1 「春日好物专场」amy，3月6日 20:00 开播"
    ).is_offered("看 L1")
    reviewer.says("看 L1").hears(
        "L1 「春日好物专场」3月6日 周五 20:00–22:00\n"
        "主播amy，还没开播，等待审核\n"
        "商品：1 藕粉 10 袋装\n"
        "话术：先讲藕粉怎么冲，再看规格\n"
        "已预约 0 人\n"
        "核对三点：标题、商品和话术对得上，没有违禁词，没有夸大。"
    ).is_offered("通过 L1", "退回 L1")

    reviewer.says("通过 L1").hears(
        "已通过 L1「春日好物专场」。\namy会收到通知，预告里能看到了。\n已记录：小周，3月2日 12:00。"
    )

    assert host.notices == [
        "「春日好物专场」通过了，3月6日 20:00 到时回复「开播 1」。\n"
        "预告里已经能看到，发给朋友，回复「推广直播」。"
    ]
    dan.says("直播").hears_of("「春日好物专场」3月6日 周五 20:00，主播amy。")
    reviewer.says("通过 L1").hears("L1 现在没有要审的。\n看看怎么样了，回复「看 L1」。")
    reviewer.says("待审").hears("现在没有待审的，都处理完了。")
    host.says("开播 1").hears_of("开播了：「春日好物专场」")


def test_it_is_sent_back_with_a_reason_and_comes_again(host: Person, reviewer: Person):
    reviewer.says("退回 L1").hears("写一句理由，amy会原样看到：")
    reviewer.says("话术里没有规格").hears("已退回 L1，理由会原样发给amy。")

    assert host.notices == [
        "「春日好物专场」先退回：话术里没有规格\n"
        "改标题回复「改直播 1」，改商品回复「直播商品 1」，"
        "改话术回复「直播话术 1」；改好会再交给同事看。"
    ]
    host.says("开播 1").hears_of("还不能开播，上次退回：话术里没有规格")
    host.says("我的直播").hears_of("退回：话术里没有规格")
    reviewer.says("退回 L1").hears_of("L1 现在没有要审的。")
    reviewer.says("看 L1").hears_of("还没开播，已退回：话术里没有规格")
    reviewer.says("待审").hears_of("现在没有待审的")

    host.says("直播话术 1 藕粉 10 袋，每袋 30 克。").hears_of("都齐了，同事看过就能开播")

    reviewer.says("待审").hears_of("待审直播 1 场")


def test_nobody_approves_their_own(reviewer: Person):
    reviewer.says("建直播").says("周小周").says("我的专场 3月6日 20:00")
    reviewer.says("直播商品 1 1").says("直播话术 1 讲藕粉。").hears_of("同事看过就能开播")
    assert reviewer.notices == []

    for words in ("通过 L1", "退回 L1 不行", "退回 L1"):
        reviewer.says(words).hears("这条是你自己的，自己不能批，请同事来看。")
    reviewer.says("开播 1").hears_of("还不能开播")


def test_the_shops_own_needs_no_review(boss: Person, dan: Person):
    boss.says("建直播").says("王芳").says("店里的专场 3月6日 20:00").hears(
        "建好了，场次 1：「店里的专场」3月6日 周五 20:00–22:00。\n"
        "到时回复「开播 1」。\n"
        "播完回复「下播 1」；忘了下播，开播 12 小时后会自动结束。"
    )
    dan.says("直播").hears_of("「店里的专场」")
    boss.says("开播 1").hears_of("开播了：「店里的专场」")


def test_a_warning_and_then_the_end(host: Person, reviewer: Person, office: Office):
    reviewer.says("警告直播 1 别夸大").hears_of("场次 1 还没开播")
    live_approved(office, 1)
    host.says("开播 1")
    reviewer.says("看直播 1").hears_of("正在播").is_offered("警告直播 1", "停播 1")

    reviewer.says("警告直播 1").hears("写一句理由，amy会原样看到：")
    reviewer.says("别说「根治」").hears("警告发给amy了，已记录。\n还不改，回复「停播 1」。")
    assert host.notices[-1] == (
        "「春日好物专场」现在要改：别说「根治」\n不改，同事会停播。觉得不对，回复「人工」。"
    )
    reviewer.says("停播 1 还在说「根治」").hears(
        "场次 1 停播了，理由会原样发给amy，已记录。\n卖出的照常结算。"
    )

    assert host.notices[-1].startswith("「春日好物专场」被停播了：还在说「根治」")
    host.says("下播 1").hears_of("之前已经下播")
    reviewer.says("停播 1 再来").hears("场次 1 之前已经下播。")


WORDS = (
    "看 L1",
    "看直播 1",
    "通过 L1",
    "退回 L1 不行",
    "警告直播 1 不行",
    "停播 1 不行",
    "抽奖 1 1",
)


@pytest.mark.parametrize("words", WORDS)
def test_to_others_the_words_of_the_staff_do_not_exist(host: Person, bo: Person, words: str):
    for person in (host, bo):
        elsewhere = person.says(words.replace("1", "987654")).heard
        assert person.says(words).heard == elsewhere
    host.says("我的直播").hears_of("同事在看")


def test_who_has_another_role_is_told_so(host: Person, people: Cast, office: Office):
    with office.work() as work:
        code = staff.invite(work, staff.Role.FINANCE)
    money = people("小钱").joins().says(code)

    for words in WORDS:
        money.says(words).hears_of("这件事要相应的岗位才能办")
