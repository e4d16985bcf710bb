"""Whom an order is credited to: one rule, used when an order is made and nowhere else."""

from datetime import datetime

from sqlalchemy import select

from commerce.goods import touches
from commerce.lives import room
from commerce.lives.lives import Live, State
from commerce.people import invitations, members
from commerce.people.members import Member
from commerce.work import Work


def promoter_of(work: Work, buyer: Member, live: Live | None = None) -> Member | None:
    """The star an order made now is credited to. Inside a live: by whose share the buyer entered
    it, else its host. Outside, and where that is nobody who may promote: the last touch, else the
    inviter, else nobody. It may be the buyer, as the host of the own live."""
    if live is not None:
        entered = touches.star_of_live(work, buyer, live)
        if entered is not None:
            return entered
    host = None if live is None else _host(work, live)
    return host or touches.last_star(work, buyer) or _inviter(work, buyer, work.now)


def untouched(work: Work, buyer: Member | None, live: Live | None = None) -> Member | None:
    """As `promoter_of`, for somebody who never came by a share; None: for a stranger."""
    host = None if live is None else _host(work, live)
    return host or (None if buyer is None else _inviter(work, buyer, work.now))


def live_of(work: Work, buyer: Member) -> Live | None:
    """The live an order made now is made in: the newest one on the air which the buyer entered.
    Who came by nobody at all buys in the only one there is."""
    rows = select(Live).where(Live.state == State.LIVE).order_by(Live.started_at.desc(), Live.id)
    on_air = list(work.session.scalars(rows.limit(20)))
    for live in on_air:
        if live.host_id == buyer.id or room.has_entered(work, buyer, live):
            return live
        if touches.star_of_live(work, buyer, live) is not None:
            return live
    return on_air[0] if len(on_air) == 1 and promoter_of(work, buyer) is None else None


def _host(work: Work, live: Live) -> Member | None:
    host = members.get(work, live.host_id)
    return host if host.is_joined else None


def _inviter(work: Work, buyer: Member, at: datetime) -> Member | None:
    """Who invited the buyer, for a year after joining; whoever would become it, for a visitor."""
    if buyer.state == members.State.VISITOR:
        return invitations.reserved_inviter(work, buyer)
    if buyer.inviter_id is None or buyer.joined_at is None:
        return None
    inviter = members.get(work, buyer.inviter_id)
    valid = at < buyer.joined_at + work.rules.plan.fan_credit_days
    return inviter if valid and inviter.is_joined and inviter.id != buyer.id else None
