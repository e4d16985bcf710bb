"""What is asked of the provider about orders and refunds, with a provider that can be asked."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot.context import Bot
from bot.pictures.template import SHIPPED
from bot.platforms.pay import BillRow, Notification, Payment, PayRefused, Refund, ResultUnknown
from commerce import agenda
from commerce.agenda import DueTask
from commerce.errors import PlatformUnavailable
from commerce.goods import buying
from commerce.goods.orders import Order, State
from commerce.money import paying_in, refunds
from commerce.money.payments import PAGE, RefundState, Returned
from commerce.money.payments import Notification as Kept
from commerce.money.payments import Payment as Ours
from commerce.money.payments import Refund as Booked
from commerce.outbox import SHANGHAI
from commerce.people.members import Member
from commerce.trust.cases import Case
from commerce.work import Office, Work
from jobs import bills, notifications, payments, tick
from jobs.shop import Shop
from tests.commerce.sales import product
from tests.commerce.stars import reviewer, visitor
from tests.people import Clock


@dataclass
class Provider:
    """Keeps orders and refunds as WeChat Pay would, and fails where it is told to."""

    clock: Clock
    orders: dict[str, Payment] = field(default_factory=dict)
    refunds: dict[str, Refund] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    fails: dict[str, list[Exception]] = field(default_factory=dict)
    """Of these calls, the next ones: after the deed where the result is unknown."""
    bill: list[BillRow] = field(default_factory=list)
    refund_state: str = "SUCCESS"

    def create_native(self, number: str, amount_fen: int, words: str, expires_at: datetime) -> str:
        self._hear("create_native", number)
        self.orders.setdefault(number, Payment(number, "NOTPAY", amount_fen))
        return f"weixin://wxpay/bizpayurl?pr={number}"

    def create_jsapi(
        self, number: str, amount_fen: int, words: str, expires_at: datetime, openid: str
    ) -> dict[str, str]:
        self._hear("create_jsapi", number)
        self.orders.setdefault(number, Payment(number, "NOTPAY", amount_fen))
        return {"package": f"prepay_id={number}", "openid": openid}

    def query(self, number: str) -> Payment | None:
        self._hear("query", number)
        return self.orders.get(number)

    def close(self, number: str) -> None:
        self._hear("close", number)
        if self.orders[number].state == "SUCCESS":
            raise PayRefused(400, "ORDERPAID", "ORDERPAID")
        self.orders[number] = replace(self.orders[number], state="CLOSED")

    def refund(
        self, order_no: str, number: str, amount_fen: int, total_fen: int, reason: str
    ) -> Refund:
        known = self.refunds.get(number)
        assert known is None or known.amount_fen == amount_fen
        given = sum(one.amount_fen for one in self.refunds.values() if one.order_no == order_no)
        assert known or given + amount_fen <= total_fen == self.orders[order_no].amount_fen
        made = known or Refund(number, order_no, self.refund_state, amount_fen, total_fen)
        failing = (self.fails.get("refund") or [None])[0]
        if failing is None or isinstance(failing, ResultUnknown):
            self.refunds[number] = made
        self._hear("refund", number)
        return made

    def query_refund(self, number: str) -> Refund | None:
        self._hear("query_refund", number)
        return self.refunds.get(number)

    def trade_bill(self, day: date) -> list[BillRow]:
        self._hear("trade_bill", day.isoformat())
        return self.bill

    def is_paid(self, number: str, transaction: str = "42-1") -> None:
        known = self.orders.get(number)
        amount_fen = known.amount_fen if known else 99_00
        self.orders[number] = Payment(
            number, "SUCCESS", amount_fen, transaction, "o-dan", self.clock(), "NATIVE"
        )

    def _hear(self, name: str, number: str) -> None:
        self.asked.append(f"{name} {number}")
        if self.fails.get(name):
            raise self.fails[name].pop(0)


@pytest.fixture
def provider(clock: Clock) -> Provider:
    return Provider(clock)


@pytest.fixture
def shop(office: Office, bot: Bot, provider: Provider, tmp_path: Path) -> Shop:
    return Shop(office, bot, None, tmp_path, SHIPPED, provider)  # type: ignore[arg-type]


@pytest.fixture
def order(office: Office) -> Order:
    """99.00, waiting."""
    with office.work() as work:
        reviewer(work)
        buyer = visitor(work)
        wanted = buying.quote(work, buyer, product(work, pieces=2).id)
        return buying.place(work, buyer, wanted, key="order")


def due(office: Office, *names: str) -> Iterator[int]:
    with office.work() as work:
        rows = select(DueTask.id).where(
            DueTask.task.in_(names), DueTask.done_at.is_(None), DueTask.due_at <= work.now
        )
        yield from list(work.session.scalars(rows.order_by(DueTask.id)))


def runs(shop: Shop, *names: str) -> list[bool]:
    return [tick.run(shop, task_id) for task_id in list(due(shop.office, *names))]


def row(office: Office, kind: type, id: int | None = None) -> Any:
    with office.reading() as work:
        if id is not None:
            return work.session.get_one(kind, id)
        return work.session.scalars(select(kind).order_by(kind.id)).one()


def cases(office: Office) -> list[str]:
    with office.reading() as work:
        return [case.words for case in work.session.scalars(select(Case).order_by(Case.id))]


def payment_of(office: Office, order: Order) -> Ours:
    return row(office, Ours, order.payment_id)


def is_paid(office: Office, order: Order, provider: Provider, *, suffix: str = "") -> Ours:
    payment = payment_of(office, order)
    number = f"{payment.number}{suffix}"
    provider.is_paid(number)
    with office.work() as work:
        paying_in.settle_payment(work, number, 99_00, "42-1", paid_at=work.now)
    return payment_of(office, order)


def test_the_code_to_scan_is_made_once(shop: Shop, order: Order, provider: Provider):
    payment = payment_of(shop.office, order)

    assert runs(shop, "prepare_payment") == [True]
    payments.prepare_payment(shop, payment.id)

    assert provider.asked == [f"create_native {payment.number}"]
    assert payment_of(shop.office, order).code_url.endswith(f"pr={payment.number}")


def test_no_code_is_made_for_what_ran_out(
    shop: Shop, order: Order, provider: Provider, clock: Clock
):
    clock.passes(minutes=15)

    assert runs(shop, "prepare_payment") == [True]
    assert provider.asked == []


def test_without_a_merchant_nothing_is_asked(shop: Shop, order: Order):
    closed = replace(shop, pay=None)

    for call in (payments.prepare_payment, payments.close_payment):
        call(closed, order.payment_id)
    bills.reconcile_bill(closed, "2026-03-01")


def test_a_payment_that_ran_out_is_closed_under_both_numbers(
    shop: Shop, order: Order, provider: Provider, clock: Clock
):
    runs(shop, "prepare_payment")
    number = payment_of(shop.office, order).number
    provider.create_jsapi(number + PAGE, 99_00, "", clock(), "o-dan")
    clock.passes(minutes=15)

    runs(shop, "expire_order")
    assert runs(shop, "close_payment") == [True]

    assert {one.state for one in provider.orders.values()} == {"CLOSED"}
    assert payment_of(shop.office, order).state == "closed"


def test_what_is_paid_on_the_page_can_no_longer_be_scanned(
    shop: Shop, order: Order, provider: Provider
):
    runs(shop, "prepare_payment")
    payment = is_paid(shop.office, order, provider, suffix=PAGE)

    assert runs(shop, "close_payment") == [True]

    assert provider.orders[payment.number].state == "CLOSED"
    assert provider.orders[payment.number + PAGE].state == "SUCCESS"


def test_what_was_paid_and_never_told_is_found_when_it_is_closed(
    shop: Shop, order: Order, provider: Provider, clock: Clock
):
    """The notification was forgotten: the query finds it, and the order is honoured."""
    runs(shop, "prepare_payment")
    provider.is_paid(payment_of(shop.office, order).number)
    clock.passes(minutes=15)

    runs(shop, "expire_order")
    runs(shop, "close_payment")

    assert row(shop.office, Order, order.id).state == State.PAID


def test_what_is_paid_between_the_question_and_the_closing_is_found_too(
    shop: Shop, order: Order, provider: Provider, clock: Clock, monkeypatch
):
    runs(shop, "prepare_payment")
    number = payment_of(shop.office, order).number
    clock.passes(minutes=15)
    runs(shop, "expire_order")
    close = provider.close

    def pays_first(closed: str) -> None:
        provider.is_paid(closed)
        close(closed)

    monkeypatch.setattr(provider, "close", pays_first)

    assert runs(shop, "close_payment") == [True]

    assert row(shop.office, Order, order.id).state == State.PAID
    assert payment_of(shop.office, order).paid_number == number


def test_a_refund_goes_back_by_its_number_under_which_it_was_paid(
    shop: Shop, order: Order, provider: Provider
):
    payment = is_paid(shop.office, order, provider, suffix=PAGE)
    shop.office.do(lambda work: refunds.refund(work, order.id, 30_00, key="r"))

    assert runs(shop, "pay_back") == [True]

    booked = row(shop.office, Booked)
    assert booked.state == RefundState.DONE
    assert provider.refunds[booked.number].order_no == f"{payment.number}{PAGE}"
    assert provider.refunds[booked.number].amount_fen == 30_00


@pytest.mark.parametrize("is_done", [True, False])
def test_an_unknown_refund_is_asked_and_never_sent_under_another_number(
    shop: Shop, order: Order, provider: Provider, clock: Clock, is_done: bool
):
    is_paid(shop.office, order, provider)
    shop.office.do(lambda work: refunds.refund(work, order.id, 30_00, key="r"))
    lost = ResultUnknown(-1, "lost") if is_done else PlatformUnavailable(-1, "never arrived")
    provider.fails = {"refund": [lost], "query_refund": [PlatformUnavailable(-1, "away")]}
    assert runs(shop, "pay_back") == [False]
    provider.fails = {}
    clock.passes(minutes=1)

    assert runs(shop, "pay_back") == [True]

    booked = row(shop.office, Booked)
    assert booked.state == RefundState.DONE
    assert list(provider.refunds) == [booked.number]


def test_an_unknown_refund_that_was_done_is_found_at_once(
    shop: Shop, order: Order, provider: Provider
):
    is_paid(shop.office, order, provider)
    shop.office.do(lambda work: refunds.refund(work, order.id, 30_00, key="r"))
    provider.fails = {"refund": [ResultUnknown(-1, "lost")]}

    assert runs(shop, "pay_back") == [True]
    assert row(shop.office, Booked).state == RefundState.DONE


def test_a_refund_refused_for_good_is_an_operators_case(
    shop: Shop, order: Order, provider: Provider
):
    is_paid(shop.office, order, provider)
    shop.office.do(lambda work: refunds.refund(work, order.id, 30_00, key="r"))
    provider.fails = {"refund": [PayRefused(403, "账户异常", "USER_ACCOUNT_ABNORMAL")]}

    assert runs(shop, "pay_back") == [True]

    assert row(shop.office, Booked).state == RefundState.FAILED
    assert "USER_ACCOUNT_ABNORMAL" in cases(shop.office)[0]


def test_an_empty_merchants_account_only_means_later(
    shop: Shop, order: Order, provider: Provider, clock: Clock
):
    is_paid(shop.office, order, provider)
    shop.office.do(lambda work: refunds.refund(work, order.id, 30_00, key="r"))
    provider.fails = {"refund": [PayRefused(403, "余额不足", "NOT_ENOUGH")]}

    assert runs(shop, "pay_back") == [True]
    assert row(shop.office, Booked).state == RefundState.REQUESTED
    assert "余额不足" in cases(shop.office)[0]
    clock.passes(minutes=30)
    assert runs(shop, "pay_back") == [True]
    assert row(shop.office, Booked).state == RefundState.DONE


def test_a_refund_under_way_is_followed_until_it_is_done(
    shop: Shop, order: Order, provider: Provider, clock: Clock
):
    is_paid(shop.office, order, provider)
    shop.office.do(lambda work: refunds.refund(work, order.id, 30_00, key="r"))
    provider.refund_state = "PROCESSING"
    runs(shop, "pay_back")
    for _ in range(2):
        clock.passes(minutes=30)
        assert runs(shop, "follow_refund") == [True]
        assert row(shop.office, Booked).state == RefundState.REQUESTED
    number = row(shop.office, Booked).number
    provider.refunds[number] = replace(provider.refunds[number], state="SUCCESS")
    clock.passes(minutes=30)

    assert runs(shop, "follow_refund") == [True]

    assert row(shop.office, Booked).state == RefundState.DONE


def test_a_payment_that_came_too_late_goes_back_whole(
    shop: Shop, order: Order, provider: Provider, clock: Clock
):
    with shop.office.work() as work:
        buying.cancel(work, work.session.get_one(Member, order.buyer_id), _fresh(work, order))
    is_paid(shop.office, order, provider)

    assert runs(shop, "return_payment") == [True]

    back = row(shop.office, Returned)
    assert (back.state, provider.refunds[back.number].amount_fen) == (RefundState.DONE, 99_00)
    assert row(shop.office, Order, order.id).state == State.CANCELLED


def _fresh(work: Work, order: Order) -> Order:
    return work.session.get_one(Order, order.id)


def told(order_no: str, *, id: str = "EV-1", amount: Any = 99_00, **more: Any) -> Notification:
    resource = {
        "out_trade_no": order_no,
        "trade_state": "SUCCESS",
        "transaction_id": "42-1",
        "amount": {"total": amount},
        "payer": {"openid": "o-dan"},
        "success_time": "2026-03-02T12:00:00+08:00",
    }
    return Notification(id, "TRANSACTION.SUCCESS", resource | more)


def hears(office: Office, heard: Notification) -> bool:
    return office.do(lambda work: notifications.hear(work, "wechat", heard))


def test_a_notification_is_kept_once_and_pays_once(shop: Shop, order: Order):
    number = payment_of(shop.office, order).number

    assert [hears(shop.office, told(number)), hears(shop.office, told(number))] == [True, False]
    assert hears(shop.office, told(number, id="EV-2"))  # Said anew under another id: nothing new.

    assert row(shop.office, Order, order.id).state == State.PAID
    with shop.office.reading() as work:
        kept = work.session.scalars(select(Kept).order_by(Kept.id)).all()
    assert [one.external_id for one in kept] == ["EV-1", "EV-2"]
    assert number in kept[0].body


def test_a_notification_and_what_it_does_are_one_transaction(shop: Shop, order: Order, monkeypatch):
    number = payment_of(shop.office, order).number

    def breaks(*_: Any, **__: Any) -> None:
        raise RuntimeError("killed")

    monkeypatch.setitem(notifications.EVENTS, "TRANSACTION.SUCCESS", breaks)
    with pytest.raises(RuntimeError):
        hears(shop.office, told(number))
    monkeypatch.undo()

    assert hears(shop.office, told(number))
    assert row(shop.office, Order, order.id).state == State.PAID


@pytest.mark.parametrize(
    "wrong",
    [
        {"trade_state": "NOTPAY"},
        {"transaction_id": ""},
        {"success_time": None},
        {"amount": {"total": "9900"}},
        {"amount": {"total": 99.0}},
        {"amount": {"total": -1}},
        {"out_trade_no": ""},
    ],
    ids=str,
)
def test_what_is_not_complete_is_kept_and_shown_to_people(shop: Shop, order: Order, wrong):
    number = payment_of(shop.office, order).number

    assert hears(shop.office, told(number, **wrong))

    assert row(shop.office, Order, order.id).state == State.CREATED
    assert row(shop.office, Kept).external_id == "EV-1"
    assert "读不懂" in cases(shop.office)[0]


def test_an_event_nobody_acts_on_is_kept(shop: Shop, order: Order):
    assert hears(shop.office, Notification("EV-9", "COUPON.USE", {"x": 1}))
    assert row(shop.office, Kept).event == "COUPON.USE"


@pytest.mark.parametrize(
    ("event", "state"),
    [
        ("SUCCESS", RefundState.DONE),
        ("ABNORMAL", RefundState.FAILED),
        ("CLOSED", RefundState.FAILED),
    ],
)
def test_a_refund_is_told(shop: Shop, order: Order, provider: Provider, event: str, state: str):
    is_paid(shop.office, order, provider)
    booked = shop.office.do(lambda work: refunds.refund(work, order.id, 30_00, key="r"))
    resource = {
        "out_refund_no": booked.number,
        "out_trade_no": "P",
        "refund_status": event,
        "amount": {"refund": 30_00, "total": 99_00},
    }

    assert hears(shop.office, Notification("EV-7", f"REFUND.{event}", resource))

    assert row(shop.office, Booked).state == state


def billed(order: Ours, clock: Clock, **more: Any) -> BillRow:
    made = BillRow(clock(), order.paid_number, "42-1", "o-dan", order.amount_fen)
    return replace(made, **more)


def reconciled(shop: Shop, day: str = "2026-03-02") -> list[str]:
    bills.reconcile_bill(shop, day)
    return cases(shop.office)


def test_a_bill_that_agrees_says_nothing(shop, order, provider, clock):
    payment = is_paid(shop.office, order, provider)
    shop.office.do(lambda work: refunds.refund(work, order.id, 30_00, key="r"))
    runs(shop, "pay_back")
    back = row(shop.office, Booked)
    provider.bill = [
        billed(payment, clock),
        billed(payment, clock, amount_fen=30_00, refund_no=back.number, refund_state="SUCCESS"),
    ]

    assert reconciled(shop) == []


def test_what_the_bill_knows_and_we_do_not_is_asked_and_settled(shop, order, provider, clock):
    payment = payment_of(shop.office, order)
    provider.is_paid(payment.number)
    provider.bill = [BillRow(clock(), payment.number, "42-1", "o-dan", 99_00)]

    assert reconciled(shop) == []
    assert row(shop.office, Order, order.id).state == State.PAID


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"amount_fen": 98_00}, "账单 98.00 元，我们 99.00 元"),
        ({"order_no": "PXXXXXX00000009"}, "付款 PXXXXXX00000009 账单 99.00 元，我们 没有"),
        ({"transaction_id": "43"}, "我们 没有"),
        ({"refund_no": "RXXXXXX00000001"}, "退款 RXXXXXX00000001 账单 99.00 元，我们 没有"),
    ],
)
def test_every_difference_is_a_case(shop, order, provider, clock, change, words):
    payment = is_paid(shop.office, order, provider)
    provider.bill = [billed(payment, clock, **change)]

    found = reconciled(shop)

    assert len(found) == 1
    assert words in found[0]
    assert reconciled(shop) == found


def test_what_we_have_and_the_bill_has_not_is_a_case(shop, order, provider, clock):
    payment = is_paid(shop.office, order, provider)
    shop.office.do(lambda work: refunds.refund(work, order.id, 30_00, key="r"))
    runs(shop, "pay_back")

    [words] = reconciled(shop)

    assert "有 2 处不一致" in words
    assert f"付款 {payment.number} 账单没有，我们 99.00 元" in words
    assert "账单没有，我们 30.00 元" in words


def test_the_bill_is_fetched_each_morning_for_the_day_before(office: Office, clock: Clock):
    for _ in range(2):
        office.do(bills.plan_bill)

    planned = row(office, DueTask)
    assert (planned.task, planned.args) == ("reconcile_bill", {"day": "2026-03-02"})
    assert planned.due_at == datetime(2026, 3, 3, 10, 30, tzinfo=SHANGHAI)
    clock.now = planned.due_at - timedelta(minutes=1)
    office.do(bills.plan_bill)
    assert row(office, DueTask).args == {"day": "2026-03-02"}


def test_a_bill_that_is_still_written_is_asked_for_again(shop, order, provider, clock):
    shop.office.do(lambda work: agenda.plan(work, "reconcile_bill", key="b", day="2026-03-01"))
    provider.fails = {"trade_bill": [PlatformUnavailable(-1, "STATEMENT_CREATING")]}

    assert runs(shop, "reconcile_bill") == [False]
    clock.passes(minutes=1)
    assert runs(shop, "reconcile_bill") == [True]
