"""An evening to talk about: 小明 hosts, 小红 and 阿强 sell with him, 阿芳 buys."""

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import select

from bot.context import Bot
from commerce.goods.orders import Order
from commerce.goods.products import Product
from commerce.lives import hosting
from commerce.lives.lives import Live
from commerce.money import settlement
from commerce.money.earnings import Earning
from commerce.people import members
from commerce.rules import Rank
from commerce.work import Office
from tests.commerce.sales import paid_order, product
from tests.commerce.stars import approved_live
from tests.people import Cast, Clock, Person

EIGHT = datetime(2026, 3, 6, 12, tzinfo=UTC)  # Friday, 20:00 in Shanghai.


@dataclass
class Evening:
    """A live that is on. Prices as in the voice of the house: 藕粉 99.00, 毛巾 39.90, both 20 %."""

    office: Office
    clock: Clock
    bot: Bot
    ming: Person
    hong: Person
    qiang: Person
    fang: Person
    live_id: int
    lotus_id: int
    towels_id: int

    def sells(
        self, who: Person, base_fen: int, *, towels: bool = False, quantity: int = 1, **fields: int
    ) -> int:
        """Somebody's sale to 阿芳, paid now, in the live. The order's id."""
        buyer_id, promoter_id = self.fang.member.id, who.member.id
        with self.office.work() as work:
            goods = work.session.get_one(Product, self.towels_id if towels else self.lotus_id)
            live = work.session.get_one(Live, self.live_id)
            buyer, promoter = members.get(work, buyer_id), members.get(work, promoter_id)
            made = paid_order(
                work, buyer, promoter, base_fen, live=live, goods=goods, quantity=quantity, **fields
            )
            return made.id

    def ends(self) -> None:
        host_id = self.ming.member.id
        with self.office.work() as work:
            hosting.end(work, self.live_id, by=members.get(work, host_id))

    def settles(self) -> None:
        """Ten minutes later."""
        self.clock.passes(minutes=10)
        settlement.settle(self.office, str(self.live_id))

    def sells_as_in_the_book(self) -> None:
        """Five orders: two of 小明's own, two of 小红's, one of 阿强's."""
        self.clock.passes(minutes=8)
        self.sells(self.ming, 94_00, coupon_fen=5_00)
        self.sells(self.ming, 39_90, towels=True)
        self.sells(self.hong, 198_00, quantity=2)
        self.sells(self.hong, 39_90, towels=True)
        self.sells(self.qiang, 99_00)

    def order(self, number: int = 0) -> Order:
        with self.office.reading() as work:
            return work.session.scalars(select(Order).order_by(Order.id)).all()[number]

    def lines(self) -> list[Earning]:
        with self.office.reading() as work:
            return list(work.session.scalars(select(Earning).order_by(Earning.id)))


def becomes(office: Office, person: Person, rank: Rank) -> None:
    number = person.member.id
    with office.work() as work:
        members.lock(work, number).rank = rank


def evening(office: Office, bot: Bot, people: Cast, clock: Clock) -> Evening:
    clock.now = EIGHT
    ming = people("小明").joins()
    hong = people("小红").joins(ming.card)
    qiang = people("阿强").joins(hong.card)
    fang = people("阿芳").follows()
    becomes(office, ming, Rank.TWO_STAR)
    host_id = ming.member.id
    with office.work() as work:
        host = members.get(work, host_id)
        hosting.confirm(work, host, "王小明")
        lotus = product(work, 99_00)
        towels = product(work, 39_90)
        towels.title = "毛巾 3 条"
        live = hosting.create(work, host, "春日好物专场", work.now)
        hosting.start(work, approved_live(work, live).id, by=host)
        numbers = (live.id, lotus.id, towels.id)
    return Evening(office, clock, bot, ming, hong, qiang, fang, *numbers)
