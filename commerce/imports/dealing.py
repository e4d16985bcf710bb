"""
Orders of the shop are taken: what is new is made and paid in one go for a whole chunk, by the same
rules as any other order; what is known goes on.

They keep the price they were paid at, take no stock of ours and ask for no payment. Their money
goes into escrow by one entry for each place of the chunk.
"""

from collections.abc import Sequence

from sqlalchemy import select

from commerce.errors import Refusal
from commerce.goods.orders import Order
from commerce.imports import around, following
from commerce.imports.around import Around
from commerce.imports.deals import Credited, deal
from commerce.imports.making import make
from commerce.imports.orders import Incoming
from commerce.imports.rows import BadCell, Came, Outcome, Why
from commerce.store.bulk import among
from commerce.store.once import lock_by_name
from commerce.trust import scoring
from commerce.work import Work

TAKEN = Outcome(Came.NEW)


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
    outcomes, begun = _take_new(work, new)
    for row in rows:
        if row.key in known:
            outcomes[row.key] = _follow(work, known[row.key], row)
        elif row.key in begun:
            following.follow(work, begun[row.key], row)
    return [outcomes.get(row.key, Outcome(Came.LEFT_OUT)) for row in rows]


def _take_new(work: Work, rows: Sequence[Incoming]) -> tuple[dict[str, Outcome], dict[str, Order]]:
    """What became of each, and the orders of which something went back already."""
    found = around.look_around(work, rows)  # Held until all is made: see `Around.kept`.
    outcomes: dict[str, Outcome] = {}
    good: list[Incoming] = []
    for row in rows:
        bad = _bad(work, row, found)
        if bad is None:
            good.append(row)
        outcomes[row.key] = Outcome(Came.REFUSED, bad=bad) if bad else TAKEN
    credited = Credited(work)
    people = around.buyers(work, good)
    ids = make(
        work, [deal(work, row, by, found, credited) for row, by in zip(good, people, strict=True)]
    )
    begun = [order_id for order_id, row in zip(ids, good, strict=True) if row.refunded_fen > 0]
    orders = select(Order).where(among(work.session, Order.id, begun))
    return outcomes, {order.key: order for order in work.session.scalars(orders)} if begun else {}


def _follow(work: Work, order: Order, row: Incoming) -> Outcome:
    try:
        if not following.says_more(order, row):
            return Outcome(Came.SAME)
        with work.session.begin_nested():
            following.follow(work, order, row)
    except BadCell as bad:
        return Outcome(Came.REFUSED, bad=bad)
    except Refusal as refusal:
        return Outcome(Came.REFUSED, refusal=refusal)
    return Outcome(Came.CHANGED)


def _known(work: Work, keys: Sequence[str]) -> dict[str, Order]:
    found = select(Order).where(among(work.session, Order.key, keys))
    rows = found.order_by(Order.id).with_for_update()
    return {order.key: order for order in work.session.scalars(rows)}


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
