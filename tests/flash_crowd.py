"""A crowd before a flash offer: many buyers with tokens of their own, over HTTP, some at a time."""

import asyncio
import contextlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from typing import Any

from sqlalchemy import func, insert, select

from bot.links import token_for
from commerce.goods import offers
from commerce.goods.offers import Kind, LiveOffer, OfferSeat, SeatState
from commerce.goods.orders import Offer, Order, State
from commerce.goods.stock import Stock
from commerce.people.members import Member
from commerce.people.members import State as MemberState
from commerce.store.base import seal_of
from commerce.work import Office
from qianxing.run import merchant
from tests.commerce.sales import live, product
from tests.commerce.test_offers import richly
from tests.door.house import NOWHERE, House

HOST, FIRST = 1, 101
PRICE_FEN = 9_90
PATIENCE_S = 240


@dataclass
class Shop(House):
    """A house that takes payments; nobody answers for the provider."""

    @cached_property
    def merchant(self) -> dict[str, str]:
        return merchant(self.data / "merchant") | {"QIANXING_PAY_API_URL": f"{NOWHERE}/pay"}

    @property
    def environment(self) -> dict[str, str]:
        return super().environment | self.merchant


@dataclass
class Evening:
    """One live on the air with one `first_n` at 9.90, and everybody who might want it."""

    offer_id: int
    product_id: int
    live_id: int
    buyers: range


def opens(office: Office, *, buyers: int, seats: int, pieces: int | None = None) -> Evening:
    """So many visitors before so many seats."""
    with office.work() as work:
        person = {"nickname": "", "rank": 0, "created_at": work.now - timedelta(days=30)}
        host = person | {"id": HOST, "state": MemberState.JOINED, "nickname": "主播"}
        work.session.execute(insert(Member), [host | {"joined_at": work.now}])
        crowd = range(FIRST, FIRST + buyers)
        visitor = person | {"state": MemberState.VISITOR}
        for first in range(0, buyers, 10_000):
            rows = [visitor | {"id": number} for number in crowd[first : first + 10_000]]
            work.session.execute(insert(Member), rows)
        goods = product(work, pieces=pieces or max(seats, buyers))
        evening = live(work, work.session.get_one(Member, HOST))
        subsidised = richly(work, 10**12)
        offer = offers.publish(
            subsidised,
            evening,
            goods,
            Kind.FIRST_N,
            unit_fen=PRICE_FEN,
            pieces=seats,
            subsidy_fen=10**11,
        )
        return Evening(offer.id, goods.id, evening.id, crowd)


def token(office: Office, member_id: int, offer_id: int, *, page: str = "buy") -> str:
    until = office.clock() + timedelta(hours=2)
    return token_for(seal_of(office.engine.dialect), page, member_id, until, about=offer_id)


def request(offer_id: int, bearer: str, key: str) -> bytes:
    return (
        f"POST /api/v1/offers/{offer_id}/orders HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        f"Authorization: Bearer {bearer}\r\nIdempotency-Key: {key}\r\nContent-Length: 0\r\n\r\n"
    ).encode()


@dataclass
class Heard:
    """What one buyer was told for one wish."""

    status: int
    body: dict[str, Any]
    took_s: float
    ended_s: float


@dataclass
class Crowd:
    """So many connections, each with wishes of its own, one after the other. A connection that
    breaks is opened again, and the same wish is said again."""

    port: int
    heard: list[Heard] = field(default_factory=list)
    broken: int = 0
    pause_s: float = 0.0

    def asks(self, wishes: Sequence[Iterable[bytes]]) -> "Crowd":
        """One connection for each of these."""
        asyncio.run(self._all(wishes))
        return self

    async def _all(self, wishes: Sequence[Iterable[bytes]]) -> None:
        await asyncio.gather(*(self._one(each) for each in wishes))

    async def _one(self, wishes: Iterable[bytes]) -> None:
        streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        clock = asyncio.get_running_loop().time
        for wish in wishes:
            began = clock()
            while True:
                try:
                    streams = streams or await asyncio.open_connection("127.0.0.1", self.port)
                    status, body = await _ask(*streams, wish)
                    break
                except (OSError, asyncio.IncompleteReadError):
                    self.broken += 1
                    streams = await _closed(streams)
                    assert clock() - began < PATIENCE_S, "nobody answers"
                    await asyncio.sleep(0.1)
            self.heard.append(Heard(status, body, clock() - began, clock()))
            if self.pause_s:
                await asyncio.sleep(self.pause_s)
        await _closed(streams)

    @property
    def statuses(self) -> dict[int, int]:
        return {status: len(self.of(status)) for status in {one.status for one in self.heard}}

    def of(self, status: int) -> list[Heard]:
        return [one for one in self.heard if one.status == status]

    @property
    def promised(self) -> set[str]:
        """The orders that somebody was told they have."""
        return {str(one.body["order"]) for one in self.of(200)}


async def _closed(streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None) -> None:
    if streams is not None:
        streams[1].close()
        with contextlib.suppress(OSError):
            await streams[1].wait_closed()


async def _ask(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, wish: bytes
) -> tuple[int, dict[str, Any]]:
    writer.write(wish)
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
    body = json.loads(await reader.readexactly(length))
    return int(head[9:12]), body


def adds_up(office: Office, evening: Evening) -> dict[str, int]:
    """How many seats are free, reserved and paid, once it is proved that they are what the orders
    say: a seat an order, an order a seat, a person one, stock taken by the orders and no more."""
    with office.reading() as work:
        offer = work.session.get_one(LiveOffer, evening.offer_id)
        seats = work.session.scalars(
            select(OfferSeat).where(OfferSeat.offer_id == offer.id).order_by(OfferSeat.seat_no)
        ).all()
        orders = {
            order.id: order
            for order in work.session.scalars(select(Order).where(Order.offer_id == offer.id))
        }
        shelves = work.session.scalars(
            select(Stock).where(Stock.product_id == evening.product_id)
        ).all()
        others = work.session.scalar(
            select(func.count()).where(Order.offer_id.is_(None), Order.state == State.CREATED)
        )
    taken = [seat for seat in seats if seat.state != SeatState.FREE]
    assert [seat.seat_no for seat in seats] == list(range(1, offer.pieces + 1))
    assert (
        len({seat.order_id for seat in taken})
        == len({seat.member_id for seat in taken})
        == len(taken)
    )
    for seat in seats:
        if seat.state == SeatState.FREE:
            assert (seat.member_id, seat.order_id) == (None, None)
            continue
        order = orders[seat.order_id or 0]
        wanted = (
            (State.CREATED,) if seat.state == SeatState.RESERVED else (State.PAID, State.REFUNDED)
        )
        assert (order.seat_no, order.offer, order.unit_fen) == (
            seat.seat_no,
            Offer.FIRST_N,
            PRICE_FEN,
        )
        assert order.state in wanted
        assert order.buyer_id == seat.member_id
    standing = [one for one in orders.values() if one.state != State.CANCELLED]
    assert {one.id for one in standing} == {seat.order_id for seat in taken}
    reserved = sum(1 for one in standing if one.state == State.CREATED) + (others or 0)
    assert sum(shelf.reserved for shelf in shelves) == reserved
    assert all(0 <= shelf.reserved <= shelf.on_hand for shelf in shelves)
    counted = {state.value: 0 for state in SeatState}
    for seat in seats:
        counted[seat.state] += 1
    assert sum(counted.values()) == offer.pieces
    return counted
