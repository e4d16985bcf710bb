"""Flash offers under a crowd (T16–T19): exactly as many as there are seats, whatever is killed."""

import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import select

from bot.links import read_token
from commerce.errors import Refusal
from commerce.goods import baskets, buying, flash
from commerce.goods.flash import Placed, Wish
from commerce.goods.orders import Offer, Order, State
from commerce.lives.lives import Live
from commerce.money import paying_in
from commerce.money.paying_in import Came
from commerce.money.payments import Payment, Returned
from commerce.outbox import SHANGHAI
from commerce.people import members
from commerce.work import Office, Work
from tests.closing_lines import Counted
from tests.databases import emptied, empty_database
from tests.door.house import Valkey
from tests.flash_crowd import Crowd, Evening, Shop, adds_up, opens, request, token
from tests.people import Clock
from tests.servers.test_last_seat import hosts
from tests.waiting import eventually
from web.api.flash_desk import Desk

pytestmark = pytest.mark.servers

SEED = int(os.environ.get("QIANXING_TEST_SEED", "20261123"))
SEATS = 100
KILLS = (
    ("web", 10),
    ("web", 25),
    ("redis", 35),
    ("web", 45),
    ("web", 60),
    ("redis", 70),
    ("web", 80),
)
"""What is killed once so many seats are sold."""


@pytest.fixture(params=["postgres", "mariadb"])
def shop(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shop]:
    with empty_database(request.param, tmp_path) as url:
        made = Shop(tmp_path, url).migrated()
        try:
            yield made
        finally:
            made.close()


def tries(
    shop: Shop, evening: Evening, random: Random, clients: int, each: int
) -> list[list[bytes]]:
    """Every client tries so often, each time for one of the crowd with a key of its own."""
    bearers = {one: token(shop.office, one, evening.offer_id) for one in evening.buyers}
    keys = iter(range(clients * each))
    return [
        [
            request(evening.offer_id, bearers[random.choice(evening.buyers)], f"k{next(keys)}")
            for _ in range(each)
        ]
        for _ in range(clients)
    ]


def buyers_of(shop: Shop, evening: Evening) -> set[int]:
    with shop.office.reading() as work:
        rows = select(Order.buyer_id).where(Order.offer_id == evening.offer_id)
        return set(work.session.scalars(rows))


@pytest.mark.parametrize(
    ("clients", "each", "runs"),
    [
        pytest.param(16, 200, 1, id="short"),
        pytest.param(32, 5_000, 20, id="long", marks=pytest.mark.long),
    ],
)
def test_a_crowd_over_http_gets_exactly_the_seats_there_are(
    shop: Shop, counted: Counted, clients: int, each: int, runs: int
):
    """T16."""
    random, asked = Random(SEED), 0
    port = shop.serves()
    for _ in range(runs):
        emptied(shop.office.engine)
        evening = opens(shop.office, buyers=1_000, seats=SEATS)
        crowd = Crowd(port).asks(tries(shop, evening, random, clients, each))

        asked += len(crowd.heard)
        assert set(crowd.statuses) == {200, 409}
        assert {one.body["code"] for one in crowd.of(409)} <= {"sold_out", "already_yours"}
        assert len(crowd.promised) == len(crowd.of(200)) == SEATS
        assert sorted(one.body["seat_no"] for one in crowd.of(200)) == list(range(1, SEATS + 1))
        assert {one.body["unit_fen"] for one in crowd.of(200)} == {9_90}
        assert len(buyers_of(shop, evening)) == SEATS
        assert adds_up(shop.office, evening) == {"free": 0, "reserved": SEATS, "paid": 0}
    kind = shop.office.engine.dialect.name
    counted(
        f"{kind}: {runs} runs of {clients} clients × {each} tries on {SEATS} seats, {asked} "
        f"answers, {runs * SEATS} orders, 0 oversold, 0 undersold, 0 5xx, seed {SEED}"
    )


@pytest.mark.parametrize(
    ("clients", "each", "runs"),
    [
        pytest.param(4, 400, 1, id="short"),
        pytest.param(32, 500, 20, id="long", marks=pytest.mark.long),
    ],
)
def test_whoever_was_told_so_has_an_order_though_server_and_redis_are_killed(
    shop: Shop, tmp_path: Path, counted: Counted, clients: int, each: int, runs: int
):
    """T17: the web process killed five times, Redis twice, in the middle of it."""
    valkey = Valkey(tmp_path)
    valkey.start()
    shop.redis_url = valkey.url
    random, killed, broken, told = Random(SEED), 0, 0, 0
    port = shop.serves()
    try:
        for _ in range(runs):
            emptied(shop.office.engine)
            evening = opens(shop.office, buyers=1_000, seats=SEATS)
            crowd = Crowd(port, pause_s=0.01)
            wishes = tries(shop, evening, random, clients, each)
            asking = threading.Thread(target=crowd.asks, args=(wishes,))
            asking.start()
            for act, at in KILLS:
                assert eventually(sold(shop, evening, at), 30), shop.logs()
                kill(shop, valkey, port, act)
                killed += 1
            asking.join()

            assert set(crowd.statuses) <= {200, 409, 503}
            assert len(crowd.heard) == clients * each
            with shop.office.reading() as work:
                made = {str(one) for one in work.session.scalars(select(Order.id))}
            assert crowd.promised <= made
            assert adds_up(shop.office, evening) == {"free": 0, "reserved": SEATS, "paid": 0}
            broken, told = broken + crowd.broken, told + len(crowd.promised)
    finally:
        valkey.kill()
    counted(
        f"{shop.office.engine.dialect.name}: {killed} kills in {runs} runs, {broken} broken "
        f"connections, {told} told they have one, 0 broken promises, {runs * SEATS} orders"
    )


def sold(shop: Shop, evening: Evening, at_least: int) -> Callable[[], bool]:
    return lambda: len(buyers_of(shop, evening)) >= at_least


def kill(shop: Shop, valkey: Valkey, port: int, what: str) -> None:
    if what == "redis":
        valkey.kill()
        valkey.start()
    else:
        shop.kill(f"serve-{port}")
        shop.serves(port)


def test_one_buyer_has_one_seat_however_often_and_by_whichever_door(shop: Shop, counted: Counted):
    """T19: 200 tries at once by three doors of one person."""
    evening = opens(shop.office, buyers=50, seats=SEATS)
    one, two, three = evening.buyers[:3]
    with shop.office.work() as work:
        for former in (two, three):
            work.session.get_one(members.Member, former).merged_into = one
    bearers = [token(shop.office, door, evening.offer_id) for door in (one, two, three)]
    port = shop.serves()

    crowd = Crowd(port).asks(
        [[request(evening.offer_id, bearers[n % 3], f"k{n}")] for n in range(200)]
    )

    assert crowd.statuses == {200: 1, 409: 199}
    assert {each.body["code"] for each in crowd.of(409)} == {"already_yours"}
    assert adds_up(shop.office, evening) == {"free": 99, "reserved": 1, "paid": 0}
    assert buyers_of(shop, evening) == {one}
    counted(
        f"{shop.office.engine.dialect.name}: 200 tries at once by 3 doors of one person, 1 seat"
    )


def test_the_door_asks_who_it_is_and_for_a_key(shop: Shop):
    evening = opens(shop.office, buyers=3, seats=1)
    first, second, _ = evening.buyers
    bearer = token(shop.office, first, evening.offer_id)
    port = shop.serves()

    def told(offer: int | str, bearer: str, key: str) -> tuple[int, dict[str, object]]:
        [heard] = Crowd(port).asks([[request(offer, bearer, key)]]).heard  # type: ignore[arg-type]
        return heard.status, heard.body

    elsewhere = token(shop.office, first, evening.offer_id, page="cashier")
    another = token(shop.office, first, 987_654)
    for wrong in ("", "x", elsewhere, another, bearer[:-1] + "z"):
        assert told(evening.offer_id, wrong, "k") == (401, {"code": "not_signed_in"})
    assert told("abc", bearer, "k")[0] == 404
    assert told(evening.offer_id, bearer, "")[0] == 400
    assert told(evening.offer_id, bearer, "k" * 65)[0] == 400
    assert told(987_654, another, "k")[1]["code"] == "not_live"

    status, placed = told(evening.offer_id, bearer, "k")
    assert (status, placed["seat_no"], placed["unit_fen"], placed["payable_fen"]) == (
        200,
        1,
        990,
        990,
    )
    cashier = str(placed["pay"]).removeprefix("/pages/cashier?t=")
    opened = read_token(shop.build().seal, "cashier", cashier, shop.office.clock())
    assert opened is not None
    with shop.office.reading() as work:
        order = work.session.get_one(Order, int(str(placed["order"])))
        assert (opened.member_id, opened.about) == (first, order.payment_id)
        assert order.expires_at is not None
        assert placed["expires_at"] == f"{order.expires_at.astimezone(SHANGHAI).isoformat()}"
    again = told(evening.offer_id, bearer, "k")[1]
    assert {**again, "pay": ""} == {**placed, "pay": ""}
    assert told(evening.offer_id, bearer, "other")[1]["code"] == "already_yours"
    status, late = told(evening.offer_id, token(shop.office, second, evening.offer_id), "k")
    assert (status, late["code"]) == (409, "sold_out")
    assert "下单" in str(late["words"])
    # Sold out is known by now, and still whoever has the seat hears of it.
    assert told(evening.offer_id, bearer, "k")[1]["seat_no"] == 1


def test_a_seat_that_comes_back_is_sold_a_blink_later(shop: Shop):
    evening = opens(shop.office, buyers=3, seats=1)
    first, second, third = (token(shop.office, one, evening.offer_id) for one in evening.buyers)
    port = shop.serves()
    Crowd(port).asks([[request(evening.offer_id, first, "k")]])
    assert Crowd(port).asks([[request(evening.offer_id, second, "k")]]).statuses == {409: 1}

    def gives_up(work: Work) -> None:
        order = work.session.scalars(select(Order)).one()
        buying.cancel(work, members.get(work, order.buyer_id), order)

    shop.office.do(gives_up)
    keys = iter(range(1_000))

    def gets_it() -> bool:
        ask = request(evening.offer_id, third, f"k{next(keys)}")
        return 200 in Crowd(port).asks([[ask]]).statuses

    assert eventually(gets_it, 3)
    assert adds_up(shop.office, evening) == {"free": 0, "reserved": 1, "paid": 0}


@pytest.mark.parametrize(
    "rounds",
    [pytest.param(1, id="short"), pytest.param(100, id="long", marks=pytest.mark.long)],
)
def test_five_hundred_at_once_by_both_ways(
    office: Office, clock: Clock, counted: Counted, rounds: int
):
    """E47: half of them by the desk, half in the chat, on every database. Then some pay, some let
    it run out; and who comes then has what came back, in the order of the seats."""
    random = Random(SEED)
    with hosts(office) as offices:
        for _ in range(rounds):
            emptied(office.engine)
            evening = opens(office, buyers=550, seats=SEATS, pieces=560)
            first, later = evening.buyers[:500], evening.buyers[500:]
            decided = rush(offices, evening, first)

            mine = [one for one in decided.values() if one == 9_90]
            assert len(mine) == SEATS
            assert adds_up(office, evening) == {"free": 0, "reserved": SEATS, "paid": 0}

            paid = end_all(offices, evening, random, pays_bp=6_000)
            assert adds_up(office, evening) == {
                "free": SEATS - paid,
                "reserved": 0,
                "paid": paid,
            }

            again = rush(offices, evening, later)
            assert sum(1 for one in again.values() if one == 9_90) == min(50, SEATS - paid)
            free = max(0, SEATS - paid - 50)
            assert adds_up(office, evening) == {
                "free": free,
                "reserved": SEATS - paid - free,
                "paid": paid,
            }
    counted(
        f"{office.engine.dialect.name}: {rounds} rounds of 500 buyers at once, {rounds * SEATS} at "
        f"9.90, 0 oversold, seats add up, seed {SEED}"
    )


def rush(offices: list[Office], evening: Evening, buyers: range) -> dict[int, int]:
    """All of these want one now, every second of them in the chat. Whom it costs what."""
    decided: dict[int, int] = {}
    desks = [Desk(office) for office in offices]
    chatting = [one for one in buyers if one % 2]
    with ThreadPoolExecutor(24 if len(offices) > 1 else 4) as threads:
        said = [
            threads.submit(in_chat, offices[number % len(offices)], evening, one)
            for number, one in enumerate(chatting)
        ]
        asked = {
            one: desks[number % len(desks)].ask(evening.offer_id, Wish(one, f"flash:{one}:k"))
            for number, one in enumerate(one for one in buyers if one % 2 == 0)
        }
        for desk in desks:
            desk.start()
        for one, waiting in zip(chatting, said, strict=True):
            if waiting.result() is not None:
                decided[one] = int(waiting.result() or 0)
        for one, future in asked.items():
            decision = future.result(60)
            if isinstance(decision, Placed):
                decided[one] = decision.unit_fen
    for desk in desks:
        desk.stop()
    return decided


def in_chat(office: Office, evening: Evening, number: int) -> int | None:
    """What the one piece costs that was ordered; None when the seat was gone in the meantime."""

    def one(work: Work) -> int:
        buyer = members.get(work, number)
        live = work.session.get_one(Live, evening.live_id)
        wanted = baskets.quote(work, buyer, evening.product_id, live=live)
        [order] = buying.place_together(work, buyer, wanted, key=f"chat:{number}")
        return order.unit_fen

    try:
        return office.do(one)
    except Refusal:
        return None


def end_all(offices: list[Office], evening: Evening, random: Random, *, pays_bp: int) -> int:
    """Every order at the offer's price is paid or runs out. How many are paid."""
    with offices[0].reading() as work:
        rows = select(Order.payment_id).where(
            Order.offer_id == evening.offer_id, Order.state == State.CREATED
        )
        waiting = list(work.session.scalars(rows.order_by(Order.id)))
    ends = [(one, random.randrange(10_000) < pays_bp) for one in waiting]

    def act(number: int) -> None:
        payment_id, is_paid = ends[number]
        office = offices[number % len(offices)]
        office.do(
            lambda work: pays(work, payment_id) if is_paid else buying.expire(work, payment_id)
        )

    with ThreadPoolExecutor(12 if len(offices) > 1 else 2) as threads:
        list(threads.map(act, range(len(ends))))
    return sum(is_paid for _, is_paid in ends)


def pays(work: Work, payment_id: int) -> Came:
    payment = work.session.get_one(Payment, payment_id)
    number, amount_fen = str(payment.number), payment.amount_fen
    return paying_in.settle_payment(work, number, amount_fen, f"42-{payment_id}", paid_at=work.now)


@pytest.mark.parametrize(
    "races",
    [pytest.param(400, id="short"), pytest.param(10_000, id="long", marks=pytest.mark.long)],
)
def test_paying_and_running_out_at_the_same_moment_sells_a_seat_once(
    office: Office, clock: Clock, counted: Counted, races: int
):
    """T18: at the deadline everybody pays, everything runs out, and others want the seats."""
    random, returned, rounds = Random(SEED), 0, races // SEATS
    with hosts(office) as offices:
        for _ in range(rounds):
            emptied(office.engine)
            evening = opens(office, buyers=2 * SEATS, seats=SEATS)
            rows = place_all(office, evening)
            clock.now += office.rules.orders.unpaid_valid
            acts: list[Callable[[Work], object]] = []
            for payment_id, other in zip(rows, evening.buyers[SEATS:], strict=True):
                wants = [Wish(other, f"flash:{other}:k")]
                acts.append(partial(pays, payment_id=payment_id))
                acts.append(partial(buying.expire, payment_id=payment_id))
                acts.append(partial(flash.decide, offer_id=evening.offer_id, wishes=wants))
            random.shuffle(acts)
            with ThreadPoolExecutor(12 if len(offices) > 1 else 2) as threads:
                done = [
                    threads.submit(offices[number % len(offices)].do, act)
                    for number, act in enumerate(acts)
                ]
                for one in done:
                    one.result()
            returned += proves_the_races(office, evening, rows)
    counted(
        f"{office.engine.dialect.name}: {races} races of paying and running out, {returned} late "
        f"payments returned, every seat sold once, seed {SEED}"
    )


def place_all(office: Office, evening: Evening) -> list[int]:
    """Every seat has an order of one of the first buyers: their payments."""
    first = evening.buyers[:SEATS]

    def act(work: Work) -> list[int]:
        wishes = [Wish(one, f"flash:{one}:k") for one in first]
        placed = flash.decide(work, evening.offer_id, wishes)
        return [int(one.payment_id or 0) for one in placed if isinstance(one, Placed)]

    found = office.do(act)
    assert len(found) == SEATS
    return found


def proves_the_races(office: Office, evening: Evening, payment_ids: list[int]) -> int:
    """Each payment has its order, or goes back. How many go back."""
    counts = adds_up(office, evening)
    with office.reading() as work:
        back = set(work.session.scalars(select(Returned.payment_id)))
        for payment_id in payment_ids:
            order = work.session.scalars(select(Order).where(Order.payment_id == payment_id)).one()
            assert (order.state == State.CANCELLED) == (payment_id in back)
            assert order.state in (State.PAID, State.CANCELLED)
            assert order.offer == Offer.FIRST_N
    assert counts["paid"] == SEATS - len(back)
    return len(back)
