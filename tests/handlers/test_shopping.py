"""下单, 去付款, 改地址, 抵扣, 我的订单, 优惠券: the dialogues, word by word."""

import re

import pytest

from bot.context import Bot
from bot.links import read_token
from commerce.goods import buying, coupons, fulfilment, stock, touches
from commerce.goods.orders import Order, State
from commerce.goods.products import Product
from commerce.money import ledger, paying_in
from commerce.money.ledger import Move
from commerce.money.payments import Payment
from commerce.people import members
from commerce.work import Office, Work
from qianxing import app
from tests.commerce.sales import live, product
from tests.conftest import SEAL
from tests.handlers.doors import tasks_run
from tests.people import Cast, Clock, Person, cast

ADDRESS = "阿芳 13800006688 杭州市西湖区文三路1号"
TOKEN = re.compile(r"\[\[去付款\|https://star\.example/pages/cashier\?t=(.*?)\]\]")


@pytest.fixture
def goods(office: Office) -> Product:
    with office.work() as work:
        return product(work, pieces=10)


def sent_by(office: Office, sharer: Person, buyer: Person) -> None:
    star, other = sharer.member.id, buyer.member.id
    with office.work() as work:
        touches.touch(work, members.get(work, other), members.get(work, star))


def has(office: Office, person: Person, amount_fen: int) -> None:
    account = ledger.available(person.member.id)
    with office.work() as work:
        ledger.post(work, f"gift:{account}", Move(ledger.PROMOTION, account, amount_fen))


def order_of(work: Work, person_id: int) -> Order:
    return buying.of_buyer(work, members.get(work, person_id), limit=1)[0]


def pays(office: Office, person: Person) -> None:
    person_id = person.member.id
    with office.work() as work:
        payment = work.session.get_one(Payment, order_of(work, person_id).payment_id)
        paying_in.settle_payment(
            work, payment.number, payment.amount_fen, f"42-{payment.id}", paid_at=work.now
        )


def without_link(words: str) -> str:
    return TOKEN.sub("[[去付款]]", words)


def test_an_order_from_the_wish_to_the_payment(
    office: Office, goods: Product, dan: Person, amy: Person, clock: Clock
):
    sent_by(office, amy, dan)
    number = dan.member.id
    with office.work() as work:
        coupons.issue(work, members.get(work, number))

    dan.says(f"下单 {goods.id}").hears_of("寄到哪里？姓名、手机号和地址写在一条里发来")
    dan.says(ADDRESS)

    assert without_link(dan.heard) == (
        "广告 · 含推广链接\n"
        "藕粉 10 袋装 × 1\n"
        "标价 99.00 元\n"
        "新人券 −5.00 元\n"
        "运费 0.00 元\n"
        "应付 94.00 元\n"
        "寄到：阿芳 138****6688，杭州市西湖区****；48 小时内发货；7 天无理由退货。\n"
        "货给你留 15 分钟，到 12:15。[[去付款]]"
    )
    dan.is_offered("改地址", "取消订单")

    pays(office, dan)

    assert dan.notices == [
        "付款成功，94.00 元，订单尾号 0001。\n"
        "48 小时内发货，发货后告诉你单号。\n"
        "查物流回复「我的订单」，退换回复「售后」。"
    ]
    # 94.00 × 20 % = 18.80.
    assert amy.notices == [
        "你推荐的藕粉 10 袋装卖出 1 单，实付 94.00 元。\n预估佣金 18.80 元，今晚结算。"
    ]


def test_who_scans_a_stars_card_while_the_live_is_on_buys_in_it_through_that_star(
    office: Office, goods: Product, people: Cast, amy: Person, bo: Person
):
    host = amy.member.id
    with office.work() as work:
        evening = live(work, members.get(work, host)).id
    newcomer = people("阿芳").follows(bo.card)

    newcomer.says(f"下单 {goods.id}").says(ADDRESS)

    promoter, buyer = bo.member.id, newcomer.member.id
    with office.reading() as work:
        order = order_of(work, buyer)
    assert (order.live_id, order.promoter_id) == (evening, promoter)


def test_the_card_scanned_last_is_the_one_that_counts(
    office: Office, goods: Product, amy: Person, chen: Person, clock: Clock
):
    clock.passes(minutes=1)
    chen.scans(amy.card)

    chen.says(f"下单 {goods.id}").says(ADDRESS)

    promoter, buyer = amy.member.id, chen.member.id
    with office.reading() as work:
        assert order_of(work, buyer).promoter_id == promoter


def test_the_link_is_the_buyers_and_about_this_payment(
    office: Office, goods: Product, dan: Person, clock: Clock
):
    dan.says(f"下单 {goods.id}").says(ADDRESS)

    opened = read_token(SEAL, "cashier", TOKEN.search(dan.heard)[1], clock())

    with office.reading() as work:
        order = order_of(work, dan.member.id)
    assert (opened.member_id, opened.about) == (dan.member.id, order.payment_id)


def test_the_address_is_asked_once(goods: Product, dan: Person):
    dan.says(f"下单 {goods.id}").says(ADDRESS)

    dan.says(f"下单 {goods.id} 2").hears_of("藕粉 10 袋装 × 2", "应付 198.00 元")


def test_an_address_that_lacks_something_is_asked_again(goods: Product, dan: Person):
    dan.says(f"下单 {goods.id}").says("阿芳 杭州市西湖区文三路1号").hears_of("还缺手机号")

    dan.says(ADDRESS).hears_of("应付 99.00 元")


def test_a_product_by_its_name_or_one_of_several(office: Office, goods: Product, dan: Person):
    dan.says("我要买藕粉").hears_of("寄到哪里？")
    dan.says("取消")
    with office.work() as work:
        other = product(work, 39_90).id

    dan.says("我要买藕粉").hears(
        "有好几件对得上，要哪件？\n"
        f"{goods.id} 藕粉 10 袋装，99.00 元\n"
        f"{other} 藕粉 10 袋装，39.90 元"
    ).is_offered(f"下单 {goods.id}", f"下单 {other}")


def test_what_is_not_there(goods: Product, dan: Person):
    dan.says("下单").hears("想买哪件？写上商品号或名字，比如「下单 3」。")
    dan.says("下单 987654").hears("没找到「987654」。\n看看有什么，回复「商品」。")
    dan.says(f"下单 {goods.id} 100").hears("一单 1 到 99 件，写成「下单 3 2 份」这样。")
    dan.says(f"下单 {goods.id} 0").hears("一单 1 到 99 件，写成「下单 3 2 份」这样。")
    dan.says(f"下单 {goods.id} 11").hears("只剩 10 件，不够。\n少买几件再下单就行。")


def test_the_last_piece_goes_to_one(office: Office, dan: Person, amy: Person):
    with office.work() as work:
        last = product(work, pieces=1)
    dan.says(f"下单 {last.id}").says(ADDRESS).hears_of("应付 99.00 元")

    amy.says(f"下单 {last.id}").hears("这件卖完了，没有扣钱。\n看看别的，回复「商品」。")


def test_ones_own_live_is_named_before_anything_is_bought(
    office: Office, goods: Product, amy: Person
):
    number = amy.member.id
    with office.work() as work:
        live(work, members.get(work, number))

    amy.says(f"下单 {goods.id}").hears(
        "这是你自己的场次。\n可以买，价格一样，99.00 元；但不算佣金，也不算业绩。"
    ).is_offered("照常下单", "取消")
    amy.says("照常下单").hears_of("寄到哪里？")
    amy.says(ADDRESS).hears_of("应付 99.00 元")

    pays(office, amy)
    assert [notice[:4] for notice in amy.notices] == ["付款成功"]


def test_without_a_merchant_buying_says_honestly_that_it_is_not_open(
    office: Office, goods: Product
):
    closed: Bot = app.bot(office.rules, "https://star.example", takes_payment=False)
    dan = cast(office, closed)("dan").follows()

    for words in (f"下单 {goods.id}", "下单", "去付款"):
        dan.says(words).hears(
            "收款还没开通，现在买不了，不会扣你的钱。\n先看看有什么，回复「商品」。"
        )


def test_a_new_address_goes_with_the_order_that_waits(office: Office, goods: Product, dan: Person):
    dan.says(f"下单 {goods.id}").says(ADDRESS)

    dan.says("改地址").hears_of("现在寄到：阿芳 138****6688，杭州市西湖区****。")
    dan.says("王芳 13900001111 上海市静安区南京西路 1 号").hears(
        "改好了，寄到：王芳 139****1111，上海市静安区****。"
    )

    with office.reading() as work:
        assert "13900001111" in order_of(work, dan.member.id).recipient


def test_a_cancelled_order_takes_nothing(office: Office, goods: Product, dan: Person):
    dan.says(f"下单 {goods.id}").says(ADDRESS)

    dan.says("取消").hears("订单尾号 0001 取消了，没有扣钱。")
    dan.says("取消").hears("现在没有等你确认的事，不用取消。")
    dan.says("取消订单 0001").hears("订单尾号 0001 已经取消了，没有扣钱。")
    dan.says("取消订单").hears("现在没有等你付款的订单，不用取消。\n已经付款的，回复「售后」。")
    dan.says("取消订单 4321").hears("你没有尾号 4321 的订单。\n要看全部，回复「我的订单」。")
    with office.reading() as work:
        assert stock.left(work, goods.id) == 10


def test_nobody_cancels_anothers_order(goods: Product, dan: Person, amy: Person):
    dan.says(f"下单 {goods.id}").says(ADDRESS)

    amy.says("取消订单 0001").hears("你没有尾号 0001 的订单。\n要看全部，回复「我的订单」。")
    amy.says("订单 0001").hears("你没有尾号 0001 的订单。\n要看全部，回复「我的订单」。")


def test_what_is_paid_is_not_cancelled_by_a_word(office: Office, goods: Product, dan: Person):
    dan.says(f"下单 {goods.id}").says(ADDRESS)
    pays(office, dan)

    dan.says("取消订单 0001").hears_of("订单尾号 0001 已经付款，不能直接改。")


def test_an_order_nobody_pays_runs_out_and_says_so(
    office: Office, goods: Product, dan: Person, clock: Clock
):
    dan.says(f"下单 {goods.id}").says(ADDRESS)
    clock.passes(minutes=15)
    tasks_run(office)

    assert dan.notices == [
        "订单尾号 0001 没等到付款，藕粉 10 袋装不再给你留，没有扣钱。\n"
        f"还想要，回复「下单 {goods.id}」。"
    ]
    dan.says("去付款").hears_of("现在没有等你付款的订单。")


def test_earnings_pay_for_a_part(office: Office, goods: Product, amy: Person):
    has(office, amy, 30_00)
    amy.says("用收益抵扣").hears(
        "可提现 30.00 元，都能抵扣，没有门槛。\n先下单，再回复「抵扣 50」或「全部抵扣」。"
    )
    amy.says(f"下单 {goods.id}").says(ADDRESS)

    amy.says("用收益抵扣").hears_of("抵多少？").is_offered("全部抵扣")
    amy.says("抵扣 50").hears_of("可提现 30.00 元，不够 50.00 元。")
    amy.says("抵扣 20").hears_of("应付 79.00 元，收益已抵 20.00 元")
    amy.says("全部抵扣").hears_of("应付 69.00 元，收益已抵 30.00 元")

    with office.reading() as work:
        held = ledger.balances(work, amy.member.id)
        assert (held.available_fen, held.reserved_fen) == (0, 30_00)
        assert stock.left(work, goods.id) == 9

    amy.says("取消订单").hears("订单尾号 0003 取消了，没有扣钱。\n抵扣的 30.00 元退回可提现。")
    with office.reading() as work:
        assert ledger.balances(work, amy.member.id).available_fen == 30_00


def test_earnings_pay_for_all_of_it(office: Office, goods: Product, amy: Person):
    has(office, amy, 100_00)
    amy.says(f"下单 {goods.id}").says(ADDRESS)

    amy.says("全部抵扣").hears_of("应付 0.00 元，收益已抵 99.00 元", "不用再付钱，订单尾号 0002。")

    assert amy.notices[0].startswith("付款成功，99.00 元（收益抵扣 99.00 元），订单尾号 0002。")


def test_an_order_of_a_live_stays_in_it_when_earnings_are_added(
    office: Office, goods: Product, amy: Person, bo: Person
):
    has(office, amy, 30_00)
    host = bo.member.id
    sent_by(office, bo, amy)
    with office.work() as work:
        evening = live(work, members.get(work, host)).id
    amy.says(f"下单 {goods.id}").says(ADDRESS)

    amy.says("抵扣 10")

    with office.reading() as work:
        order = order_of(work, amy.member.id)
        assert (order.live_id, order.credit_fen, order.promoter_id) == (evening, 10_00, host)


@pytest.mark.parametrize("words", ["抵扣 0", "抵扣 -5", "抵扣 100.005"])
def test_silly_amounts_of_credit(office: Office, goods: Product, amy: Person, words: str):
    has(office, amy, 30_00)
    amy.says(f"下单 {goods.id}").says(ADDRESS)

    amy.says(words).hears_of("金额没看懂")


def test_a_visitor_has_no_earnings_to_spend(dan: Person):
    dan.says("用收益抵扣").hears_of("加入后这里会有你的数据")


def test_my_orders_with_tails_states_and_tracking(
    office: Office, goods: Product, dan: Person, clock: Clock
):
    dan.says("我的订单").hears("你还没有订单。\n看看有什么，回复「商品」。")
    dan.says(f"下单 {goods.id}").says(ADDRESS)
    pays(office, dan)
    dan.says(f"下单 {goods.id} 2")
    dan.says("我的订单").hears(
        "最近 2 单，前面是订单尾号：\n"
        "0002 藕粉 10 袋装 × 2，198.00 元，待付款，留到 3月2日 12:15\n"
        "0001 藕粉 10 袋装 × 1，99.00 元，已付款，待发货"
    ).is_offered("去付款", "取消订单")

    clock.passes(hours=24)
    number = dan.member.id
    with office.work() as work:
        order = buying.own(work, members.get(work, number), "0001")
        fulfilment.ship(work, order, "顺丰", "SF100")

    assert dan.notices[-1] == (
        "订单尾号 0001 发货了：藕粉 10 袋装，顺丰 SF100。\n"
        "收到后回复「确认收货」；10 天后没说也算签收。"
    )
    dan.says("订单 0001").hears(
        "订单尾号 0001，藕粉 10 袋装 × 1，99.00 元\n3月2日 12:00 下单，3月3日 已发货，顺丰 SF100。"
    )
    dan.says("确认收货").hears("订单尾号 0001 签收了，3月3日。\n7 天内要退换，回复「售后」。")
    dan.says("确认收货").hears("现在没有在路上的订单。\n要看全部，回复「我的订单」。")
    dan.says("我的订单").hears_of("0001 藕粉 10 袋装 × 1，99.00 元，3月3日 已签收")


def test_my_coupon_from_none_to_used(office: Office, goods: Product, dan: Person, clock: Clock):
    dan.says("优惠券").hears(
        "你现在没有券。\n"
        "进群送 1 张：5.00 元，满 29.00 元可用，7 天有效，每人 1 张。\n"
        "不用券也能买，回复「商品」。"
    )
    number = dan.member.id
    with office.work() as work:
        coupons.issue(work, members.get(work, number))
    dan.says("优惠券").hears(
        "新人券 5.00 元，满 29.00 元可用，3月9日 12:00 前有效。\n"
        "下单时自动用上；有更低的价就用更低的，券给你留着。"
    )
    dan.says(f"下单 {goods.id}").says(ADDRESS)
    dan.says("优惠券").hears("新人券 5.00 元，满 29.00 元，用在订单尾号 0001 了。\n每人 1 张。")
    dan.says("取消订单")
    clock.passes(days=8)
    dan.says("优惠券").hears("新人券 5.00 元，满 29.00 元，3月9日 12:00 过期了。\n每人 1 张。")


def test_in_a_group_prices_and_addresses_are_said_in_private(goods: Product, amy: Person):
    amy.says(f"下单 {goods.id}").says(ADDRESS)

    amy.says("我的订单", room="g1")

    assert "99.00" not in amy.heard
    assert "阿芳" not in amy.heard


def test_the_same_message_twice_is_one_order(office: Office, goods: Product, dan: Person):
    dan.says(f"下单 {goods.id}").says(ADDRESS)

    dan.says(f"下单 {goods.id}", id="m1").says(f"下单 {goods.id}", id="m1")

    with office.reading() as work:
        orders = buying.of_buyer(work, dan.member, limit=9)
        assert [order.state for order in orders] == [State.CREATED] * 2
