"""What everybody who booked a live is told of it before the draw, and that it moved or is off."""

from datetime import datetime
from typing import Any

from sqlalchemy import select

from commerce.goods import offers
from commerce.goods.products import Product
from commerce.lives import bookings, broadcasting, lotteries
from commerce.lives.broadcasting import Step
from commerce.lives.lives import Live, State
from commerce.work import Work

COMES = (lotteries.State.OPEN, lotteries.State.FROZEN)


def remind(work: Work, live_id: int, step: str, planned_at: str) -> None:
    """Begin the reminder, unless the live has moved, is off, or is further on already. With a draw
    to come its result says that the live is on. Safe to run again."""
    live = work.session.get_one(Live, live_id, populate_existing=True)
    if live.state != (State.LIVE if step == Step.STARTED else State.SCHEDULED):
        return
    if live.planned_at != datetime.fromisoformat(planned_at):
        return
    lottery = lotteries.of_live(work, live.id)
    if step == Step.STARTED and lottery is not None and lottery.state in COMES:
        return
    over = broadcasting.until(work, live) if step == Step.STARTED else live.planned_at
    if step == Step.DAY_BEFORE:
        over -= work.rules.lives.remind_before
    if work.now < over:
        key = f"remind:{live.id}:{step}:{planned_at}"
        facts = about(work, live)
        if step == Step.SOON:
            facts["before_s"] = int((live.planned_at - work.now).total_seconds())
        broadcasting.begin(work, live, step, key=key, facts=facts, good_until=over)


def tell_moved(work: Work, live: Live) -> None:
    """Everybody who booked hears the new time. Once per time."""
    key = f"moved:{live.id}:{live.planned_at.isoformat()}:{work.now.isoformat()}"
    facts = about(work, live)
    broadcasting.begin(work, live, "live_moved", key=key, facts=facts, good_until=live.planned_at)


def tell_cancelled(work: Work, live: Live) -> None:
    """Everybody who booked hears that it is off, and why. Once."""
    facts = about(work, live) | {"reason": live.cancel_reason}
    facts["drawn"] = lotteries.of_live(work, live.id) is not None
    broadcasting.begin(work, live, "live_cancelled", key=f"cancelled:{live.id}", facts=facts)


def about(work: Work, live: Live) -> dict[str, Any]:
    """What the words need to know of a live: its name and time, its draw, its first offer."""
    facts: dict[str, Any] = {
        "live": live.title,
        "live_id": live.id,
        "at": live.planned_at.isoformat(),
        "until": broadcasting.until(work, live).isoformat(),
        "booked": bookings.count(work, live.id),
    }
    lottery = lotteries.of_live(work, live.id)
    if lottery is not None and lottery.state in COMES:
        facts["threshold"], facts["winners"] = lottery.threshold, lottery.winners_wanted
        facts["locked"] = lottery.reached_at is not None
        facts["prize"] = _title(work, lottery.product_id)
    first = next((o for o in offers.of_live(work, live.id) if _is_first_n(o)), None)
    if first is not None:
        facts["pieces"], facts["unit_fen"] = first.pieces, first.unit_fen
        facts["product"] = _title(work, first.product_id)
    return facts


def next_at(work: Work, live_id: int) -> datetime | None:
    """When the live after this one is planned, of those people may be shown."""
    following = select(Live.planned_at).where(
        Live.state == State.SCHEDULED,
        Live.approved_at.is_not(None),
        Live.planned_at > work.now,
        Live.id != live_id,
    )
    return work.session.scalar(following.order_by(Live.planned_at, Live.id).limit(1))


def _is_first_n(offer: offers.LiveOffer) -> bool:
    return offer.kind == offers.Kind.FIRST_N and offer.closed_at is None


def _title(work: Work, product_id: int) -> str:
    return work.session.scalars(select(Product.title).where(Product.id == product_id)).one()
