"""A live with a lottery, and a crowd that books it, in a line each."""

from dataclasses import replace
from datetime import timedelta
from itertools import count

from sqlalchemy import select

from commerce.agenda import DueTask
from commerce.goods.products import Product
from commerce.goods.recipients import Recipient
from commerce.lives import bookings, drawing, lotteries
from commerce.lives.bookings import Booking
from commerce.lives.broadcasts import Broadcast, Part
from commerce.lives.lives import Live, State
from commerce.lives.lotteries import Lottery
from commerce.lives.prizes import Prize
from commerce.outbox import Outgoing
from commerce.people.members import Member
from commerce.work import Work
from tests.commerce.sales import product
from tests.commerce.stars import star, visitor

SECRET = bytes(range(32))
HOME = Recipient("阿芳", "13800006688", "杭州市西湖区文三路 1 号")
_numbers = count(1)


def sealed(work: Work, secret: bytes = SECRET) -> Work:
    """The same unit of work, whose secret is known to the test."""
    return replace(work, secret=lambda: secret)


def scheduled(work: Work, host: Member | None = None, *, days: float = 3) -> Live:
    """Approved, in three days."""
    made = Live(
        title="春日好物专场",
        host_id=(host or star(work, f"主播{next(_numbers)}")).id,
        state=State.SCHEDULED,
        planned_at=work.now + timedelta(days=days),
        approved_at=work.now,
    )
    work.session.add(made)
    work.session.flush()
    return made


def with_lottery(
    work: Work,
    live: Live | None = None,
    *,
    winners: int = 3,
    threshold: int = 10,
    goods: Product | None = None,
    secret: bytes = SECRET,
) -> tuple[Live, Lottery]:
    """Several of them need several secrets: their numbers are made of them."""
    live = live or scheduled(work)
    goods = goods or product(work)
    known = sealed(work, secret)
    made = lotteries.announce(known, live, goods, winners=winners, threshold=threshold)
    return live, made


def crowd(work: Work, live: Live, people: int) -> list[Member]:
    """So many visitors, each of whom books."""
    found = [visitor(work) for _ in range(people)]
    for member in found:
        bookings.book(work, member, live)
    return found


def starts(work: Work, live: Live) -> None:
    """As `hosting.start` does, without anybody who may."""
    live.state, live.started_at = State.LIVE, work.now
    work.session.flush()
    lotteries.live_started(work, live)


def drawn(work: Work, live: Live, lottery: Lottery) -> list[Prize]:
    """The live starts, the list is frozen, the draw is run. Who has won, in their order."""
    starts(work, live)
    drawing.freeze(work, lottery.id)
    drawing.run(work, lottery.id)
    return given(work, lottery)


def given(work: Work, lottery: Lottery) -> list[Prize]:
    rows = select(Prize).where(Prize.lottery_id == lottery.id).order_by(Prize.place)
    return list(work.session.scalars(rows.execution_options(populate_existing=True)))


def numbers(work: Work, found: list[Prize]) -> list[int]:
    """The booking numbers of these prizes."""
    return [work.session.get_one(Booking, prize.booking_id).number for prize in found]


def told(work: Work, member_id: int) -> list[str]:
    """The notices written for somebody, by name: those to their booking number alone come first."""
    rows = select(Outgoing).where(Outgoing.member_id == member_id).order_by(Outgoing.id)
    notices = [row.said["notice"] for row in work.session.scalars(rows) if row.is_notice]
    return to_number(work, member_id) + notices


def to_number(work: Work, member_id: int) -> list[str]:
    """What was begun to be said to nobody but this person, as one who booked."""
    rows = (
        select(Broadcast, Part.rest, Booking.number)
        .join(Part, Part.broadcast_id == Broadcast.id)
        .join(Booking, Booking.live_id == Broadcast.live_id)
        .where(Part.last <= 0, Booking.member_id == member_id)
        .order_by(Broadcast.id)
    )
    found = work.session.execute(rows)
    return [said.notice for said, rest, number in found if number in {one[0] for one in rest}]


def planned(work: Work, task: str) -> list[DueTask]:
    rows = select(DueTask).where(DueTask.task == task, DueTask.done_at.is_(None))
    return list(work.session.scalars(rows.order_by(DueTask.due_at)))
