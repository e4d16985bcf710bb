"""
Terms: who may earn by an order and at which rates, frozen on it the moment it is paid.

Rewards look up two steps and no further, and nothing is passed on: the share of somebody who may
not earn stays with the platform.
"""

from sqlalchemy import exists, select

from commerce.goods.orders import Order
from commerce.lives.lives import Live
from commerce.people import members
from commerce.people.members import Member
from commerce.rules import Rank
from commerce.work import Work


def freeze(work: Work, order: Order, promoter: Member | None) -> None:
    """Write the terms of an order that is being paid now. Called once, before any money moves."""
    order.rules_version = work.rules.version
    order.buyer_is_new = _is_new(work, order)
    if promoter is None or not promoter.is_joined:
        order.promoter_id = None
        return
    order.promoter_id, order.promoter_rank = promoter.id, promoter.rank
    order.earns = order.base_fen > 0 and not _buys_from_oneself(work, order, promoter)
    plan = work.rules.plan
    order.uplift_bp = plan.ranks[Rank(promoter.rank)].uplift_bp
    order.sales_bp = min(order.commission_bp + order.uplift_bp, plan.commission.max_bp)
    parent = _above(work, promoter)
    grandparent = None if parent is None else _above(work, parent)
    if parent is not None and _may_be_rewarded(work, order, parent):
        order.parent_id, order.parent_rank = parent.id, parent.rank
        order.tier2_bp = plan.ranks[Rank(parent.rank)].tier2_bp
    if grandparent is not None and _may_be_rewarded(work, order, grandparent):
        order.grandparent_id, order.grandparent_rank = grandparent.id, grandparent.rank
        order.tier3_bp = plan.ranks[Rank(grandparent.rank)].tier3_bp
    _share_of_the_host(work, order, promoter)


def _is_new(work: Work, order: Order) -> bool:
    assert order.paid_at is not None, order.id
    age = order.paid_at - members.get(work, order.buyer_id).created_at
    return age < work.rules.fraud.young_buyers.younger_than


def _buys_from_oneself(work: Work, order: Order, promoter: Member) -> bool:
    """The same member; other accounts of one person are for the fraud rules to find."""
    return members.get(work, order.buyer_id).id == promoter.id


def _above(work: Work, member: Member) -> Member | None:
    """The parent; in the stricter tree nothing flows up from who leads a team of their own."""
    team = work.rules.plan.team
    is_root = team.tree == "absolute" and member.rank >= Rank.of(team.root_rank)
    if member.parent_id is None or is_root:
        return None
    return members.get(work, member.parent_id)


def _may_be_rewarded(work: Work, order: Order, above: Member) -> bool:
    return (
        above.is_joined
        and above.rank >= Rank.ONE_STAR
        and above.id != members.get(work, order.buyer_id).id
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


def _share_of_the_host(work: Work, order: Order, promoter: Member) -> None:
    rate_bp = work.rules.plan.live.host_share_bp
    if order.live_id is None or not rate_bp:
        return
    host = members.get(work, work.session.get_one(Live, order.live_id).host_id)
    buyer_id = members.get(work, order.buyer_id).id
    if host.is_joined and host.id not in (promoter.id, buyer_id):
        order.host_id, order.host_bp = host.id, rate_bp
