"""Sixty-four people book at the same moment, some as the list is being frozen; and a prize is
claimed by all its owner's doors at once."""

from collections.abc import Callable

import pytest
from sqlalchemy import func, insert, select

from commerce.errors import BookingClosed
from commerce.goods import stock
from commerce.goods.orders import Order
from commerce.lives import bookings, draw, drawing, prizes
from commerce.lives.lives import Live
from commerce.lives.lotteries import DrawRecord, Lottery, State
from commerce.people import members
from commerce.people.members import Member
from commerce.people.members import State as MemberState
from commerce.work import Office, Work
from tests.closing_lines import Counted
from tests.commerce.draws import HOME, crowd, drawn, scheduled, starts, with_lottery
from tests.commerce.sales import product
from tests.databases import emptied
from tests.servers.at_once import at_once
from tests.servers.test_last_seat import hosts

pytestmark = pytest.mark.servers

PEOPLE = range(101, 165)
ROUNDS = 3
THRESHOLD = 30
TWICE = PEOPLE[:32]


def test_everybody_who_books_has_a_number_of_their_own(office: Office, counted: Counted):
    with hosts(office) as offices:
        for _ in range(ROUNDS):
            emptied(office.engine)
            live_id, lottery_id = a_crowd_before_the_list(office)

            # Everybody twice: a platform that delivers again.
            acts = [
                books(offices[number % len(offices)], number, live_id)
                for number in (*TWICE, *TWICE)
            ]
            given = at_once(acts)

            assert given[: len(TWICE)] == given[len(TWICE) :]
            assert sorted(given[: len(TWICE)]) == list(range(1, len(TWICE) + 1))
            with office.reading() as work:
                assert bookings.count(work, live_id) == len(TWICE)
                assert work.session.get_one(Lottery, lottery_id).reached_at is not None

    counted(f"{office.engine.dialect.name}: {ROUNDS} rounds of {len(TWICE)} numbers, no two alike")


def test_who_gets_a_number_is_on_the_list_and_who_comes_late_is_told(
    office: Office, counted: Counted
):
    late = 0
    with hosts(office) as offices:
        for _ in range(ROUNDS):
            emptied(office.engine)
            live_id, lottery_id = a_crowd_before_the_list(office)
            with office.work() as work:
                crowd(work, work.session.get_one(Live, live_id), THRESHOLD)

            acts = [books(offices[number % len(offices)], number, live_id) for number in PEOPLE]
            acts.insert(len(acts) // 2, freezes(offices[0], live_id, lottery_id))
            given = [number for number in at_once(acts) if number]

            with office.reading() as work:
                lottery = work.session.get_one(Lottery, lottery_id)
                body = work.session.get_one(DrawRecord, lottery_id).body
                listed = [int(draw.booking(one)) for one in draw.unpack(body)["tickets"]]
                assert lottery.state == State.FROZEN
                assert listed == list(range(1, THRESHOLD + len(given) + 1))
                assert sorted(given) == listed[THRESHOLD:]
            late += len(PEOPLE) - len(given)

    counted(f"{office.engine.dialect.name}: {ROUNDS} lists frozen among {late} who came too late")


def test_a_prize_is_claimed_once(office: Office):
    with hosts(office) as offices:
        with office.work() as work:
            goods = product(work, pieces=5)
            live, lottery = with_lottery(work, threshold=3, winners=2, goods=goods)
            crowd(work, live, 3)
            found = [(prize.id, prize.member_id) for prize in drawn(work, live, lottery)]

        orders = at_once(
            [claims(offices[turn % len(offices)], *found[turn % 2]) for turn in range(16)]
        )

        assert len(set(orders)) == 2
        with office.reading() as work:
            assert work.session.scalar(select(func.count(Order.id))) == 2
            assert stock.left(work, goods.id) == 3
            assert stock.held(work, lottery.hold) == 0


def a_crowd_before_the_list(office: Office) -> tuple[int, int]:
    with office.work() as work:
        rows = [
            {"id": number, "state": MemberState.VISITOR, "created_at": work.now}
            for number in PEOPLE
        ]
        live = scheduled(work)
        _, lottery = with_lottery(work, live, threshold=THRESHOLD)
        work.session.execute(insert(Member), rows)
        return live.id, lottery.id


def books(office: Office, number: int, live_id: int) -> Callable[[], int]:
    """The number they got, 0 when the list was closed."""

    def act(work: Work) -> int:
        live = work.session.get_one(Live, live_id)
        return bookings.book(work, members.get(work, number), live).number

    def once() -> int:
        try:
            return office.do(act)
        except BookingClosed:
            return 0

    return once


def freezes(office: Office, live_id: int, lottery_id: int) -> Callable[[], int]:
    """The live starts, and its task comes at once."""

    def once() -> int:
        office.do(lambda work: starts(work, work.session.get_one(Live, live_id)))
        office.do(lambda work: drawing.freeze(work, lottery_id))
        return 0

    return once


def claims(office: Office, prize_id: int, member_id: int) -> Callable[[], int]:
    def act(work: Work) -> int:
        return prizes.claim(work, members.get(work, member_id), prize_id, HOME).id

    return lambda: office.do(act)
