"""
Money on its way to a person: asked for once, then asked about until the platform has answered.

A bill's number and its contents never change, so sending it again can never pay twice; and it is
sent again only when the platform says that it knows no such bill, or to get the package that only
the answer to sending carries.
"""

import logging
from datetime import datetime, timedelta
from typing import Protocol

from bot.links import token_for
from bot.platforms.pay import PayRefused, ResultUnknown, Scene, TransferBill
from commerce import agenda
from commerce.errors import PlatformError
from commerce.money import payouts
from commerce.money.payouts import Bill
from commerce.money.withdrawals import State, Withdrawal, find, owner
from commerce.outbox import Priority, notify, within
from commerce.store.base import seal_of
from commerce.work import Work
from jobs.shop import Shop

log = logging.getLogger(__name__)

WAITING = "WAIT_USER_CONFIRM"
REMINDED_BEFORE = (timedelta(hours=13), timedelta(hours=2))
APART = timedelta(hours=3)
PAGE = "transfer"
NOT_YET = timedelta(minutes=10)


class Transfers(Protocol):
    """What is used of the platform; see `bot.platforms.pay.WeChatPay`."""

    def transfer(
        self,
        bill_no: str,
        openid: str,
        amount_fen: int,
        *,
        scene: Scene,
        remark: str,
        real_name: str | None = None,
    ) -> TransferBill: ...

    def query_transfer(self, bill_no: str) -> TransferBill | None: ...


def pay_out(shop: Shop, withdrawal_id: int) -> None:
    """Start a payout that is due, or look what became of one; the next look is planned. Safe to be
    run again, and by several at once."""
    if shop.pay is None:
        shop.office.do(lambda work: _later(work, withdrawal_id))
        return
    bill = shop.office.do(lambda work: payouts.start(work, withdrawal_id))
    if bill is None:
        return
    try:
        if bill.is_new:
            _send(shop, shop.pay, bill)
        else:
            _look(shop, shop.pay, bill)
    except PlatformError as error:  # It was asked for nothing, or only what it knows.
        log.warning("payout %s: %s", bill.number, type(error).__name__)
    shop.office.do(lambda work: payouts.look_again(work, withdrawal_id))


def remind_payout(shop: Shop, withdrawal_id: int, number: int) -> None:
    """Say once more that the money waits for its owner, if it still does."""

    def remind(work: Work) -> None:
        row = find(work, withdrawal_id)
        if row.state == State.WAITING_USER:
            _tell(shop, work, row, number)

    shop.office.do(remind)


def _scene(shop: Shop) -> Scene:
    agreed = shop.office.rules.payouts.transfer
    return Scene(agreed.scene, tuple((one.type, one.content) for one in agreed.report))


def _send(shop: Shop, pay: Transfers, bill: Bill) -> None:
    try:
        found = pay.transfer(
            bill.number,
            bill.payee,
            bill.amount_fen,
            scene=_scene(shop),
            remark=bill.remark,
            real_name=bill.payee_name,
        )
    except ResultUnknown:
        shop.office.do(lambda work: payouts.unanswered(work, bill.withdrawal_id))
    except PayRefused as error:
        _refused(shop, pay, bill, error.reason)
    else:
        _note(shop, found)


def _look(shop: Shop, pay: Transfers, bill: Bill) -> None:
    found = pay.query_transfer(bill.number)
    if found is None:
        if bill.may_be_sent:
            _send(shop, pay, bill)
        return
    _note(shop, found)
    ours = (found.amount_fen, found.openid) == (bill.amount_fen, bill.payee)
    if found.state == WAITING and ours and not bill.has_package:
        _send(shop, pay, bill)


def _refused(shop: Shop, pay: Transfers, bill: Bill, reason: str) -> None:
    """A no is believed when the platform knows no such bill: an earlier try may have come
    through."""
    found = pay.query_transfer(bill.number)
    if found is not None:
        _note(shop, found)
    elif bill.may_be_sent:
        shop.office.do(lambda work: payouts.refused(work, bill.withdrawal_id, reason))


def _note(shop: Shop, found: TransferBill) -> None:
    def note(work: Work) -> None:
        row = payouts.heard_transfer(
            work,
            found.bill_no,
            found.state,
            found.amount_fen,
            found.openid,
            fail_reason=found.fail_reason,
            package=found.package_info,
        )
        if row is not None and row.state == State.WAITING_USER and row.package:
            _tell(shop, work, row, 0)
            _plan_reminders(work, row)

    shop.office.do(note)


def _tell(shop: Shop, work: Work, row: Withdrawal, number: int) -> None:
    """Number 0 is the first word; once each."""
    assert row.confirm_until is not None
    member = owner(work, row)
    seal = seal_of(work.session.get_bind().dialect)
    token = token_for(seal, PAGE, member.id, row.confirm_until, about=row.id)
    notify(
        work,
        member.id,
        "withdrawal_due",
        key=f"withdrawal:{row.id}:due:{number}",
        priority=Priority.MONEY,
        withdrawal=row.id,
        arrives_fen=row.arrives_fen,
        until=row.confirm_until.isoformat(),
        page=f"{shop.bot.base_url}/pages/{PAGE}?t={token}",
        again=number > 0,
    )


def _plan_reminders(work: Work, row: Withdrawal) -> None:
    """At hours when people may be told, and not one right after the other."""
    assert row.confirm_until is not None
    last = row.sent_at or work.now
    for number, before in enumerate(REMINDED_BEFORE, 1):
        at: datetime = within(work.rules.chat.service_hours, row.confirm_until - before)
        if last + APART <= at < row.confirm_until - APART / 6:
            key = f"remind_payout:{row.id}:{number}"
            args = {"withdrawal_id": row.id, "number": number}
            agenda.plan(work, "remind_payout", key=key, due_at=at, **args)
            last = at


def _later(work: Work, withdrawal_id: int) -> None:
    """The house cannot send money yet: nothing is lost, it is tried again."""
    at = work.now + NOT_YET
    key = f"pay_out:{withdrawal_id}:later:{at:%Y%m%d%H%M%S%f}"
    agenda.plan(work, "pay_out", key=key, due_at=at, withdrawal_id=withdrawal_id)
