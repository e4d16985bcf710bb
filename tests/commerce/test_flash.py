"""Many wishes decided together: as `buying` would decide them one after the other."""

import pytest
from sqlalchemy import inspect, select

from commerce.agenda import DueTask
from commerce.errors import NeedsRank, NotForYou, OfferClosed, OneEach, SeatGone, SoldOut
from commerce.goods import buying, coupons, flash, offers, recipients, stock, touches
from commerce.goods.flash import Placed, Wish
from commerce.goods.offers import Kind, LiveOffer
from commerce.goods.orders import Offer, Order, State
from commerce.goods.products import Product, StarPrice
from commerce.goods.stock import Stock, Warehouse
from commerce.lives.lives import Live
from commerce.money.payments import Payment
from commerce.people import binding, staff
from commerce.people.members import Member
from commerce.people.staff import Role
from commerce.rules import Rank
from commerce.work import Work
from tests.commerce.sales import live, product
from tests.commerce.stars import star, visitor
from tests.commerce.test_offers import first_n, pays, stair, standing

HOME = recipients.Recipient("阿芳", "13800006688", "杭州市西湖区文三路1号")


@pytest.fixture
def evening(work: Work) -> Live:
    return live(work, star(work, "主播"))


def wishes(*buyers: Member) -> list[Wish]:
    return [Wish(one.id, f"k{one.id}") for one in buyers]


def decide(work: Work, offer: LiveOffer, *buyers: Member) -> list[flash.Decision]:
    return flash.decide(work, offer.id, wishes(*buyers))


def test_seats_go_to_who_came_first(work: Work, evening: Live):
    goods = product(work)
    offer = first_n(work, evening, goods, pieces=2)
    crowd = [visitor(work) for _ in range(4)]

    decided = decide(work, offer, *crowd)

    assert [getattr(one, "seat_no", type(one)) for one in decided] == [1, 2, SeatGone, SeatGone]
    assert (standing(work, offer), stock.left(work, goods.id)) == ((0, 2, 0), 998)


DIFFERENT = {"id", "key", "buyer_id", "payment_id", "seat_no", "number"}


def test_an_order_is_written_as_buying_writes_it(work: Work, evening: Live):
    """Row by row: order, payment, planned tasks, reservation, seat."""
    goods, sharer = product(work), star(work)
    goods.freight_fen = 6_00
    offer = first_n(work, evening, goods)
    one, other = visitor(work), visitor(work)
    for buyer in (one, other):
        touches.touch(work, buyer, sharer, live_id=evening.id)
        recipients.save(work, buyer.id, HOME)
    wanted = buying.quote(work, one, goods.id, live=evening)
    usual = buying.place(work, one, wanted, key="usual", recipient=HOME)

    [placed] = decide(work, offer, other)

    assert isinstance(placed, Placed)
    quick = work.session.get_one(Order, placed.order_id)
    assert said(quick) == said(usual)
    assert (usual.seat_no, quick.seat_no) == (1, 2)
    payments = [work.session.get_one(Payment, each.payment_id) for each in (usual, quick)]
    assert said(payments[0]) == said(payments[1])
    assert str(payments[1].number).endswith(f"{payments[1].id:08d}")
    tasks = [planned(work, each.id) for each in payments]
    assert tasks[0] == tasks[1]
    assert len(tasks[0]) == 2
    assert (placed.cash_fen, placed.expires_at) == (15_90, usual.expires_at)
    assert stock.left(work, goods.id) == 998
    buying.cancel(work, other, quick)
    assert (standing(work, offer), stock.left(work, goods.id)) == ((2, 1, 0), 999)


def said(row: Order | Payment) -> dict[str, object]:
    names = [column.key for column in inspect(type(row)).columns]
    return {name: getattr(row, name) for name in names if name not in DIFFERENT}


def planned(work: Work, payment_id: int) -> list[tuple[object, ...]]:
    rows = work.session.scalars(select(DueTask).order_by(DueTask.task))
    return [
        (row.task, row.due_at, row.attempts, row.done_at)
        for row in rows
        if row.args == {"payment_id": payment_id}
    ]


def test_the_same_key_has_the_same_order_and_another_of_the_same_person_none(
    work: Work, evening: Live
):
    offer, buyer = first_n(work, evening, product(work)), visitor(work)
    first, twin, second = flash.decide(
        work, offer.id, [Wish(buyer.id, "a"), Wish(buyer.id, "a"), Wish(buyer.id, "b")]
    )
    [again] = flash.decide(work, offer.id, [Wish(buyer.id, "a")])

    assert isinstance(first, Placed)
    assert first == twin == again
    assert isinstance(second, OneEach)
    assert standing(work, offer) == (2, 1, 0)


def test_what_became_of_a_wish_is_told_after_the_last_seat_too(work: Work, evening: Live):
    offer, buyer = first_n(work, evening, product(work), pieces=1), visitor(work)
    [first] = decide(work, offer, buyer)
    buying.cancel(work, buyer, work.session.get_one(Order, first.order_id))
    decide(work, offer, visitor(work))

    [again] = decide(work, offer, buyer)

    assert (again.order_id, again.state) == (first.order_id, State.CANCELLED)


def test_doors_of_one_person_have_one_seat_together(work: Work, evening: Live):
    """T19: both doors in one round, then each by itself."""
    offer, one, other = first_n(work, evening, product(work)), star(work), visitor(work)
    binding.merge(work, one, other)

    first, second = decide(work, offer, other, one)
    third, fourth = flash.decide(work, offer.id, [Wish(other.id, "x"), Wish(one.id, "y")])

    assert isinstance(first, Placed)
    assert work.session.get_one(Order, first.order_id).buyer_id == one.id
    assert {type(each) for each in (second, third, fourth)} == {OneEach}


def test_who_may_not_have_it_takes_nobodys_seat(work: Work):
    host, colleague, seller = star(work), star(work), star(work)
    goods, evening = product(work), live(work, host)
    staff.redeem(work, colleague, staff.invite(work, Role.FINANCE))
    own = StarPrice(member_id=seller.id, product_id=goods.id, unit_fen=69_00, set_at=work.now)
    work.session.add(own)
    through, guest = visitor(work), visitor(work)
    touches.touch(work, through, seller, live_id=evening.id)
    offer = first_n(work, evening, goods, pieces=1)

    decided = decide(work, offer, host, colleague, through, guest)

    assert [type(one) for one in decided] == [NotForYou, NotForYou, NotForYou, Placed]


def test_goods_for_a_rank_are_for_who_buys_through_one(work: Work, evening: Live):
    goods, high = product(work), star(work)
    goods.min_rank, high.rank = Rank.TEN_STAR, Rank.TEN_STAR
    low, through = visitor(work), visitor(work)
    touches.touch(work, through, high, live_id=evening.id)
    offer = first_n(work, evening, goods)

    refused, placed = decide(work, offer, low, through)

    assert isinstance(refused, NeedsRank)
    assert work.session.get_one(Order, placed.order_id).promoter_id == high.id


def test_credited_to_the_share_the_buyer_came_by_else_to_the_host(work: Work, evening: Live):
    goods, sharer = product(work), star(work)
    by_share, by_nobody = visitor(work), visitor(work)
    touches.touch(work, by_share, sharer, live_id=evening.id)

    decided = decide(work, first_n(work, evening, goods), by_share, by_nobody)

    orders = [work.session.get_one(Order, one.order_id) for one in decided]
    assert [order.promoter_id for order in orders] == [sharer.id, evening.host_id]
    assert {order.live_id for order in orders} == {evening.id}


def test_no_seat_without_a_piece_from_whichever_warehouse(work: Work, evening: Live):
    """Two pieces here, one there; three seats were published when there were four."""
    goods = product(work, pieces=2)
    second = Warehouse(name="第二仓")
    work.session.add(second)
    work.session.flush()
    work.session.add(Stock(product_id=goods.id, warehouse_id=second.id, on_hand=2))
    work.session.flush()
    offer = first_n(work, evening, goods, pieces=4)
    buying.place(work, visitor(work), buying.quote(work, visitor(work), goods.id), key="other")

    decided = decide(work, offer, *(visitor(work) for _ in range(4)))

    assert [type(one) for one in decided] == [Placed, Placed, Placed, SeatGone]
    assert (stock.left(work, goods.id), standing(work, offer)) == (0, (1, 3, 0))


def test_a_stair_is_decided_together_too(work: Work, evening: Live):
    goods, buyer = product(work, pieces=2), visitor(work)
    offer = stair(work, evening, goods, unit_fen=98_00)

    first, twice = flash.decide(work, offer.id, [Wish(buyer.id, "a"), Wish(buyer.id, "b")])
    last, late = decide(work, offer, visitor(work), visitor(work))

    assert (first.unit_fen, first.seat_no, last.unit_fen) == (98_00, None, 98_00)
    assert (type(twice), type(late)) == (OneEach, SoldOut)


def test_before_and_after_the_live_there_is_nothing(work: Work, evening: Live):
    offer, buyer = first_n(work, evening, product(work)), visitor(work)
    evening.state = "scheduled"
    assert isinstance(decide(work, offer, buyer)[0], OfferClosed)
    evening.state = "live"
    [placed] = decide(work, offer, buyer)
    offers.live_ended(work, evening)

    again, late = decide(work, offer, buyer, visitor(work))
    assert again == placed
    assert isinstance(late, OfferClosed)
    assert isinstance(flash.decide(work, 987_654, wishes(buyer))[0], Placed | OfferClosed)


def test_full_says_who_may_still_ask_and_whether_a_seat_can_come_back(work: Work, evening: Live):
    goods, one, door = product(work), star(work), visitor(work)
    offer = first_n(work, evening, goods, pieces=1)
    binding.merge(work, one, door)
    assert flash.full(work, offer.id) is None
    [placed] = decide(work, offer, one)

    now = flash.full(work, offer.id)
    assert now is not None
    assert (now.holders, now.for_good) == (frozenset({one.id, door.id}), False)

    order = work.session.get_one(Order, placed.order_id)
    pays(work, order)
    paid = flash.full(work, offer.id)
    assert paid is not None
    assert paid.for_good


# Whose own price is better.


def below(work: Work, evening: Live, goods: Product, pieces: int = 3) -> LiveOffer:
    """So many at 95.00 of 99.00: less than list price, and more than with a coupon."""
    return offers.publish(work, evening, goods, Kind.FIRST_N, unit_fen=95_00, pieces=pieces)


def with_coupon(work: Work) -> Member:
    buyer = visitor(work)
    coupons.issue(work, buyer)
    return buyer


def test_a_better_coupon_is_taken_and_no_seat(work: Work, evening: Live):
    """99.00 − 5.00 = 94.00, against 95.00; whoever has none pays 95.00."""
    goods = product(work)
    offer = below(work, evening, goods)
    thrifty, plain = with_coupon(work), visitor(work)
    recipients.save(work, thrifty.id, HOME)

    first, second = decide(work, offer, thrifty, plain)

    assert [(one.seat_no, one.cash_fen) for one in (first, second)] == [(None, 94_00), (1, 95_00)]
    order = work.session.get_one(Order, first.order_id)
    assert (order.offer, order.coupon_fen, order.offer_id) == (Offer.COUPON, 5_00, None)
    assert HOME.address in order.recipient
    assert (standing(work, offer), stock.left(work, goods.id)) == ((2, 1, 0), 998)
    assert decide(work, offer, thrifty) == [first]


def test_a_coupon_that_is_no_better_is_kept(work: Work, evening: Live):
    goods = product(work)
    offer = offers.publish(work, evening, goods, Kind.FIRST_N, unit_fen=94_00, pieces=3)
    buyer = with_coupon(work)

    [placed] = decide(work, offer, buyer)

    assert (placed.seat_no, placed.cash_fen) == (1, 94_00)
    assert coupons.usable(work, buyer, 99_00) is not None


def test_the_discount_of_the_highest_star_is_better_too_while_its_quota_lasts(
    work: Work, evening: Live
):
    """20 % off 99.00 is 79.20: for one, that is all of the quota."""
    goods, sharer = product(work), star(work)
    sharer.rank = Rank.THOUSAND_STAR
    goods.discount_bp, goods.discount_quota = 20_00, 1
    offer = below(work, evening, goods)
    one, other, stranger = visitor(work), visitor(work), visitor(work)
    for buyer in (one, other):
        touches.touch(work, buyer, sharer, live_id=evening.id)

    decided = decide(work, offer, one, other, stranger)

    assert [(each.seat_no, each.cash_fen) for each in decided] == [
        (None, 79_20),
        (1, 95_00),
        (2, 95_00),
    ]


def test_of_two_offers_of_one_product_the_better_is_had_by_either_address(
    work: Work, evening: Live
):
    goods = product(work)
    falling, few = stair(work, evening, goods), first_n(work, evening, goods, pieces=1)
    one, other = visitor(work), visitor(work)

    decided = decide(work, falling, one, other)

    assert [(each.seat_no, each.cash_fen) for each in decided] == [(1, 9_90), (None, 99_00)]
    assert standing(work, few) == (0, 1, 0)


def test_who_loses_the_better_price_in_that_moment_pays_the_offers(work: Work, evening: Live):
    """Another coupon was used at this address before."""
    goods = product(work)
    offer = below(work, evening, goods)
    neighbour, buyer = with_coupon(work), with_coupon(work)
    for one in (neighbour, buyer):
        recipients.save(work, one.id, HOME)

    decided = decide(work, offer, neighbour, buyer)

    assert [(each.seat_no, each.cash_fen) for each in decided] == [(None, 94_00), (1, 95_00)]
    assert stock.left(work, goods.id) == 998
