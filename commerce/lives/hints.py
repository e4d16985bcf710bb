"""
What the host is told while a live is on: that few buy, that it ends soon, that stock runs out.

At most one in so many minutes, so that the message allowance lasts; the one before the end is kept
room for.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from commerce.fen import rate_of
from commerce.lives import board
from commerce.lives.board import Hint, Shown
from commerce.lives.lives import Live
from commerce.outbox import notify
from commerce.people import members
from commerce.people.staff import Role, Staff
from commerce.work import Work

LOW_CONVERSION, CLOSING, LOW_STOCK = "low_conversion", "closing", "low_stock"


@dataclass(frozen=True)
class Due:
    """What there is to say. `kind` as it is kept: once per product for stock."""

    kind: str
    facts: dict[str, Any] = field(default_factory=dict)


def give(work: Work, live: Live) -> Hint | None:
    """Tell the host and their colleagues what is most useful now, if anything is and nothing was
    said a moment ago. Whoever calls holds the live's board."""
    given = list(work.session.scalars(select(Hint).where(Hint.live_id == live.id)))
    if any(one.given_at + work.rules.board.hint_every > work.now for one in given):
        return None
    due = _due(work, live, {one.kind for one in given})
    if due is None:
        return None
    hint = Hint(live_id=live.id, kind=due.kind, given_at=work.now)
    work.session.add(hint)
    work.session.flush()
    _tell(work, live, hint, due)
    return hint


def last(work: Work, live: Live) -> Hint | None:
    """The one given last."""
    rows = select(Hint).where(Hint.live_id == live.id).order_by(Hint.given_at.desc(), Hint.id)
    return work.session.scalar(rows.limit(1))


def facts_of(work: Work, live: Live, kind: str) -> dict[str, Any]:
    """What the words of such a hint need to know, as it is now."""
    goods = board.goods(work, live)
    name, _, number = kind.partition(":")
    facts: dict[str, Any] = {"live": live.title, "live_id": live.id, "hint": name}
    meant = next((one for one in goods if number and one.product_id == int(number)), None)
    if meant is not None:
        return facts | {"product": meant.title, "left": meant.left}
    plenty = max(goods, key=lambda one: one.left, default=None)
    if plenty is not None and plenty.left:
        facts |= {"product": plenty.title, "left": plenty.left}
    if name == CLOSING and live.ends_at is not None:
        facts["closes_s"] = int(work.rules.board.closing_hint_before.total_seconds())
    return facts


def _due(work: Work, live: Live, given: set[str]) -> Due | None:
    closes_in = None if live.ends_at is None else live.ends_at - work.now
    before, every = work.rules.board.closing_hint_before, work.rules.board.hint_every
    if closes_in is not None and CLOSING not in given:
        if timedelta(0) < closes_in <= before:
            return _about(work, live, CLOSING)
        if timedelta(0) < closes_in <= before + every:
            return None
    for one in board.goods(work, live):
        kind = f"{LOW_STOCK}:{one.product_id}"
        if kind not in given and _is_nearly_gone(work, one):
            return _about(work, live, kind)
    recent_bp = board.recent_bp(work, live)
    has_begun = live.started_at is not None and work.now >= live.started_at + every
    if has_begun and recent_bp is not None and recent_bp < work.rules.board.low_conversion_bp:
        return _about(work, live, LOW_CONVERSION, recent_bp=recent_bp)
    return None


def _about(work: Work, live: Live, kind: str, **more: Any) -> Due:
    return Due(kind, facts_of(work, live, kind) | more)


def _is_nearly_gone(work: Work, one: Shown) -> bool:
    """Of what there was when the live began; what was never sold here is no news."""
    limits = work.rules.board
    few = one.left <= limits.low_stock_pieces
    return bool(one.sold) and (few or rate_of(one.left, one.left + one.sold) <= limits.low_stock_bp)


def _tell(work: Work, live: Live, hint: Hint, due: Due) -> None:
    next_at = work.now + work.rules.board.hint_every
    facts = due.facts | {"at": work.now.isoformat(), "next_at": next_at.isoformat()}
    for member_id in _told(work, live):
        key = f"hint:{hint.id}:{member_id}"
        notify(work, member_id, "board_hint", key=key, good_until=next_at, **facts)


def _told(work: Work, live: Live) -> list[int]:
    """The host, and those of the staff who look after lives and nothing else."""
    colleagues = work.session.scalars(select(Staff.member_id).where(Staff.role == Role.HOST))
    ids = (live.host_id, *colleagues)
    return sorted({members.get(work, member_id).id for member_id in ids})
