"""
Scoring: the rules that hold an order until a person has looked. Run by the agenda after a payment
or a refund, never inside it.

The evidence is what people did: payments, refunds, addresses. What a hold or a verdict did is none.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, case, exists, func, or_, select

from commerce import agenda
from commerce.goods.orders import Order
from commerce.goods.recipients import SavedRecipient
from commerce.people import members
from commerce.people.identities import Identity
from commerce.people.members import Member
from commerce.store.base import seal_of
from commerce.trust import fraud
from commerce.trust.fraud import FraudHold, Reason
from commerce.work import Work

EVERY = timedelta(minutes=10)
"""A promoter's whole record is looked at no more often."""
BATCH = 500
MOST_AT_ONE_ADDRESS = 1_000


def look_at_order(work: Work, order: Order) -> None:
    """It was paid: score it, and soon its promoter."""
    if order.promoter_id is not None and order.earns:
        agenda.plan(work, "score_order", key=f"score_order:{order.id}", order_id=order.id)
        look_at_promoter(work, order)


def look_at_promoter(work: Work, order: Order) -> None:
    """Something of the order changed that its promoter's record is made of."""
    if order.promoter_id is None or not order.earns:
        return
    member_id = members.get(work, order.promoter_id).id
    ten_minutes = f"{work.now:%Y%m%d%H%M}"[:-1]
    key, due_at = f"score_promoter:{member_id}:{ten_minutes}", work.now + EVERY
    agenda.plan(work, "score_promoter", key=key, due_at=due_at, member_id=member_id)


def score_order(work: Work, order_id: int) -> None:
    """The task: whom does this order look like? Safe to run again."""
    order = work.session.get_one(Order, order_id)
    if is_same_person(work, order):
        fraud.hold(work, [order], Reason.SAME_PERSON)
    fraud.hold(work, same_address(work, order), Reason.SAME_ADDRESS)


def score_promoter(work: Work, member_id: int) -> None:
    """The task: what do a promoter's orders look like together? Safe to run again."""
    member = members.get(work, member_id)
    full = [
        _hold_more(work, member, reason) for reason in (Reason.MANY_REFUNDS, Reason.YOUNG_BUYERS)
    ]
    if any(full):
        key = f"score_promoter:{member.id}:{work.now:%Y%m%d%H%M%S%f}:more"
        agenda.plan(work, "score_promoter", key=key, member_id=member.id)


def payer_trace(work: Work, payer: str) -> str:
    """What is kept of who paid: `payer` is the provider's id of the person."""
    return seal_of(work.session.get_bind().dialect).trace(f"payer:{payer}")


def is_same_person(work: Work, order: Order) -> bool:
    """Payer, phone or address is that of somebody who earns by the order. Who openly buys under
    their own name is not meant: they do not earn by it."""
    ids = _earners(work, order)
    phone, address = order.phone_trace, order.address_trace
    if not ids:
        return False
    if order.payer_trace is not None and order.payer_trace in _payers(work, ids):
        return True
    if phone is None and address is None:
        return False
    saved = exists().where(SavedRecipient.member_id.in_(ids), _same(SavedRecipient, phone, address))
    bought = exists().where(Order.buyer_id.in_(ids), _same(Order, phone, address))
    return bool(work.session.scalar(select(or_(saved, bought))))


def same_address(work: Work, order: Order) -> Sequence[Order]:
    """The orders to one address within the span that ends with this one, if they are too many. A
    basket is one of them, however much is in it."""
    rule = work.rules.fraud.same_address
    if order.address_trace is None or order.paid_at is None:
        return ()
    rows = select(Order).where(
        Order.address_trace == order.address_trace,
        Order.paid_at > order.paid_at - rule.within,
        Order.paid_at <= order.paid_at,
    )
    found = work.session.scalars(rows.order_by(Order.id).limit(MOST_AT_ONE_ADDRESS)).all()
    baskets = {one.payment_id or -one.id for one in found}
    return found if len(baskets) >= rule.orders else ()


def has_many_refunds(work: Work, member: Member) -> bool:
    """So many of the orders they promoted lately were refunded."""
    rule = work.rules.fraud.many_refunds
    refunded = func.sum(case((Order.refunded_fen > Order.difference_fen, 1), else_=0))
    total, back = work.session.execute(
        select(func.count(Order.id), refunded).where(_promoted(work, member, rule.within))
    ).one()
    enough: bool = total >= rule.orders
    return enough and int(back or 0) * 10_000 > rule.rate_bp * total


def has_young_buyers(work: Work, member: Member) -> bool:
    """So much of their GMV comes from accounts that were only hours old when they bought."""
    rule = work.rules.fraud.young_buyers
    young_fen = func.sum(case((Order.buyer_is_new, Order.base_fen), else_=0))
    total, gmv_fen, from_young_fen = work.session.execute(
        select(func.count(Order.id), func.sum(Order.base_fen), young_fen).where(
            _promoted(work, member, rule.within), Order.earns
        )
    ).one()
    enough: bool = total >= rule.orders
    return enough and int(from_young_fen or 0) * 10_000 > rule.rate_bp * int(gmv_fen or 0)


def _hold_more(work: Work, member: Member, reason: Reason) -> bool:
    """Hold what the rule speaks of, some orders at a time. True when there may be more."""
    rules = work.rules.fraud
    if reason is Reason.MANY_REFUNDS:
        is_met, within, suspects = has_many_refunds(work, member), rules.many_refunds.within, None
    else:
        is_met, within = has_young_buyers(work, member), rules.young_buyers.within
        suspects = Order.buyer_is_new
    if not is_met:
        return False
    known = exists().where(FraudHold.order_id == Order.id, FraudHold.reason == reason)
    rows = select(Order).where(
        _promoted(work, member, within),
        Order.earns,
        Order.completed_at.is_(None),
        Order.voided_at.is_(None),
        ~known,
    )
    if suspects is not None:
        rows = rows.where(suspects)
    found = work.session.scalars(rows.order_by(Order.id).limit(BATCH)).all()
    fraud.hold(work, found, reason)
    return len(found) == BATCH


def _promoted(work: Work, member: Member, within: timedelta) -> ColumnElement[bool]:
    since: datetime = work.now - within
    ids = members.with_former_ids(work, member)
    return Order.promoter_id.in_(ids) & (Order.paid_at > since)


def _earners(work: Work, order: Order) -> list[int]:
    """Everybody who earns by the order, under all their numbers. An upline who bought it does not
    earn by it, and so is none of them."""
    found: set[int] = set()
    for one in (order.promoter_id, order.parent_id, order.grandparent_id):
        if one is not None:
            found.update(members.with_former_ids(work, members.get(work, one)))
    return sorted(found)


def _payers(work: Work, ids: list[int]) -> set[str]:
    rows = select(Identity.external_id).where(Identity.member_id.in_(ids))
    return {payer_trace(work, one) for one in work.session.scalars(rows)}


def _same(
    table: type[Order] | type[SavedRecipient], phone: str | None, address: str | None
) -> ColumnElement[bool]:
    same = []
    if phone is not None:
        same.append(table.phone_trace == phone)
    if address is not None:
        same.append(table.address_trace == address)
    return or_(*same)
