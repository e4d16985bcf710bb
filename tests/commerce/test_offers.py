"""Offers of a live: seats, steps, what may be published, what comes back. Numbers by hand."""

from dataclasses import replace

import pytest
from sqlalchemy import func, select

from commerce.agenda import DueTask
from commerce.errors import (
    BelowCost,
    LiveIsOver,
    NotOnSale,
    OfferClosed,
    OfferPricesOutOfOrder,
    OfferStands,
    OneEach,
    SeatGone,
    SubsidyUsedUp,
    TooFewPieces,
)
from commerce.goods import (
    baskets,
    buying,
    coupons,
    offers,
    price_protection,
    stock,
    touches,
)
from commerce.goods.offers import Kind, LiveOffer, OfferSeat, SeatState
from commerce.goods.orders import Offer, Order, State
from commerce.goods.products import Product, StarPrice
from commerce.goods.quotes import Quote
from commerce.lives.lives import Live
from commerce.lives.lives import State as LiveState
from commerce.money import ledger, paying_in, refunds, settlement
from commerce.money.earnings import Earning
from commerce.money.ledger import Move
from commerce.money.paying_in import Came
from commerce.money.payments import Payment, Refund
from commerce.outbox import Outgoing
from commerce.people import binding, staff
from commerce.people.members import Member
from commerce.people.staff import Role
from commerce.rules import Rank
from commerce.trust import after_sales, scoring
from commerce.work import Office, Work
from tests.commerce.sales import live, paid_order, product
from tests.commerce.stars import later, star, visitor

COVERED = 100_000_00
"""A subsidy that covers whatever these tests publish."""


@pytest.fixture
def evening(work: Work) -> Live:
    return live(work, star(work, "主播"))


def first_n(work: Work, evening: Live, goods: Product, pieces: int = 3) -> LiveOffer:
    """So many pieces at 9.90."""
    return offers.publish(
        richly(work),
        evening,
        goods,
        Kind.FIRST_N,
        unit_fen=9_90,
        pieces=pieces,
        subsidy_fen=COVERED,
    )


def stair(work: Work, evening: Live, goods: Product, **terms: object) -> LiveOffer:
    """99.00, and 10.00 less with every 2 buyers, down to 75.00."""
    said = {"every_buyers": 2, "off_fen": 10_00, "floor_fen": 75_00, "subsidy_fen": COVERED}
    return offers.publish(richly(work), evening, goods, Kind.STAIR, **(said | terms))


def richly(work: Work, budget_fen: int = 10 * COVERED) -> Work:
    """By rules that allow so much subsidy a month."""
    budgets = work.rules.budgets.model_copy(update={"flash_subsidy_fen": budget_fen})
    return replace(work, rules=work.rules.model_copy(update={"budgets": budgets}))


def buys(
    work: Work, buyer: Member, goods: Product, evening: Live | None, quantity: int = 1
) -> list[Order]:
    wanted = baskets.quote(work, buyer, goods.id, quantity, live=evening)
    key = f"buy:{buyer.id}:{work.now:%H%M%S%f}:{work.session.scalar(select(func.count(Order.id)))}"
    return buying.place_together(work, buyer, wanted, key=key)


def takes(work: Work, goods: Product, evening: Live) -> Order:
    """Somebody new buys one."""
    return buys(work, visitor(work), goods, evening)[0]


def pays(work: Work, order: Order) -> Came:
    payment = work.session.get_one(Payment, order.payment_id)
    return paying_in.settle_payment(
        work, str(payment.number), payment.amount_fen, f"42-{order.id}-{work.now}", paid_at=work.now
    )


def standing(work: Work, offer: LiveOffer) -> tuple[int, int, int]:
    """Free, reserved and paid seats."""
    rows = work.session.execute(
        select(OfferSeat.state, func.count())
        .where(OfferSeat.offer_id == offer.id)
        .group_by("state")
    )
    found = {row[0]: row[1] for row in rows}
    return tuple(found.get(state, 0) for state in SeatState)  # type: ignore[return-value]


def planned(work: Work, task: str) -> int:
    return work.session.scalar(select(func.count()).where(DueTask.task == task)) or 0


def notices(work: Work, member_id: int, name: str) -> list[dict]:
    rows = work.session.scalars(select(Outgoing).where(Outgoing.member_id == member_id))
    return [row.said["facts"] for row in rows if row.said.get("notice") == name]


# What may be published.


def test_a_published_first_n_has_all_its_seats_and_takes_no_stock(work: Work, evening: Live):
    goods = product(work, pieces=3)

    offer = first_n(work, evening, goods)

    assert (offers.left(work, offer), offers.now_fen(work, offer)) == (3, 9_90)
    assert stock.left(work, goods.id) == 3
    assert offers.of_live(work, evening.id) == [offer]


def test_what_is_not_said_is_as_the_rules_have_it(work: Work, evening: Live):
    one, other = product(work), product(work)

    seats_ = offers.publish(richly(work), evening, one, Kind.FIRST_N, subsidy_fen=COVERED)
    steps = offers.publish(
        richly(work), evening, other, Kind.STAIR, floor_fen=75_00, subsidy_fen=COVERED
    )

    assert (seats_.pieces, seats_.unit_fen) == (100, 9_90)
    assert (steps.unit_fen, steps.every_buyers, steps.off_fen) == (99_00, 100, 10_00)
    assert not steps.price_protection


@pytest.mark.parametrize(
    ("unit_fen", "floor_fen", "off_fen"),
    [
        (99_00, 0, 10_00),  # E51: a stair must say where it ends,
        (80_00, 80_01, 10_00),  # at or below where it begins;
        (99_01, 75_00, 10_00),  # never above the list price;
        (99_00, 75_00, 0),  # and it must fall.
    ],
)
def test_prices_out_of_order_are_not_published(
    work: Work, evening: Live, unit_fen: int, floor_fen: int, off_fen: int
):
    terms = {"unit_fen": unit_fen, "floor_fen": floor_fen, "off_fen": off_fen}
    with pytest.raises(OfferPricesOutOfOrder):
        stair(work, evening, product(work), **terms)


def test_no_more_seats_than_pieces(work: Work, evening: Live):
    goods = product(work, pieces=2)
    with pytest.raises(TooFewPieces) as refused:
        first_n(work, evening, goods)
    assert (refused.value.pieces, refused.value.left) == (3, 2)
    with pytest.raises(TooFewPieces):
        first_n(work, evening, goods, pieces=0)


def test_below_cost_only_with_a_subsidy_that_covers_the_worst(work: Work, evening: Live):
    """99.00 listed, 45.00 cost, commission 20 %. At 9.90 and the worst ranks: commission 30 %
    2.97, tier 2 8 % 0.79, tier 3 5 % 0.49, fee 0.6 % up 0.06, overhead 5 % up 0.50: 4.81 of 9.90.
    A piece loses 45.00 − 9.90 + 4.81 = 39.91, three of them 119.73."""
    goods, publish = product(work), richly(work)
    with pytest.raises(BelowCost) as refused:
        offers.publish(
            publish, evening, goods, Kind.FIRST_N, unit_fen=9_90, pieces=3, subsidy_fen=119_72
        )
    assert (refused.value.lost_fen, refused.value.pieces) == (39_91, 3)
    # At 87.53: 26.25 + 7.00 + 4.37 + 0.53 + 4.38 = 42.53, and 45.00 are left for the cost.
    assert refused.value.least_fen == 87_53

    offer = offers.publish(
        publish, evening, goods, Kind.FIRST_N, unit_fen=9_90, pieces=3, subsidy_fen=119_73
    )
    assert offer.subsidy_fen == 119_73


def test_a_price_that_pays_for_itself_needs_no_subsidy(work: Work, evening: Live):
    least = offers.publish(work, evening, product(work), Kind.FIRST_N, unit_fen=87_53, pieces=3)
    assert least.subsidy_fen == 0
    with pytest.raises(BelowCost):
        offers.publish(work, evening, product(work), Kind.FIRST_N, unit_fen=87_52, pieces=3)


def test_a_stair_is_reckoned_at_its_floor_for_everything_in_stock(work: Work, evening: Live):
    """At 75.00: 22.50 + 6.00 + 3.75 + 0.45 + 3.75 = 36.45 of a margin of 30.00. 6.45 × 10."""
    goods = product(work, pieces=10)
    with pytest.raises(BelowCost) as refused:
        stair(work, evening, goods, subsidy_fen=64_49)
    assert (refused.value.unit_fen, refused.value.lost_fen, refused.value.pieces) == (
        75_00,
        6_45,
        10,
    )
    assert stair(work, evening, goods, subsidy_fen=64_50).floor_fen == 75_00


def test_this_months_subsidy_is_not_passed_and_begins_anew(work: Work, evening: Live):
    """A budget of 200.00: 119.73 fit once, not twice."""
    terms = {"unit_fen": 9_90, "pieces": 3, "subsidy_fen": 119_73}
    once = richly(work, 200_00)
    offers.publish(once, evening, product(work), Kind.FIRST_N, **terms)
    with pytest.raises(SubsidyUsedUp) as refused:
        offers.publish(once, evening, product(work), Kind.FIRST_N, **terms)
    assert (refused.value.asked_fen, refused.value.left_fen) == (119_73, 80_27)

    offers.publish(later(once, days=31), evening, product(work), Kind.FIRST_N, **terms)


def test_one_of_a_kind_for_a_product_and_only_before_the_end(work: Work, evening: Live):
    goods = product(work)
    first_n(work, evening, goods)
    with pytest.raises(OfferStands):
        first_n(work, evening, goods)
    stair(work, evening, goods)
    hidden = product(work)
    hidden.hidden_at = work.now
    with pytest.raises(NotOnSale):
        first_n(work, evening, hidden)
    evening.state = LiveState.ENDED
    with pytest.raises(LiveIsOver):
        first_n(work, evening, product(work))


# Seats.


def test_seats_are_given_in_order_and_decide_the_price(work: Work, evening: Live):
    """E47: two seats, three buyers."""
    goods = product(work)
    offer = first_n(work, evening, goods, pieces=2)

    one, two, three = (takes(work, goods, evening) for _ in range(3))

    assert [(each.seat_no, each.unit_fen, each.offer) for each in (one, two, three)] == [
        (1, 9_90, Offer.FIRST_N),
        (2, 9_90, Offer.FIRST_N),
        (None, 99_00, Offer.LIST),
    ]
    assert standing(work, offer) == (0, 2, 0)


def test_who_was_quoted_a_seat_that_is_gone_is_refused_never_charged_more(
    work: Work, evening: Live
):
    goods, slow = product(work), visitor(work)
    first_n(work, evening, goods, pieces=1)
    wanted = buying.quote(work, slow, goods.id, live=evening)
    takes(work, goods, evening)

    with pytest.raises(SeatGone) as refused, work.session.begin_nested():
        buying.place(work, slow, wanted, key="slow")

    assert (refused.value.unit_fen, refused.value.price_fen) == (9_90, 99_00)
    assert work.session.scalar(select(Order).where(Order.key == "slow")) is None
    assert stock.left(work, goods.id) == 999


def test_one_seat_each_and_further_pieces_at_list_price_under_one_payment(
    work: Work, evening: Live
):
    """Three pieces: 9.90 + 2 × 99.00 = 207.90."""
    goods, buyer = product(work), visitor(work)
    goods.freight_fen = 6_00
    offer = first_n(work, evening, goods)

    first, rest = buys(work, buyer, goods, evening, 3)

    assert (first.seat_no, first.base_fen, first.freight_fen) == (1, 9_90, 6_00)
    assert (rest.quantity, rest.base_fen, rest.freight_fen) == (2, 198_00, 0)
    assert first.payment_id == rest.payment_id
    assert work.session.get_one(Payment, first.payment_id).amount_fen == 207_90 + 6_00
    assert buys(work, buyer, goods, evening)[0].offer == Offer.LIST
    assert standing(work, offer) == (2, 1, 0)


def test_a_quoted_seat_is_not_given_to_who_has_one(work: Work, evening: Live):
    goods, buyer = product(work), visitor(work)
    first_n(work, evening, goods)
    wanted = buying.quote(work, buyer, goods.id, live=evening)
    buys(work, buyer, goods, evening)

    with pytest.raises(OneEach), work.session.begin_nested():
        buying.place(work, buyer, wanted, key="again")


def test_several_doors_of_one_person_are_one_buyer(work: Work, evening: Live):
    """T19, the quiet half."""
    goods, one, other = product(work), star(work), visitor(work)
    offer = first_n(work, evening, goods)
    buys(work, other, goods, evening)
    assert binding.merge(work, one, other) is one

    assert buys(work, one, goods, evening)[0].offer == Offer.LIST
    assert standing(work, offer) == (2, 1, 0)


def test_host_and_staff_take_no_seat_from_a_guest(work: Work):
    goods, host, colleague = product(work), star(work), star(work)
    evening = live(work, host)
    staff.redeem(work, colleague, staff.invite(work, Role.FINANCE))
    first_n(work, evening, goods)

    for one in (host, colleague):
        assert buys(work, one, goods, evening)[0].offer == Offer.LIST


def test_an_unpaid_seat_comes_back_and_is_the_next_one_given(work: Work, evening: Live):
    """E48."""
    goods = product(work)
    offer = first_n(work, evening, goods)
    first, second = takes(work, goods, evening), takes(work, goods, evening)
    buying.cancel(work, work.session.get_one(Member, first.buyer_id), first)
    assert standing(work, offer) == (2, 1, 0)

    assert takes(work, goods, evening).seat_no == 1
    buying.expire(later(work, minutes=15), second.payment_id)
    assert takes(work, goods, evening).seat_no == 2


def test_who_let_a_seat_go_may_take_one_again(work: Work, evening: Live):
    goods, buyer = product(work), visitor(work)
    first_n(work, evening, goods, pieces=1)
    [first] = buys(work, buyer, goods, evening)
    buying.cancel(work, buyer, first)

    assert buys(work, buyer, goods, evening)[0].seat_no == 1


def test_a_refund_opens_no_seat_and_gives_no_second_one(work: Work, evening: Live):
    """E50."""
    goods = product(work)
    offer = first_n(work, evening, goods, pieces=1)
    order = takes(work, goods, evening)
    pays(work, order)
    assert standing(work, offer) == (0, 0, 1)

    refunds.refund(work, order.id, 9_90, key="r")

    assert standing(work, offer) == (0, 0, 1)
    buyer = work.session.get_one(Member, order.buyer_id)
    assert buys(work, buyer, goods, evening)[0].offer == Offer.LIST
    assert takes(work, goods, evening).offer == Offer.LIST


def test_a_late_payment_takes_a_free_seat_again_also_after_the_live(work: Work, evening: Live):
    """E49: honoured while a seat is free."""
    goods = product(work)
    offer = first_n(work, evening, goods, pieces=2)
    order = takes(work, goods, evening)
    after = later(work, minutes=15)
    buying.expire(after, order.payment_id)
    assert takes(after, goods, evening).seat_no == 1
    evening.state, evening.ended_at = LiveState.ENDED, after.now
    offers.live_ended(after, evening)

    assert pays(later(work, minutes=16), order) is Came.PAID

    assert (order.seat_no, order.unit_fen, order.state) == (2, 9_90, State.PAID)
    assert standing(work, offer) == (0, 1, 1)


def test_a_late_payment_without_a_free_seat_goes_back(work: Work, evening: Live):
    goods = product(work)
    offer = first_n(work, evening, goods, pieces=1)
    order = takes(work, goods, evening)
    buying.expire(later(work, minutes=15), order.payment_id)
    takes(work, goods, evening)

    assert pays(later(work, minutes=16), order) is Came.RETURNED

    assert order.state == State.CANCELLED
    assert stock.left(work, goods.id) == 999
    assert standing(work, offer) == (0, 1, 0)


def test_who_took_another_seat_meanwhile_does_not_get_two(work: Work, evening: Live):
    goods, buyer = product(work), visitor(work)
    offer = first_n(work, evening, goods)
    [first] = buys(work, buyer, goods, evening)
    buying.expire(later(work, minutes=15), first.payment_id)
    [second] = buys(later(work, minutes=15), buyer, goods, evening)
    assert pays(work, second) is Came.PAID

    assert pays(later(work, minutes=16), first) is Came.RETURNED
    assert standing(work, offer) == (2, 0, 1)


def test_outside_its_live_and_after_it_there_is_no_offer(work: Work, evening: Live):
    goods, slow = product(work), visitor(work)
    offer = first_n(work, evening, goods)
    assert buys(work, visitor(work), goods, None)[0].offer == Offer.LIST
    other = live(work, star(work))
    assert buys(work, visitor(work), goods, other)[0].offer == Offer.LIST
    wanted = buying.quote(work, slow, goods.id, live=evening)
    offers.live_ended(work, evening)
    assert (offer.closed_at, offer.last_fen) == (work.now, 9_90)

    with pytest.raises(OfferClosed), work.session.begin_nested():
        buying.place(work, slow, wanted, key="late")
    assert buys(work, slow, goods, evening)[0].offer == Offer.LIST


def test_an_offer_of_a_live_that_has_not_begun_is_not_had_yet(work: Work, evening: Live):
    goods = product(work)
    evening.state, evening.started_at = LiveState.SCHEDULED, None
    first_n(work, evening, goods)

    assert takes(work, goods, evening).offer == Offer.LIST


# The best price, and never two together.


def coupon(work: Work) -> Member:
    buyer = visitor(work)
    coupons.issue(work, buyer)
    return buyer


def test_the_coupon_is_kept_where_the_offer_is_better(work: Work, evening: Live):
    goods, buyer = product(work), coupon(work)
    first_n(work, evening, goods)

    wanted = buying.quote(work, buyer, goods.id, live=evening)

    assert (wanted.offer, wanted.base_fen, wanted.coupon_id) == (Offer.FIRST_N, 9_90, None)


def test_a_worse_offer_loses_and_its_seat_is_not_taken(work: Work, evening: Live):
    """95.00 at the offer, 94.00 with the coupon."""
    goods, buyer = product(work), coupon(work)
    offer = offers.publish(work, evening, goods, Kind.FIRST_N, unit_fen=95_00, pieces=3)

    [order] = buys(work, buyer, goods, evening)

    assert (order.offer, order.base_fen) == (Offer.COUPON, 94_00)
    assert standing(work, offer) == (3, 0, 0)


@pytest.mark.parametrize(
    ("unit_fen", "quantity", "totals"),
    [
        # Without offer and with coupon: 2 × 99.00 − 5.00 = 193.00, against 95.00 + 99.00 = 194.00.
        (95_00, 2, [193_00]),
        # Against 93.00 + 99.00 = 192.00.
        (93_00, 2, [93_00, 99_00]),
        # 94.00 + 99.00 = 193.00 is no better: the coupon goes and the seat stays.
        (94_00, 2, [193_00]),
    ],
)
def test_the_best_total_of_several_pieces_wins(
    work: Work, evening: Live, unit_fen: int, quantity: int, totals: list[int]
):
    goods, buyer = product(work), coupon(work)
    offers.publish(work, evening, goods, Kind.FIRST_N, unit_fen=unit_fen, pieces=3)

    wanted = baskets.quote(work, buyer, goods.id, quantity, live=evening)

    assert [one.base_fen for one in wanted] == totals
    assert len(totals) == 1 or [one.coupon_id for one in wanted] == [None, None]


def test_further_pieces_have_the_discount_where_there_is_one(work: Work, evening: Live):
    """Off 15 %: 99.00 − 14.85 = 84.15 a piece."""
    goods, sharer, buyer = product(work), star(work), visitor(work)
    goods.discount_bp, goods.discount_quota = 1500, 10
    sharer.rank = Rank.THOUSAND_STAR
    work.session.flush()
    touches.touch(work, buyer, sharer, live_id=evening.id)
    first_n(work, evening, goods)

    first, rest = baskets.quote(work, buyer, goods.id, 3, live=evening)

    assert (first.offer, first.base_fen) == (Offer.FIRST_N, 9_90)
    assert (rest.offer, rest.base_fen) == (Offer.DISCOUNT, 168_30)
    assert rest.promoter_id == sharer.id


def test_a_stars_own_price_knows_no_offer_of_a_live(work: Work, evening: Live):
    goods, sharer, buyer = product(work), star(work), visitor(work)
    own = StarPrice(member_id=sharer.id, product_id=goods.id, unit_fen=69_00, set_at=work.now)
    work.session.add(own)
    touches.touch(work, buyer, sharer, live_id=evening.id)
    first_n(work, evening, goods)

    wanted = baskets.quote(work, buyer, goods.id, 2, live=evening)

    assert [one.offer for one in wanted] == [Offer.STAR_PRICE]


def test_earnings_pay_for_both_orders_of_a_mixed_one(work: Work, evening: Live):
    """9.90 + 99.00: of 50.00 the first takes 9.90, the second 40.10."""
    goods, buyer = product(work), star(work)
    first_n(work, evening, goods)
    ledger.post(work, "gift", Move(ledger.PROMOTION, ledger.available(buyer.id), 50_00))

    wanted: list[Quote] = baskets.quote(work, buyer, goods.id, 2, live=evening, credit_fen=50_00)
    buying.place_together(work, buyer, wanted, key="mixed")

    assert [one.credit_fen for one in wanted] == [9_90, 40_10]
    assert ledger.balances(work, buyer.id).available_fen == 0


# A stair.


def test_the_price_falls_with_paid_buyers_and_never_below_the_floor(work: Work, evening: Live):
    """Every 2 buyers 10.00 less from 99.00: 99 99 89 89 79 79, then 69 would be below 75."""
    goods = product(work)
    offer = stair(work, evening, goods)
    paid_at = []
    for _ in range(8):
        order = takes(work, goods, evening)
        paid_at.append(order.unit_fen)
        pays(work, order)

    assert paid_at == [99_00, 99_00, 89_00, 89_00, 79_00, 79_00, 75_00, 75_00]
    assert offers.buyers(work, offer) == 8


def test_where_the_stair_begins_at_list_price_its_buyers_count_also_with_several_pieces(
    work: Work, evening: Live
):
    goods = product(work)
    offer = stair(work, evening, goods)

    first, rest = buys(work, visitor(work), goods, evening, 3)
    pays(work, first)

    assert (first.offer, first.base_fen, rest.base_fen) == (Offer.STAIR, 99_00, 198_00)
    assert offers.buyers(work, offer) == 1


@pytest.mark.parametrize(
    ("buyers", "price_fen"), [(0, 99_00), (99, 99_00), (100, 89_00), (199, 89_00), (10_000, 69_00)]
)
def test_a_step_is_so_many_whole_hundreds(buyers: int, price_fen: int):
    offer = LiveOffer(unit_fen=99_00, every_buyers=100, off_fen=10_00, floor_fen=69_00)
    assert offers.step_fen(offer, buyers) == price_fen


def test_who_has_not_paid_lowers_no_price_and_has_no_second_one(work: Work, evening: Live):
    goods, buyer = product(work), visitor(work)
    offer = stair(work, evening, goods, unit_fen=98_00)
    [first] = buys(work, buyer, goods, evening)
    takes(work, goods, evening)
    assert (offers.buyers(work, offer), offers.now_fen(work, offer)) == (0, 98_00)
    assert buys(work, buyer, goods, evening)[0].offer == Offer.LIST

    pays(work, first)
    assert buys(work, buyer, goods, evening)[0].offer == Offer.LIST


def test_a_price_is_fixed_when_the_order_is_made(work: Work, evening: Live):
    goods = product(work)
    stair(work, evening, goods, unit_fen=98_00)
    early = takes(work, goods, evening)
    for _ in range(2):
        pays(work, takes(work, goods, evening))

    assert takes(work, goods, evening).unit_fen == 88_00
    assert (early.unit_fen, early.base_fen) == (98_00, 98_00)


def test_a_refund_takes_no_step_back(work: Work, evening: Live):
    goods = product(work)
    offer = stair(work, evening, goods, unit_fen=98_00)
    for number in range(2):
        order = takes(work, goods, evening)
        pays(work, order)
        refunds.refund(work, order.id, 98_00, key=f"r{number}")

    assert (offers.buyers(work, offer), offers.now_fen(work, offer)) == (2, 88_00)


# Price protection.


def protected(work: Work, evening: Live, goods: Product) -> tuple[LiveOffer, list[Order]]:
    """Three pay 98, 98 and 88; the last step is 88."""
    offer = stair(work, evening, goods, unit_fen=98_00, price_protection=True)
    orders = []
    for _ in range(3):
        orders.append(takes(work, goods, evening))
        pays(work, orders[-1])
    return offer, orders


def ends(work: Work, evening: Live) -> None:
    evening.state, evening.ended_at = LiveState.ENDED, work.now
    offers.live_ended(work, evening)
    offers.live_ended(work, evening)


def gives_back(work: Work, offer: LiveOffer) -> None:
    price_protection.give_back_differences(work, offer.id)
    price_protection.give_back_differences(work, offer.id)


def refunded(work: Work) -> dict[int, int]:
    return {row.order_id: row.amount_fen for row in work.session.scalars(select(Refund))}


def test_the_difference_comes_back_once_after_the_live(work: Work, evening: Live):
    """E52."""
    offer, orders = protected(work, evening, product(work))
    first, second, third = orders
    assert planned(work, "give_back_differences") == 0

    ends(work, evening)
    gives_back(work, offer)

    assert (offer.last_fen, planned(work, "give_back_differences")) == (88_00, 1)
    assert refunded(work) == {first.id: 10_00, second.id: 10_00}
    assert (first.unit_fen, first.refunded_fen, first.difference_fen) == (98_00, 10_00, 10_00)
    assert third.refunded_fen == 0
    [told] = notices(work, first.buyer_id, "refunded")
    assert (told["amount_fen"], told["is_difference"]) == (10_00, True)


def test_without_protection_the_paid_price_stands(work: Work, evening: Live):
    goods = product(work)
    offer = stair(work, evening, goods, unit_fen=98_00)
    for _ in range(3):
        pays(work, takes(work, goods, evening))

    ends(work, evening)
    gives_back(work, offer)

    assert planned(work, "give_back_differences") == 0
    assert refunded(work) == {}


def test_who_pays_after_the_end_gets_the_difference_too_and_moves_no_price(
    work: Work, evening: Live
):
    goods = product(work)
    offer = stair(work, evening, goods, unit_fen=98_00, price_protection=True)
    slow, other = takes(work, goods, evening), takes(work, goods, evening)
    for _ in range(2):
        pays(work, takes(work, goods, evening))
    ends(work, evening)
    gives_back(work, offer)

    pays(later(work, minutes=5), slow)
    pays(later(work, minutes=6), other)
    gives_back(work, offer)

    # Four have paid, the step would be 78.00; the live ended at 88.00.
    assert (offers.buyers(work, offer), offers.now_fen(work, offer)) == (4, 88_00)
    assert refunded(work)[slow.id] == refunded(work)[other.id] == 10_00
    assert planned(work, "give_back_differences") == 3


def test_what_was_given_back_before_leaves_only_the_rest(work: Work, evening: Live):
    offer, (first, second, _) = protected(work, evening, product(work))
    refunds.refund(work, first.id, 98_00, key="whole")
    refunds.refund(work, second.id, 95_00, key="most")
    ends(work, evening)

    gives_back(work, offer)

    assert (first.difference_fen, second.difference_fen) == (0, 3_00)


@pytest.mark.parametrize("settled_first", [True, False])
def test_the_commission_follows_the_difference_before_and_after_settlement(
    office: Office, settled_first: bool
):
    """98.00 × 20 % = 19.60; of 10.00 given back ⌊19.60 × 10 ÷ 98⌋ = 2.00; 17.60 stand."""
    with office.work() as work:
        host = star(work, "主播")
        evening, goods = live(work, host), product(work)
        offer, orders = protected(work, evening, goods)
        ends(work, evening)
        first_id, offer_id, place = orders[0].id, offer.id, str(evening.id)

    def protects() -> None:
        with office.work() as work:
            gives_back(work, work.session.get_one(LiveOffer, offer_id))

    acts = [lambda: settlement.settle(office, place), protects]
    for act in acts if settled_first else reversed(acts):
        act()

    with office.reading() as work:
        rows = select(Earning).where(Earning.order_id == first_id)
        [line] = work.session.scalars(rows)
        assert (line.amount_fen, line.reversed_fen, line.stands_fen) == (19_60, 2_00, 17_60)
        assert ledger.balance_fen(work, ledger.escrow(place)) == 0
        # 88.00 × 20 % = 17.60 of each of the three.
        assert ledger.balances(work, host_of(work, place)).pending_fen == 3 * 17_60


def host_of(work: Work, place: str) -> int:
    return work.session.get_one(Live, int(place)).host_id


def test_a_difference_ends_no_after_sales_case_and_is_no_sign_of_fraud(work: Work, evening: Live):
    offer, (first, *_) = protected(work, evening, product(work))
    case = after_sales.open_case(work, first)
    ends(work, evening)
    gives_back(work, offer)

    host = work.session.get_one(Member, evening.host_id)
    rule = work.rules.fraud.many_refunds
    for _ in range(rule.orders):
        sold = paid_order(work, visitor(work), host, live=evening)
        refunds.return_difference(work, sold.id, 10_00, key=f"d{sold.id}", reason="补差价")
    assert not scoring.has_many_refunds(work, host)
    assert after_sales.open_of(work, first.id) is case
