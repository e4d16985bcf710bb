"""New orders of the shop are made and paid: as `paying.pay`, by one statement where that has one an
order."""

from collections import Counter
from collections.abc import Sequence
from datetime import date

from sqlalchemy import bindparam, update

from commerce import agenda
from commerce.agenda import DueTask
from commerce.goods import fulfilment, paying
from commerce.goods.orders import Order, State
from commerce.imports.deals import Values
from commerce.money import ledger
from commerce.money.ledger import Move
from commerce.outbox import SHANGHAI
from commerce.people import contacts
from commerce.people.members import Member
from commerce.people.ranks import SalesDay
from commerce.store.bulk import insert_all
from commerce.store.once import add_up, insert_all_once
from commerce.work import Work

SCORED_TOGETHER = 200


def make(work: Work, deals: Sequence[Values]) -> list[int]:
    """The ids of the new orders."""
    if not deals:
        return []
    ids = insert_all(work.session, Order, deals)
    _book(work, ids[0], deals)
    _count(work, deals)
    contacts.some_stand_anew(work, {deal["buyer_id"] for deal in deals}, f"order:{ids[0]}")
    _settle_later(work, deals)
    _receive_later(work, ids, deals)
    _score_later(work, ids, deals)
    return ids


def _book(work: Work, first_id: int, deals: Sequence[Values]) -> None:
    cash: Counter[str] = Counter()
    for deal in deals:
        cash[deal["escrow"]] += deal["base_fen"] + deal["freight_fen"]
    for place in sorted(cash):
        key = f"imported:{first_id}:{place}"
        ledger.post(work, key, Move(ledger.WORLD, ledger.escrow(place), cash[place]))


def _count(work: Work, deals: Sequence[Values]) -> None:
    """Views and ranks, as `paying.pay` counts each sale."""
    sold: Counter[tuple[int, date]] = Counter()
    expected: Counter[int] = Counter()
    for deal in deals:
        if not deal["earns"]:
            continue
        member_id, base_fen = deal["promoter_id"], deal["base_fen"]
        sold[member_id, deal["paid_at"].astimezone(SHANGHAI).date()] += base_fen
        if deal["live_id"] is not None:
            expected[member_id] += base_fen
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


def _settle_later(work: Work, deals: Sequence[Values]) -> None:
    for live_id in {deal["live_id"] for deal in deals} - {None}:
        paying.settle_later(work, Order(live_id=live_id, escrow=str(live_id)))


def _receive_later(work: Work, ids: Sequence[int], deals: Sequence[Values]) -> None:
    """As `fulfilment.ship` plans it for each of them."""
    planned = [
        {
            "key": f"receive_order:{order_id}",
            "task": "receive_order",
            "due_at": fulfilment.taken_for_received(work, deal["shipped_at"]),
            "args": {"order_id": order_id},
        }
        for order_id, deal in zip(ids, deals, strict=True)
        if deal["state"] is State.SHIPPED
    ]
    if planned:
        insert_all_once(work.session, DueTask, planned)


def _score_later(work: Work, ids: Sequence[int], deals: Sequence[Values]) -> None:
    earning = [id for id, deal in zip(ids, deals, strict=True) if deal["earns"]]
    for start in range(0, len(earning), SCORED_TOGETHER):
        together = earning[start : start + SCORED_TOGETHER]
        key = f"score_imported:{together[0]}"
        agenda.plan(work, "score_imported", key=key, order_ids=together)
