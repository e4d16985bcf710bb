"""
预估: what paid orders that are not settled yet will bring, by the terms frozen on them.

Such orders are of lives that are on or have just ended, or of the last days: looking further back
would read a star's whole past for nothing.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, case, func, literal, or_, select, union_all
from sqlalchemy.orm import InstrumentedAttribute

from commerce.fen import part_floor, share_floor_sql
from commerce.goods.orders import Mode, Order
from commerce.lives.lives import Live
from commerce.lives.lives import State as LiveState
from commerce.money.earnings import Part, earning_lines
from commerce.people.members import Member, with_former_ids
from commerce.work import Work

SETTLED_WITHIN = timedelta(days=3)
"""Whatever is over is settled in the next night; so much later it is certain."""


@dataclass(frozen=True)
class Estimate:
    """Net of refunds, in fen: what one sold oneself, and what others' sales bring."""

    own_orders: int = 0
    own_fen: int = 0
    team_orders: int = 0
    team_fen: int = 0

    @property
    def amount_fen(self) -> int:
        return self.own_fen + self.team_fen


def estimate(work: Work, member: Member, *, live_id: int | None = None) -> Estimate:
    """Of all that is not settled, or of one live only. In no balance."""
    ids = with_former_ids(work, member)
    within: list[ColumnElement[bool]] = [*_unsettled(work), Order.voided_at.is_(None)]
    within.append(Order.earns.is_(True))
    if live_id is not None:
        within.append(Order.live_id == live_id)
    whole = [
        select(
            literal(int(part)).label("part"),
            func.count().label("orders"),
            func.coalesce(func.sum(amount_fen), 0).label("amount_fen"),
        ).where(column.in_(ids), *within, Order.refunded_fen == 0)
        for part, column, amount_fen in _shares()
    ]
    found = dict.fromkeys(Part, (0, 0))
    for row in work.session.execute(union_all(*whole)):
        found[Part(row.part)] = (row.orders, int(row.amount_fen))
    for part, amount_fen in _refunded(work, ids, within):
        orders, earlier_fen = found[part]
        found[part] = (orders + 1, earlier_fen + amount_fen)
    own_orders, own_fen = found.pop(Part.PROMOTER)
    team_orders = sum(orders for orders, _ in found.values())
    return Estimate(own_orders, own_fen, team_orders, sum(fen for _, fen in found.values()))


def find(work: Work, member: Member, tail: str) -> Order | None:
    """The newest paid order, not settled yet, that will bring the member something and whose
    number ends so."""
    ids = with_former_ids(work, member)
    mine = or_(*(column.in_(ids) for _, column, _ in _shares()))
    rows = select(Order).where(mine, *_unsettled(work), ends_in(Order.id, tail), Order.earns)
    return work.session.scalar(rows.order_by(Order.id.desc()).limit(1))


def ends_in(
    order_id: InstrumentedAttribute[int] | InstrumentedAttribute[int | None], tail: str
) -> ColumnElement[bool]:
    """「0073」, or the whole number where more than four digits are given."""
    return order_id == int(tail) if len(tail) > 4 else order_id % 10_000 == int(tail)


def _shares() -> tuple[tuple[Part, Any, Any], ...]:
    """Whose each part is, and how much: the formula of `earning_lines` in SQL."""
    above_fen = Order.base_fen - Order.supply_fen * Order.quantity
    own_fen = case(
        (Order.mode != Mode.MARKUP, share_floor_sql(Order.base_fen, Order.sales_bp)),
        (above_fen > 0, above_fen),
        else_=0,
    )
    return (
        (Part.PROMOTER, Order.promoter_id, own_fen),
        (Part.PARENT, Order.parent_id, share_floor_sql(Order.base_fen, Order.tier2_bp)),
        (Part.GRANDPARENT, Order.grandparent_id, share_floor_sql(Order.base_fen, Order.tier3_bp)),
        (Part.HOST, Order.host_id, share_floor_sql(Order.base_fen, Order.host_bp)),
    )


def _unsettled(work: Work) -> list[ColumnElement[bool]]:
    return [Order.settlement_id.is_(None), Order.paid_at >= _since(work)]


def _since(work: Work) -> datetime:
    """No order that was paid before is still unsettled: the oldest live that is not, or some
    days."""
    starts = func.min(func.coalesce(Live.started_at, Live.planned_at))
    open_lives = select(starts).where(Live.state.in_((LiveState.LIVE, LiveState.ENDED)))
    oldest: datetime | None = work.session.scalar(open_lives)
    days_ago = work.now - SETTLED_WITHIN
    return days_ago if oldest is None else min(oldest, days_ago)


def _refunded(
    work: Work, ids: list[int], within: list[ColumnElement[bool]]
) -> list[tuple[Part, int]]:
    """Few, so their shares are taken off one by one. Nothing of what was refunded whole."""
    mine = or_(*(column.in_(ids) for _, column, _ in _shares()))
    left = (Order.refunded_fen > 0) & (Order.refunded_fen < Order.base_fen)
    found = []
    for order in work.session.scalars(select(Order).where(mine, *within, left)):
        for line in earning_lines(order):
            if line.member_id in ids:
                off_fen = part_floor(line.amount_fen, order.refunded_fen, order.base_fen)
                found.append((line.part, line.amount_fen - off_fen))
    return found
