"""
Recomputing a published draw, for whoever asks. What does not add up stops the claims and becomes a
case for a person; nothing is mended by itself.
"""

import zlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from commerce import agenda
from commerce.lives import draw, lotteries
from commerce.lives.bookings import Booking
from commerce.lives.draw_shape import Finding, Kind
from commerce.lives.lives import Live
from commerce.lives.lotteries import DrawRecord, Lottery
from commerce.lives.prizes import Prize, PrizeState
from commerce.outbox import SHANGHAI
from commerce.people import audit, staff
from commerce.people.members import Member
from commerce.people.staff import Role
from commerce.trust import cases
from commerce.work import Work

NOON = 12


@dataclass(frozen=True)
class Checked:
    """`findings` empty: all of it adds up. `place`: where the asker's booking stands, from 1."""

    findings: tuple[Finding, ...]
    record: dict[str, Any]
    place: int | None = None


def check(work: Work, lottery: Lottery, *, number: int | None = None) -> Checked:
    """The record of a drawn lottery, recomputed, and held against what was said before the draw and
    who has prizes. `number`: whose place in the ranking is asked."""
    kept = work.session.get_one(DrawRecord, lottery.id)
    try:
        record = draw.unpack(kept.body)
    except (ValueError, zlib.error):
        return Checked((Finding(Kind.SHAPE, ""),), {})
    findings = draw.verify(record) or _ours(work, lottery, record)
    if findings:
        return Checked(tuple(findings), record)
    place = None
    if number is not None:
        fields = (record["secret"], record["digest"], record["beacon"], record["tickets"])
        place = draw.place(*fields, number)
    return Checked((), record, place)


def pause(work: Work, lottery: Lottery, words: str) -> datetime:
    """Nothing of it is claimed until a person has looked. When that is answered. Once."""
    held = lotteries.lock(work, lottery.id)
    if held.paused_at is None:
        held.paused_at = work.now
        work.session.flush()
        audit.record(work, None, "pause_claims", f"lottery:{lottery.id}")
        host_id = work.session.get_one(Live, lottery.live_id).host_id
        told = f"抽奖 {lottery.number} 的记录对不上：{words}。已暂停发奖，查清后回复「恢复发奖」。"
        key = f"draw:{lottery.id}:{work.now:%Y%m%d%H%M%S}"
        cases.open_case(work, "draw", host_id, told, key=key)
    assert held.paused_at is not None
    return answer_by(held.paused_at)


def answer_by(paused_at: datetime) -> datetime:
    """At noon of the next day, in Shanghai."""
    tomorrow = paused_at.astimezone(SHANGHAI) + timedelta(days=1)
    return tomorrow.replace(hour=NOON, minute=0, second=0, microsecond=0)


def resume(work: Work, lottery: Lottery, *, by: Member) -> bool:
    """A person has looked: claims go on, and nobody has lost the time in between. False when they
    were not paused. NotStaff."""
    staff.need_role(work, by, Role.REVIEWER)
    held = lotteries.lock(work, lottery.id)
    if held.paused_at is None:
        return False
    paused, held.paused_at = work.now - held.paused_at, None
    rows = select(Prize).where(Prize.lottery_id == lottery.id, Prize.state == PrizeState.OFFERED)
    for prize in work.session.scalars(rows.execution_options(populate_existing=True)):
        prize.claim_until += paused
        due_at = prize.claim_until
        key = f"lottery:{lottery.id}:lapse:{due_at:%Y%m%d%H%M%S%f}"
        agenda.plan(work, "lapse_prizes", key=key, due_at=due_at, lottery_id=lottery.id)
    work.session.flush()
    audit.record(work, by.id, "resume_claims", f"lottery:{lottery.id}")
    return True


def _ours(work: Work, lottery: Lottery, record: dict[str, Any]) -> list[Finding]:
    """A record may add up in itself and still not be the one that was announced."""
    said = {"commit": lottery.commit, "digest": lottery.digest, "lottery": lottery.number}
    kinds = {"commit": Kind.COMMIT, "digest": Kind.DIGEST, "lottery": Kind.NUMBER}
    for field, published in said.items():
        if record[field] != published:
            return [Finding(kinds[field], field, published, record[field])]
    rows = (
        select(Prize.place, Booking.number)
        .join(Booking, Booking.id == Prize.booking_id)
        .where(Prize.lottery_id == lottery.id)
    )
    given = {row.place: f"{row.number:06d}" for row in work.session.execute(rows)}
    won = [draw.booking(ticket) for ticket in record["winners"]]
    for at, number in enumerate(won, start=1):
        if given.get(at, "") != number:
            return [Finding(Kind.WINNERS, f"winners[{at - 1}]", given.get(at, ""), number)]
    return []
