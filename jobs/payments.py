"""
What is due with a provider about money that comes in, and money that goes back to who paid it.

Every call may be run again: numbers never change, and whatever is unknown is asked, not repeated
under another number.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.platforms.pay import Payment as Found
from bot.platforms.pay import PayRefused, ResultUnknown, WeChatPay
from bot.platforms.pay import Refund as FoundRefund
from commerce import agenda
from commerce.errors import PlatformUnavailable
from commerce.goods.orders import Order
from commerce.goods.products import Product
from commerce.money import paying_in
from commerce.money.payments import PAGE, Payment, Refund, RefundState, Returned, State
from commerce.work import Work
from jobs.shop import Shop

log = logging.getLogger(__name__)

PAID = ("SUCCESS", "REFUND")
REFUND_FAILED = ("ABNORMAL", "CLOSED")
NOT_NOW = ("NOT_ENOUGH",)
"""Refused for now: the merchant's account is empty."""
ASK_AGAIN = timedelta(minutes=30)
LONGEST_WORDS = 40


@dataclass(frozen=True)
class Back:
    """What is to go back, out of what was paid, under which numbers."""

    number: str
    order_no: str
    amount_fen: int
    total_fen: int
    reason: str


def prepare_payment(shop: Shop, payment_id: int) -> None:
    """The code that can be scanned to pay. Nothing for what is paid, closed, or has one."""
    with shop.office.reading() as work:
        payment = work.session.get_one(Payment, payment_id)
        words = description(work, payment)
    done = payment.state != State.WAITING or payment.code_url is not None
    if shop.pay is None or done or payment.expires_at <= shop.office.clock():
        return
    assert payment.number is not None
    code_url = shop.pay.create_native(payment.number, payment.amount_fen, words, payment.expires_at)

    def keep(work: Work) -> None:
        work.session.get_one(Payment, payment_id).code_url = code_url

    shop.office.do(keep)


def description(work: Work, payment: Payment) -> str:
    """What the person reads in WeChat before paying. Always the same for the same payment."""
    orders = paying_in.orders_paid_by(work, payment.id)
    title = work.session.get_one(Product, orders[0].product_id).title
    more = f" 等 {len(orders)} 件" if len(orders) > 1 else ""
    return f"{title[:LONGEST_WORDS]}{more}"


def close_payment(shop: Shop, payment_id: int) -> None:
    """Nobody may pay it any more; first it is asked whether somebody did."""
    with shop.office.reading() as work:
        payment = work.session.get_one(Payment, payment_id)
    if shop.pay is None or payment.number is None:
        return
    for number in (payment.number, payment.number + PAGE):
        if number != payment.paid_number:
            _close(shop, shop.pay, number)


def ask_payment(shop: Shop, payment: Payment) -> bool:
    """Was it paid? Then it is settled now, without waiting for the notification."""
    if shop.pay is None or payment.number is None:
        return False
    numbers = (payment.number, payment.number + PAGE)
    found = [one for one in map(shop.pay.query, numbers) if one is not None]
    return sum(_settle(shop, one) for one in found) > 0


def pay_back(shop: Shop, refund_id: int) -> None:
    """A refund that is booked is asked of the provider, under its number."""
    with shop.office.reading() as work:
        row = work.session.get_one(Refund, refund_id)
        payment_id = work.session.get_one(Order, row.order_id).payment_id
        payment = work.session.get_one(Payment, payment_id)
    if shop.pay is None or row.state != RefundState.REQUESTED:
        return
    number = payment.paid_number or payment.number
    assert number is not None
    assert row.number is not None
    back = Back(row.number, number, row.cash_fen, payment.amount_fen, "商品退款")
    if not _give_back(shop, shop.pay, back):
        shop.office.do(lambda work: _pay_back_later(work, refund_id))


def return_payment(shop: Shop, returned_id: int) -> None:
    """A payment that came too late, or twice, goes back whole."""
    with shop.office.reading() as work:
        row = work.session.get_one(Returned, returned_id)
    if shop.pay is None or row.state != RefundState.REQUESTED:
        return
    assert row.number is not None
    back = Back(row.number, row.paid_number, row.amount_fen, row.amount_fen, "订单已取消，原路退回")
    if not _give_back(shop, shop.pay, back):
        shop.office.do(lambda work: _return_later(work, returned_id))


def follow_refund(shop: Shop, number: str) -> None:
    """It was under way and nothing was heard of it since: ask."""
    if shop.pay is None:
        return
    found = shop.pay.query_refund(number)
    if found is None:
        shop.office.do(lambda work: paying_in.refund_failed(work, number, "微信没有这笔退款"))
    else:
        _note_refund(shop, found)


def _close(shop: Shop, pay: WeChatPay, number: str) -> None:
    found = pay.query(number)
    if found is None or _settle(shop, found) or found.state == "CLOSED":
        return
    try:
        pay.close(number)
    except PayRefused as error:
        if error.reason != "ORDERPAID":
            raise
        paid = pay.query(number)
        if paid is None or not _settle(shop, paid):
            raise PlatformUnavailable(-1, "paid or not") from error


def _settle(shop: Shop, found: Found) -> bool:
    """True if the provider says it was paid."""
    if found.state not in PAID or found.paid_at is None:
        return False
    paid_at = found.paid_at
    came = shop.office.do(
        lambda work: paying_in.settle_payment(
            work,
            found.order_no,
            found.amount_fen,
            found.transaction_id,
            paid_at=paid_at,
            payer=found.openid,
        )
    )
    log.info("payment %s: %s", found.order_no, came)
    return True


def _give_back(shop: Shop, pay: WeChatPay, back: Back) -> bool:
    """False when the provider says: not now."""
    try:
        found = pay.refund(back.order_no, back.number, back.amount_fen, back.total_fen, back.reason)
    except ResultUnknown:
        asked = pay.query_refund(back.number)
        if asked is None:
            raise
        found = asked
    except PayRefused as error:
        if error.reason in NOT_NOW:
            return False
        why = error.reason
        shop.office.do(lambda work: paying_in.refund_failed(work, back.number, why))
        return True
    _note_refund(shop, found)
    return True


def _pay_back_later(work: Work, refund_id: int) -> None:
    due_at = _told_of_an_empty_account(work)
    key = f"pay_back:{refund_id}:{due_at:%Y%m%d%H%M%S}"
    agenda.plan(work, "pay_back", key=key, due_at=due_at, refund_id=refund_id)


def _return_later(work: Work, returned_id: int) -> None:
    due_at = _told_of_an_empty_account(work)
    key = f"return_payment:{returned_id}:{due_at:%Y%m%d%H%M%S}"
    agenda.plan(work, "return_payment", key=key, due_at=due_at, returned_id=returned_id)


def _told_of_an_empty_account(work: Work) -> datetime:
    """People hear of it once a day. When to try again."""
    words = "商户账户余额不足，有退款在等。充值后自动继续，不用重做。"
    paying_in.alarm(work, words, key=f"empty:{work.now:%Y-%m-%d}")
    return work.now + ASK_AGAIN


def _note_refund(shop: Shop, found: FoundRefund) -> None:
    def note(work: Work) -> None:
        if found.state == "SUCCESS":
            paying_in.refund_done(work, found.refund_no, found.amount_fen)
        elif found.state in REFUND_FAILED:
            paying_in.refund_failed(work, found.refund_no, found.state)
        else:
            due_at = work.now + ASK_AGAIN
            key = f"follow_refund:{found.refund_no}:{due_at:%Y%m%d%H%M}"
            agenda.plan(work, "follow_refund", key=key, due_at=due_at, number=found.refund_no)

    shop.office.do(note)
