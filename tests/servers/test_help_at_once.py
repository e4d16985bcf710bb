"""Two friends come third at the same moment, a friend comes by two cards at once, and the live ends
among them: unlocked once, one piece kept, nobody counted twice."""

import time
from collections.abc import Callable

import pytest
from sqlalchemy import func, insert, select

from commerce.goods import baskets, buying, offers, stock
from commerce.goods.offers import Kind
from commerce.goods.orders import Order, State
from commerce.lives import assist_tasks, assists, hosting
from commerce.lives.assists import Assist, Help, Step
from commerce.lives.lives import Live
from commerce.outbox import Outgoing
from commerce.people import members
from commerce.people.members import Member
from commerce.people.members import State as MemberState
from commerce.work import Office, Work
from tests.closing_lines import Counted
from tests.commerce.sales import live, product
from tests.commerce.stars import star, visitor
from tests.commerce.test_offers import richly
from tests.databases import emptied
from tests.servers.at_once import at_once
from tests.servers.test_last_seat import hosts

pytestmark = pytest.mark.servers

ROUNDS = 5
FRIENDS = range(101, 117)
PIECES = 10
STEP_S = 0.04
"""So much later the live ends in every round."""


def test_unlocked_once_by_whoever_comes_third(office: Office, counted: Counted):
    with hosts(office) as offices:
        for _ in range(ROUNDS):
            live_id, goods_id, (card_id,) = tonight(office, cards=1)
            helped(office, card_id, FRIENDS[:2])

            steps = at_once(
                [helps(offices[n % len(offices)], FRIENDS[n], card_id) for n in range(2, 4)]
            )

            assert sorted(steps) == [Step.COUNTED, Step.FULL]
            with office.reading() as work:
                card = work.session.get_one(Assist, card_id)
                assert (card.helped, helps_of(work, live_id)) == (3, 3)
                assert (stock.held(work, card.hold), stock.left(work, goods_id)) == (1, PIECES - 1)
                assert unlocked_told(work) == 1

    counted(f"{office.engine.dialect.name}: {ROUNDS} third friends among two, unlocked once each")


def test_a_friend_by_two_cards_at_once_counts_on_one(office: Office):
    with hosts(office) as offices:
        for _ in range(ROUNDS):
            live_id, goods_id, cards = tonight(office, cards=2)
            for turn, card_id in enumerate(cards):
                helped(office, card_id, FRIENDS[2 * turn : 2 * turn + 2])

            acts = [
                helps(offices[turn % len(offices)], FRIENDS[10], cards[turn % 2])
                for turn in range(4)
            ]
            steps = at_once(acts)

            assert sorted(steps) == [Step.BEFORE, Step.BEFORE, Step.BEFORE, Step.COUNTED]
            with office.reading() as work:
                found = [work.session.get_one(Assist, card_id) for card_id in cards]
                assert sorted(card.helped for card in found) == [2, 3]
                assert helps_of(work, live_id) == 5
                assert sum(stock.held(work, card.hold) for card in found) == 1
                assert stock.left(work, goods_id) == PIECES - 1


def test_friends_buyers_and_the_end_of_the_live_at_once(office: Office, counted: Counted):
    counts = 0
    with hosts(office) as offices:
        for turn in range(ROUNDS):
            live_id, goods_id, cards = tonight(office, cards=4)
            acts = [
                helps(offices[n % len(offices)], friend, cards[n % 4])
                for n, friend in enumerate(FRIENDS)
            ]
            acts += [buys(offices[n % len(offices)], cards[n], goods_id) for n in range(4)]
            acts.append(ends(offices[0], live_id, after_s=turn * STEP_S))

            at_once(acts)
            office.do(lambda work, live_id=live_id: assist_tasks.end_all(work, live_id))

            with office.reading() as work:
                found = [work.session.get_one(Assist, card_id) for card_id in cards]
                assert sum(card.helped for card in found) == helps_of(work, live_id)
                for card in found:
                    assert (card.unlocked_at is not None) == (card.helped == 3)
                    assert stock.held(work, card.hold) == 0
                bought = buying_of(work, goods_id)
                assert stock.left(work, goods_id) == PIECES - bought
                counts += sum(card.helped for card in found)

    assert counts
    counted(f"{office.engine.dialect.name}: {counts} friends counted while lives ended")


def tonight(office: Office, *, cards: int) -> tuple[int, int, list[int]]:
    """A live that is on with ten pieces at 69.00, friends who may come, and so many cards."""
    emptied(office.engine)
    rows = [{"id": number, "state": MemberState.VISITOR} for number in FRIENDS]
    with office.work() as work:
        evening, goods = live(work, star(work, "主播")), product(work, pieces=PIECES)
        terms = richly(work), evening, goods, Kind.ASSIST
        offers.publish(*terms, subsidy_fen=100_000_00)
        made = [assists.share(work, visitor(work), evening).id for _ in range(cards)]
        work.session.execute(insert(Member), [{**row, "created_at": work.now} for row in rows])
        return evening.id, goods.id, made


def helped(office: Office, card_id: int, friends: range) -> None:
    for friend in friends:
        assert helps(office, friend, card_id)() is Step.COUNTED


def helps(office: Office, friend: int, card_id: int) -> Callable[[], Step]:
    def act(work: Work) -> tuple[Step, bool]:
        card = work.session.get_one(Assist, card_id)
        step = assists.help(work, members.get(work, friend), card).step
        return step, step is Step.COUNTED and card.unlocked_at is not None

    def once() -> Step:
        step, unlocks = office.do(act)
        if unlocks:  # Its task comes at once.
            office.do(lambda work: assist_tasks.unlock(work, card_id))
        return step

    return once


def buys(office: Office, card_id: int, goods_id: int) -> Callable[[], Step]:
    """Whoever has the card buys one, at whatever it costs by then, and cancels it."""

    def act(work: Work) -> Step:
        card = work.session.get_one(Assist, card_id)
        buyer = members.get(work, card.member_id)
        evening = work.session.get_one(Live, card.live_id)
        wanted = baskets.quote(work, buyer, goods_id, live=evening)
        (order,) = buying.place_together(work, buyer, wanted, key=f"buy:{card_id}")
        if card_id % 2:
            buying.cancel(work, buyer, order)
        return Step.OWN

    return lambda: office.do(act)


def ends(office: Office, live_id: int, *, after_s: float) -> Callable[[], Step]:
    def act(work: Work) -> Step:
        hosting.end(work, live_id, by=None)
        return Step.NOT_ON

    def once() -> Step:
        time.sleep(after_s)
        return office.do(act)

    return once


def helps_of(work: Work, live_id: int) -> int:
    counted = select(func.count()).select_from(Help).where(Help.live_id == live_id)
    return work.session.scalar(counted) or 0


def unlocked_told(work: Work) -> int:
    said = [row.said for row in work.session.scalars(select(Outgoing))]
    return sum(one.get("notice") == "assist_unlocked" for one in said)


def buying_of(work: Work, goods_id: int) -> int:
    kept = select(func.count(Order.id)).where(
        Order.product_id == goods_id, Order.state != State.CANCELLED
    )
    return work.session.scalar(kept) or 0
