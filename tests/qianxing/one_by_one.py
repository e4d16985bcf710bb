"""Orders of the shop taken one at a time, by the same functions as any other order: what an import
of a whole file must come to. Slow, and only here."""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import select

from commerce.errors import Refusal
from commerce.fen import part_floor
from commerce.goods import attribution, fulfilment, paying, recipients, shop_names
from commerce.goods.orders import Mode, Offer, Order, State
from commerce.goods.products import Product
from commerce.goods.recipients import Recipient, SavedRecipient
from commerce.imports.orders import Incoming, Status
from commerce.imports.rows import BadCell, Came, Outcome, Why
from commerce.lives.lives import Live
from commerce.money import ledger, refunds
from commerce.money.ledger import Move
from commerce.people import identities, members, ranks
from commerce.people.identities import Identity
from commerce.people.members import Member
from commerce.work import Work


def take(work: Work, rows: Sequence[Incoming]) -> list[Outcome]:
    return [Outcome(_take(work, row), bad=BadCell("", Why.EMPTY)) for row in rows]


def _take(work: Work, row: Incoming) -> Came:
    order = work.session.scalar(select(Order).where(Order.key == row.key))
    if order is not None:
        try:
            with work.session.begin_nested():
                return _follow(work, order, row)
        except Refusal:
            return Came.REFUSED
    if not row.was_paid:
        return Came.LEFT_OUT
    if _is_refused(work, row):
        return Came.REFUSED
    _follow(work, _new(work, row), row)
    return Came.NEW


def _is_refused(work: Work, row: Incoming) -> bool:
    at = [one for one in (row.paid_at, row.shipped_at, row.received_at) if one is not None]
    product = work.session.scalar(select(Product).where(Product.code == row.sku))
    lacks_sharer = row.sharer and not shop_names.sharers(work, [row.sharer])
    lacks_live = row.live and not shop_names.lives(work, [row.live])
    return bool(product is None or lacks_sharer or lacks_live or max(at) > work.now)


def _new(work: Work, row: Incoming) -> Order:
    assert row.paid_at is not None
    product = work.session.scalars(select(Product).where(Product.code == row.sku)).one()
    live_id = shop_names.lives(work, [row.live]).get(row.live)
    live = None if live_id is None else work.session.get_one(Live, live_id)
    recipient = Recipient(row.name, row.phone, row.address)
    phone_trace, address_trace = recipients.traces(work, recipient)
    buyer = _buyer(work, row, phone_trace)
    ordered_at = min(row.created_at or row.paid_at, row.paid_at)
    order = Order(
        key=row.key,
        state=State.CREATED,
        buyer_id=buyer.id,
        product_id=product.id,
        quantity=row.quantity,
        mode=Mode.COMMISSION,
        live_id=live_id,
        list_fen=product.price_fen * row.quantity,
        unit_fen=part_floor(row.base_fen, 1, row.quantity),
        offer=Offer.AGREED,
        base_fen=row.base_fen,
        freight_fen=row.freight_fen,
        credit_fen=0,
        commission_bp=product.commission_bp,
        supply_fen=product.supply_fen,
        created_at=ordered_at,
        carrier=row.carrier,
        tracking_no=row.tracking_no,
        recipient=recipient.to_json() if row.phone or row.address else None,
        phone_trace=phone_trace if row.phone else None,
        address_trace=address_trace if row.address else None,
    )
    sharer_id = shop_names.sharers(work, [row.sharer]).get(row.sharer)
    promoter = None if sharer_id is None else members.get(work, sharer_id)
    if promoter is None or not promoter.is_joined:
        promoter = attribution.promoter_of(replace(work, now=ordered_at), buyer, live)
    paying.agree(work, order, promoter, paid_at=row.paid_at)
    work.session.add(order)
    work.session.flush()
    assert order.escrow is not None
    moved = Move(ledger.WORLD, ledger.escrow(order.escrow), order.cash_fen)
    ledger.post(work, f"imported:{order.id}", moved)
    if order.earns and order.promoter_id is not None:
        ranks.count_sale(work, order.promoter_id, order.base_fen, row.paid_at)
        if paying.counts_for_ranks(order):
            ranks.expect_gmv(work, order.promoter_id, order.base_fen)
    paying.settle_later(work, order)
    return order


def _buyer(work: Work, row: Incoming, phone_trace: str) -> Member:
    name = row.buyer or (f"phone:{phone_trace}" if row.phone else f"order:{row.number}")
    for known_as in (name, identities.erased(work, "shop", name)):
        there = select(Identity).where(Identity.channel == "shop", Identity.external_id == known_as)
        door = work.session.scalar(there)
        if door is not None:
            return members.get(work, door.member_id)
    saved = select(SavedRecipient.member_id).where(SavedRecipient.phone_trace == phone_trace)
    owners = (
        {members.get(work, id).id for id in work.session.scalars(saved)} if row.phone else set()
    )
    if len(owners) == 1:
        return members.get(work, owners.pop())
    made = Member(created_at=work.now)
    work.session.add(made)
    work.session.flush()
    door = Identity(member_id=made.id, channel="shop", external_id=name, created_at=work.now)
    door.is_open = False
    work.session.add(door)
    work.session.flush()
    return made


def _follow(work: Work, order: Order, row: Incoming) -> Came:
    """Delivered, then refunded by the difference."""
    paid = order.base_fen, order.freight_fen, order.quantity
    back_fen = row.refunded_fen - order.refunded_fen - order.freight_back_fen
    if paid != (row.base_fen, row.freight_fen, row.quantity) or (back_fen < 0 and row.was_paid):
        return Came.REFUSED
    over = order.state in (State.REFUNDED, State.CANCELLED) or order.received_at is not None
    changed = back_fen > 0
    if not over and row.status is Status.RECEIVED:
        fulfilment.receive(replace(work, now=row.received_at or work.now), order)
        changed = True
    elif not over and row.status is Status.SHIPPED and order.shipped_at is None:
        then = replace(work, now=row.shipped_at or work.now)
        fulfilment.ship(then, order, row.carrier, row.tracking_no, tell=False)
        changed = True
    if back_fen > 0:
        goods_fen = min(back_fen, order.base_fen - order.refunded_fen)
        key, freight_fen = f"{row.key}:refunded:{row.refunded_fen}", back_fen - goods_fen
        refunds.refund(
            work, order.id, goods_fen, key=key, reason="小店退款", freight_fen=freight_fen
        )
    return Came.CHANGED if changed else Came.SAME
