"""What keeps a line from being available, and until when: read from the rows, changes nothing."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import select

from commerce.goods.orders import Order
from commerce.lives.lives import Live
from commerce.money.earnings import Earning
from commerce.money.settlement import Settlement
from commerce.outbox import SHANGHAI
from commerce.trust import after_sales, fraud
from commerce.work import Work


class Waits(StrEnum):
    """What a line waits for."""

    DELIVERY = "delivery"  # Not received yet; `until` is when it ends at the latest, if known.
    DATE = "date"  # The hold's end.
    AFTER_SALE = "after_sale"  # A buyer's case.
    CHECK = "check"  # A fraud rule; `reason` says which.
    OPERATOR = "operator"  # A rank bonus: its time and an operator.
    LIVE = "live"  # Not settled: the live is on.
    SETTLEMENT = "settlement"  # Not settled: the run that does it starts at `until`.
    RUNNING = "running"  # Not settled: the run is at it.


@dataclass(frozen=True)
class Hold:
    waits: Waits
    until: datetime | None = None
    received_at: datetime | None = None
    shipped_at: datetime | None = None
    reason: str = ""
    span: timedelta = timedelta()
    """How long after receipt the hold lasts; of an unsettled order: how long after the live's end
    its settlement starts."""


def of_orders(work: Work, orders: Iterable[Order]) -> dict[int, Hold]:
    """By the order's id: what its pending lines wait for."""
    found, kept = {}, []
    for order in orders:
        found[order.id] = _by_time(work, order)
        if order.open_holds:
            kept.append(order.id)
    if kept:
        found |= _by_cases(work, kept)
    return found


def of_reward(work: Work, line: Earning) -> Hold:
    """Of a line without an order."""
    if line.awaits_operator:
        return Hold(Waits.OPERATOR, line.held_until)
    return Hold(Waits.DATE, line.held_until)


def of_unsettled(work: Work, order: Order) -> Hold:
    """Why a paid order is not settled yet, and when it will be."""
    assert order.escrow is not None, order.id
    live = work.session.get(Live, order.live_id) if order.live_id else None
    if live is not None and live.ended_at is None:
        return Hold(Waits.LIVE, span=work.rules.settlement.starts_after)
    rules = work.rules.settlement
    running = select(Settlement.id).where(
        Settlement.place == order.escrow,
        Settlement.finished_at.is_(None),
        Settlement.started_at >= order.paid_at,
    )
    if work.session.scalar(running) is not None:
        return Hold(Waits.RUNNING)
    if live is None or live.ended_at is None:
        return Hold(Waits.SETTLEMENT, next_night(work))
    assert order.paid_at is not None
    starts_at = live.ended_at + rules.starts_after
    late_at = order.paid_at + rules.follow_up_after
    until = max(starts_at, late_at) if order.paid_at > live.ended_at else starts_at
    return Hold(Waits.SETTLEMENT, until) if until > work.now else Hold(Waits.RUNNING)


def next_night(work: Work) -> datetime:
    """The next time the clock in Shanghai shows the hour of the nightly run."""
    at = work.rules.settlement.nightly_at
    local = work.now.astimezone(SHANGHAI)
    tonight = local.replace(hour=at.hour, minute=at.minute, second=0, microsecond=0)
    return tonight if tonight > local else tonight + timedelta(days=1)


def _by_time(work: Work, order: Order) -> Hold:
    hold = work.rules.plan.hold
    if order.received_at is not None:
        return Hold(Waits.DATE, order.hold_until, order.received_at, span=hold.received_days)
    return Hold(
        Waits.DELIVERY,
        order.hold_until,
        shipped_at=order.shipped_at,
        span=hold.received_days,
    )


def _by_cases(work: Work, order_ids: list[int]) -> dict[int, Hold]:
    """After-sales first: it is the one that people can see coming to an end."""
    found = {}
    held = fraud.FraudHold
    rows = select(held.order_id, held.reason, held.ends_at).where(
        held.order_id.in_(order_ids), held.verdict.is_(None)
    )
    for row in work.session.execute(rows):
        found[row.order_id] = Hold(Waits.CHECK, row.ends_at, reason=row.reason)
    cases = select(after_sales.AfterSale.order_id, after_sales.AfterSale.decide_by).where(
        after_sales.AfterSale.order_id.in_(order_ids),
        after_sales.AfterSale.state == after_sales.State.OPENED,
    )
    for case in work.session.execute(cases):
        found[case.order_id] = Hold(Waits.AFTER_SALE, case.decide_by)
    return found
