"""待发货, 看订单, 发货: how our own orders leave, and what the buyer hears and says of it."""

from dataclasses import dataclass

import pytest
from sqlalchemy import select

from bot.message import Channel
from commerce.errors import BadParcel
from commerce.goods import fulfilment
from commerce.goods.orders import Offer, Order
from commerce.goods.products import Product
from commerce.goods.recipients import Recipient
from commerce.money import refunds
from commerce.people import members, staff
from commerce.people.audit import AuditRecord
from commerce.trust import after_sales
from commerce.trust.cases import Case
from commerce.work import Office
from handlers.shipping import parcel_of
from tests.commerce.sales import paid_order, product
from tests.handlers.doors import Door, suspended
from tests.people import Cast, Clock, Person

FANG = Recipient("阿芳", "13800006688", "杭州市西湖区文三路1号")
UNKNOWN = "这句我没对上"
WORDS = [
    "改单号 0001",
    "改单号 1 顺丰 SF1234567890",
    "待发货",
    "看订单 0001",
    "看订单 1",
    "发货 0001",
    "发货 1 顺丰 SF1234567890",
]


@dataclass
class Warehouse:
    """阿芳 buys, at 94.00 yuan an order; what becomes of her orders is looked up here."""

    office: Office
    fang: Person
    goods: Product

    def sells(self, quantity: int = 1, **fields: object) -> int:
        number = self.fang.member.id
        with self.office.work() as work:
            goods = work.session.get_one(Product, self.goods.id)
            fields = {"recipient": FANG.to_json()} | fields
            order = paid_order(
                work,
                members.get(work, number),
                None,
                94_00,
                goods=goods,
                quantity=quantity,
                **fields,
            )
            return order.id

    def order(self, number: int) -> Order:
        with self.office.reading() as work:
            return work.session.get_one(Order, number)

    def records(self, act: str) -> list[tuple[int | None, str]]:
        with self.office.reading() as work:
            rows = select(AuditRecord).where(AuditRecord.act == act).order_by(AuditRecord.id)
            return [(row.by_id, row.subject) for row in work.session.scalars(rows)]


@pytest.fixture
def warehouse(office: Office, people: Cast) -> Warehouse:
    fang = people("阿芳").follows()
    with office.work() as work:
        goods = product(work)
    return Warehouse(office, fang, goods)


def test_the_queue_has_who_paid_first_at_the_front(
    warehouse: Warehouse, reviewer: Person, clock: Clock
):
    reviewer.says("待发货").hears("现在没有待发货的订单，都发完了。")
    warehouse.sells()
    clock.passes(hours=1)
    warehouse.sells(quantity=2)

    # Paid at 12:00 and 13:00 on March 2nd; 48 hours are promised.
    reviewer.says("待发货").hears(
        "待发货 2 单，先付款的在前，前面是订单尾号：\n"
        "0001 藕粉 10 袋装 × 1，3月2日 12:00 付款，3月4日 12:00 前发\n"
        "0002 藕粉 10 袋装 × 2，3月2日 13:00 付款，3月4日 13:00 前发"
    ).is_offered("看订单 1", "看订单 2")

    clock.passes(hours=47, seconds=1)
    reviewer.says("待发货").hears_of("3月4日 12:00 前发，已经超时\n", "3月4日 13:00 前发")
    assert not reviewer.heard.endswith("已经超时")


def test_only_four_are_shown_and_all_are_counted(warehouse: Warehouse, reviewer: Person):
    for _ in range(6):
        warehouse.sells()

    reviewer.says("待发货").hears_of("待发货 6 单", "0004").is_offered("看订单 4")

    assert "0005" not in reviewer.heard


def test_what_the_shop_ships_is_not_in_our_queue(warehouse: Warehouse, reviewer: Person):
    warehouse.sells(offer=Offer.AGREED)

    reviewer.says("待发货").hears_of("现在没有待发货的订单")
    reviewer.says("发货 1 顺丰 SF1234567890").hears_of("是小店的订单，在小店发货")
    assert warehouse.order(1).shipped_at is None


def test_an_order_is_looked_at_with_everything_on_the_label_and_that_is_recorded(
    warehouse: Warehouse, reviewer: Person
):
    warehouse.sells(quantity=2, freight_fen=6_00)

    reviewer.says("看订单 0001").hears(
        "订单 1，尾号 0001，已付款，待发货\n"
        "藕粉 10 袋装 × 2，实付 100.00 元\n"
        "3月2日 12:00 付款，3月4日 12:00 前发\n"
        "收件人：阿芳 13800006688\n"
        "地址：杭州市西湖区文三路1号"
    ).is_offered("发货 1", "待发货")

    assert warehouse.records("look_at_recipient") == [(reviewer.member.id, "order:1")]
    reviewer.says("看订单 2").hears_of("没找到订单 2。")
    assert len(warehouse.records("look_at_recipient")) == 1


def test_a_wrong_number_is_corrected_and_the_buyer_is_told(
    warehouse: Warehouse, reviewer: Person, clock: Clock
):
    warehouse.sells()
    reviewer.says("改单号 1 顺丰 SF1234567891").hears_of("还没发货，没有单号可改，先「发货」")
    reviewer.says("发货 1 顺丰 SF1234567890")
    before = warehouse.order(1)
    clock.passes(hours=1)

    reviewer.says("看订单 1").is_offered("改单号 1")
    reviewer.says("改单号 1").hears(
        "订单尾号 0001，藕粉 10 袋装 × 1，现在是 顺丰 SF1234567890。\n"
        "写对的快递和单号，比如：顺丰 SF1234567890"
    )
    reviewer.says("中通 7890").hears_of("快递和单号没看懂")
    reviewer.says("改单号 0001 中通 78901234567").hears(
        "已改：订单尾号 0001，顺丰 SF1234567890 改成 中通 78901234567。\n"
        "买家会收到通知。已记录：小周，3月2日 13:00。"
    )
    reviewer.says("改单号 1 中通78901234567").hears_of("本来就是 中通 78901234567，没有改动")

    corrected = [told for told in warehouse.fang.notices if "更正" in told]
    assert corrected == [
        "订单尾号 0001 的单号更正了：藕粉 10 袋装，中通 78901234567。\n"
        "之前发的单号作废，查物流按这个；收到后回复「确认收货」。"
    ]
    order = warehouse.order(1)
    assert (order.carrier, order.tracking_no) == ("中通", "78901234567")
    assert (order.shipped_at, order.hold_until) == (before.shipped_at, before.hold_until)
    assert warehouse.records("correct_parcel") == [(reviewer.member.id, "order:1")]


def test_what_was_refunded_or_bought_elsewhere_has_no_number_to_correct(
    warehouse: Warehouse, reviewer: Person
):
    warehouse.sells(offer=Offer.AGREED)
    warehouse.sells()
    reviewer.says("发货 2 顺丰 SF1234567890")
    with warehouse.office.work() as work:
        refunds.refund(work, 2, 94_00, key="r")

    reviewer.says("改单号 1 顺丰 SF1234567").hears_of("是小店的订单，在小店发货")
    reviewer.says("改单号 2 顺丰 SF1234567891").hears_of("已经退款了")


def test_shipped_once_and_the_buyer_is_told_once(
    warehouse: Warehouse, reviewer: Person, boss: Person
):
    warehouse.sells()
    warehouse.sells()

    reviewer.says("发货 1 顺丰 SF1234567890").hears(
        "已发货：订单尾号 0001，藕粉 10 袋装 × 1，顺丰 SF1234567890。\n"
        "买家会收到通知。已记录：小周，3月2日 12:00。\n"
        "还有 1 单待发货。"
    )

    order = warehouse.order(1)
    assert (order.state, order.carrier, order.tracking_no) == ("shipped", "顺丰", "SF1234567890")
    assert warehouse.fang.notices == [
        "订单尾号 0001 发货了：藕粉 10 袋装，顺丰 SF1234567890。\n"
        "收到后回复「确认收货」；10 天后没说也算签收。"
    ]
    assert warehouse.records("ship_order") == [(reviewer.member.id, "order:1")]
    boss.says("发货 1 中通 ZT7654321").hears("订单尾号 0001 已经发货了。你这次没有生效。")
    assert warehouse.order(1).tracking_no == "SF1234567890"
    assert len(warehouse.fang.notices) == 1
    boss.says("看订单 1").hears_of("已发货，顺丰 SF1234567890", "3月2日 12:00 付款\n收件人")
    boss.says("待发货").hears_of("待发货 1 单", "0002")


def test_by_the_button_the_parcel_is_asked_for(warehouse: Warehouse, reviewer: Person):
    warehouse.sells()

    reviewer.says("看订单 1").says("发货 1").hears(
        "订单尾号 0001，藕粉 10 袋装 × 1。\n写快递和单号，比如：顺丰 SF1234567890"
    ).is_offered("取消")
    reviewer.says("中通快递 73123456789012").hears_of("已发货：订单尾号 0001")

    assert warehouse.order(1).carrier == "中通快递"
    reviewer.says("发货 1").hears_of("已经发货了")


@pytest.mark.parametrize(
    ("said", "carrier", "number"),
    [
        ("顺丰 SF1234567890", "顺丰", "SF1234567890"),
        ("顺丰sf1234567890", "顺丰", "SF1234567890"),
        ("圆通速递，单号：ＹＴ１２３４５６", "圆通速递", "YT123456"),
        ("SF Express SF123456", "SF Express", "SF123456"),
        ("京东 JDV0001-2-3", "京东", "JDV0001-2-3"),
        ("58速运 1234567", "58速运", "1234567"),
        ("一" * 20 + " 123456", "一" * 20, "123456"),
    ],
)
def test_carriers_and_numbers_as_people_write_them(said: str, carrier: str, number: str):
    assert parcel_of(said) == (carrier, number)


@pytest.mark.parametrize(
    "said",
    [
        *("顺丰", "SF1234567890", "顺丰 12345", "中通 7312 3456 7890", "中通 731234 567890", "。"),
        *("一" * 21 + " 123456", "顺丰 " + "1" * 41, "顺丰 SFEXPRESS"),
    ],
)
def test_half_a_parcel_is_none(said: str):
    with pytest.raises(BadParcel):
        parcel_of(said)


def test_a_parcel_that_cannot_be_read_changes_nothing(warehouse: Warehouse, reviewer: Person):
    warehouse.sells()

    reviewer.says("发货 1 顺丰").hears(
        "快递和单号没看懂，没有改动。\n"
        "快递名最多 20 个字，单号连着写，比如：\n"
        "发货 73 顺丰 SF1234567890"
    )

    assert warehouse.order(1).state == "paid"


@pytest.mark.parametrize(
    ("state", "why"),
    [
        ("created", "还没付款，付款后再发"),
        ("cancelled", "已经取消了"),
        ("received", "已经签收了"),
        ("completed", "已经完成了"),
    ],
)
def test_what_is_not_paid_or_has_gone_on_does_not_leave(
    warehouse: Warehouse, reviewer: Person, state: str, why: str
):
    warehouse.sells()
    with warehouse.office.work() as work:
        work.session.get_one(Order, 1).state = state

    for words in ("发货 1", "发货 1 顺丰 SF1234567890"):
        reviewer.says(words).hears(f"订单尾号 0001 {why}。你这次没有生效。")

    assert warehouse.order(1).shipped_at is None
    reviewer.says("待发货").hears_of("现在没有待发货的订单")


def test_what_was_refunded_stays_here(warehouse: Warehouse, reviewer: Person):
    warehouse.sells()
    with warehouse.office.work() as work:
        refunds.refund(work, 1, 94_00, key="all")

    reviewer.says("发货 1 顺丰 SF1234567890").hears_of("已经退款了，不用发")

    assert warehouse.order(1).shipped_at is None


def test_while_after_sales_are_open_it_waits(warehouse: Warehouse, reviewer: Person):
    warehouse.sells()
    with warehouse.office.work() as work:
        after_sales.open_case(work, work.session.get_one(Order, 1))

    reviewer.says("发货 1 顺丰 SF1234567890").hears_of("有售后在处理，先看售后")
    reviewer.is_offered("待审售后", "待发货")

    assert warehouse.order(1).shipped_at is None
    reviewer.says("看订单 1").hears_of("已付款，售后处理中")


def test_two_orders_with_one_tail_are_told_apart(warehouse: Warehouse, reviewer: Person):
    warehouse.sells()
    warehouse.sells(id=10_001)
    warehouse.sells(id=4_711)

    reviewer.says("待发货").is_offered("看订单 1", "看订单 10001", "看订单 04711")
    reviewer.says("发货 0001 顺丰 SF1234567890").hears(
        "尾号 0001 不止 1 单，没有改动。\n选一单看，发货用全号。"
    ).is_offered("看订单 1", "看订单 10001")
    reviewer.says("看订单 10001").hears_of("订单 10001，尾号 0001")
    reviewer.says("看订单 04711").hears_of("订单 04711，尾号 4711")

    reviewer.says("发货 1 顺丰 SF1234567890")
    assert (warehouse.order(1).state, warehouse.order(10_001).state) == ("shipped", "paid")
    reviewer.says("发货 1 顺丰 SF1234567890").hears_of("已经发货了")
    reviewer.says("发货 0001 顺丰 SF1234567891").hears_of("已发货")
    assert warehouse.order(10_001).tracking_no == "SF1234567891"
    reviewer.says("看订单 0001").hears_of("不止 1 单")


def test_the_case_about_it_is_closed_when_it_leaves(warehouse: Warehouse, reviewer: Person):
    warehouse.sells()
    with warehouse.office.work() as work:
        fulfilment.check_shipped(work, 1)

    reviewer.says("发货 1 顺丰 SF1234567890")

    closer = reviewer.member.id
    with warehouse.office.reading() as work:
        [case] = work.session.scalars(select(Case))
        assert (case.closed_by, case.closed_at) == (closer, work.now)


@pytest.mark.parametrize("words", ["发货 0001", "发货 1 顺丰 SF1234567890"])
def test_for_everybody_else_shipping_does_not_exist(warehouse: Warehouse, people: Cast, words: str):
    warehouse.sells()

    for person in (warehouse.fang, people("小明").joins()):
        person.says(words).hears_of(UNKNOWN)

    assert warehouse.order(1).state == "paid"


def test_to_a_buyer_the_other_words_mean_their_own_orders(warehouse: Warehouse, people: Cast):
    warehouse.sells()
    fang, ming = warehouse.fang, people("小明").joins()

    for words in ("看订单 0001", "看订单 1"):
        fang.says(words).hears(
            "订单尾号 0001，藕粉 10 袋装 × 1，94.00 元\n3月2日 12:00 下单，已付款，待发货。"
        )
        ming.says(words).hears_of("你没有尾号", "的订单。")
    fang.says("待发货").hears_of("最近 1 单，前面是订单尾号：")
    ming.says("待发货").hears_of("你还没有订单。")

    assert warehouse.records("look_at_recipient") == []


@pytest.mark.parametrize("role", [staff.Role.FINANCE, staff.Role.HOST])
@pytest.mark.parametrize("words", WORDS)
def test_other_roles_neither_ship_nor_see_an_address(
    warehouse: Warehouse, people: Cast, role: staff.Role, words: str
):
    warehouse.sells()
    with warehouse.office.work() as work:
        code = staff.invite(work, role)
    other = people("小李").joins().says(code)

    other.says(words).hears_of("这件事要相应的岗位才能办。")

    assert warehouse.order(1).state == "paid"
    assert warehouse.records("look_at_recipient") == []


def test_who_is_suspended_sees_no_address(warehouse: Warehouse, reviewer: Person):
    warehouse.sells()
    suspended(reviewer)

    reviewer.says("看订单 1").hears_of("你没有尾号 1 的订单。")
    reviewer.says("发货 1 顺丰 SF1234567890").hears_of(UNKNOWN)
    assert warehouse.order(1).state == "paid"


def test_in_a_group_no_address_is_said_and_nothing_shipped(warehouse: Warehouse, reviewer: Person):
    warehouse.sells()
    reviewer.says("绑定")
    in_group = Door(reviewer, Channel.GROUP, room="g1")
    in_group.says(reviewer.heard.split("，")[0].removeprefix("绑定码 "))

    for words in WORDS:
        assert "西湖" not in in_group.says(words).heard

    assert warehouse.order(1).state == "paid"
    assert any("西湖" in reply.get("text", "") for reply in reviewer.follow_ups)


def test_with_one_parcel_under_way_the_buyer_need_not_say_which(
    warehouse: Warehouse, reviewer: Person
):
    warehouse.sells()
    warehouse.sells()
    reviewer.says("发货 1 顺丰 SF1234567890")

    warehouse.fang.says("确认收货").hears(
        "订单尾号 0001 签收了，3月2日。\n7 天内要退换，回复「售后」。"
    )
    warehouse.fang.says("确认收货").hears_of("现在没有在路上的订单。")
    assert [warehouse.order(number).state for number in (1, 2)] == ["received", "paid"]


def test_with_two_parcels_under_way_the_buyer_is_asked_which(
    warehouse: Warehouse, reviewer: Person
):
    for number in (warehouse.sells(), warehouse.sells(quantity=2)):
        reviewer.says(f"发货 {number} 顺丰 SF123456789{number}")

    warehouse.fang.says("确认收货").hears(
        "在路上的不止 1 单，收到的是哪一单？\n"
        "0002 藕粉 10 袋装 × 2，3月2日 已发货，顺丰 SF1234567892\n"
        "0001 藕粉 10 袋装 × 1，3月2日 已发货，顺丰 SF1234567891"
    ).is_offered("确认收货 0001", "确认收货 0002")
    assert warehouse.order(2).received_at is None

    warehouse.fang.says("确认收货 0001").hears_of("订单尾号 0001 签收了")
    warehouse.fang.says("确认收货").hears_of("订单尾号 0002 签收了")
