"""售后 in chat: 阿芳 bought 藕粉 by 小明's share."""

from dataclasses import dataclass

import pytest

from commerce.goods import fulfilment
from commerce.goods.orders import Order
from commerce.goods.suppliers import FOOD
from commerce.people import members
from commerce.rules import Rank
from commerce.trust import returns
from commerce.work import Office
from tests.commerce.sales import paid_order, product
from tests.handlers.evening import becomes
from tests.people import Cast, Clock, Person


@dataclass
class Purchase:
    office: Office
    ming: Person
    fang: Person
    order_id: int

    def order(self) -> Order:
        with self.office.reading() as work:
            return work.session.get_one(Order, self.order_id)

    def arrives(self, *, is_food: bool = False) -> None:
        from commerce.goods.products import Product

        with self.office.work() as work:
            order = work.session.get_one(Order, self.order_id)
            fulfilment.ship(work, order, "顺丰", "SF1")
            fulfilment.receive(work, order)
            if is_food:
                work.session.get_one(Product, order.product_id).category = FOOD


@pytest.fixture
def bought(office: Office, people: Cast) -> Purchase:
    ming, fang = people("小明").joins(), people("阿芳").follows()
    becomes(office, ming, Rank.TWO_STAR)
    ids = ming.member.id, fang.member.id
    with office.work() as work:
        promoter, buyer = (members.get(work, one) for one in ids)
        order = paid_order(work, buyer, promoter, 94_00, goods=product(work), coupon_fen=5_00)
    return Purchase(office, ming, fang, order.id)


def test_nothing_was_bought(dan: Person):
    dan.says("售后").hears(
        "现在没有可以退换的订单。\n要看全部，回复「我的订单」；别的事，回复「人工」。"
    )


def test_what_is_not_shipped_is_refunded_after_one_word(bought: Purchase):
    bought.fang.says("售后").hears(
        "订单尾号 0001，藕粉 10 袋装 × 1，实付 94.00 元，还没发货。\n"
        "现在退，94.00 元马上原路退回，3 天内到。\n"
        "要退就回复「确认」。"
    ).is_offered("确认", "取消")
    assert bought.order().refunded_fen == 0

    bought.fang.says("确认").hears("退款办好了：订单尾号 0001，94.00 元。\n原路退回，3 天内到。")

    assert bought.order().state == "refunded"
    bought.fang.says("售后 0001").hears_of("S1：订单尾号 0001，退 94.00 元，3月2日 已退款。")
    bought.fang.says("售后").hears_of("现在没有可以退换的订单")


def test_who_thinks_better_of_it_keeps_the_order(bought: Purchase):
    bought.fang.says("退款").says("取消")

    assert bought.order().state == "paid"


def test_broken_bags_step_by_step(bought: Purchase, reviewer: Person):
    bought.arrives()

    bought.fang.says("售后 0001").hears(
        "订单尾号 0001，藕粉 10 袋装 × 1，实付 94.00 元，3月2日 签收。\n"
        "哪里不合适？点一个，或者用一句话说说，比如「2 袋破损」。\n"
        "质量问题、少件、发错，退换运费平台承担，不用找推荐你的人。"
    ).is_offered("售后 0001 质量问题", "售后 0001 少件或发错", "售后 0001 不想要了")
    bought.fang.says("2 袋破损").hears(
        "订单尾号 0001，还能退 94.00 元。\n退多少？回复金额，比如「30」，或者「全退」。"
    )
    bought.fang.says("30").hears(
        "收到，售后编号 S1：订单尾号 0001，退 30.00 元，原因：2 袋破损。\n"
        "最晚 3月4日 12:00 有结果；到时没人处理，就自动同意。\n"
        "售后平台处理，有结果发到这里。"
    )
    reviewer.is_told(
        "有一件新的售后，编号 S1：订单尾号 0001，要退 30.00 元。\n3月4日 12:00 前没处理就自动同意。"
    )

    reviewer.says("待审售后").hears(
        "待处理售后 1 件：\nS1 星友0002 30.00 元，质量问题，最晚 3月4日 12:00"
        if "星友0002" in reviewer.heard
        else reviewer.heard
    ).is_offered("看 S1")
    reviewer.says("看 S1").hears_of(
        "质量问题：2 袋破损",
        "订单尾号 0001，藕粉 10 袋装 × 1，实付 94.00 元，3月2日 签收",
        "要退 30.00 元，之前已退 0.00 元",
        "最晚 3月4日 12:00，到时没处理就自动同意",
    ).is_offered("同意 S1", "拒绝 S1")
    reviewer.says("同意 S1").hears_of("已同意 S1，退给", "30.00 元。\n已记录：小周，3月2日 12:00。")

    assert bought.order().refunded_fen == 30_00
    bought.fang.is_told(
        "订单尾号 0001 退款 30.00 元，原因：2 袋破损。\n30.00 元原路退回，3 天内到。"
    )
    reviewer.says("同意 S1").hears("S1 已被小周退款了，3月2日 12:00。你这次没有生效。")


def test_a_button_says_all_of_it_at_once(bought: Purchase):
    bought.arrives()

    bought.fang.says("售后 0001").says("售后 0001 质量问题").is_offered("售后 0001 全退 质量问题")
    bought.fang.says("售后 0001 全退 质量问题").hears_of(
        "收到，售后编号 S1：订单尾号 0001，退 94.00 元，原因：质量问题。"
    )


@pytest.mark.parametrize(
    ("said", "amount", "reason"),
    [
        ("退 30 元 2 袋破损", "30.00", "2 袋破损"),
        ("全退，坏了", "94.00", "坏了"),
        ("9.5元 少了一小包", "9.50", "少了一小包"),
    ],
)
def test_amount_and_reason_in_one_sentence(bought: Purchase, said: str, amount: str, reason: str):
    bought.arrives()

    bought.fang.says("售后 0001").says(said).hears_of(f"退 {amount} 元，原因：{reason}。")


def test_two_bags_are_no_two_yuan(bought: Purchase):
    bought.arrives()

    bought.fang.says("售后 0001").says("2 袋破损").hears_of("退多少？")


@pytest.mark.parametrize("said", ["100.005", "很多"])
def test_an_amount_that_is_none(bought: Purchase, said: str):
    bought.arrives()

    bought.fang.says("售后 0001").says("坏了").says(said).hears_of("金额没看懂")


def test_more_than_was_paid(bought: Purchase):
    bought.arrives()

    bought.fang.says("售后 0001").says("坏了").says("94.01").hears(
        "这单最多还能退 94.00 元，退不了这么多。\n换个金额再申请，回复「售后」。"
    )


def test_a_number_in_the_reason_is_not_passed_on(bought: Purchase):
    bought.arrives()

    bought.fang.says("售后 0001").says("坏了，请打 13800006688").says("全退").hears_of(
        "原因：坏了，请打 ****。"
    )


def test_opened_food_goes_back_only_for_a_reason(bought: Purchase):
    bought.arrives(is_food=True)

    bought.fang.says("售后 0001 不想要了").hears(
        "食品拆封后不支持无理由退货，质量问题照退。\n这单拆封了吗？"
    ).is_offered("售后 0001 不想要了，没拆封", "售后 0001 不想要了，拆封了")
    bought.fang.says("售后 0001 不想要了，拆封了").hears_of(
        "已拆封的食品不支持无理由退货，订单尾号 0001 退不了。", "售后 0001 质量问题"
    )
    bought.fang.says("售后 0001 不想要了，没拆封").hears_of("收到，售后编号 S1", "退 94.00 元")


def test_eight_days_later_only_what_is_bad_goes_back(bought: Purchase, clock: Clock):
    bought.arrives()
    clock.passes(days=8)

    bought.fang.says("售后 0001 不想要了").hears(
        "签收 7 天内可以无理由退。\n"
        "订单尾号 0001 是 3月2日 签收的，已经过了。\n"
        "有质量问题照样能退，回复「售后 0001 质量问题」。"
    )
    bought.fang.says("售后 0001 质量问题").hears_of("退多少？")


def test_a_refusal_reaches_the_buyer_as_it_was_written(bought: Purchase, reviewer: Person):
    bought.arrives()
    bought.fang.says("售后 0001 全退 坏了")

    reviewer.says("拒绝 S1").hears_of("写一句理由，")
    reviewer.says("照片里看不到破损，请补一张").hears_of("已拒绝 S1，理由会原样发给")

    bought.fang.is_told(
        "售后 S1 没有同意，订单尾号 0001。\n"
        "理由：照片里看不到破损，请补一张\n"
        "有新的情况可以再申请，回复「售后」；想找同事，回复「人工」。"
    )
    bought.fang.says("售后 S1").hears_of("没有同意", "理由：照片里看不到破损，请补一张")
    assert bought.order().open_holds == 0


def test_the_case_of_another_is_nobodys_business(bought: Purchase, dan: Person):
    bought.arrives()
    bought.fang.says("售后 0001 全退 坏了")

    dan.says("售后 S1").hears_of("你没有尾号 S1 的订单")
    dan.says("售后 0001").hears_of("你没有尾号 0001 的订单")
    for words in ("看 S1", "同意 S1", "拒绝 S1 不", "待审售后"):
        dan.says(words)
        assert dan.route == "none"


def test_the_star_reads_why_the_line_waits_and_what_was_taken(
    bought: Purchase, reviewer: Person, office: Office
):
    from commerce.money import settlement

    settlement.settle(office, bought.order().escrow)
    bought.arrives()
    bought.fang.says("售后 0001 30 元 2 袋破损")
    bought.ming.says("0001 怎么算的").hears_of("这单有售后在处理，最晚 3月4日 12:00 有结果")

    reviewer.says("同意 S1")

    # 94.00 × 22 % = 20.68; 20.68 × 30 ÷ 94 = 6.60.
    bought.ming.is_told(
        "订单尾号 0001 退款 30.00 元（实付 94.00 元），原因：2 袋破损。\n"
        "佣金按比例退回 6.60 元：\n"
        "20.68 × 30.00 ÷ 94.00 = 6.60\n"
        "这笔还剩 14.08 元"
    )


def test_what_the_bank_took_back_is_not_paid_twice(
    bought: Purchase, reviewer: Person, office: Office
):
    bought.arrives()
    bought.fang.says("售后 0001 全退 坏了")
    with office.work() as work:
        returns.charged_back(work, bought.order_id, 94_00, key="bank")

    reviewer.says("同意 S1").hears_of("S1 已", "你这次没有生效")

    assert bought.order().refunded_fen == 94_00


def test_a_photograph_is_noted_with_the_case(bought: Purchase, reviewer: Person):
    bought.arrives()
    bought.fang.says("售后 0001 全退 坏了")

    bought.fang.sends_picture().hears("照片收到，和售后 S1 放在一起了，有结果发到这里。")

    reviewer.says("看 S1").hears_of("发来 1 张照片，在公众号后台和他的对话里")
