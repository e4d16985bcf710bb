"""
Touches: which star's share a buyer came by. The last one counts, for some days.

One rule decides whom an order is credited to: inside a live the touch by which the buyer entered
it, else the host; outside the last touch, else whoever invited the buyer, else nobody.
"""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ForeignKey, Index, or_, select
from sqlalchemy.orm import Mapped, mapped_column

from commerce.lives.lives import Live
from commerce.people import members
from commerce.people.members import Member
from commerce.store.base import Base, Id
from commerce.store.bulk import among
from commerce.work import Work


class Touch(Base):
    __tablename__ = "touches"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    buyer_id: Mapped[int] = mapped_column(Id, ForeignKey("members.id"))
    star_id: Mapped[int] = mapped_column(Id, ForeignKey("members.id"))
    product_id: Mapped[int | None] = mapped_column(Id, ForeignKey("products.id"))
    live_id: Mapped[int | None] = mapped_column(Id, ForeignKey("lives.id"))
    at: Mapped[datetime]

    __table_args__ = (Index("touches_of_buyer", "buyer_id", "live_id", "at"), Base.__table_args__)


def touch(
    work: Work,
    buyer: Member,
    sharer: Member,
    *,
    product_id: int | None = None,
    live_id: int | None = None,
) -> Touch | None:
    """The buyer came by this person's share. A share of somebody who is no star counts for the
    star by whose share they came themselves; None, and nothing noted, when that is nobody, or the
    buyer."""
    star = sharer if sharer.is_joined else last_star(work, sharer)
    if star is None or star.id == buyer.id:
        return None
    made = Touch(
        buyer_id=buyer.id, star_id=star.id, product_id=product_id, live_id=live_id, at=work.now
    )
    work.session.add(made)
    work.session.flush()
    return made


def last_star(work: Work, buyer: Member) -> Member | None:
    """Whose share the buyer came by last, within the days it counts. None when that star may
    promote no longer: an earlier touch does not come back."""
    since = work.now - work.rules.plan.touch_days
    return _promoting(work, buyer, Touch.at > since)


def star_of_live(work: Work, buyer: Member, live: Live) -> Member | None:
    """Whose share the buyer entered this live by: one of the live itself, or any while it is on."""
    entered = Touch.live_id == live.id
    if live.started_at is None:
        return _promoting(work, buyer, entered)
    until = live.ended_at or work.now
    during = Touch.at.between(live.started_at, until) & Touch.live_id.is_(None)
    return _promoting(work, buyer, or_(entered, during))


def touched(work: Work, member_ids: Collection[int]) -> set[int]:
    """Who of them ever came by a share, be it before they were merged into who they are."""
    session = work.session
    former = select(Member.id, Member.merged_into).where(
        among(session, Member.merged_into, member_ids)
    )
    now = {row.id: row.merged_into for row in session.execute(former)}
    by = select(Touch.buyer_id).distinct()
    found = session.scalars(by.where(among(session, Touch.buyer_id, {*member_ids, *now})))
    return {now.get(member_id, member_id) for member_id in found}


def _promoting(work: Work, buyer: Member, which: object) -> Member | None:
    ids = [buyer.id, *(row.id for row in members.merged_into(work, buyer.id))]
    rows = select(Touch.star_id).where(
        Touch.buyer_id.in_(ids),
        Touch.at <= work.now,
        which,  # type: ignore[arg-type]
    )
    star_id = work.session.scalar(rows.order_by(Touch.at.desc(), Touch.id.desc()).limit(1))
    star = None if star_id is None else members.get(work, star_id)
    return star if star is not None and star.is_joined and star.id != buyer.id else None
