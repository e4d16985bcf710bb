"""
What happens to cards by themselves: for an unlocked one a piece is kept, and later no longer; all
of them end with their live.
"""

from contextlib import suppress
from datetime import datetime

from sqlalchemy import select

from commerce import agenda
from commerce.errors import SoldOut
from commerce.goods import stock
from commerce.goods.products import Product
from commerce.lives import reminders
from commerce.lives.assists import Assist
from commerce.lives.lives import Live, State
from commerce.outbox import notify
from commerce.people import members
from commerce.work import Work

AT_ONCE = 500


def unlock(work: Work, assist_id: int) -> None:
    """The task: a piece is kept for who unlocked the price, if there is one, and they are told.
    Nothing once they have bought, or the live is over. Safe to run again."""
    assist = work.session.get_one(Assist, assist_id)
    stock.lock(work, assist.product_id)
    work.session.refresh(assist, with_for_update=True)
    live = work.session.get_one(Live, assist.live_id, populate_existing=True)
    done = assist.order_id is not None or assist.held_until is not None
    if done or live.state != State.LIVE:
        return
    with suppress(SoldOut):
        stock.hold(work, assist.hold, assist.product_id, 1)
        assist.held_until = work.now + work.rules.assist.stock_held
    work.session.flush()
    if assist.held_until is not None:
        key = f"release_assist:{assist.id}"
        due_at = assist.held_until
        agenda.plan(work, "release_assist", key=key, due_at=due_at, assist_id=assist.id)
    _tell_unlocked(work, assist)


def release(work: Work, assist_id: int) -> None:
    """The task: the piece is kept no longer, the price stays. Safe to run again."""
    assist = work.session.get_one(Assist, assist_id, populate_existing=True)
    if assist.held_until is not None and work.now >= assist.held_until:
        stock.release_hold(work, assist.hold)


def live_ended(work: Work, live: Live) -> None:
    """Those who were still short hear of it by themselves. Safe to say again."""
    agenda.plan(work, "end_assists", key=f"end_assists:{live.id}", live_id=live.id)


def end_all(work: Work, live_id: int, after: int = 0) -> None:
    """The task: nobody's piece is kept, and who was short is told; of the cards above this id, what
    is left is planned for at once. Safe to run again."""
    rows = select(Assist).where(Assist.live_id == live_id, Assist.id > after)
    found = list(work.session.scalars(rows.order_by(Assist.id).limit(AT_ONCE)))
    for assist in found:
        if assist.held_until is not None:
            stock.release_hold(work, assist.hold)
    next_at = reminders.next_at(work, live_id)
    for assist in found:
        if assist.unlocked_at is None:
            _tell_over(work, assist, next_at)
    if len(found) == AT_ONCE:
        last = found[-1].id
        key = f"end_assists:{live_id}:{last}"
        agenda.plan(work, "end_assists", key=key, live_id=live_id, after=last)


def _tell_unlocked(work: Work, assist: Assist) -> None:
    until = assist.held_until
    notify(
        work,
        members.get(work, assist.member_id).id,
        "assist_unlocked",
        key=f"assist:{assist.id}:unlocked",
        helped=assist.helped,
        friends=assist.friends,
        product=work.session.get_one(Product, assist.product_id).title,
        unit_fen=assist.unit_fen,
        held_s=int(work.rules.assist.stock_held.total_seconds()),
        until=until.isoformat() if until else None,
    )


def _tell_over(work: Work, assist: Assist, next_at: datetime | None) -> None:
    product = work.session.get_one(Product, assist.product_id)
    notify(
        work,
        members.get(work, assist.member_id).id,
        "assist_over",
        key=f"assist:{assist.id}:over",
        helped=assist.helped,
        friends=assist.friends,
        product=product.title,
        price_fen=product.price_fen,
        next_at=next_at.isoformat() if next_at else None,
    )
