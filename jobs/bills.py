"""The daily bill against our own books: what differs is asked about, and what still differs is a
case for people. Nothing is ever repaired in silence."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta

from sqlalchemy import select

from bot.platforms.pay import BillRow
from commerce import agenda
from commerce.fen import show_yuan
from commerce.money import paying_in
from commerce.money.payments import PAGE, Payment, Refund, RefundState, Returned, State
from commerce.outbox import SHANGHAI
from commerce.work import Work
from jobs import payments
from jobs.shop import Shop

READY_AT = time(10, 30)
"""Shanghai: the bill of a day is written by 10:00 of the next."""
MOST_SHOWN = 20


def reconcile_bill(shop: Shop, day: str) -> None:
    """Every payment and refund of a day (Shanghai) is on both sides, with the same amount."""
    if shop.pay is None:
        return
    at = date.fromisoformat(day)
    rows = shop.pay.trade_bill(at)
    for number in _unsettled(shop, rows):
        with shop.office.reading() as work:
            payment = work.session.scalar(select(Payment).where(Payment.number == number))
        if payment is not None:
            payments.ask_payment(shop, payment)
    shop.office.do(lambda work: report(work, at, rows))


def plan_bill(work: Work) -> None:
    """The next reconciliation. Safe to run again."""
    local = work.now.astimezone(SHANGHAI)
    due_at = datetime.combine(local.date(), READY_AT, SHANGHAI)
    if due_at <= local:
        due_at += timedelta(days=1)
    day = (due_at.date() - timedelta(days=1)).isoformat()
    agenda.plan(work, "reconcile_bill", key=f"reconcile_bill:{day}", due_at=due_at, day=day)


def report(work: Work, day: date, rows: Sequence[BillRow]) -> list[str]:
    """A case with the differences of a day, if there are any."""
    found = [*_differences(work, day, rows)]
    if found:
        shown = "\n".join(found[:MOST_SHOWN])
        words = f"{day} 微信账单和我们的账有 {len(found)} 处不一致：\n{shown}"
        paying_in.alarm(work, words, key=f"bill:{day}")
    return found


def _unsettled(shop: Shop, rows: Sequence[BillRow]) -> list[str]:
    """Numbers that were paid by the bill, and are not by our books."""
    with shop.office.reading() as work:
        ours = _payments(work, _paid_numbers(rows))
        returned = _returned(work, _paid_numbers(rows))
    return [
        _bare(row.order_no)
        for row in rows
        if not row.refund_no
        and (row.order_no, row.transaction_id) not in returned
        and _bare(row.order_no) in ours
        and ours[_bare(row.order_no)].transaction_id != row.transaction_id
    ]


def _differences(work: Work, day: date, rows: Sequence[BillRow]) -> Iterator[str]:
    yield from _payments_differ(work, day, [row for row in rows if not row.refund_no])
    yield from _refunds_differ(work, day, [row for row in rows if row.refund_no])


def _payments_differ(work: Work, day: date, rows: Sequence[BillRow]) -> Iterator[str]:
    ours = _payments(work, _paid_numbers(rows))
    returned = _returned(work, _paid_numbers(rows))
    for row in rows:
        payment = ours.get(_bare(row.order_no))
        went_back = returned.get((row.order_no, row.transaction_id))
        known_fen = went_back
        if payment is not None and payment.transaction_id == row.transaction_id:
            known_fen = payment.amount_fen
        if known_fen != row.amount_fen:
            yield f"付款 {row.order_no} 账单 {_said(row.amount_fen)}，我们 {_said(known_fen)}"
    there = {_bare(row.order_no) for row in rows}
    for payment in _paid_on(work, day):
        if payment.number not in there:
            yield f"付款 {payment.number} 账单没有，我们 {_said(payment.amount_fen)}"


def _refunds_differ(work: Work, day: date, rows: Sequence[BillRow]) -> Iterator[str]:
    ours = _refunds(work, [row.refund_no for row in rows])
    for row in rows:
        if ours.get(row.refund_no) != row.amount_fen:
            known = _said(ours.get(row.refund_no))
            yield f"退款 {row.refund_no} 账单 {_said(row.amount_fen)}，我们 {known}"
    there = {row.refund_no for row in rows}
    for number, amount_fen in _refunded_on(work, day):
        if number not in there:
            yield f"退款 {number} 账单没有，我们 {_said(amount_fen)}"


def _said(amount_fen: int | None) -> str:
    return "没有" if amount_fen is None else f"{show_yuan(amount_fen)} 元"


def _bare(number: str) -> str:
    return number.removesuffix(PAGE)


def _paid_numbers(rows: Sequence[BillRow]) -> list[str]:
    return [row.order_no for row in rows if not row.refund_no]


def _payments(work: Work, numbers: Sequence[str]) -> dict[str, Payment]:
    rows = select(Payment).where(Payment.number.in_({_bare(number) for number in numbers}))
    return {payment.number or "": payment for payment in work.session.scalars(rows)}


def _returned(work: Work, numbers: Sequence[str]) -> dict[tuple[str, str], int]:
    rows = work.session.scalars(select(Returned).where(Returned.paid_number.in_(numbers)))
    return {(row.paid_number, row.transaction_id): row.amount_fen for row in rows}


def _refunds(work: Work, numbers: Sequence[str]) -> dict[str, int]:
    refunds = select(Refund.number, Refund.cash_fen).where(Refund.number.in_(numbers))
    returned = select(Returned.number, Returned.amount_fen).where(Returned.number.in_(numbers))
    rows = [*work.session.execute(refunds), *work.session.execute(returned)]
    return {str(row[0]): int(row[1]) for row in rows}


def _paid_on(work: Work, day: date) -> list[Payment]:
    begins, ends = _span(day)
    paid = (Payment.state == State.PAID, Payment.paid_at >= begins, Payment.paid_at < ends)
    return list(work.session.scalars(select(Payment).where(*paid).order_by(Payment.id)))


def _refunded_on(work: Work, day: date) -> list[tuple[str, int]]:
    """Asked for and done on this day: those of its edges stand in either bill."""
    begins, ends = _span(day)
    refunds = select(Refund.number, Refund.cash_fen).where(
        Refund.done_at >= begins, Refund.done_at < ends, Refund.requested_at >= begins
    )
    refunds = refunds.where(Refund.state == RefundState.DONE, Refund.cash_fen > 0)
    returned = select(Returned.number, Returned.amount_fen).where(
        Returned.done_at >= begins, Returned.done_at < ends, Returned.requested_at >= begins
    )
    rows = [*work.session.execute(refunds), *work.session.execute(returned)]
    return [(str(row[0]), int(row[1])) for row in rows]


def _span(day: date) -> tuple[datetime, datetime]:
    begins = datetime.combine(day, time(), SHANGHAI)
    return begins, begins + timedelta(days=1)
