"""Earning lines that come from no order."""

from datetime import timedelta
from typing import Any

from commerce.money import ledger
from commerce.money.earnings import Earning, Kind
from commerce.money.ledger import Move
from commerce.people.members import Member
from commerce.work import Work


def reward(work: Work, member: Member, key: str, days: int, **more: Any) -> Earning:
    """5.00 yuan for a video, held for so many days."""
    line = Earning(
        member_id=member.id,
        kind=Kind.TRAFFIC_REWARD,
        key=key,
        amount_fen=5_00,
        created_at=work.now,
        held_until=work.now + timedelta(days=days),
        **more,
    )
    work.session.add(line)
    work.session.flush()
    ledger.post(work, key, Move(ledger.PROMOTION, ledger.pending(member.id), 5_00))
    return line
