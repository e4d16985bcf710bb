"""An order is paid: its terms are frozen, its money goes into escrow, its sale is counted."""

from datetime import datetime

from commerce import agenda
from commerce.goods import seats, stock, terms
from commerce.goods.orders import Order, State
from commerce.lives.lives import Live
from commerce.money import ledger
from commerce.money.ledger import Move
from commerce.outbox import SHANGHAI
from commerce.people import contacts, members, ranks
from commerce.people.members import Member
from commerce.work import Work


def pay(work: Work, order: Order, promoter: Member | None, *, paid_at: datetime) -> None:
    """The payment of a created order has come. Its stock is confirmed, its terms are frozen."""
    # The stock, then the promoter, then what points at them: everybody comes in this order.
    stock.confirm(work, order.id, order.product_id)
    if promoter is not None:
        members.lock(work, promoter.id)
    agree(work, order, promoter, paid_at=paid_at)
    seats.paid(work, order)
    work.session.flush()
    assert order.escrow is not None
    ledger.post(
        work,
        f"order:{order.id}:paid",
        Move(ledger.WORLD, ledger.escrow(order.escrow), order.cash_fen),
        Move(_reserved_of_buyer(work, order), ledger.escrow(order.escrow), order.credit_fen),
    )
    _count(work, order, paid_at)
    contacts.stands_anew(work, members.get(work, order.buyer_id), f"order:{order.id}")
    settle_later(work, order)


def agree(work: Work, order: Order, promoter: Member | None, *, paid_at: datetime) -> None:
    """Written on the order alone: its state, where its money waits, its hold and its terms."""
    assert order.state == State.CREATED, order.key
    order.state, order.paid_at = State.PAID, paid_at
    order.hold_until = held_until(work, paid_at)
    order.escrow = place(order.live_id, paid_at)
    terms.freeze(work, order, promoter)


def counts_for_ranks(order: Order) -> bool:
    """Whether an order is GMV: promoted, sold in a live, paid for by somebody else, no fraud."""
    return order.earns and order.live_id is not None and order.voided_at is None


def held_until(work: Work, paid_at: datetime) -> datetime:
    """When the hold of what was paid then ends, while nobody says where it is."""
    return paid_at + work.rules.plan.hold.untracked_days


def place(live_id: int | None, paid_at: datetime) -> str:
    """Where the money of what was paid then waits: with its live, or with its day."""
    if live_id is not None:
        return str(live_id)
    return paid_at.astimezone(SHANGHAI).date().isoformat()


def _reserved_of_buyer(work: Work, order: Order) -> str:
    return ledger.reserved(members.get(work, order.buyer_id).id)


def _count(work: Work, order: Order, paid_at: datetime) -> None:
    if not order.earns or order.promoter_id is None:
        return
    ranks.count_sale(work, order.promoter_id, order.base_fen, paid_at)
    if counts_for_ranks(order):
        ranks.expect_gmv(work, order.promoter_id, order.base_fen)


def settle_later(work: Work, order: Order) -> None:
    """A payment after its live's end is settled by a run of its own."""
    live = work.session.get_one(Live, order.live_id) if order.live_id else None
    if live is None or live.ended_at is None:
        return
    rules = work.rules.settlement
    due_at = max(work.now + rules.follow_up_after, live.ended_at + rules.starts_after)
    key = f"settle:{order.escrow}:{due_at:%Y%m%d%H%M}"
    if live.settled_at is not None and due_at <= live.settled_at:
        key = f"{key}:{order.id}"  # The clock went back: the run of that minute has been.
    agenda.plan(work, "settle", key=key, due_at=due_at, place=order.escrow)
