"""What a provider says counts once, in whatever order it is said, and never for another amount."""

from dataclasses import dataclass
from datetime import timedelta
from itertools import permutations

import pytest
from sqlalchemy import func, select

from commerce.agenda import DueTask
from commerce.goods import buying, coupons, fulfilment, stock
from commerce.goods.orders import Order, State
from commerce.goods.products import Product
from commerce.lives.lives import State as LiveState
from commerce.money import ledger, paying_in, refunds
from commerce.money.ledger import Move
from commerce.money.paying_in import Came
from commerce.money.payments import PAGE, Payment, RefundState, Returned
from commerce.money.payments import State as PaymentState
from commerce.outbox import Outgoing
from commerce.people import members
from commerce.people.members import Member
from commerce.people.members import State as MemberState
from commerce.trust.cases import Case
from commerce.work import Work
from tests.commerce.sales import live, product
from tests.commerce.stars import later, reviewer, star, visitor


@dataclass
class Waiting:
    """An order of 99.00 that waits for its payment, and what the provider would say of it."""

    work: Work
    goods: Product
    buyer: Member
    order: Order

    @property
    def payment(self) -> Payment:
        return self.work.session.get_one(Payment, self.order.payment_id)

    def says(
        self,
        amount_fen: int = 99_00,
        *,
        transaction: str = "4200001",
        suffix: str = "",
        at: Work | None = None,
    ) -> Came:
        work = at or self.work
        number = f"{self.payment.number}{suffix}"
        return paying_in.settle_payment(work, number, amount_fen, transaction, paid_at=work.now)

    def runs_out(self) -> Work:
        after = later(self.work, minutes=15)
        buying.expire(after, self.payment.id)
        return after


def made(work: Work, pieces: int = 5, **more: object) -> Waiting:
    goods, buyer = product(work, pieces=pieces), more.pop("buyer", None) or visitor(work)
    wanted = buying.quote(work, buyer, goods.id, **more)
    order = buying.place(work, buyer, wanted, key=f"order:{buyer.id}")
    return Waiting(work, goods, buyer, order)


@pytest.fixture
def waiting(work: Work) -> Waiting:
    reviewer(work)
    return made(work)


def in_the_world(work: Work) -> int:
    return -ledger.balance_fen(work, ledger.WORLD)


def notices(work: Work, member: Member) -> list[str]:
    rows = select(Outgoing).where(Outgoing.member_id == member.id).order_by(Outgoing.id)
    return [row.said["notice"] for row in work.session.scalars(rows)]


def cases(work: Work) -> list[str]:
    return [case.words for case in work.session.scalars(select(Case).order_by(Case.id))]


def planned(work: Work, task: str) -> int:
    rows = select(func.count()).select_from(DueTask).where(DueTask.task == task)
    return work.session.scalar(rows) or 0


def test_a_payment_pays_its_order_and_is_told(work: Work, waiting: Waiting):
    assert waiting.says() is Came.PAID

    assert (waiting.order.state, waiting.payment.state) == (State.PAID, PaymentState.PAID)
    assert waiting.payment.paid_number == waiting.payment.number
    assert in_the_world(work) == 99_00
    assert (stock.left(work, waiting.goods.id), notices(work, waiting.buyer)) == (4, ["order_paid"])
    assert planned(work, "check_shipped") == 1


def test_a_payment_said_twice_counts_once(work: Work, waiting: Waiting):
    assert [waiting.says(), waiting.says(), waiting.says()] == [Came.PAID, Came.AGAIN, Came.AGAIN]
    assert in_the_world(work) == 99_00


def test_the_promoter_hears_the_estimate(work: Work):
    host = star(work)
    one = made(work, live=live(work, host))
    one.says()

    rows = select(Outgoing).where(Outgoing.member_id == host.id)
    facts = work.session.scalars(rows).one().said["facts"]
    # 99.00 × 20 % = 19.80.
    assert (facts["estimate_fen"], facts["base_fen"], facts["in_live"]) == (19_80, 99_00, True)


@pytest.mark.parametrize("amount_fen", [98_99, 99_01, 0, 1])
def test_another_amount_moves_nothing_and_calls_people(
    work: Work, waiting: Waiting, amount_fen: int
):
    assert waiting.says(amount_fen) is Came.MISMATCH
    assert waiting.says(amount_fen) is Came.MISMATCH

    assert (waiting.order.state, in_the_world(work)) == (State.CREATED, 0)
    assert len(cases(work)) == 1
    assert "应付 99.00" in cases(work)[0]


def test_a_number_that_is_not_ours_moves_nothing_and_calls_people(work: Work, waiting: Waiting):
    came = paying_in.settle_payment(work, "PXXXXXX00000001", 99_00, "4200001", paid_at=work.now)

    assert came is Came.UNKNOWN
    assert len(cases(work)) == 1
    assert in_the_world(work) == 0


EVENTS = ("paid", "again", "other amount", "expired", "paid twice")


def test_in_every_order_of_events_the_money_is_right(work: Work):
    """E21: 120 orders of five events, two payments that are good, one of which is too much."""
    reviewer(work)
    for number, order in enumerate(permutations(EVENTS), start=1):
        one = made(work)
        good, other, wrong = (f"42-{number}-{name}" for name in "gow")
        acts = {
            "paid": lambda one=one, good=good: one.says(transaction=good),
            "again": lambda one=one, good=good: one.says(transaction=good),
            "other amount": lambda one=one, wrong=wrong: one.says(1, transaction=wrong),
            "expired": one.runs_out,
            "paid twice": lambda one=one, other=other: one.says(transaction=other, suffix=PAGE),
        }

        for name in order:
            acts[name]()

        # One of the two pays the order, the other goes back; the wrong amount is a case.
        returned = work.session.scalars(select(Returned).order_by(Returned.id)).all()
        assert one.order.state == State.PAID, order
        assert in_the_world(work) == 99_00 * number, order
        assert len(returned) == number, order
        assert {one.payment.transaction_id, returned[-1].transaction_id} == {good, other}, order
        assert returned[-1].amount_fen == 99_00
        assert stock.left(work, one.goods.id) == 4, order
        assert len(cases(work)) == number, order


def test_a_late_payment_is_honoured_while_a_piece_is_left(work: Work):
    """E49: the reservation ran out, stock is free at that price."""
    one = made(work, pieces=1)
    after = one.runs_out()
    assert one.order.state == State.CANCELLED

    assert one.says(at=later(after, minutes=1)) is Came.PAID
    assert (one.order.state, stock.left(work, one.goods.id)) == (State.PAID, 0)
    assert in_the_world(work) == 99_00


def test_a_late_payment_for_what_is_gone_goes_back_with_an_apology(work: Work):
    """E49: never oversold; the whole of it goes back under one number."""
    one = made(work, pieces=1)
    after = one.runs_out()
    buyer = visitor(work)
    other = buying.place(after, buyer, buying.quote(after, buyer, one.goods.id), key="other")
    assert other.state == State.CREATED

    assert one.says(at=after) is Came.RETURNED
    assert one.says(at=after) is Came.AGAIN

    assert (one.order.state, in_the_world(work)) == (State.CANCELLED, 0)
    returned = work.session.scalars(select(Returned)).one()
    assert (returned.amount_fen, returned.state) == (99_00, RefundState.REQUESTED)
    assert returned.number == f"B{returned.number[1:7]}{returned.id:08d}"
    assert planned(work, "return_payment") == 1
    assert notices(work, one.buyer) == ["order_expired", "late_payment_returned"]


def test_what_went_back_is_not_honoured_when_a_piece_comes_free(work: Work):
    one = made(work, pieces=1)
    after = one.runs_out()
    buyer = visitor(work)
    other = buying.place(after, buyer, buying.quote(after, buyer, one.goods.id), key="other")
    assert one.says(at=after) is Came.RETURNED
    buying.cancel(after, buyer, other)

    assert one.says(at=after) is Came.AGAIN
    assert (one.order.state, in_the_world(work)) == (State.CANCELLED, 0)


def test_a_late_payment_wants_its_credit_back_too(work: Work):
    buyer = star(work)
    account = ledger.available(buyer.id)
    ledger.post(work, "gift", Move(ledger.PROMOTION, account, 30_00))
    one = made(work, buyer=buyer, credit_fen=30_00)
    after = one.runs_out()
    ledger.post(work, "spent", Move(account, ledger.WORLD, 1))

    # 69.00 paid, 29.99 available of the 30.00 it needs: nothing of it is kept.
    assert one.says(69_00, at=after) is Came.RETURNED
    assert stock.left(work, one.goods.id) == 5
    assert ledger.balances(work, buyer.id).reserved_fen == 0


def test_a_late_payment_with_credit_is_honoured_once(work: Work):
    buyer = star(work)
    ledger.post(work, "gift", Move(ledger.PROMOTION, ledger.available(buyer.id), 30_00))
    one = made(work, buyer=buyer, credit_fen=30_00)
    after = one.runs_out()

    assert [one.says(69_00, at=after), one.says(69_00, at=after)] == [Came.PAID, Came.AGAIN]
    held = ledger.balances(work, buyer.id)
    assert (held.available_fen, held.reserved_fen) == (0, 0)
    assert ledger.balance_fen(work, ledger.escrow(one.order.escrow)) == 99_00


def test_a_late_payment_with_a_coupon_uses_it_again(work: Work):
    buyer = visitor(work)
    coupons.issue(work, buyer)
    one = made(work, buyer=buyer)
    after = one.runs_out()

    assert one.says(94_00, at=later(after, days=8)) is Came.PAID
    assert coupons.of_member(work, buyer).order_id == one.order.id


def test_who_cancelled_and_paid_all_the_same_gets_it_back(work: Work, waiting: Waiting):
    buying.cancel(work, waiting.buyer, waiting.order)

    assert waiting.says() is Came.RETURNED
    assert waiting.order.state == State.CANCELLED


def test_a_basket_that_came_too_late_is_honoured_whole_or_not_at_all(work: Work):
    buyer, first, second = visitor(work), product(work, 10_00), product(work, 20_00, pieces=1)
    wanted = [buying.quote(work, buyer, goods.id) for goods in (first, second)]
    orders = buying.place_together(work, buyer, wanted, key="basket")
    after = later(work, minutes=15)
    buying.expire(after, orders[0].payment_id)
    other = visitor(work)
    buying.place(after, other, buying.quote(after, other, second.id), key="other")
    number = work.session.get_one(Payment, orders[0].payment_id).number

    came = paying_in.settle_payment(after, number, 30_00, "42", paid_at=after.now)

    assert came is Came.RETURNED
    assert {order.state for order in orders} == {State.CANCELLED}
    assert stock.left(work, first.id) == 1000


def test_every_order_of_a_basket_is_paid(work: Work):
    buyer, goods = visitor(work), product(work, 10_00)
    wanted = [buying.quote(work, buyer, goods.id, pieces) for pieces in (1, 2)]
    orders = buying.place_together(work, buyer, wanted, key="basket")
    number = work.session.get_one(Payment, orders[0].payment_id).number

    paying_in.settle_payment(work, number, 30_00, "42", paid_at=work.now)

    assert {order.state for order in orders} == {State.PAID}
    assert in_the_world(work) == 30_00


def test_an_order_made_in_a_live_and_paid_after_it_settles_with_the_live(work: Work):
    """E44."""
    evening = live(work, star(work))
    one = made(work, live=evening)
    evening.state, evening.ended_at = LiveState.ENDED, work.now

    one.says(at=later(work, minutes=10))

    assert one.order.escrow == str(evening.id)
    assert planned(work, "settle") == 1


def test_a_promoter_suspended_before_the_payment_makes_room_for_the_next(work: Work):
    host, inviter = star(work), star(work)
    buyer = star(work, "买家", inviter)
    one = made(work, buyer=buyer, live=live(work, host))
    assert one.order.promoter_id == host.id
    members.lock(work, host.id).state = MemberState.SUSPENDED

    one.says()

    assert one.order.promoter_id == inviter.id


def test_who_buys_in_their_own_live_earns_nothing_and_nobody_else_does(work: Work):
    """E39."""
    parent = star(work)
    host = star(work, "主播", parent)
    one = made(work, buyer=host, live=live(work, host))

    one.says()

    assert (one.order.promoter_id, one.order.earns) == (host.id, False)
    assert "order_sold" not in notices(work, host)


def test_free_goods_are_paid_at_once_and_count_for_nobody(work: Work):
    """E12."""
    host, buyer, goods = star(work), visitor(work), product(work)
    agreed = buying.Agreed(promoter=host, unit_fen=0)

    wanted = buying.quote(work, buyer, goods.id, agreed=agreed)
    order = buying.place(work, buyer, wanted, key="free")

    assert (order.state, order.base_fen, order.earns) == (State.PAID, 0, False)


def paid(work: Work) -> Waiting:
    one = made(work)
    one.says()
    return one


def test_what_is_shipped_is_received_by_itself_and_then_held_for_a_week(work: Work):
    one = paid(work)
    assert one.order.hold_until == work.now + timedelta(hours=360)
    tomorrow = later(work, hours=24)

    fulfilment.ship(tomorrow, one.order, "顺丰", "SF100")

    # 240 h to the receipt that comes by itself, and 168 h after it.
    assert (one.order.state, one.order.tracking_no) == (State.SHIPPED, "SF100")
    assert one.order.hold_until == tomorrow.now + timedelta(hours=408)
    arrived = later(tomorrow, hours=240)
    fulfilment.receive_order(arrived, one.order.id)
    assert (one.order.state, one.order.received_at) == (State.RECEIVED, arrived.now)
    assert one.order.hold_until == arrived.now + timedelta(hours=168)
    assert "order_shipped" in notices(work, one.buyer)


def test_a_receipt_the_buyer_tells_is_the_one_that_counts(work: Work):
    one = paid(work)
    fulfilment.ship(work, one.order, "顺丰", "SF100")
    soon = later(work, hours=48)

    fulfilment.receive(soon, one.order)
    fulfilment.receive_order(later(work, hours=240), one.order.id)

    assert one.order.hold_until == soon.now + timedelta(hours=168)


def test_a_hold_that_has_ended_is_moved_by_nothing(work: Work):
    one = paid(work)
    one.order.completed_at, one.order.state = work.now, State.COMPLETED
    before = one.order.hold_until

    fulfilment.ship(work, one.order, "顺丰", "SF100")
    fulfilment.receive(later(work, days=1), one.order)

    assert (one.order.hold_until, one.order.state) == (before, State.COMPLETED)


def test_a_new_tracking_number_moves_no_date(work: Work):
    one = paid(work)
    fulfilment.ship(work, one.order, "顺丰", "SF100")
    before = one.order.hold_until

    fulfilment.ship(later(work, days=1), one.order, "中通", "ZT2")

    assert (one.order.hold_until, one.order.carrier) == (before, "中通")
    assert notices(work, one.buyer).count("order_shipped") == 1


def test_what_is_not_shipped_for_three_days_is_an_operators_case(work: Work):
    reviewer(work)
    lies, leaves = paid(work), paid(work)
    fulfilment.ship(work, leaves.order, "顺丰", "SF100")

    for one in (lies, leaves, lies):
        fulfilment.check_shipped(later(work, hours=72), one.order.id)

    assert len(cases(work)) == 1
    assert f"尾号 {lies.order.tail}" in cases(work)[0]


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("amount_fen", [99_00, 98_00])
def test_a_refund_is_done_for_its_own_amount_and_number_only(
    work: Work, amount_fen: int, known: bool
):
    reviewer(work)
    one = paid(work)
    row = refunds.refund(work, one.order.id, 99_00, key="r")
    number = row.number if known else "RXXXXXX00000009"

    done = paying_in.refund_done(work, number, amount_fen)

    right = known and amount_fen == 99_00
    assert (done, row.state) == (right, RefundState.DONE if right else RefundState.REQUESTED)
    assert len(cases(work)) == (0 if right else 1)
    assert not paying_in.refund_done(work, number, amount_fen)


def test_a_refund_that_failed_is_an_operators_and_may_still_be_done(work: Work):
    reviewer(work)
    one = paid(work)
    row = refunds.refund(work, one.order.id, 99_00, key="r")

    paying_in.refund_failed(work, row.number, "ABNORMAL")
    assert (row.state, len(cases(work))) == (RefundState.FAILED, 1)
    assert paying_in.refund_done(work, row.number, 99_00)
    paying_in.refund_failed(work, row.number, "ABNORMAL")
    assert row.state == RefundState.DONE
