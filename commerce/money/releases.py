"""
Releases: a hold has ended, and what was pending becomes available. Debt is paid first.

An order's lines are released together, when its hold is over and no case keeps it; then its sale
counts for ranks, net of refunds. Lines without an order have a time of their own.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import func, select

from commerce import agenda
from commerce.goods.orders import Order, State
from commerce.goods.paying import counts_for_ranks
from commerce.money import ledger
from commerce.money.earnings import Earning
from commerce.money.earnings import State as LineState
from commerce.money.ledger import Move
from commerce.outbox import Priority, notify
from commerce.people import members, ranks
from commerce.work import Work

BATCH = 500


def release(work: Work, *, limit: int = BATCH) -> int:
    """Release what is due now. How many orders and lines without one; less than `limit`: all of
    it. Safe to run again."""
    orders = _due_orders(work, limit)
    if orders:
        lines = _pending_lines(work, [order.id for order in orders])
        _pay_out(work, lines, key=f"release:order:{orders[0].id}")
        _complete(work, orders)
        return len(orders)
    lines = _due_lines(work, limit)
    if lines:
        _pay_out(work, lines, key=f"release:line:{lines[0].id}")
    return len(lines)


def next_due(work: Work) -> datetime | None:
    """When the next hold ends, of what nothing else keeps."""
    orders = select(func.min(Order.hold_until)).where(*_WAITING)
    lines = select(func.min(Earning.held_until)).where(*_FREE_LINES)
    found = [at for at in (work.session.scalar(orders), work.session.scalar(lines)) if at]
    return min(found, default=None)


_WAITING = (
    Order.completed_at.is_(None),
    Order.settlement_id.is_not(None),
    Order.open_holds == 0,
    Order.hold_until.is_not(None),
)
_FREE_LINES = (
    Earning.state == LineState.PENDING,
    Earning.held_until.is_not(None),
    Earning.awaits_operator.is_(False),
)


def _due_orders(work: Work, limit: int) -> Sequence[Order]:
    rows = select(Order).where(*_WAITING, Order.hold_until <= work.now)
    rows = rows.order_by(Order.hold_until, Order.id).limit(limit).with_for_update()
    return work.session.scalars(rows.execution_options(populate_existing=True)).all()


def _due_lines(work: Work, limit: int) -> Sequence[Earning]:
    rows = select(Earning).where(*_FREE_LINES, Earning.held_until <= work.now)
    rows = rows.order_by(Earning.held_until, Earning.id).limit(limit).with_for_update()
    return work.session.scalars(rows.execution_options(populate_existing=True)).all()


def _pending_lines(work: Work, order_ids: list[int]) -> Sequence[Earning]:
    rows = select(Earning).where(
        Earning.order_id.in_(order_ids), Earning.state == LineState.PENDING
    )
    held = rows.order_by(Earning.id).with_for_update()
    return work.session.scalars(held.execution_options(populate_existing=True)).all()


def _pay_out(work: Work, lines: Iterable[Earning], *, key: str) -> None:
    """One entry: from everybody's pending to their debt first, then to their available."""
    due: dict[int, list[Earning]] = {}
    for line in lines:
        line.state, line.released_at = LineState.AVAILABLE, work.now
        due.setdefault(members.get(work, line.member_id).id, []).append(line)
    moves, news = [], []
    for member_id in sorted(due):
        amount_fen = sum(line.stands_fen for line in due[member_id])
        owed_fen = min(amount_fen, ledger.lock(work, member_id).debt_fen)
        pending = ledger.pending(member_id)
        moves.append(Move(pending, ledger.debt(member_id), owed_fen))
        moves.append(Move(pending, ledger.available(member_id), amount_fen - owed_fen))
        news.append((member_id, amount_fen, owed_fen))
    ledger.post(work, key, *moves)
    for member_id, amount_fen, owed_fen in news:
        held = ledger.balances(work, member_id)
        notify(
            work,
            member_id,
            "released",
            key=f"{key}:{member_id}",
            priority=Priority.MONEY,
            amount_fen=amount_fen,
            debt_paid_fen=owed_fen,
            debt_fen=held.debt_fen,
            available_fen=held.available_fen,
        )
        if members.get(work, member_id).left_at is not None:
            agenda.plan(work, "pay_out_rest", key=f"{key}:rest:{member_id}", member_id=member_id)


def _complete(work: Work, orders: Iterable[Order]) -> None:
    released: dict[int, int] = {}
    for order in orders:
        order.completed_at = work.now
        if order.state != State.REFUNDED:
            order.state = State.COMPLETED
        if counts_for_ranks(order) and order.promoter_id is not None:
            promoter_id = members.get(work, order.promoter_id).id
            net_fen = order.base_fen - order.refunded_fen
            released[promoter_id] = released.get(promoter_id, 0) + net_fen
    work.session.flush()
    for promoter_id, net_fen in sorted(released.items()):
        ranks.release_gmv(work, promoter_id, net_fen)
