"""收益, 明细, 「1 怎么算的」: the numbers of the voice of the house, said word for word."""

import pytest

from bot.context import Bot
from commerce.goods import fulfilment
from commerce.goods.orders import Order
from commerce.money import ledger, refunds, releases, settlement
from commerce.people import members
from commerce.rules import Rank
from commerce.work import Office
from tests.commerce.sales import paid_order
from tests.handlers.doors import Door, last_words, tasks_run
from tests.handlers.evening import Evening, evening
from tests.people import Cast, Clock, Person, picture_of


@pytest.fixture
def tonight(office: Office, bot: Bot, people: Cast, clock: Clock) -> Evening:
    """On the air since 20:00; nothing sold yet."""
    return evening(office, bot, people, clock)


@pytest.fixture
def after(tonight: Evening) -> Evening:
    """Five orders at 20:08, ended at once, settled at 20:18."""
    tonight.sells_as_in_the_book()
    tonight.ends()
    tonight.settles()
    return tonight


def test_while_the_live_is_on_it_says_what_was_sold(tonight: Evening):
    # 94.00 × 22 % = 20.68 and 39.90 × 22 % = 8.77 (8.778): 29.45 together.
    tonight.sells(tonight.ming, 94_00, coupon_fen=5_00)
    tonight.sells(tonight.ming, 39_90, towels=True)

    tonight.ming.says("我赚了多少").hears(
        "今晚到现在：卖出 2 单，预估 29.45 元。\n"
        "下播 10 分钟后开始结算，结算好告诉你。\n"
        "可提现 0.00 元，待到账 0.00 元。"
    ).is_offered("明细", "提现")


def test_others_sales_are_named_apart(tonight: Evening):
    # 198.00 × 5 % = 9.90 by 小红's sale.
    tonight.sells(tonight.ming, 94_00)
    tonight.sells(tonight.hong, 198_00, quantity=2)

    tonight.ming.says("收益").hears_of(
        "今晚到现在：卖出 1 单，预估 20.68 元；团队卖出 1 单，预估 9.90 元。"
    )


def test_afterwards_the_card_and_the_same_numbers_in_words(after: Evening):
    after.clock.passes(days=1)

    after.ming.says("我赚了多少")

    # 20.68 + 8.77 + 9.90 + 1.99 (1.995) + 2.97 = 44.31
    card = picture_of(after.ming.follow_ups[-2])
    assert (card.name, card.facts["pending_fen"], card.facts["rank"]) == (
        "earnings_card",
        44_31,
        Rank.TWO_STAR,
    )
    assert card.facts["kinds"][:2] == [
        {"name": "带货佣金", "fen": 29_45},
        {"name": "团队奖励", "fen": 14_86},
    ]
    assert card.facts["days"][5:] == [{"label": "6日", "fen": 44_31}, {"label": "7日", "fen": 0}]
    assert card.facts["last_live"] == {"title": "春日好物专场", "fen": 44_31, "lines": 5}
    words, _, link = last_words(after.ming).partition("[[")
    assert words == (
        "可提现 0.00 元\n"
        "待到账 44.31 元\n"
        "提现中 0.00 元\n"
        "已提现 0.00 元\n"
        "昨晚「春日好物专场」+44.31 元，5 笔，已全部结算。\n"
    )
    assert link.startswith("全部收益|https://star.example/pages/earnings?t=")


def test_the_last_release_is_named(after: Evening):
    after.clock.passes(days=15)
    after.office.do(releases.release)

    after.ming.says("收益")

    assert "可提现 44.31 元" in last_words(after.ming)
    assert "最近一笔到账：3月21日，44.31 元。" in last_words(after.ming)


def test_debt_and_what_is_estimated_have_lines_of_their_own(after: Evening):
    number = after.ming.member.id
    with after.office.work() as work:
        ledger.post(work, "owed", ledger.Move(ledger.debt(number), ledger.SALES, 47_20))
        buyer, ming = (members.get(work, one) for one in (_id(work, "阿芳"), number))
        paid_order(work, buyer, ming)

    after.ming.says("收益")

    # 99.00 × 22 % = 21.78, outside the live.
    assert "待抵扣 47.20 元，以后到账的先抵它\n" in last_words(after.ming)
    assert "预估 21.78 元，已付款，还没结算\n" in last_words(after.ming)
    assert len(last_words(after.ming).splitlines()) <= 8


def _id(work, name: str) -> int:
    from commerce.people import identities

    return identities.recognise(work, "official", f"o-{name}")[1].id


def test_the_lines_of_the_evening(after: Evening):
    after.ming.says("明细").hears(
        "3月6日「春日好物专场」5 笔，共 44.31 元：\n"
        "1 藕粉 10 袋装，带货佣金 +20.68\n"
        "2 毛巾 3 条，带货佣金 +8.77\n"
        "3 藕粉 10 袋装 × 2，团队奖励 · 小红 +9.90\n"
        "4 毛巾 3 条，团队奖励 · 小红 +1.99\n"
        "5 藕粉 10 袋装，团队奖励 · 阿强 +2.97\n"
        "都是待到账：买家收货满 7 天后可提现。\n"
        "想看哪笔，回复「1 怎么算的」。"
    ).is_offered("1 怎么算的", "只看可提现")


def test_the_first_line_in_full(after: Evening):
    def delivered(work) -> None:
        order = work.session.get_one(Order, after.order(0).id)
        fulfilment.receive(work, order)

    after.clock.passes(days=4)
    after.office.do(delivered)
    after.ming.says("明细")

    after.ming.says("1 怎么算的").hears(
        f"订单尾号 {after.order(0).tail}，藕粉 10 袋装，带货佣金 20.68 元：\n"
        "实付 94.00 元 = 标价 99.00 − 券 5.00，不含运费\n"
        "比例 22% = 商品 20% + 二星 2%\n"
        "94.00 × 22% = 20.68 元\n"
        "星级按 3月6日 20:08 付款时算。\n"
        "3月10日 签收，3月17日 转为可提现。"
    ).is_offered("明细", "收益")


@pytest.mark.parametrize("asked", ["2 呢", "2呢？", "第2笔怎么算的", "第二笔怎么算的", "2怎么来的"])
def test_the_second_line_by_its_number(asked: str, after: Evening):
    after.ming.says("明细")

    after.ming.says(asked).hears_of(
        "毛巾 3 条，带货佣金 8.77 元：\n", "39.90 × 22% = 8.778，不满 1 分舍去，得 8.77 元"
    )


def test_a_line_by_the_tail_of_its_order(after: Evening):
    tail = after.order(2).tail

    after.ming.says(f"{tail} 怎么算的").hears_of(
        f"订单尾号 {tail}，藕粉 10 袋装 × 2，团队奖励 9.90"
    )
    after.hong.says(f"尾号{tail}怎么算的").hears_of("带货佣金 39.60 元", "比例 20% = 商品 20%")


def test_nobody_learns_of_other_peoples_lines(after: Evening):
    tail = after.order(0).tail

    after.hong.says(f"{tail} 怎么算的").hears_of(f"没找到尾号 {tail} 的收益")


def test_an_order_that_is_not_settled_is_explained_as_an_estimate(tonight: Evening):
    tonight.sells(tonight.ming, 94_00, coupon_fen=5_00)

    tonight.ming.says(f"{tonight.order().tail} 怎么算的").hears_of(
        "预估带货佣金 20.68 元：", "94.00 × 22% = 20.68 元", "预估，下播 10 分钟后开始结算。"
    )


def test_numbers_nobody_showed_or_that_are_not_there(after: Evening):
    after.ming.says("3 怎么算的").hears_of("先回复「明细」，再说第几笔。")
    after.ming.says("3").hears_of("这句我没对上")
    after.ming.says("明细")
    after.ming.says("6 呢").hears("刚才那页只有 5 笔，没有第 6 笔。")
    after.ming.says("0 怎么算的").hears_of("没有第 0 笔。")


def test_the_numbers_of_an_old_list_are_not_guessed_at(after: Evening):
    after.ming.says("明细")
    after.clock.passes(hours=25)

    after.ming.says("2 呢").hears_of("那份明细是 3月6日 20:18 的", "再发一次「明细」")


def test_a_list_survives_whatever_else_is_said(after: Evening):
    after.ming.says("明细").says("进度").says("收益")

    after.ming.says("2 呢").hears_of("带货佣金 8.77 元")


def test_this_one_is_the_newest_line(after: Evening):
    after.ming.says("这笔怎么算的").hears_of("团队奖励 2.97 元")


def test_a_long_evening_goes_on_with_older(tonight: Evening):
    for _ in range(7):
        tonight.sells(tonight.ming, 99_00)
    tonight.ends()
    tonight.settles()

    tonight.ming.says("明细").hears_of("7 笔，共 152.46 元，这里是 5 笔：").is_offered("更早的")
    tonight.ming.says("更早的").hears_of("7 笔，共 152.46 元，这里是 2 笔：", "2 藕粉")
    tonight.ming.says("2 呢").hears_of(f"订单尾号 {tonight.order(1).tail}，")
    tonight.ming.says("更早的").hears("没有更早的了，这已经是最早的一页。")


def test_only_what_can_be_withdrawn(after: Evening):
    def delivered(work) -> None:
        fulfilment.receive(work, work.session.get_one(Order, after.order(1).id))

    after.ming.says("只看可提现").hears_of("现在没有可提现的明细。")
    after.office.do(delivered)
    after.clock.passes(days=7)
    after.office.do(releases.release)

    after.ming.says("只看可提现").hears(
        "3月6日「春日好物专场」1 笔，共 8.77 元：\n"
        "1 毛巾 3 条，带货佣金 +8.77\n"
        "都是可提现。\n"
        "想看哪笔，回复「1 怎么算的」。"
    )
    after.ming.says("1 呢").hears_of("3月13日 已转为可提现。")
    after.ming.says("明细").hears_of("2 毛巾 3 条，带货佣金 +8.77，可提现", "，待到账")


def test_this_month_by_kind(after: Evening):
    after.ming.says("我这个月收益多少").hears(
        "3月到今天 +44.31 元：\n带货佣金 29.45 元\n团队奖励 14.86 元\n可提现 0.00 元。"
    )


def test_nothing_yet_is_said_with_a_way_on(amy: Person):
    amy.says("明细").hears_of("还没有收益。", "挑一件来推广，回复「商品」。")
    amy.says("这笔怎么算的").hears_of("还没有收益。")
    amy.says("收益")
    assert last_words(amy).startswith("可提现 0.00 元\n待到账 0.00 元\n")


@pytest.mark.parametrize("asked", ["收益", "明细", "这笔怎么算的", "更早的", "只看可提现"])
def test_a_visitor_hears_how_to_have_some(asked: str, dan: Person):
    dan.says(asked).hears("加入后这里会有你的数据。\n现在参加免费，回复「加入」。")


@pytest.mark.parametrize("key", ["earnings", "earning_lines"])
def test_a_visitor_taps_the_menu(key: str, dan: Person):
    dan.taps(key).hears("加入后这里会有你的数据。\n现在参加免费，回复「加入」。")


def test_in_a_group_the_numbers_are_whispered(amy_in_group: Door, amy: Person):
    for asked in ("收益", "明细", "我这个月收益多少", "1 怎么算的"):
        amy_in_group.says(asked).hears("已私信你。")


def test_everybody_is_told_when_it_is_settled(after: Evening):
    tasks_run(after.office)

    after.ming.is_told(
        "「春日好物专场」结算好了：5 笔，共 44.31 元。\n现在是待到账，买家收货满 7 天后可提现。"
    )
    # 小红's own: 39.60 + 7.98; 阿强's 99.00 × 5 %? She is 见习: no team reward.
    after.hong.is_told("「春日好物专场」结算好了：2 笔，共 47.58 元。")
    after.qiang.is_told("「春日好物专场」结算好了：1 笔，共 19.80 元。")


def test_a_refund_while_pending(after: Evening):
    def delivered(work) -> None:
        fulfilment.receive(work, work.session.get_one(Order, order.id))

    order = after.order(0)
    after.clock.passes(days=4)
    after.office.do(delivered)

    _refund(after, order, 30_00, "2 袋破损")

    assert after.ming.notices[-1] == (
        f"订单尾号 {order.tail} 退款 30.00 元（实付 94.00 元），原因：2 袋破损。\n"
        "佣金按比例退回 6.60 元：\n"
        "20.68 × 30.00 ÷ 94.00 = 6.60\n"
        "这笔还剩 14.08 元，仍是 3月17日 转为可提现。\n"
        "售后平台处理，你不用联系买家。"
    )
    assert after.fang.notices[-1] == (
        f"订单尾号 {order.tail} 退款 30.00 元，原因：2 袋破损。\n30.00 元原路退回，3 天内到。"
    )
    after.ming.says(f"{order.tail} 怎么算的").hears_of(
        "退款 30.00 元，退回 6.60 元：\n20.68 × 30.00 ÷ 94.00 = 6.60\n还剩 14.08 元，"
    )


def test_a_refund_when_the_money_is_gone_and_how_it_is_paid_off(
    office: Office, tonight: Evening, clock: Clock
):
    # 380.00 × 22 % = 83.60, of which 36.40 are still there: 47.20 become debt. Then 60.00 × … :
    # 272.73 × 22 % = 60.00 (60.0006) pay it off, and 12.80 are left.
    tonight.sells(tonight.ming, 380_00, quantity=4)
    tonight.ends()
    tonight.settles()
    clock.passes(days=15)
    office.do(releases.release)
    number, order = tonight.ming.member.id, tonight.order(0)
    move = ledger.Move(ledger.available(number), ledger.WORLD, 47_20)
    office.do(lambda work: ledger.post(work, "withdrawn", move))

    _refund(tonight, order, 380_00, "质量问题")

    assert tonight.ming.notices[-1] == (
        f"订单尾号 {order.tail} 全额退款 380.00 元，原因：质量问题。\n"
        "这笔佣金 83.60 元之前已到账，现在退回：\n"
        "从可提现扣 36.40 元\n"
        "还剩 47.20 元，记为「待抵扣」\n"
        "不用你付现金，也没有利息；以后到账的收益先抵它，抵完照常提现。\n"
        "现在：可提现 0.00，待到账 0.00，待抵扣 47.20 元。"
    )
    tonight.ming.says(f"{order.tail} 怎么算的").hears_of(
        "（可提现里扣 36.40 元，记为待抵扣 47.20 元）"
    )

    with office.work() as work:
        buyer, ming = (members.get(work, one) for one in (_id(work, "阿芳"), number))
        place = paid_order(work, buyer, ming, 272_73).escrow
    settlement.settle(office, place)
    clock.passes(days=15)
    office.do(releases.release)

    assert tonight.ming.notices[-1] == (
        "到账 60.00 元：先抵 47.20 元，可提现 +12.80 元。\n待抵扣清零了，之后到账都是你的。"
    )


def _refund(evening: Evening, order: Order, amount_fen: int, reason: str) -> None:
    evening.office.do(
        lambda work: refunds.refund(work, order.id, amount_fen, key=f"r{order.id}", reason=reason)
    )
