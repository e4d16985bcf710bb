"""核查 in chat: the star reads why and how to appeal, a colleague judges."""

from dataclasses import dataclass

import pytest

from commerce.goods.orders import Order
from commerce.money import settlement
from commerce.people import members
from commerce.rules import Rank
from commerce.trust import fraud
from commerce.trust.fraud import Reason
from commerce.work import Office
from tests.commerce.sales import paid_order, product
from tests.handlers.evening import becomes
from tests.people import Cast, Clock, Person


@dataclass
class Held:
    office: Office
    ming: Person
    ids: list[int]

    def order(self, number: int = 0) -> Order:
        with self.office.reading() as work:
            return work.session.get_one(Order, self.ids[number])


@pytest.fixture
def held(office: Office, people: Cast, reviewer: Person) -> Held:
    """Two orders of 小明's, settled, held for one address."""
    ming, fang = people("小明").joins(), people("阿芳").follows()
    becomes(office, ming, Rank.TWO_STAR)
    ids = ming.member.id, fang.member.id
    with office.work() as work:
        promoter, buyer = (members.get(work, one) for one in ids)
        goods = product(work)
        orders = [paid_order(work, buyer, promoter, 94_00, goods=goods) for _ in range(2)]
    settlement.settle(office, orders[0].escrow)
    with office.work() as work:
        fraud.hold(work, orders, Reason.SAME_ADDRESS)
    return Held(office, ming, [order.id for order in orders])


def test_the_star_reads_why_until_when_and_what_to_do(held: Held, reviewer: Person):
    held.ming.is_told(
        "订单尾号 0001 等 2 单在核查：一天里同一个地址下了很多单。\n"
        "收益先留在待到账，最晚 3月9日 12:00 有结果，到时没有结论就照常放行。\n"
        "这不是处罚。想说明情况，回复「申诉 0001」。"
    )
    reviewer.is_told("有 2 单要核查，编号 F1：一天里同一个地址下了很多单。")
    held.ming.says("0001 怎么算的").hears_of("这单在核查：一天里同一个地址下了很多单")


def test_a_colleague_looks_and_clears(held: Held, reviewer: Person):
    reviewer.says("待审").hears("待审视频 0 条，待办 0 件，核查 2 单：").is_offered("待审风控")
    reviewer.says("待审风控").hears_of("待核查 2 单：", "F1 小明 94.00 元，一天里同一个地址")
    reviewer.says("看 F1").hears_of(
        "F1 推荐人小明，二星，之前判定 0 次",
        "订单尾号 0001，藕粉 10 袋装 × 1，实付 94.00 元，3月2日 12:00 付款",
        "付款时账号是新的",
        "推荐人近 30 天 2 单，有退款的 0 单",
        "最晚 3月9日 12:00，到时没有结论就放行",
    ).is_offered("放行 F1", "判定 F1", "放行全部 F1")

    reviewer.says("放行 F1").hears_of("已放行 F1，订单尾号 0001 的收益照常到期。")

    assert [held.order(number).open_holds for number in (0, 1)] == [0, 1]
    held.ming.is_told("订单尾号 0001 核查完了，没有问题，收益照常到期。")
    reviewer.says("放行 F1").hears("F1 已被小周放行，3月2日 12:00。你这次没有生效。")
    reviewer.says("看 F1").hears_of("小周 3月2日 放行")


def test_all_of_one_kind_are_cleared_at_once(held: Held, reviewer: Person):
    reviewer.says("放行全部 F2").hears_of("已放行 2 单：同一位推荐人、同一个原因。")

    assert [held.order(number).open_holds for number in (0, 1)] == [0, 0]
    reviewer.says("待审风控").hears("现在没有待核查的订单。")


def test_guilty_needs_a_reason_that_the_star_reads(held: Held, reviewer: Person, boss: Person):
    reviewer.says("判定 F1").hears(
        "判定后，订单尾号 0001 的收益全部作废，小明降星并暂停升级。\n写一句理由，小明会原样看到："
    )
    reviewer.says("五单寄到同一个门牌，收件人是你自己").hears_of(
        "已判定 F1：订单尾号 0001 的收益作废，小明现在一星，暂停升级。",
        f"恢复升级：「解冻 {held.ming.member.id}」",
    )

    held.ming.is_told(
        "订单尾号 0001 核查后判定不实：五单寄到同一个门牌，收件人是你自己\n"
        "核查原因：一天里同一个地址下了很多单。\n"
        "这单的收益作废，不算业绩；星级现在是「一星」，暂停升级。\n"
        "觉得判错了，3月9日 12:00 前回复「申诉 0001」，同事会重看。"
    )
    held.ming.says("0001 怎么算的").hears_of("核查后作废，退回 20.68 元")
    boss.says(f"解冻 {held.ming.member.id}").hears_of("已解冻：小明可以照常升级了，现在一星。")


def test_after_an_appeal_a_verdict_is_taken_back(held: Held, reviewer: Person, boss: Person):
    reviewer.says("判定 F1 地址是你自己的")
    reviewer.says("撤销判定 F1 看错了").hears_of("这件事要相应的岗位才能办")

    boss.says("撤销判定 F1").hears(
        "撤销后，订单尾号 0001 作废的收益全部恢复，业绩算回来。\n写一句理由，小明会原样看到："
    )
    boss.says("那是小区的快递柜").hears_of(
        "已撤销 F1 的判定：订单尾号 0001 的收益已恢复，小明现在一星，可以照常升级。"
    )

    held.ming.is_told(
        "订单尾号 0001 重看过了，原来的判定撤销：那是小区的快递柜\n"
        "这单的收益恢复 20.68 元，在待到账，照常到期；业绩也算回来了。"
    )
    held.ming.says("0001 怎么算的").hears_of(
        "核查后作废，退回 20.68 元。\n3月2日 重看后撤销判定，恢复 20.68 元。"
    )
    boss.says("撤销判定 F1 再来一次").hears_of("F1 现在没有判定有问题，不用撤销。")
    boss.says("看 F1").hears_of("boss 3月2日 撤销了判定")


def test_an_appeal_reaches_a_colleague_for_seven_days(held: Held, reviewer: Person, clock: Clock):
    reviewer.says("判定 F1 地址是你自己的")

    held.ming.says("申诉 0001").hears("订单尾号 0001 哪里不对？用一句话说说，同事会重看。")
    held.ming.says("那是我们小区的快递柜").hears(
        "申诉收到，编号 C1。\n同事重看订单尾号 0001 后，结果发到这里。"
    )
    reviewer.says("看 C1").hears_of("小明，申诉，未结", "申诉 订单尾号 0001：那是我们小区的快递柜")

    clock.passes(days=7, seconds=1)
    held.ming.says("申诉 0001").hears(
        "判定后 7 天内可以申诉，订单尾号 0001 的到 3月9日 12:00 为止。\n有新的情况，回复「人工」。"
    )


def test_an_order_of_somebody_else_is_not_appealed(held: Held, dan: Person, amy: Person):
    amy.says("申诉 0001").hears("没找到尾号 0001 的收益，订单写四位尾号，比如「申诉 0073」。")
    dan.says("申诉 0001").hears_of("加入后这里会有你的数据")


def test_to_others_these_words_do_not_exist(held: Held, amy: Person):
    for words in (
        "待审风控",
        "看 F1",
        "放行 F1",
        "放行全部 F1",
        "判定 F1 坏",
        "解冻 1",
        "放行奖金",
    ):
        amy.says(words)
        assert amy.route == "none", words
    assert held.order().open_holds == 1


def test_only_an_admin_unfreezes(held: Held, reviewer: Person, boss: Person):
    reviewer.says("解冻 1").hears_of("这件事要相应的岗位才能办")
    boss.says("解冻 999").hears_of("没有 999 号成员")
    boss.says("看 F99").hears("没有编号 F99 的核查。")
