"""What an order costs and why, what it takes, and what it gives back. Numbers by hand."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from commerce.agenda import DueTask
from commerce.errors import (
    BadQuantity,
    BadRecipient,
    CouponsGone,
    InsufficientBalance,
    NeedsRank,
    NoSuchOrder,
    NoSuchProduct,
    NotOnSale,
    NotYetOnSale,
    OfferGone,
    SoldOut,
    TooLateToChange,
)
from commerce.goods import buying, coupons, recipients, stock, touches
from commerce.goods.orders import Mode, Offer, Order, State
from commerce.goods.products import Product, StarPrice
from commerce.goods.quotes import ALL, Agreed
from commerce.goods.stock import Stock, Warehouse
from commerce.goods.suppliers import Supplier, SupplierPaper
from commerce.lives.lives import State as LiveState
from commerce.money import ledger, payments
from commerce.money.ledger import Move
from commerce.money.payments import Payment
from commerce.people.members import Member
from commerce.rules import Rank, overlay
from commerce.work import Work
from tests.commerce.sales import live, paid_order, product
from tests.commerce.stars import later, star, visitor

FANG = recipients.Recipient("阿芳", "13800006688", "杭州市西湖区文三路1号")


def rich(work: Work, amount_fen: int, name: str = "小星") -> Member:
    """A star with so much available."""
    member = star(work, name)
    ledger.post(
        work, f"gift:{member.id}", Move(ledger.PROMOTION, ledger.available(member.id), amount_fen)
    )
    return member


def touched(work: Work, sharer: Member) -> Member:
    buyer = visitor(work)
    touches.touch(work, buyer, sharer)
    return buyer


def placed(work: Work, buyer: Member, goods: Product, quantity: int = 1, **more: object) -> Order:
    wanted = buying.quote(work, buyer, goods.id, quantity, **more)
    return buying.place(work, buyer, wanted, key=f"k{buyer.id}:{goods.id}", recipient=FANG)


def payment_of(work: Work, order: Order) -> Payment:
    return work.session.get_one(Payment, order.payment_id)


def planned(work: Work, task: str) -> list[DueTask]:
    return list(work.session.scalars(select(DueTask).where(DueTask.task == task)))


def test_list_price_times_pieces_and_freight_once(work: Work):
    goods = product(work, 39_90)
    goods.freight_fen = 8_00

    wanted = buying.quote(work, visitor(work), goods.id, 3)

    # 3 × 39.90 = 119.70, + 8.00 freight.
    assert (wanted.offer, wanted.list_fen, wanted.base_fen) == (Offer.LIST, 119_70, 119_70)
    assert (wanted.freight_fen, wanted.cash_fen, wanted.credit_fen) == (8_00, 127_70, 0)


def test_a_stars_own_price_is_markup_mode(work: Work):
    goods, sharer = product(work), star(work)
    work.session.add(
        StarPrice(member_id=sharer.id, product_id=goods.id, unit_fen=69_00, set_at=work.now)
    )
    buyer = touched(work, sharer)

    wanted = buying.quote(work, buyer, goods.id, 2)

    assert (wanted.mode, wanted.offer) == (Mode.MARKUP, Offer.STAR_PRICE)
    assert (wanted.unit_fen, wanted.base_fen, wanted.off_fen) == (69_00, 138_00, 60_00)
    assert buying.quote(work, visitor(work), goods.id).mode == Mode.COMMISSION


@pytest.mark.parametrize("unit_fen", [49_99, 99_01])
def test_an_own_price_outside_supply_and_list_is_none(work: Work, unit_fen: int):
    goods, sharer = product(work), star(work)
    work.session.add(
        StarPrice(member_id=sharer.id, product_id=goods.id, unit_fen=unit_fen, set_at=work.now)
    )

    wanted = buying.quote(work, touched(work, sharer), goods.id)

    assert (wanted.mode, wanted.unit_fen) == (Mode.COMMISSION, 99_00)


def discounted(work: Work, quota: int = 10) -> tuple[Product, Member]:
    goods, sharer = product(work, 99_99), star(work)
    goods.discount_bp, goods.discount_quota = 1500, quota
    sharer.rank = Rank.THOUSAND_STAR
    work.session.flush()
    return goods, sharer


def test_the_discount_is_for_buyers_of_the_highest_star(work: Work):
    goods, sharer = discounted(work)
    buyer = touched(work, sharer)

    # 99.99 × 15 % = 14.9985, floored 14.99: 85.00 a piece.
    wanted = buying.quote(work, buyer, goods.id, 2)
    assert (wanted.offer, wanted.unit_fen, wanted.base_fen) == (Offer.DISCOUNT, 85_00, 170_00)

    sharer.rank = Rank.HUNDRED_STAR
    assert buying.quote(work, buyer, goods.id).offer is Offer.LIST


def test_the_monthly_quota_of_the_discount_is_never_passed_and_cancelled_orders_return_to_it(
    work: Work,
):
    goods, sharer = discounted(work, quota=3)
    first = placed(work, touched(work, sharer), goods, 2)
    buyer = touched(work, sharer)

    assert buying.quote(work, buyer, goods.id, 2).offer is Offer.LIST
    assert buying.quote(work, buyer, goods.id, 1).offer is Offer.DISCOUNT
    assert buying.quote(later(work, days=30), buyer, goods.id, 2).offer is Offer.LIST  # Too old.
    touches.touch(later(work, days=29), buyer, sharer)
    assert buying.quote(later(work, days=30), buyer, goods.id, 3).offer is Offer.DISCOUNT

    buying.cancel(work, work.session.get_one(Member, first.buyer_id), first)
    assert buying.quote(work, buyer, goods.id, 3).offer is Offer.DISCOUNT


def test_a_quote_whose_quota_went_meanwhile_is_refused_not_sold_dearer(work: Work):
    goods, sharer = discounted(work, quota=1)
    one, other = touched(work, sharer), touched(work, sharer)
    wanted = buying.quote(work, one, goods.id)
    placed(work, other, goods)

    with pytest.raises(OfferGone):
        buying.place(work, one, wanted, key="late")


def test_the_best_price_wins_and_two_are_never_added(work: Work):
    goods, sharer = discounted(work)
    buyer = touched(work, sharer)
    coupons.issue(work, buyer)

    # Discount 14.99 beats the coupon's 5.00; with the quota gone the coupon is used.
    assert buying.quote(work, buyer, goods.id).base_fen == 85_00
    goods.discount_quota = 0
    wanted = buying.quote(work, buyer, goods.id)
    assert (wanted.offer, wanted.coupon_fen, wanted.base_fen) == (Offer.COUPON, 5_00, 94_99)


def test_a_coupon_wants_its_minimum_of_goods_and_its_time(work: Work):
    cheap, dear = product(work, 28_99), product(work, 29_00)
    buyer = visitor(work)
    coupons.issue(work, buyer)

    assert buying.quote(work, buyer, cheap.id).offer is Offer.LIST
    assert buying.quote(work, buyer, cheap.id, 2).coupon_fen == 5_00
    assert buying.quote(work, buyer, dear.id).base_fen == 24_00
    assert buying.quote(later(work, days=7, seconds=-1), buyer, dear.id).coupon_fen == 5_00
    assert buying.quote(later(work, days=7), buyer, dear.id).coupon_fen == 0


def test_a_coupon_is_used_once_and_comes_back_with_a_cancelled_order(work: Work):
    goods, buyer = product(work), visitor(work)
    coupons.issue(work, buyer)
    first = placed(work, buyer, goods)
    assert first.coupon_fen == 5_00
    assert buying.quote(work, buyer, goods.id).coupon_fen == 0

    buying.cancel(work, buyer, first)

    assert buying.quote(work, buyer, goods.id).coupon_fen == 5_00


def test_one_coupon_per_person_telephone_and_address(work: Work):
    goods, one, other = product(work), visitor(work), visitor(work)
    coupons.issue(work, one)
    coupons.issue(work, other)
    with pytest.raises(CouponsGone):
        coupons.issue(work, one)
    placed(work, one, goods)

    for same in (
        recipients.Recipient("别人", FANG.phone, "上海市静安区南京西路 1 号"),
        recipients.Recipient("别人", "13900001111", "杭州市西湖区 文三路 1号"),
    ):
        wanted = buying.quote(work, other, goods.id)
        with pytest.raises(OfferGone), work.session.begin_nested():
            buying.place(work, other, wanted, key=f"other:{same.phone}", recipient=same)

    elsewhere = recipients.Recipient("别人", "13900001111", "上海市静安区南京西路 1 号")
    wanted = buying.quote(work, other, goods.id)
    order = buying.place(work, other, wanted, key="elsewhere", recipient=elsewhere)
    assert order.coupon_fen == 5_00


def test_coupons_have_a_number_and_a_budget_a_month(work: Work):
    # 2 a month; and a budget of 14.99 holds two of 5.00 and no third.
    two = overlay_of(work, per_month=2)
    for _ in range(2):
        coupons.issue(two, visitor(work))
    with pytest.raises(CouponsGone):
        coupons.issue(two, visitor(work))

    assert coupons.left_this_month(budget_of(work, 14_99)) == 0
    assert coupons.left_this_month(budget_of(work, 15_00)) == 1
    coupons.issue(later(two, days=31), visitor(work))


def overlay_of(work: Work, per_month: int) -> Work:
    rule = work.rules.coupons.model_copy(update={"per_month": per_month})
    return changed(work, coupons=rule)


def budget_of(work: Work, coupons_fen: int) -> Work:
    rule = work.rules.budgets.model_copy(update={"coupons_fen": coupons_fen})
    return changed(work, budgets=rule)


def changed(work: Work, **parts: object) -> Work:
    from dataclasses import replace

    rules = overlay(work.rules, {})
    return replace(work, rules=rules.model_copy(update=parts))


def test_credit_is_taken_from_what_is_available_and_given_back(work: Work):
    goods, buyer = product(work), rich(work, 60_00)
    goods.freight_fen = 6_00

    order = placed(work, buyer, goods, credit_fen=20_00)

    # 99.00 − 20.00 + 6.00 = 85.00 in money.
    assert (order.base_fen, order.credit_fen, order.cash_fen) == (99_00, 20_00, 85_00)
    assert payment_of(work, order).amount_fen == 85_00
    held = ledger.balances(work, buyer.id)
    assert (held.available_fen, held.reserved_fen) == (40_00, 20_00)

    buying.cancel(work, buyer, order)

    held = ledger.balances(work, buyer.id)
    assert (held.available_fen, held.reserved_fen) == (60_00, 0)


def test_all_credit_is_as_much_as_the_goods_cost_never_the_freight(work: Work):
    goods, buyer = product(work), rich(work, 500_00)
    goods.freight_fen = 6_00

    wanted = buying.quote(work, buyer, goods.id, credit_fen=ALL)

    assert (wanted.credit_fen, wanted.cash_fen) == (99_00, 6_00)


def test_more_credit_than_there_is_is_refused(work: Work):
    goods, buyer = product(work), rich(work, 10_00)

    with pytest.raises(InsufficientBalance) as refused:
        buying.quote(work, buyer, goods.id, credit_fen=10_01)

    assert (refused.value.asked_fen, refused.value.available_fen) == (10_01, 10_00)


def test_an_order_of_credit_alone_is_paid_at_once(work: Work):
    goods, buyer = product(work), rich(work, 100_00)

    order = placed(work, buyer, goods, credit_fen=ALL)

    assert (order.state, order.payment_id, order.cash_fen) == (State.PAID, None, 0)
    held = ledger.balances(work, buyer.id)
    assert (held.available_fen, held.reserved_fen) == (1_00, 0)
    assert ledger.balance_fen(work, ledger.escrow(order.escrow)) == 99_00
    assert planned(work, "prepare_payment") == planned(work, "expire_order") == []


def test_an_order_takes_its_pieces_and_waits_fifteen_minutes(work: Work):
    goods = product(work, pieces=5)

    order = placed(work, visitor(work), goods, 2)

    payment = payment_of(work, order)
    assert (order.state, order.expires_at) == (State.CREATED, work.now + timedelta(minutes=15))
    assert payment.number == f"P{payment.number[1:7]}{payment.id:08d}"
    assert payment.state == payments.State.WAITING
    assert stock.left(work, goods.id) == 3
    assert planned(work, "prepare_payment")[0].args == {"payment_id": payment.id}
    assert planned(work, "expire_order")[0].due_at == order.expires_at


def test_an_order_that_runs_out_gives_everything_back_and_its_buyer_hears_of_it(work: Work):
    goods, buyer = product(work, pieces=1), rich(work, 50_00)
    order = placed(work, buyer, goods, credit_fen=50_00)
    after = later(work, minutes=15)

    buying.expire(after, order.payment_id)
    buying.expire(after, order.payment_id)

    assert order.state == State.CANCELLED
    assert payment_of(work, order).state == payments.State.CLOSED
    assert stock.left(work, goods.id) == 1
    assert ledger.balances(work, buyer.id).available_fen == 50_00
    assert len(planned(work, "close_payment")) == 1


def test_pieces_come_from_several_warehouses_and_none_is_oversold(work: Work):
    goods = product(work, pieces=2)
    second = Warehouse(name="第二仓")
    work.session.add(second)
    work.session.flush()
    work.session.add(Stock(product_id=goods.id, warehouse_id=second.id, on_hand=3))
    work.session.flush()
    placed(work, visitor(work), goods, 4)

    with pytest.raises(SoldOut) as refused:
        buying.quote(work, visitor(work), goods.id, 2)
    assert refused.value.left == 1
    assert placed(work, visitor(work), goods, 1).quantity == 1


def test_several_orders_are_paid_together_or_not_made_at_all(work: Work):
    first, second, buyer = product(work, 10_00), product(work, 20_00), visitor(work)
    wanted = [buying.quote(work, buyer, second.id, 2), buying.quote(work, buyer, first.id)]

    orders = buying.place_together(work, buyer, wanted, key="basket")

    # 2 × 20.00 + 10.00 = 50.00 under one number.
    assert [order.product_id for order in orders] == [second.id, first.id]
    assert len({order.payment_id for order in orders}) == 1
    assert payment_of(work, orders[0]).amount_fen == 50_00

    buying.cancel(work, buyer, orders[1])
    assert {order.state for order in orders} == {State.CANCELLED}


def test_the_same_key_is_the_same_order(work: Work):
    goods, buyer = product(work, pieces=5), visitor(work)
    wanted = buying.quote(work, buyer, goods.id)

    first = buying.place(work, buyer, wanted, key="once")
    again = buying.place(work, buyer, wanted, key="once")

    assert again is first
    assert stock.left(work, goods.id) == 4


def test_what_was_agreed_elsewhere_is_taken_as_it_is(work: Work):
    goods, promoter, buyer = product(work), star(work), visitor(work)
    evening = live(work, star(work))
    agreed = Agreed(promoter=promoter, mode=Mode.MARKUP, unit_fen=60_00, paid_elsewhere=True)

    wanted = buying.quote(work, buyer, goods.id, 8, live=evening, agreed=agreed)
    order = buying.place(work, buyer, wanted, key="agreed")

    assert (order.promoter_id, order.live_id) == (promoter.id, evening.id)
    assert (order.mode, order.base_fen, order.offer) == (Mode.MARKUP, 480_00, Offer.AGREED)
    assert (order.payment_id, order.expires_at) == (None, None)
    assert planned(work, "expire_order") == []


def test_an_imported_order_takes_no_pieces_of_ours(work: Work):
    goods, buyer = product(work, pieces=0), visitor(work)
    agreed = Agreed(unit_fen=0, paid_elsewhere=True, takes_stock=False)

    order = buying.place(
        work, buyer, buying.quote(work, buyer, goods.id, 200, agreed=agreed), key="import"
    )

    assert (order.base_fen, order.quantity, stock.left(work, goods.id)) == (0, 200, 0)


def test_who_buys_from_oneself_is_told_so_in_the_quote(work: Work):
    goods, host = product(work), star(work)
    evening = live(work, host)

    assert buying.quote(work, host, goods.id, live=evening).is_own_link
    assert not buying.quote(work, visitor(work), goods.id, live=evening).is_own_link


def test_an_order_made_inside_the_live_belongs_to_it_though_it_is_paid_after(work: Work):
    """E44: created inside, paid after the end."""
    goods, host = product(work), star(work)
    evening = live(work, host)
    order = placed(work, visitor(work), goods, live=evening)
    evening.state, evening.ended_at = LiveState.ENDED, work.now

    assert (order.live_id, order.promoter_id) == (evening.id, host.id)


def test_prices_that_change_after_the_order_change_nothing_about_it(work: Work):
    """E11: the paid snapshot."""
    goods = product(work)
    order = placed(work, visitor(work), goods)

    goods.price_fen, goods.commission_bp, goods.supply_fen = 120_00, 3000, 80_00
    work.session.flush()
    work.session.refresh(order)

    assert (order.base_fen, order.commission_bp, order.supply_fen) == (99_00, 2000, 50_00)


@pytest.mark.parametrize("quantity", [0, -1, 100, 10**12])
def test_a_silly_number_of_pieces_is_refused(work: Work, quantity: int):
    with pytest.raises(BadQuantity):
        buying.quote(work, visitor(work), product(work).id, quantity)


def test_a_product_nobody_has_is_refused(work: Work):
    with pytest.raises(NoSuchProduct):
        buying.quote(work, visitor(work), 987654)


def test_what_is_not_published_or_hidden_is_not_on_sale(work: Work):
    unpublished, early, hidden = product(work), product(work), product(work)
    unpublished.published_at, hidden.hidden_at = None, work.now
    early.published_at = work.now + timedelta(hours=1)

    for goods in (unpublished, early, hidden):
        with pytest.raises(NotOnSale):
            buying.quote(work, visitor(work), goods.id)
    assert buying.quote(later(work, hours=1), visitor(work), early.id).base_fen == 99_00


def test_goods_of_a_supplier_without_valid_papers_are_not_on_sale(work: Work):
    goods, supplier = product(work), Supplier(name="杭州某某食品")
    work.session.add(supplier)
    work.session.flush()
    goods.supplier_id, goods.category = supplier.id, "食品"
    today = work.now.date()

    def files(kind: str, days: int) -> None:
        paper = SupplierPaper(supplier_id=supplier.id, kind=kind, number="1")
        paper.expires_on = today + timedelta(days=days)
        work.session.add(paper)
        work.session.flush()

    files("business_licence", 30)
    with pytest.raises(NotOnSale):
        buying.quote(work, visitor(work), goods.id)
    files("food_licence", 1)

    assert buying.quote(work, visitor(work), goods.id).base_fen == 99_00
    with pytest.raises(NotOnSale):
        buying.quote(later(work, days=2), visitor(work), goods.id)


def test_exclusive_goods_are_for_their_stars_and_for_who_buys_through_one(work: Work):
    goods, high, low = product(work), star(work), star(work)
    goods.min_rank, high.rank = Rank.HUNDRED_STAR, Rank.HUNDRED_STAR

    for buyer in (visitor(work), low, touched(work, low)):
        with pytest.raises(NeedsRank):
            buying.quote(work, buyer, goods.id)
    for buyer in (high, touched(work, high)):
        assert buying.quote(work, buyer, goods.id).base_fen == 99_00


def test_early_goods_open_hours_later_for_everybody_else(work: Work):
    goods, high = product(work), star(work)
    goods.early_hours, high.rank = 24, Rank.TEN_STAR

    assert buying.quote(work, touched(work, high), goods.id).base_fen == 99_00
    with pytest.raises(NotYetOnSale) as refused:
        buying.quote(later(work, hours=24, seconds=-1), visitor(work), goods.id)
    assert refused.value.opens_at == work.now + timedelta(hours=24)
    assert buying.quote(later(work, hours=24), visitor(work), goods.id).base_fen == 99_00


def test_only_the_buyer_cancels_and_only_before_payment(work: Work):
    goods, buyer = product(work), visitor(work)
    order = placed(work, buyer, goods)

    with pytest.raises(NoSuchOrder):
        buying.cancel(work, visitor(work), order)
    paid = paid_order(work, buyer, None)
    with pytest.raises(TooLateToChange):
        buying.cancel(work, buyer, paid)
    assert order.state == State.CREATED


def test_an_order_is_found_by_its_tail_by_its_owner_alone(work: Work):
    buyer = visitor(work)
    order = placed(work, buyer, product(work))

    assert buying.own(work, buyer, order.tail) is order
    assert buying.own(work, buyer, f"2026{order.tail}") is order
    for said in ("9999", "x", "", "٣"):
        with pytest.raises(NoSuchOrder):
            buying.own(work, buyer, said)
    with pytest.raises(NoSuchOrder):
        buying.own(work, visitor(work), order.tail)


@pytest.mark.parametrize(
    "said",
    [
        "阿芳 13800006688 杭州市西湖区文三路1号",
        "阿芳，138 0000 6688，杭州市西湖区文三路1号",
        "杭州市西湖区文三路1号 阿芳 +86 138-0000-6688",
        "杭州市西湖区文三路1号 13800006688 阿芳",
        "收货人：阿芳 手机：１３８００００６６８８ 地址：杭州市西湖区文三路1号",
        "13800006688 阿芳 杭州市西湖区文三路1号",
        "阿芳 杭州市西湖区文三路1号 13800006688",
    ],
)
def test_an_address_is_understood_in_any_order(said: str):
    assert recipients.parse(said) == FANG


def test_pieces_of_an_address_stay_together():
    found = recipients.parse("阿芳 13800006688 浙江 杭州 西湖区文三路1号 3 楼")

    assert (found.name, found.address) == ("阿芳", "浙江 杭州 西湖区文三路1号 3 楼")


@pytest.mark.parametrize(
    ("said", "missing"),
    [
        ("", ("name", "phone", "address")),
        ("13800006688", ("name", "address")),
        ("阿芳 13800006688", ("address",)),
        ("阿芳 1380000668 杭州市西湖区文三路1号", ("phone",)),
        ("阿芳 138000066889 杭州市西湖区文三路1号", ("phone",)),
    ],
)
def test_what_an_address_lacks_is_named(said: str, missing: tuple[str, ...]):
    with pytest.raises(BadRecipient) as refused:
        recipients.parse(said)

    assert refused.value.missing == missing


def test_an_address_is_shown_with_its_private_half_hidden():
    assert FANG.masked == "阿芳 138****6688，杭州市西湖区****"
