"""
A live's evening written down minute by minute: who watched, who came, what was sold.

Orders and amounts are counted from the orders themselves and may be counted again at any time; how
many watched is told by whoever counts them, and what nobody counted stays open.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import func, select

from commerce import agenda
from commerce.goods.orders import Order
from commerce.lives import hints
from commerce.lives.board import Minute, Visit, minute_of
from commerce.lives.lives import Live, State
from commerce.store.once import lock_by_name
from commerce.work import Work

MINUTE = timedelta(minutes=1)
GRACE = timedelta(seconds=2)
"""What was paid in a minute's last moment is committed by then."""
RECOUNTED = timedelta(minutes=20)
"""A payment may be told so much later than it was made."""
AT_ONCE = timedelta(hours=1)


def begin(work: Work, live: Live) -> None:
    """The live is on: its first minute is written down when it is over. Safe to run again."""
    _plan(work, live.id)


def open_minutes(work: Work, live_id: int) -> list[datetime]:
    """Minutes that are over and of which nobody has said how many watched."""
    live = work.session.get_one(Live, live_id, populate_existing=True)
    if live.started_at is None:
        return []
    until = _over(work, live)
    counted = select(Minute.minute).where(Minute.live_id == live_id, Minute.online.is_not(None))
    seen = set(work.session.scalars(counted))
    return [at for at in _span(minute_of(live.started_at), until) if at not in seen]


def write_down(work: Work, live_id: int, online: Mapping[datetime, int | None]) -> None:
    """Every minute that is over, and the next time this happens; while the live is on, a hint for
    its host. `online` is how many watched. Safe to run again; late is as good as in time."""
    lock_by_name(work.session, f"board:{live_id}")
    live = work.session.get_one(Live, live_id, populate_existing=True)
    if live.started_at is None:
        return
    last_time = _closes_at(work, live)
    is_last = last_time is not None and work.now >= last_time
    start = minute_of(live.started_at)
    since = start if is_last else _recount_from(work, live, start)
    since = min([since, *(at for at, number in online.items() if number is not None)])
    until = minute_of(work.now) if last_time is None else min(minute_of(work.now), last_time)
    while since < until:
        _write(work, live, since, min(since + AT_ONCE, until), online)
        since += AT_ONCE
    if live.state == State.LIVE:
        hints.give(work, live)
    if not is_last:
        _plan(work, live_id)


def _plan(work: Work, live_id: int) -> None:
    due_at = minute_of(work.now) + max(work.rules.board.every, MINUTE) + GRACE
    key = f"board_minute:{live_id}:{due_at:%Y%m%d%H%M%S}"
    agenda.plan(work, "board_minute", key=key, due_at=due_at, live_id=live_id)


def _closes_at(work: Work, live: Live) -> datetime | None:
    """When nothing of it is paid any more. None while it is on."""
    if live.ended_at is None:
        return None
    return minute_of(live.ended_at + work.rules.orders.unpaid_valid) + 2 * MINUTE


def _over(work: Work, live: Live) -> datetime:
    """The first minute that is not over, or in which nobody could watch any more."""
    now = minute_of(work.now)
    return now if live.ended_at is None else min(now, minute_of(live.ended_at) + MINUTE)


def _recount_from(work: Work, live: Live, start: datetime) -> datetime:
    last = select(func.max(Minute.minute)).where(Minute.live_id == live.id)
    written = work.session.scalar(last)
    if written is None:
        return start
    return max(start, min(written + MINUTE, minute_of(work.now) - RECOUNTED))


def _write(
    work: Work,
    live: Live,
    since: datetime,
    until: datetime,
    online: Mapping[datetime, int | None],
) -> None:
    rows = select(Minute).where(
        Minute.live_id == live.id, Minute.minute >= since, Minute.minute < until
    )
    known = {row.minute: row for row in work.session.scalars(rows)}
    sold, entered = _sold(work, live, since, until), _entered(work, live, since, until)
    over = _over(work, live)
    for at in _span(since, until):
        orders, gmv_fen = sold.get(at, (0, 0))
        if at >= over and not orders:
            continue  # After the end only what was still paid.
        row = known.get(at)
        if row is None:
            row = Minute(live_id=live.id, minute=at, online=None)
            work.session.add(row)
        row.orders, row.gmv_fen, row.entered = orders, gmv_fen, entered.get(at, 0)
        row.online = online.get(at) if row.online is None else row.online
    work.session.flush()


def _sold(
    work: Work, live: Live, since: datetime, until: datetime
) -> dict[datetime, tuple[int, int]]:
    rows = (
        select(Order.paid_at, func.count().label("orders"), func.sum(Order.base_fen).label("fen"))
        .where(Order.escrow == str(live.id), Order.paid_at >= since, Order.paid_at < until)
        .group_by(Order.paid_at)
    )
    found: dict[datetime, tuple[int, int]] = {}
    for row in work.session.execute(rows):
        at = minute_of(row.paid_at)
        orders, gmv_fen = found.get(at, (0, 0))
        found[at] = orders + row.orders, gmv_fen + int(row.fen)
    return found


def _entered(work: Work, live: Live, since: datetime, until: datetime) -> dict[datetime, int]:
    rows = select(Visit.entered_at).where(
        Visit.live_id == live.id, Visit.entered_at >= since, Visit.entered_at < until
    )
    found: dict[datetime, int] = {}
    for entered_at in work.session.scalars(rows):
        at = minute_of(entered_at)
        found[at] = found.get(at, 0) + 1
    return found


def _span(since: datetime, until: datetime) -> list[datetime]:
    found = []
    while since < until:
        found.append(since)
        since += MINUTE
    return found
