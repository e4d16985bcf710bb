"""「春日好物专场」 on Friday at eight, with a lottery of ten, and people who book it."""

from dataclasses import dataclass
from datetime import timedelta

from commerce.goods.products import Product
from commerce.lives import bookings, lotteries
from commerce.lives.lives import Live, State
from commerce.people import members
from commerce.work import Office
from tests.commerce.draws import SECRET, crowd, scheduled, sealed
from tests.commerce.sales import product
from tests.handlers.doors import crowd_told, tasks_run
from tests.handlers.evening import EIGHT
from tests.people import Cast, Clock, Person


@dataclass
class Announced:
    office: Office
    clock: Clock
    ming: Person
    live_id: int
    lotus_id: int
    number: str = ""

    def books(self, people: int) -> None:
        """So many whom nobody knows."""
        with self.office.work() as work:
            crowd(work, work.session.get_one(Live, self.live_id), people)

    def starts(self) -> None:
        """At eight; and everything that follows from it follows."""
        self.clock.now = EIGHT
        with self.office.work() as work:
            live = work.session.get_one(Live, self.live_id)
            live.state, live.started_at = State.LIVE, work.now
            lotteries.live_started(work, live)
        self.passes()

    def passes(self, **span: float) -> None:
        self.clock.passes(**span)
        for _ in range(3):  # What is due may make something else due.
            tasks_run(self.office)
        crowd_told(self.office)

    def number_of(self, person: Person) -> int:
        with self.office.reading() as work:
            member = members.get(work, person.member.id)
            booking = bookings.of(work, member, work.session.get_one(Live, self.live_id))
            assert booking is not None
            return booking.number


def announced(
    office: Office,
    people: Cast,
    clock: Clock,
    *,
    winners: int = 10,
    threshold: int = 100,
    lottery: bool = True,
) -> Announced:
    ming = people("小明").joins()
    host_id = ming.member.id
    with office.work() as work:
        live = scheduled(work, members.get(work, host_id))
        live.planned_at = EIGHT
        goods: Product = product(work)
        made = Announced(office, clock, ming, live.id, goods.id)
        if lottery:
            known = sealed(work, SECRET)
            drawn = lotteries.announce(known, live, goods, winners=winners, threshold=threshold)
            made.number = drawn.number
    assert clock.now < EIGHT - timedelta(days=1)
    return made
