"""Telling everybody what a settlement brought them, once, some people at a time."""

from sqlalchemy import func, select

from commerce import agenda
from commerce.lives.lives import Live
from commerce.money.earnings import Earning
from commerce.money.settlement import Settlement
from commerce.outbox import Priority, notify
from commerce.people.members import Member
from commerce.work import Work

TOGETHER = 500


def tell_settled(work: Work, run_id: int, after: int) -> None:
    """The next people of a run, by id; the rest is planned. Safe to run again."""
    run = work.session.get_one(Settlement, run_id)
    live = work.session.get(Live, int(run.place)) if run.place.isdecimal() else None
    owner_id = func.coalesce(Member.merged_into, Member.id)
    amount_fen = func.sum(Earning.amount_fen - Earning.reversed_fen)
    rows = work.session.execute(
        select(owner_id.label("id"), func.count().label("lines"), amount_fen.label("amount_fen"))
        .join(Member, Member.id == Earning.member_id)
        .where(Earning.settlement_id == run_id, owner_id > after)
        .group_by(owner_id)
        .order_by(owner_id)
        .limit(TOGETHER)
    ).all()
    for row in rows:
        notify(
            work,
            row.id,
            "settled",
            key=f"settled:{run_id}:{row.id}",
            priority=Priority.MONEY,
            live=live.title if live else None,
            day=None if live else run.place,
            held_days=work.rules.plan.hold.received_days.days,
            lines=row.lines,
            amount_fen=int(row.amount_fen),
        )
    if len(rows) == TOGETHER:
        last = rows[-1].id
        key = f"tell_settled:{run_id}:{last}"
        agenda.plan(work, "tell_settled", key=key, run_id=run_id, after=last)
