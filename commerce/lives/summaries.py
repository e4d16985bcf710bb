"""What a live came to in the end: how it was settled, what it sold, who earned by it."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import distinct, func, select

from commerce.goods.orders import Order
from commerce.lives import board, hosting
from commerce.lives.board import Figures
from commerce.lives.lives import Live
from commerce.money import earnings_view
from commerce.money.earnings import Earning
from commerce.money.earnings_view import Progress
from commerce.money.settlement import Settlement
from commerce.people import members
from commerce.people.members import Member
from commerce.work import Work


@dataclass(frozen=True)
class Summary:
    """A live that is over. What was earned is net of what was taken back."""

    figures: Figures
    progress: Progress
    lasted: timedelta
    refunds: int
    """Orders of which anything was given back for a refund."""
    refunded_fen: int
    earned_fen: int
    earners: int


def summary(work: Work, live: Live) -> Summary:
    """As it is now: a refund tomorrow changes it. The live has ended."""
    assert live.started_at is not None
    assert live.ended_at is not None
    refunds, refunded_fen = _refunds(work, live)
    earned_fen, earners = _earned(work, live)
    return Summary(
        figures=board.figures(work, live),
        progress=earnings_view.progress(work, live),
        lasted=live.ended_at - live.started_at,
        refunds=refunds,
        refunded_fen=refunded_fen,
        earned_fen=earned_fen,
        earners=earners,
    )


def last_over(work: Work, member: Member) -> Live | None:
    """The member's own live that ended last; of the staff's: any."""
    rows = select(Live).where(Live.ended_at.is_not(None))
    if not hosting.is_staff(work, member):
        rows = rows.where(Live.host_id.in_(members.with_former_ids(work, member)))
    return work.session.scalar(rows.order_by(Live.ended_at.desc(), Live.id.desc()).limit(1))


def _refunds(work: Work, live: Live) -> tuple[int, int]:
    """Without what price protection gave back."""
    back_fen = Order.refunded_fen - Order.difference_fen
    rows = select(func.count().label("orders"), func.sum(back_fen).label("fen"))
    row = work.session.execute(rows.where(Order.escrow == str(live.id), back_fen > 0)).one()
    return row.orders, int(row.fen or 0)


def _earned(work: Work, live: Live) -> tuple[int, int]:
    runs = select(Settlement.id).where(Settlement.place == str(live.id))
    stands_fen = Earning.amount_fen - Earning.reversed_fen
    people = func.count(distinct(Earning.member_id)).label("people")
    rows = select(func.sum(stands_fen).label("fen"), people)
    row = work.session.execute(rows.where(Earning.settlement_id.in_(runs), stands_fen > 0)).one()
    return int(row.fen or 0), row.people
