"""
Reversals: what a refund or a verdict takes back from the lines of an order.

Each line gives back its own share of what was refunded so far, minus what it gave back before, so
many small refunds come to exactly the same as one. It is taken from where the line is: pending, or
available, and what is missing there becomes debt that later releases pay first.
"""

from typing import Any

from sqlalchemy import select

from commerce.fen import part_floor
from commerce.goods.orders import Order
from commerce.money import ledger
from commerce.money.earnings import Earning, Reversal, State
from commerce.money.ledger import Move
from commerce.money.payments import Refund
from commerce.outbox import Priority, notify
from commerce.people import members
from commerce.trust import cases
from commerce.work import Work


def reverse_refunded(work: Work, order: Order, *, key: str) -> list[Reversal]:
    """After `order.refunded_fen` has grown: every line gives back its share. `key` names the
    refund; the same key twice changes nothing."""
    found = []
    for line in lines_of(work, order.id):
        target_fen = part_floor(line.amount_fen, order.refunded_fen, order.base_fen)
        if line.state == State.VOID or _too_late(work, line):
            continue
        reversal = take_back(work, line, target_fen - line.reversed_fen, key=key)
        if reversal is not None:
            found.append(reversal)
    return found


def take_back(work: Work, line: Earning, amount_fen: int, *, key: str) -> Reversal | None:
    """Take so much from where the line is. None if there is nothing to take, or it was taken."""
    done = select(Reversal.id).where(Reversal.earning_id == line.id, Reversal.key == key)
    if amount_fen <= 0 or work.session.scalar(done) is not None:
        return None
    member = members.get(work, line.member_id)
    reversal = Reversal(earning_id=line.id, key=key, amount_fen=amount_fen, at=work.now)
    if line.state == State.PENDING:
        reversal.from_pending_fen = amount_fen
    else:
        held = ledger.lock(work, member.id)
        reversal.from_available_fen = min(amount_fen, held.available_fen)
        reversal.to_debt_fen = amount_fen - reversal.from_available_fen
    ledger.post(
        work,
        f"{key}:line:{line.id}",
        Move(ledger.pending(member.id), ledger.SALES, reversal.from_pending_fen or 0),
        Move(ledger.available(member.id), ledger.SALES, reversal.from_available_fen or 0),
        Move(ledger.debt(member.id), ledger.SALES, reversal.to_debt_fen or 0),
    )
    line.reversed_fen += amount_fen
    if line.reversed_fen == line.amount_fen:
        line.state = State.REVERSED
    work.session.add(reversal)
    work.session.flush()
    _tell(work, line, reversal, member.id)
    if reversal.to_debt_fen:
        _watch_debt(work, member.id)
    return reversal


def give_back(work: Work, line: Earning, *, key: str, released: bool) -> int:
    """A verdict was wrong: what it took of a void line comes back, by an entry of its own, to where
    the line would be by now: pending, or what is owed and then available. How much."""
    rows = select(Reversal).where(Reversal.earning_id == line.id).order_by(Reversal.id.desc())
    taken = work.session.scalar(rows.limit(1))
    if taken is None or taken.key.startswith("refund:"):  # Nothing stood any more.
        line.state = State.REVERSED
        return 0
    member, back_fen = members.get(work, line.member_id), taken.amount_fen
    given = Reversal(earning_id=line.id, key=key, amount_fen=-back_fen, at=work.now)
    owed_fen = min(back_fen, ledger.lock(work, member.id).debt_fen) if released else 0
    available_fen = back_fen - owed_fen if released else 0
    given.to_debt_fen, given.from_available_fen = -owed_fen, -available_fen
    given.from_pending_fen = 0 if released else -back_fen
    ledger.post(
        work,
        f"{key}:line:{line.id}",
        Move(ledger.SALES, ledger.pending(member.id), -given.from_pending_fen),
        Move(ledger.SALES, ledger.debt(member.id), owed_fen),
        Move(ledger.SALES, ledger.available(member.id), available_fen),
    )
    line.reversed_fen -= back_fen
    line.state = State.AVAILABLE if released else State.PENDING
    line.released_at = line.released_at or (work.now if released else None)
    work.session.add(given)
    work.session.flush()
    return back_fen


def lines_of(work: Work, order_id: int) -> list[Earning]:
    """The lines of an order, held until the unit of work ends, in the order of their parts."""
    rows = select(Earning).where(Earning.order_id == order_id).order_by(Earning.part)
    held = rows.with_for_update().execution_options(populate_existing=True)
    return list(work.session.scalars(held))


def _too_late(work: Work, line: Earning) -> bool:
    """So long after the release, a refund is the platform's own cost."""
    span = work.rules.plan.debt.platform_after_days
    return line.released_at is not None and work.now > line.released_at + span


def _watch_debt(work: Work, member_id: int) -> None:
    """Much debt pauses withdrawals; a person of the staff looks at it."""
    owed_fen = ledger.balances(work, member_id).debt_fen
    if owed_fen > work.rules.plan.debt.pause_above_fen:
        words = f"待抵扣 {owed_fen} 分，提现已暂停"
        if cases.open_of(work, "debt", member_id) is None:
            key = f"debt:{member_id}:{work.now:%Y%m%d%H%M%S}"
            cases.open_case(work, "debt", member_id, words, key=key)


def _tell(work: Work, line: Earning, reversal: Reversal, member_id: int) -> None:
    held = ledger.balances(work, member_id)
    notify(
        work,
        member_id,
        "reversed",
        key=f"reversal:{reversal.id}",
        priority=Priority.MONEY,
        line=line.id,
        kind=line.kind,
        amount_fen=line.amount_fen,
        taken_fen=reversal.amount_fen,
        before_fen=line.reversed_fen - reversal.amount_fen,
        stands_fen=line.stands_fen,
        was_pending=bool(reversal.from_pending_fen),
        from_available_fen=reversal.from_available_fen or 0,
        to_debt_fen=reversal.to_debt_fen or 0,
        available_fen=held.available_fen,
        pending_fen=held.pending_fen,
        debt_fen=held.debt_fen,
        **_about(work, line, reversal),
    )


def _about(work: Work, line: Earning, reversal: Reversal) -> dict[str, Any]:
    """The order and the refund it was taken back for; no refund where a verdict took it."""
    order = work.session.get(Order, line.order_id) if line.order_id else None
    if order is None:
        return {"order": None, "refund_fen": None}
    kind, _, number = reversal.key.partition(":")
    refund = work.session.get(Refund, int(number)) if kind == "refund" else None
    received = order.received_at is not None and order.hold_until is not None
    return {
        "order": order.tail,
        "paid_fen": order.base_fen,
        "refunded_fen": order.refunded_fen,
        "refund_fen": refund.amount_fen if refund else None,
        "reason": refund.reason if refund else "",
        "until": order.hold_until.isoformat() if received and order.hold_until else None,
    }
