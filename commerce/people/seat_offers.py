"""
Seat offers: a freed seat is offered to the invitee who has waited longest, who must agree.

While somebody is asked the seat is held: no newcomer takes it. Everybody who waits is asked at
most once per freed seat; when nobody agrees it is free for whoever comes next.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, or_, select

from commerce import agenda
from commerce.errors import NoSeatOffer
from commerce.outbox import notify
from commerce.people import audit, members, ranks, teams
from commerce.people.members import Member, State
from commerce.people.teams import SeatOffer
from commerce.store.once import lock_by_name
from commerce.work import Work


def offer(work: Work, parent: Member, seat: int) -> None:
    """The seat became free just now: ask who has waited longest. The caller locked the parent."""
    _ask_next(work, parent, seat, work.now, after=None)


def accept(work: Work, member: Member) -> Member:
    """Sit down at the seat that is held for the member, wherever it is by now. Returns whose it is.

    Counts from the next order on. NotJoined, NotActive, NoSeatOffer."""
    lock_by_name(work.session, teams.MOVES)
    members.lock(work, member.id)
    members.need_joined(member)
    held, inviter = _held_for(work, member)
    work.session.delete(held)
    work.session.flush()
    still_theirs = member.parent_id is None and member.inviter_id == inviter.id
    if not (still_theirs and teams.may_sit(work, member, inviter)):
        raise NoSeatOffer
    if not teams.take_seat(work, member, inviter):
        raise NoSeatOffer
    audit.record(work, None, "accept_seat", f"member:{member.id}", parent=inviter.id)
    _tell_of_a_filled_seat(work, member, inviter)
    return inviter


def decline(work: Work, member: Member) -> Member:
    """Let it pass: the next one is asked at once. Returns whose seat it was. NotJoined, NotActive,
    NoSeatOffer."""
    members.need_joined(member)
    held, inviter = _held_for(work, member)
    _pass_on(work, held, inviter)
    return inviter


def pass_seat_on(work: Work, parent_id: int, seat: int, member_id: int) -> None:
    """Ask the next one if this person let the time pass, or cannot sit there any more. Safe to run
    again."""
    parent = members.lock(work, parent_id)
    held = work.session.get(SeatOffer, (parent_id, seat), populate_existing=True)
    if held is None or held.member_id != member_id:
        return
    if held.expires_at <= work.now or not _waits(work.session.get_one(Member, member_id)):
        _pass_on(work, held, parent)


def pass_on_what_nobody_can_take(work: Work) -> None:
    """Offers to who left, was suspended, merged or moved lapse before their time. Safe to run
    again."""
    gone = or_(
        Member.state != State.JOINED, Member.parent_id.is_not(None), Member.merged_into.is_not(None)
    )
    rows = select(SeatOffer).join(Member, Member.id == SeatOffer.member_id).where(gone)
    for held in work.session.scalars(rows):
        _plan_to_pass_on(work, held, at=work.now)


def _held_for(work: Work, member: Member) -> tuple[SeatOffer, Member]:
    """The offer and whose seat it is, locked upwards: the parent before the offer."""
    mine = SeatOffer.member_id == member.id
    parent_id = work.session.scalar(select(SeatOffer.parent_id).where(mine))
    if parent_id is None:
        raise NoSeatOffer
    parent = members.lock(work, parent_id)
    held = work.session.scalar(
        select(SeatOffer).where(mine).execution_options(populate_existing=True)
    )
    if held is None:
        raise NoSeatOffer
    return held, parent


def _pass_on(work: Work, held: SeatOffer, parent: Member) -> None:
    work.session.delete(held)
    work.session.flush()
    reached = held.waiting_since, held.member_id
    _ask_next(work, parent, held.seat, held.freed_at, after=reached)


def _ask_next(
    work: Work, parent: Member, seat: int, freed_at: datetime, *, after: tuple[datetime, int] | None
) -> None:
    member = _longest_waiting(work, parent, freed_at, after)
    if member is None:
        return
    assert member.placed_at is not None
    held = SeatOffer(
        parent_id=parent.id,
        seat=seat,
        member_id=member.id,
        waiting_since=member.placed_at,
        freed_at=freed_at,
        expires_at=work.now + work.rules.joining.idle_seat_notice,
    )
    work.session.add(held)
    work.session.flush()
    _plan_to_pass_on(work, held, at=held.expires_at)
    notify(
        work,
        member.id,
        "seat_offered",
        key=f"seat_offered:{member.id}:{int(held.expires_at.timestamp())}",
        other=parent.name,
        until=held.expires_at.isoformat(),
    )


def _longest_waiting(
    work: Work, parent: Member, freed_at: datetime, after: tuple[datetime, int] | None
) -> Member | None:
    """The next one in the queue who may sit there. None too when nobody may be seated there."""
    if not parent.is_joined:
        return None
    while (member := work.session.scalar(_queue(parent, freed_at, after))) is not None:
        if teams.may_sit(work, member, parent):
            return member
        assert member.placed_at is not None
        after = member.placed_at, member.id
    return None


def _queue(
    parent: Member, freed_at: datetime, after: tuple[datetime, int] | None
) -> Select[Member]:
    """Who was invited and sits nowhere, by how long they wait. Not who just lost this very seat."""
    asked = select(SeatOffer).where(SeatOffer.member_id == Member.id).exists()
    rows = select(Member).where(
        Member.inviter_id == parent.id,
        Member.parent_id.is_(None),
        Member.merged_into.is_(None),
        Member.state == State.JOINED,
        Member.placed_at != freed_at,
        ~asked,
    )
    if after is not None:
        rows = rows.where(_comes_after(*after))
    return rows.order_by(Member.placed_at, Member.id).limit(1)


def _comes_after(at: datetime, member_id: int) -> Any:
    return or_(Member.placed_at > at, and_(Member.placed_at == at, Member.id > member_id))


def _waits(member: Member) -> bool:
    return member.is_joined and member.parent_id is None and member.merged_into is None


def _plan_to_pass_on(work: Work, held: SeatOffer, *, at: datetime) -> None:
    key = f"seat_offer:{held.parent_id}:{held.seat}:{held.member_id}:{int(at.timestamp())}"
    about = {"parent_id": held.parent_id, "seat": held.seat, "member_id": held.member_id}
    agenda.plan(work, "pass_seat_on", key=key, due_at=at, **about)


def _tell_of_a_filled_seat(work: Work, member: Member, inviter: Member) -> None:
    """The parent hears of it, and what follows from a filled seat follows."""
    notify(
        work,
        inviter.id,
        "seat_accepted",
        key=f"seat_accepted:{member.id}:{int(work.now.timestamp())}",
        friend=member.name,
        invited=teams.invited_count(work, inviter.id),
        seats=work.rules.plan.team.seats,
    )
    for above in teams.upline(work, inviter.id)[:2]:
        ranks.evaluate(work, above.id)
