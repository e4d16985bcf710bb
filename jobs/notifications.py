"""
What a payment provider tells us unasked: kept as it came, once, and acted on in the same
transaction. Nothing is asked back, and nobody else's numbers are believed.
"""

import json
import logging
from collections.abc import Callable
from typing import Any

from bot.platforms.pay import Notification as Heard
from bot.platforms.pay import payment_of, refund_of, transfer_of
from commerce.money import paying_in, payouts
from commerce.money.payments import Notification
from commerce.store.once import insert_once
from commerce.work import Work

log = logging.getLogger(__name__)

UNREADABLE = (ValueError, KeyError, TypeError)


def paid(work: Work, resource: dict[str, Any]) -> None:
    found = payment_of(resource)
    if found.state != "SUCCESS" or found.paid_at is None or not found.transaction_id:
        raise ValueError("not paid")
    came = paying_in.settle_payment(
        work,
        found.order_no,
        found.amount_fen,
        found.transaction_id,
        paid_at=found.paid_at,
        payer=found.openid,
    )
    log.info("payment %s: %s", found.order_no, came)


def refunded(work: Work, resource: dict[str, Any]) -> None:
    found = refund_of(resource)
    paying_in.refund_done(work, found.refund_no, found.amount_fen)


def refund_failed(work: Work, resource: dict[str, Any]) -> None:
    found = refund_of(resource)
    paying_in.refund_failed(work, found.refund_no, found.state)


def transferred(work: Work, resource: dict[str, Any]) -> None:
    """A payout ended. Who never had a link to confirm hears of the end all the same."""
    found = transfer_of(resource)
    row = payouts.heard_transfer(
        work,
        found.bill_no,
        found.state,
        found.amount_fen,
        found.openid,
        fail_reason=found.fail_reason,
    )
    log.info("transfer %s: %s", found.bill_no, row.state if row else "not ours")


EVENTS: dict[str, Callable[[Work, dict[str, Any]], None]] = {
    "TRANSACTION.SUCCESS": paid,
    "REFUND.SUCCESS": refunded,
    "REFUND.ABNORMAL": refund_failed,
    "REFUND.CLOSED": refund_failed,
    "MCHTRANSFER.BILL.FINISHED": transferred,
}
"""Who acts on which event, in the transaction that keeps it. It raises ValueError, KeyError or
TypeError, before anything is written, when the resource is not complete."""


def hear(work: Work, provider: str, heard: Heard) -> bool:
    """Keep it and act on it. False when it was heard before: then nothing is done."""
    new = insert_once(
        work.session,
        Notification,
        provider=provider,
        external_id=heard.id[:64],
        event=heard.event_type[:40],
        body=json.dumps(heard.resource, ensure_ascii=False),
        heard_at=work.now,
    )
    if not new:
        return False
    act = EVENTS.get(heard.event_type)
    if act is None:
        log.warning("a notification nobody acts on: %s", heard.event_type[:40])
        return True
    try:
        act(work, heard.resource)
    except UNREADABLE as error:
        log.error("notification %s is not complete: %s", heard.id[:64], type(error).__name__)
        words = f"微信支付的通知读不懂：{heard.event_type[:40]}，编号 {heard.id[:64]}。"
        paying_in.alarm(work, words, key=f"notification:{heard.id}"[:100])
    return True
