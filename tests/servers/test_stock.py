"""Sixty-four buyers want the last pieces at the same moment: never oversold."""

from collections.abc import Callable

import pytest
from sqlalchemy import insert, select

from commerce.errors import SoldOut
from commerce.goods import buying
from commerce.goods.orders import Order, State
from commerce.goods.stock import Stock, Warehouse
from commerce.money import paying_in
from commerce.money.payments import Payment
from commerce.people import members
from commerce.people.members import Member
from commerce.people.members import State as MemberState
from commerce.work import Office, Work
from tests.closing_lines import Counted
from tests.commerce.sales import product
from tests.databases import emptied
from tests.servers.at_once import at_once
from tests.servers.test_last_seat import hosts

pytestmark = pytest.mark.servers

BUYERS = range(101, 165)
LAST = 10
ROUNDS = 5


def test_the_last_pieces_are_sold_once_each(office: Office, counted: Counted):
    with hosts(office) as offices:
        for _ in range(ROUNDS):
            emptied(office.engine)
            goods = a_crowd_before_the_shelf(office)

            acts = [buys(offices[number % len(offices)], number, goods) for number in BUYERS]
            got = at_once(acts)

            assert got.count(True) == LAST
            assert taken(office, goods) == (LAST, LAST)
            assert states(office) == [State.CREATED] * LAST

            ends = [
                ends_it(offices[position % len(offices)], order_id, pays=position % 2 == 0)
                for position, order_id in enumerate(placed(office))
            ]
            at_once(ends)

            # Half of them paid: their pieces have left; the others' may be ordered again.
            assert taken(office, goods) == (LAST - LAST // 2, 0)
            assert sorted(states(office)) == sorted(
                [State.PAID] * (LAST // 2) + [State.CANCELLED] * (LAST // 2)
            )

    counted(
        f"{office.engine.dialect.name}: {ROUNDS} rounds of {len(BUYERS)} buyers for {LAST} pieces, "
        f"{ROUNDS * LAST} sold, 0 oversold"
    )


def buys(office: Office, number: int, goods: int) -> Callable[[], bool]:
    def one(work: Work) -> bool:
        buyer = members.get(work, number)
        wanted = buying.quote(work, buyer, goods)
        buying.place(work, buyer, wanted, key=f"buy:{number}")
        return True

    def act() -> bool:
        try:
            return office.do(one)
        except SoldOut:
            return False

    return act


def ends_it(office: Office, order_id: int, *, pays: bool) -> Callable[[], object]:
    def one(work: Work) -> object:
        order = work.session.get_one(Order, order_id)
        payment = work.session.get_one(Payment, order.payment_id)
        if not pays:
            return buying.expire(work, payment.id)
        amount_fen, paid_at = payment.amount_fen, work.now
        number, transaction = str(payment.number), f"42-{order_id}"
        return paying_in.settle_payment(work, number, amount_fen, transaction, paid_at=paid_at)

    return lambda: office.do(one)


def a_crowd_before_the_shelf(office: Office) -> int:
    """Ten pieces in three warehouses."""
    with office.work() as work:
        person = {"nickname": "", "rank": 0, "created_at": work.now, "state": MemberState.VISITOR}
        work.session.execute(insert(Member), [person | {"id": number} for number in BUYERS])
        goods = product(work, pieces=LAST - 6)
        for number in (1, 2):
            warehouse = Warehouse(name=f"仓 {number}")
            work.session.add(warehouse)
            work.session.flush()
            shelf = Stock(product_id=goods.id, warehouse_id=warehouse.id, on_hand=3)
            work.session.add(shelf)
        return goods.id


def placed(office: Office) -> list[int]:
    with office.reading() as work:
        return list(work.session.scalars(select(Order.id).order_by(Order.id)))


def states(office: Office) -> list[str]:
    with office.reading() as work:
        return list(work.session.scalars(select(Order.state)))


def taken(office: Office, goods: int) -> tuple[int, int]:
    """On the shelves, and reserved of it."""
    with office.reading() as work:
        shelves = work.session.scalars(select(Stock).where(Stock.product_id == goods)).all()
        return sum(one.on_hand for one in shelves), sum(one.reserved for one in shelves)
