"""
Returns: what a buyer may have back, and who decides.

Not shipped: at once. Some days after receipt: without any reason, but for opened food. Bad or
missing: always, and the platform pays the way back. What nobody decides in time is approved by
itself. A bank's chargeback and our own refund of the same money are one.
"""

from sqlalchemy import select

from commerce.errors import (
    AfterSaleDecided,
    NotReturnable,
    OpenedGoods,
    OwnCase,
    ReturnTooLate,
)
from commerce.goods.orders import Order
from commerce.goods.orders import State as OrderState
from commerce.goods.products import Product
from commerce.goods.suppliers import FOOD
from commerce.money import refunds
from commerce.money.payments import Refund
from commerce.outbox import notify
from commerce.people import audit, members, staff
from commerce.people.members import Member
from commerce.people.staff import Role
from commerce.trust import after_sales
from commerce.trust.after_sales import AfterSale, Kind, State
from commerce.work import Work

CLOSED = (OrderState.CREATED, OrderState.CANCELLED, OrderState.REFUNDED)


def is_unshipped(order: Order) -> bool:
    """Paid, and still with us: what goes back now goes back at once."""
    return order.state == OrderState.PAID and order.shipped_at is None


def is_food(work: Work, order: Order) -> bool:
    """Whether it may not go back without a reason once it was opened."""
    return work.session.get_one(Product, order.product_id).category == FOOD


def whole(order: Order, kind: Kind) -> int:
    """All that may go back, in fen: the freight with it where the goods never left, or where they
    were bad; who does not want them any more has had the delivery."""
    with_freight = is_unshipped(order) or kind is not Kind.UNWANTED
    freight_fen = after_sales.freight_left(order) if with_freight else 0
    return after_sales.goods_left(order) + freight_fen


def need_returnable(work: Work, order: Order, kind: Kind, *, is_opened: bool | None = None) -> None:
    """NotReturnable when nothing was paid or all of it is back, ReturnTooLate when the days without
    a reason are over, OpenedGoods for food that was opened."""
    if order.state in CLOSED:
        raise NotReturnable(order.tail, order.state)
    if kind is not Kind.UNWANTED or is_unshipped(order):
        return
    span = work.rules.after_sales.return_days
    received_at = order.received_at or order.completed_at
    if received_at is not None and work.now > received_at + span:
        raise ReturnTooLate(order.tail, received_at, span.days)
    if is_opened and is_food(work, order):
        raise OpenedGoods(order.tail, work.rules.after_sales.excluded_goods)


def ask(
    work: Work,
    order: Order,
    kind: Kind,
    reason: str,
    *,
    amount_fen: int | None = None,
    is_opened: bool | None = None,
) -> AfterSale:
    """The buyer asks for so much back; without an amount: for all of it. What is not shipped is
    refunded at once, the rest waits for a person of the staff. The refusals of `need_returnable`;
    NothingToRefund."""
    need_returnable(work, order, kind, is_opened=is_opened)
    wanted_fen = whole(order, kind) if amount_fen is None else amount_fen
    row = after_sales.open_case(work, order, wanted_fen, reason, kind=kind)
    if row.opened_at != work.now:
        return row
    if is_unshipped(order):
        _give_back(work, row, by=None)
    else:
        _call_staff(work, row, order)
    return row


def approve(work: Work, number: int, *, by: Member) -> AfterSale:
    """The buyer gets what they asked for, or what is left of it. NotStaff, NoSuchAfterSale,
    OwnCase, AfterSaleDecided."""
    row = need_undecided(work, number, by=by)
    _give_back(work, row, by=by.id)
    return row


def reject(work: Work, number: int, answer: str, *, by: Member) -> AfterSale:
    """The buyer reads the answer as it is. The refusals of `approve`."""
    row = need_undecided(work, number, by=by)
    after_sales.reject(work, work.session.get_one(Order, row.order_id), answer, by=by.id)
    return row


def need_undecided(work: Work, number: int, *, by: Member) -> AfterSale:
    """The case, if this person may still decide it; its order is held. The refusals of
    `approve`."""
    staff.need_role(work, by, Role.REVIEWER)
    order = after_sales.lock_order(work, after_sales.find(work, number).order_id)
    row = work.session.get_one(AfterSale, number, populate_existing=True)
    concerned = (order.buyer_id, order.promoter_id, order.parent_id, order.grandparent_id)
    if by.id in {members.get(work, one).id for one in concerned if one is not None}:
        raise OwnCase
    if row.state != State.OPENED:
        who = members.get(work, row.decided_by).name if row.decided_by else ""
        assert row.decided_at is not None
        raise AfterSaleDecided(number, row.state, who, row.decided_at)
    return row


def approve_by_itself(work: Work, after_sale_id: int) -> None:
    """The task: nobody decided in time, so the buyer is right. Nothing when it was decided."""
    order_id = work.session.get_one(AfterSale, after_sale_id).order_id
    after_sales.lock_order(work, order_id)
    row = work.session.get_one(AfterSale, after_sale_id, populate_existing=True)
    if row.state == State.OPENED:
        _give_back(work, row, by=None)


def charged_back(work: Work, order_id: int, amount_fen: int, *, key: str) -> Refund | None:
    """A bank has taken this money back from us and given it to the buyer. What of it was not
    refunded before is refunded now, without asking the provider; None, and a note, when nothing
    is left. The same key twice is the same chargeback."""
    order = after_sales.lock_order(work, order_id)
    earlier = work.session.scalar(select(Refund).where(Refund.key == key))
    if earlier is not None:
        return earlier
    goods_fen = min(amount_fen, after_sales.goods_left(order))
    freight_fen = min(amount_fen - goods_fen, after_sales.freight_left(order))
    audit.record(
        work,
        None,
        "charged_back",
        f"order:{order.id}",
        amount_fen=amount_fen,
        counted_fen=goods_fen + freight_fen,
    )
    if goods_fen + freight_fen == 0:
        return None
    return refunds.refund(
        work, order_id, goods_fen, key=key, freight_fen=freight_fen, has_gone_back=True
    )


def _give_back(work: Work, row: AfterSale, *, by: int | None) -> None:
    """Of what is asked, as much as is left: goods first, and only they are taken off earnings. If
    it has all gone back meanwhile, the case ends with a note and nothing moves."""
    order = after_sales.lock_order(work, row.order_id)
    goods_fen = min(row.wanted_fen, after_sales.goods_left(order))
    freight_fen = min(row.wanted_fen - goods_fen, after_sales.freight_left(order))
    given_fen = goods_fen + freight_fen
    audit.record(work, by, "approve_after_sale", f"after_sale:{row.id}", amount_fen=given_fen)
    if not given_fen:
        after_sales.end_by_refund(work, order, by=by)
        return
    refunds.refund(
        work,
        order.id,
        goods_fen,
        key=f"after_sale:{row.id}",
        reason=row.reason,
        freight_fen=freight_fen,
    )
    row.decided_by = by
    work.session.flush()


def _call_staff(work: Work, row: AfterSale, order: Order) -> None:
    for colleague in staff.colleagues(work, Role.REVIEWER):
        notify(
            work,
            colleague,
            "after_sale_opened",
            key=f"after_sale:{row.id}:{colleague}",
            after_sale=row.id,
            order=order.tail,
            amount_fen=row.wanted_fen,
            until=row.decide_by.isoformat(),
        )
