"""
Awarding: the prizes of a draw go down its scores, past whoever may not win, until all are given.

What the record says does not change: it shows who was drawn. A place that nobody may have is noted
as such, and the next score of the same draw is asked.
"""

from typing import Any

from sqlalchemy import func, select

from commerce import agenda
from commerce.errors import NoSuchPrize
from commerce.goods import stock
from commerce.lives import broadcasting, draw, lotteries, prizes
from commerce.lives.bookings import Booking
from commerce.lives.entrants import why_not
from commerce.lives.lives import Live
from commerce.lives.lotteries import DrawRecord, Lottery
from commerce.lives.prizes import Prize, PrizeState
from commerce.outbox import notify
from commerce.people import audit, members, staff
from commerce.people.members import Member
from commerce.people.staff import Role
from commerce.work import Work


def award(work: Work, lottery: Lottery, record: dict[str, Any]) -> list[int]:
    """The winners of a locked lottery's record get their prizes and hear of it; pieces that nobody
    has won go back to the shelf. The booking numbers, in their order."""
    winning = _offer_to_the_next(work, lottery, record, lottery.winners_wanted)
    spare = lottery.winners_wanted - len(winning)
    if spare:
        stock.release_hold(work, lottery.hold, spare)
    return winning


def disqualify(work: Work, live_id: int, number: int, why: str, *, by: Member) -> Prize | None:
    """Whoever has this booking number may not win after all; the next score of the same draw takes
    the place. The substitute's prize, None when nobody is left. NotStaff, NoSuchPrize."""
    staff.need_role(work, by, Role.REVIEWER)
    lottery = lotteries.of_live(work, live_id)
    found = [] if lottery is None else prizes.of_lottery(work, lottery, limit=1_000)
    prize_id = next((won.prize.id for won in found if won.number == number), None)
    if prize_id is None:
        raise NoSuchPrize(live_id, number)
    lottery, prize = prizes.lock(work, prize_id)
    if prize.state != PrizeState.OFFERED:
        raise NoSuchPrize(live_id, number)
    prize.state, prize.decided_at, prize.note = PrizeState.INELIGIBLE, work.now, why[:100]
    work.session.flush()
    audit.record(work, by.id, "disqualify", f"prize:{prize.id}", number=number)
    notify(
        work,
        members.get(work, prize.member_id).id,
        "prize_withdrawn",
        key=f"prize_withdrawn:{prize.id}",
        number=number,
        product=lottery.terms["product"],
        reason=prize.note,
    )
    record = draw.unpack(work.session.get_one(DrawRecord, lottery.id).body)
    if not _offer_to_the_next(work, lottery, record, 1):
        stock.release_hold(work, lottery.hold, 1)
        return None
    newest = select(Prize).where(Prize.lottery_id == lottery.id).order_by(Prize.place.desc())
    return work.session.scalar(newest.limit(1))


def _offer_to_the_next(
    work: Work, lottery: Lottery, record: dict[str, Any], wanted: int
) -> list[int]:
    """Down the scores from the last place that was given, until so many who may win have won."""
    taken = select(func.max(Prize.place)).where(Prize.lottery_id == lottery.id)
    place = work.session.scalar(taken) or 0
    given: list[int] = []
    order: list[str] = record["winners"]
    while len(given) < wanted:
        if place >= len(order):
            order = _ranked(record, place + wanted)
        if place >= len(order):
            break
        number = int(draw.booking(order[place]))
        place += 1
        if _offer(work, lottery, number, place):
            given.append(number)
    if given:
        due_at = work.now + lottery.claim_within
        key = f"lottery:{lottery.id}:lapse:{due_at:%Y%m%d%H%M%S}"
        agenda.plan(work, "lapse_prizes", key=key, due_at=due_at, lottery_id=lottery.id)
    return given


def _ranked(record: dict[str, Any], count: int) -> list[str]:
    secret, digest, beacon = record["secret"], record["digest"], record["beacon"]
    return draw.winners(secret, digest, beacon, record["tickets"], count)


def _offer(work: Work, lottery: Lottery, number: int, place: int) -> bool:
    """The prize of this place. False, and the place is noted as nobody's, when its person may not
    win any more."""
    row = select(Booking).where(Booking.live_id == lottery.live_id, Booking.number == number)
    booking = work.session.scalars(row).one()
    member = members.get(work, booking.member_id)
    live = work.session.get_one(Live, lottery.live_id)
    why = why_not(work, live, member, booking.booked_at)
    again = select(Prize.id).where(
        Prize.lottery_id == lottery.id,
        Prize.member_id.in_(members.with_former_ids(work, member)),
    )
    if work.session.scalar(again.limit(1)) is not None:
        why = "same_person"
    prize = Prize(
        lottery_id=lottery.id,
        booking_id=booking.id,
        member_id=booking.member_id,
        place=place,
        state=PrizeState.INELIGIBLE if why else PrizeState.OFFERED,
        offered_at=work.now,
        claim_until=work.now + lottery.claim_within,
        decided_at=work.now if why else None,
        note=why,
    )
    work.session.add(prize)
    work.session.flush()
    if not why:
        _congratulate(work, lottery, live, prize, number)
    return not why


def _congratulate(work: Work, lottery: Lottery, live: Live, prize: Prize, number: int) -> None:
    """By whatever door may reach them, also by a yes they gave when they booked."""
    facts = {
        "live": live.title,
        "at": live.planned_at.isoformat(),
        "product": lottery.terms["product"],
        "prize_fen": lottery.prize_fen,
        "people": lottery.people,
        "prizes": min(lottery.winners_wanted, lottery.people),
        "until": prize.claim_until.isoformat(),
        "instead": prize.place > lottery.winners_wanted,
    }
    key = f"lottery_won:{prize.id}"
    broadcasting.begin(work, live, "lottery_won", key=key, facts=facts, only=[number])
