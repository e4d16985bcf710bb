"""
Terms: who may earn by an order and at which rates, frozen on it the moment it is paid.

Rewards look up two steps and no further, and nothing is passed on: the share of somebody who may
not earn stays with the platform.
"""

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import exists, select

from commerce.goods.orders import Order
from commerce.lives.lives import Live
from commerce.people import members
from commerce.people.members import Member
from commerce.rules import Rank
from commerce.work import Work

NOBODY: dict[str, Any] = {
    "promoter_id": None,
    "promoter_rank": None,
    "earns": False,
    "uplift_bp": 0,
    "sales_bp": 0,
    "parent_id": None,
    "parent_rank": None,
    "tier2_bp": 0,
    "grandparent_id": None,
    "grandparent_rank": None,
    "tier3_bp": 0,
    "host_id": None,
    "host_bp": 0,
}
"""What an order has that nobody earns by."""


class Sale(NamedTuple):
    """What the terms of an order depend on, but for its promoter and the moment."""

    buyer_id: int | None
    """None for whoever never joined: they are all alike."""
    live_id: int | None
    commission_bp: int
    is_free: bool = False


def freeze(work: Work, order: Order, promoter: Member | None) -> None:
    """Write the terms of an order that is being paid now. Called once, before any money moves."""
    assert order.paid_at is not None, order.id
    buyer = members.get(work, order.buyer_id)
    order.rules_version = work.rules.version
    order.buyer_is_new = is_new(work, buyer, order.paid_at)
    sale = Sale(buyer.id, order.live_id, order.commission_bp, is_free=order.base_fen == 0)
    for name, value in credited(work, sale, promoter).items():
        setattr(order, name, value)


def is_new(work: Work, buyer: Member, paid_at: datetime) -> bool:
    """Whether the account was only hours old when it bought. Made after that, it was none."""
    age = paid_at - buyer.created_at
    return timedelta(0) <= age < work.rules.fraud.young_buyers.younger_than


def credited(work: Work, sale: Sale, promoter: Member | None) -> dict[str, Any]:
    """Who may earn and at which rates, by the columns of an order."""
    if promoter is None or not promoter.is_joined:
        return NOBODY
    plan = work.rules.plan
    uplift_bp = plan.ranks[Rank(promoter.rank)].uplift_bp
    found = NOBODY | {
        "promoter_id": promoter.id,
        "promoter_rank": promoter.rank,
        "earns": not sale.is_free and sale.buyer_id != promoter.id,
        "uplift_bp": uplift_bp,
        "sales_bp": min(sale.commission_bp + uplift_bp, plan.commission.max_bp),
    }
    parent = _above(work, promoter)
    grandparent = None if parent is None else _above(work, parent)
    if parent is not None and _may_be_rewarded(work, parent, sale):
        found["parent_id"], found["parent_rank"] = parent.id, parent.rank
        found["tier2_bp"] = plan.ranks[Rank(parent.rank)].tier2_bp
    if grandparent is not None and _may_be_rewarded(work, grandparent, sale):
        found["grandparent_id"], found["grandparent_rank"] = grandparent.id, grandparent.rank
        found["tier3_bp"] = plan.ranks[Rank(grandparent.rank)].tier3_bp
    return found | _share_of_the_host(work, sale, promoter)


def _above(work: Work, member: Member) -> Member | None:
    """The parent; in the stricter tree nothing flows up from who leads a team of their own."""
    team = work.rules.plan.team
    is_root = team.tree == "absolute" and member.rank >= Rank.of(team.root_rank)
    if member.parent_id is None or is_root:
        return None
    return members.get(work, member.parent_id)


def _may_be_rewarded(work: Work, above: Member, sale: Sale) -> bool:
    return (
        above.is_joined
        and above.rank >= Rank.ONE_STAR
        and above.id != sale.buyer_id
        and _sold_lately(work, above)
    )


def _sold_lately(work: Work, member: Member) -> bool:
    """Where the plan asks for an own completed sale in the last days."""
    span = work.rules.plan.team.reward_needs_own_sale_days
    if span is None:
        return True
    sale = exists().where(
        Order.promoter_id == member.id,
        Order.earns,
        Order.voided_at.is_(None),
        Order.completed_at >= work.now - span,
        Order.refunded_fen < Order.base_fen,
    )
    return bool(work.session.scalar(select(sale)))


def _share_of_the_host(work: Work, sale: Sale, promoter: Member) -> dict[str, Any]:
    rate_bp = work.rules.plan.live.host_share_bp
    if sale.live_id is None or not rate_bp:
        return {}
    host = members.get(work, work.session.get_one(Live, sale.live_id).host_id)
    if not host.is_joined or host.id in (promoter.id, sale.buyer_id):
        return {}
    return {"host_id": host.id, "host_bp": rate_bp}
