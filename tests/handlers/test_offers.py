"""The prices of a live in the chat: the seat, what is left for further pieces, what is too late."""

import pytest

from commerce.errors import SeatGone
from commerce.goods import buying, offers
from commerce.goods.offers import LiveOffer
from commerce.goods.products import Product
from commerce.lives.lives import Live
from commerce.work import Office
from handlers.offer_words import offer_words
from handlers.refusals import explain
from tests.commerce.sales import live, product
from tests.commerce.stars import star
from tests.commerce.test_offers import first_n, pays, stair, takes
from tests.handlers.test_shopping import ADDRESS, has, order_of, without_link
from tests.people import Person


@pytest.fixture
def goods(office: Office) -> Product:
    with office.work() as work:
        return product(work, pieces=1_000)


@pytest.fixture
def evening(office: Office) -> Live:
    """The only live on the air: who came by nobody buys in it."""
    with office.work() as work:
        return live(work, star(work, "主播"))


def publishes(office: Office, evening: Live, goods: Product, pieces: int = 100) -> int:
    with office.work() as work:
        return first_n(work, evening, goods, pieces).id


def sells(office: Office, evening: Live, goods: Product, number: int) -> None:
    with office.work() as work:
        for _ in range(number):
            takes(work, goods, work.session.get_one(Live, evening.id))


def wants(person: Person, goods: Product, pieces: int = 1) -> Person:
    more = f" {pieces}" if pieces > 1 else ""
    return person.says(f"下单 {goods.id}{more}").says(ADDRESS)


def test_you_are_the_seventy_third(office: Office, goods: Product, evening: Live, dan: Person):
    publishes(office, evening, goods)
    sells(office, evening, goods, 72)

    wants(dan, goods)

    assert without_link(dan.heard) == (
        "广告 · 含推广链接\n"
        "藕粉 10 袋装 × 1\n"
        "标价 99.00 元\n"
        "限时价 −89.10 元\n"
        "运费 0.00 元\n"
        "应付 9.90 元\n"
        "寄到：阿芳 138****6688，杭州市西湖区****；48 小时内发货；7 天无理由退货。\n"
        "你是第 73 单，9.90 元，给你留 15 分钟，到 12:15。[[去付款]]"
    )
    dan.says("去付款").hears_of("你是第 73 单，9.90 元，给你留 15 分钟，到 12:15。")


def test_of_several_pieces_one_has_the_price(
    office: Office, goods: Product, evening: Live, dan: Person
):
    """9.90 + 2 × 99.00 = 207.90."""
    publishes(office, evening, goods)

    wants(dan, goods, 3)

    assert without_link(dan.heard) == (
        "广告 · 含推广链接\n"
        "藕粉 10 袋装 × 3\n"
        "限时价每人 1 件：9.90 元\n"
        "另外 2 件，每件 99.00 元\n"
        "运费 0.00 元\n"
        "应付 207.90 元\n"
        "寄到：阿芳 138****6688，杭州市西湖区****；48 小时内发货；7 天无理由退货。\n"
        "你是第 1 单，9.90 元，给你留 15 分钟，到 12:15。[[去付款]]"
    )
    dan.says("改地址").says("阿芳 13900001111 上海市静安区南京西路 1 号")
    buyer = dan.member
    with office.reading() as work:
        mine = buying.of_buyer(work, buyer, limit=5)
        assert len(mine) == 2
        assert len({order.address_trace for order in mine}) == 1
    dan.says("取消订单").hears_of("取消了，没有扣钱")
    with office.reading() as work:
        mine = buying.of_buyer(work, buyer, limit=5)
    assert [order.state for order in mine] == ["cancelled", "cancelled"]


def test_too_late_is_said_beside_the_list_price(
    office: Office, goods: Product, evening: Live, dan: Person
):
    publishes(office, evening, goods, 2)
    sells(office, evening, goods, 2)

    wants(dan, goods).hears_of(
        "标价 99.00 元（前 2 单 9.90 元已抢完）", "应付 99.00 元", "货给你留"
    )


def test_who_has_one_hears_nothing_of_being_too_late(
    office: Office, goods: Product, evening: Live, dan: Person
):
    publishes(office, evening, goods, 1)
    wants(dan, goods)

    dan.says(f"下单 {goods.id}").hears_of("标价 99.00 元\n", "应付 99.00 元")


def test_a_seat_that_goes_in_the_same_moment_is_told_with_the_way_on(goods: Product):
    said = explain(SeatGone("藕粉 10 袋装", 3, 100, 9_90, 99_00))

    assert said.text == (
        "9.90 元的 100 单刚被抢完，没有下单，没有扣钱。\n"
        "藕粉 10 袋装标价 99.00 元，还要就回复「下单 3」。\n"
        "有人没付款会空出来，也可以过一会儿再试。"
    )
    assert said.choices == ("下单 3", "商品")


def test_a_stair_is_said_with_what_comes_back(
    office: Office, goods: Product, evening: Live, dan: Person
):
    with office.work() as work:
        tonight = work.session.get_one(Live, evening.id)
        stair(work, tonight, goods, price_protection=True)
        for _ in range(2):
            pays(work, takes(work, goods, tonight))

    # 89.00 now, 75.00 at the floor.
    wants(dan, goods).hears_of(
        "标价 99.00 元\n阶梯价 −10.00 元；下播时价更低，差价自动退回，最多 14.00 元\n",
        "应付 89.00 元",
    )


def test_who_buys_at_the_first_step_hears_of_it_too_and_of_what_it_came_to(
    office: Office, goods: Product, evening: Live, dan: Person
):
    """Where a stair begins at the list price nothing is taken off yet, and most comes back."""
    with office.work() as work:
        stair(work, work.session.get_one(Live, evening.id), goods, price_protection=True)

    wants(dan, goods).hears_of(
        "标价 99.00 元；下播时价更低，差价自动退回，最多 24.00 元\n", "应付 99.00 元"
    )
    with office.work() as work:
        tonight = work.session.get_one(Live, evening.id)
        for _ in range(2):
            pays(work, takes(work, goods, tonight))
        offers.live_ended(work, tonight)
    dan.says("去付款").hears_of("标价 99.00 元；下播时降到 89.00 元，差价 10.00 元付款后自动退回\n")


@pytest.mark.parametrize(("terms", "paid"), [({}, 2), ({"price_protection": True}, 6)])
def test_nothing_is_promised_where_nothing_can_come_back(
    office: Office, goods: Product, evening: Live, dan: Person, terms: dict[str, bool], paid: int
):
    """Without protection, and at the floor."""
    with office.work() as work:
        tonight = work.session.get_one(Live, evening.id)
        stair(work, tonight, goods, **terms)
        for _ in range(paid):
            pays(work, takes(work, goods, tonight))

    wants(dan, goods)

    assert "阶梯价" in dan.heard
    assert "差价" not in dan.heard


def test_earnings_pay_for_a_seat_and_keep_it(
    office: Office, goods: Product, evening: Live, amy: Person
):
    publishes(office, evening, goods)
    sells(office, evening, goods, 4)
    has(office, amy, 5_00)
    amy.scans("")
    wants(amy, goods, 2).hears_of("你是第 5 单")

    amy.says("抵扣 5").hears_of("你是第 5 单", "应付 103.90 元，收益已抵 5.00 元")


def test_a_price_that_is_over_is_not_lost_by_paying_with_earnings(
    office: Office, goods: Product, evening: Live, amy: Person
):
    offer_id = publishes(office, evening, goods)
    has(office, amy, 5_00)
    wants(amy, goods).hears_of("你是第 1 单")
    with office.work() as work:
        offers.live_ended(work, work.session.get_one(Live, evening.id))

    amy.says("抵扣 5").hears_of("的直播价，现在重新下单就没有了，所以没有改")

    amy.says("去付款").hears_of("你是第 1 单，9.90 元")
    buyer_id = amy.member.id
    with office.reading() as work:
        assert offers.left(work, work.session.get_one(LiveOffer, offer_id)) == 99
        assert order_of(work, buyer_id).seat_no == 1


def test_how_an_offer_stands(office: Office, goods: Product, evening: Live):
    with office.work() as work:
        tonight = work.session.get_one(Live, evening.id)
        seats, steps = first_n(work, tonight, goods), stair(work, tonight, goods)
        assert offer_words(work, seats) == "前 3 单 9.90 元，还剩 3 单"
        assert (
            offer_words(work, steps) == "现在 99.00 元，每满 2 人付款降 10.00 元，到 75.00 元为止"
        )
        for _ in range(3):
            takes(work, goods, tonight)
        assert offer_words(work, seats) == "前 3 单 9.90 元，已抢完"
