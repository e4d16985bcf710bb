"""
Orders of the shop are taken: what is new is made and paid in one go for a whole chunk, by the same
rules as any other order; what is known goes on.

They keep the price they were paid at, take no stock of ours and ask for no payment. Their money
goes into escrow by one entry for each place of the chunk.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import bindparam, select, update

from commerce import agenda
from commerce.errors import Refusal
from commerce.fen import part_floor
from commerce.goods import attribution, paying
from commerce.goods.orders import Mode, Offer, Order, State
from commerce.imports import around, following
from commerce.imports.around import Around, Buyer
from commerce.imports.orders import Incoming, Status
from commerce.imports.rows import BadCell, Came, Outcome, Why
from commerce.lives.lives import Live
from commerce.money import ledger
from commerce.money.ledger import Move
from commerce.outbox import SHANGHAI
from commerce.people.members import Member
from commerce.people.ranks import SalesDay
from commerce.store.once import add_up, lock_by_name
from commerce.trust import scoring
from commerce.work import Work

SCORED_TOGETHER = 200


@dataclass(frozen=True)
class Deal:
    """A new order, ready to be made."""

    row: Incoming
    order: Order
    promoter: Member | None
    buyer: Buyer


def take(work: Work, rows: Sequence[Incoming]) -> list[Outcome]:
    """Each row whole, in one transaction of the caller's. Taking them again changes nothing; of a
    row that says more than before, the rest is done."""
    lock_by_name(work.session, "import_orders")
    first: dict[str, int] = {}
    for place, row in enumerate(rows):
        first.setdefault(row.key, place)
    at = list(first.values())
    outcomes = dict(zip(at, _take(work, [rows[place] for place in at]), strict=True))
    again = [place for place in range(len(rows)) if place not in outcomes]
    if again:  # The same order twice: the later row goes on where the first one stopped.
        outcomes |= dict(zip(again, take(work, [rows[place] for place in again]), strict=True))
    return [outcomes[place] for place in range(len(rows))]


def score_imported(work: Work, order_ids: Sequence[int]) -> None:
    """The task: what was imported is looked at as what was paid here. Safe to run again."""
    promoters = set()
    for order in work.session.scalars(select(Order).where(Order.id.in_(order_ids))):
        scoring.score_order(work, order.id)
        if order.promoter_id not in promoters:
            scoring.look_at_promoter(work, order)
            promoters.add(order.promoter_id)


def _take(work: Work, rows: Sequence[Incoming]) -> list[Outcome]:
    """Rows of different orders."""
    known = _known(work, [row.key for row in rows])
    new = [row for row in rows if row.key not in known and row.was_paid]
    found = around.look_around(work, new)  # Held until all is made: see `Around.kept`.
    refused, deals = _deals(work, new, found)
    _make(work, deals)
    made = {deal.row.key: deal.order for deal in deals}
    return [_outcome(work, row, known, made, refused) for row in rows]


def _outcome(
    work: Work,
    row: Incoming,
    known: dict[str, Order],
    made: dict[str, Order],
    refused: dict[str, Outcome],
) -> Outcome:
    if row.key in known:
        return _follow(work, known[row.key], row)
    if row.key in made:
        if following.has_more(row):
            following.follow(work, made[row.key], row)
        return Outcome(Came.NEW)
    return refused.get(row.key, Outcome(Came.LEFT_OUT))


def _follow(work: Work, order: Order, row: Incoming) -> Outcome:
    try:
        with work.session.begin_nested():
            changed = following.follow(work, order, row)
    except BadCell as bad:
        return Outcome(Came.REFUSED, bad=bad)
    except Refusal as refusal:
        return Outcome(Came.REFUSED, refusal=refusal)
    return Outcome(Came.CHANGED if changed else Came.SAME)


def _known(work: Work, keys: Sequence[str]) -> dict[str, Order]:
    rows = select(Order).where(Order.key.in_(keys)).order_by(Order.id).with_for_update()
    return {order.key: order for order in work.session.scalars(rows)}


def _deals(
    work: Work, rows: Sequence[Incoming], found: Around
) -> tuple[dict[str, Outcome], list[Deal]]:
    """What can be made, and why the rest cannot."""
    refused: dict[str, Outcome] = {}
    good: list[Incoming] = []
    for row in rows:
        bad = _bad(work, row, found)
        if bad is None:
            good.append(row)
        else:
            refused[row.key] = Outcome(Came.REFUSED, bad=bad)
    people = around.buyers(work, good)
    deals = [_deal(work, row, by, found) for row, by in zip(good, people, strict=True)]
    return refused, deals


def _bad(work: Work, row: Incoming, found: Around) -> BadCell | None:
    """What the row names and nobody knows, or what has not happened yet."""
    if row.sku not in found.products:
        return BadCell("sku", Why.NO_SUCH_PRODUCT, row.sku)
    if row.sharer and row.sharer not in found.sharers:
        return BadCell("sharer", Why.NO_SUCH_SHARER, row.sharer)
    if row.live and row.live not in found.lives:
        return BadCell("live", Why.NO_SUCH_LIVE, row.live)
    for field in ("paid_at", "shipped_at", "received_at"):
        at = getattr(row, field)
        if at is not None and at > work.now:
            return BadCell(field, Why.IN_THE_FUTURE)
    return None


def _deal(work: Work, row: Incoming, buyer: Buyer, found: Around) -> Deal:
    assert row.paid_at is not None
    product, live = found.products[row.sku], found.lives.get(row.live)
    order = Order(
        key=row.key,
        state=State.CREATED,
        buyer_id=buyer.member.id,
        product_id=product.id,
        quantity=row.quantity,
        mode=Mode.COMMISSION,
        live_id=live.id if live else None,
        list_fen=product.price_fen * row.quantity,
        unit_fen=part_floor(row.base_fen, 1, row.quantity),
        offer=Offer.AGREED,
        base_fen=row.base_fen,
        freight_fen=row.freight_fen,
        credit_fen=0,
        commission_bp=product.commission_bp,
        supply_fen=product.supply_fen,
        created_at=min(row.created_at or row.paid_at, row.paid_at),
        carrier=row.carrier,
        tracking_no=row.tracking_no,
        recipient=buyer.recipient,
        phone_trace=buyer.phone_trace,
        address_trace=buyer.address_trace,
    )
    return Deal(row, order, _promoter(work, row, buyer, found, live), buyer)


def _promoter(
    work: Work, row: Incoming, buyer: Buyer, found: Around, live: Live | None
) -> Member | None:
    """Who shared it, while they may promote; else whom any order would be credited to."""
    sharer = found.sharers.get(row.sharer)
    if sharer is not None and sharer.is_joined:
        return sharer
    if buyer.is_stranger and live is None:
        return None
    assert row.paid_at is not None
    then = replace(work, now=min(row.created_at or row.paid_at, row.paid_at))
    return attribution.promoter_of(then, buyer.member, live)


def _make(work: Work, deals: Sequence[Deal]) -> None:
    """As `paying.pay` for each of them, with one statement where that has one an order."""
    if not deals:
        return
    for deal in deals:
        assert deal.row.paid_at is not None
        paying.agree(work, deal.order, deal.promoter, paid_at=deal.row.paid_at)
        if deal.buyer.is_stranger:  # How long they have been the shop's customer, nobody tells us.
            deal.order.buyer_is_new = False
        if deal.row.status is Status.RECEIVED:
            following.receive(work, deal.order, deal.row.received_at)
    orders = [deal.order for deal in deals]
    work.session.add_all(orders)
    work.session.flush()
    _book(work, orders)
    _count(work, orders)
    for order in {order.live_id: order for order in orders}.values():
        paying.settle_later(work, order)
    _score_later(work, orders)


def _book(work: Work, orders: Sequence[Order]) -> None:
    cash: Counter[str] = Counter()
    for order in orders:
        assert order.escrow is not None
        cash[order.escrow] += order.cash_fen
    for place in sorted(cash):
        key = f"imported:{orders[0].id}:{place}"
        ledger.post(work, key, Move(ledger.WORLD, ledger.escrow(place), cash[place]))


def _count(work: Work, orders: Sequence[Order]) -> None:
    """Views and ranks, as `paying.pay` counts each sale."""
    sold: Counter[tuple[int, date]] = Counter()
    expected: Counter[int] = Counter()
    for order in orders:
        if not order.earns or order.promoter_id is None or order.paid_at is None:
            continue
        sold[order.promoter_id, order.paid_at.astimezone(SHANGHAI).date()] += order.base_fen
        if paying.counts_for_ranks(order):
            expected[order.promoter_id] += order.base_fen
    days = [
        {"member_id": member_id, "day": day, "gmv_fen": fen}
        for (member_id, day), fen in sorted(sold.items())
    ]
    if days:
        add_up(work.session, SalesDay, days, into="gmv_fen")
    if expected:
        _expect(work, expected)


def _expect(work: Work, expected: Counter[int]) -> None:
    """As `ranks.expect_gmv`, rows in the order everybody takes them."""
    adds = (
        update(Member)
        .where(Member.id == bindparam("member"))
        .values(pending_gmv_fen=Member.pending_gmv_fen + bindparam("fen"))
    )
    rows = [{"member": member_id, "fen": fen} for member_id, fen in sorted(expected.items())]
    work.session.connection().execute(adds, rows)


def _score_later(work: Work, orders: Sequence[Order]) -> None:
    ids = [order.id for order in orders if order.earns and order.promoter_id is not None]
    for start in range(0, len(ids), SCORED_TOGETHER):
        together = ids[start : start + SCORED_TOGETHER]
        key = f"score_imported:{together[0]}"
        agenda.plan(work, "score_imported", key=key, order_ids=together)
