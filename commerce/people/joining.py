"""Joining: consent, a nickname, the inviter made final, a seat if one is free."""

from dataclasses import dataclass

from commerce import agenda, outbox
from commerce.errors import AlreadyJoined, NotActive
from commerce.money import real_names, requests
from commerce.outbox import notify
from commerce.people import (
    audit,
    avatars,
    contacts,
    identities,
    invitations,
    members,
    ranks,
    teams,
)
from commerce.people.members import Member, State
from commerce.store.once import lock_by_name
from commerce.work import Work


@dataclass(frozen=True)
class Joined:
    """What came of it: who invited, and whether a seat was free."""

    inviter: Member | None
    seated: bool
    returned: bool


def join(work: Work, member: Member, nickname: str) -> Joined:
    """The answer with the nickname is the consent. Joining is free and happens once.

    Who left and comes back is the same person with the same inviter. Raises AlreadyJoined,
    NotActive, BadNickname."""
    if work.rules.plan.team.tree != "relative":
        lock_by_name(work.session, teams.MOVES)  # First, as everywhere: else two wait crosswise.
    members.lock(work, member.id)
    if member.state == State.JOINED:
        raise AlreadyJoined(member.name)
    if member.state == State.SUSPENDED:
        raise NotActive
    returned = member.state == State.LEFT
    inviter = None if returned else invitations.reserved_inviter(work, member)
    members.rename(work, member, nickname)
    member.state = State.JOINED
    member.joined_at = work.now
    member.consent_version = work.rules.joining.text_version
    member.left_at = None
    work.session.flush()
    audit.record(
        work, None, "consent", f"member:{member.id}", version=work.rules.joining.text_version
    )
    if returned:
        ranks.evaluate(work, member.id)
    contacts.stands_anew(work, member, f"joined:{work.now.isoformat()}")
    seated = inviter is not None and _sit(work, member, inviter)
    return Joined(inviter or _earlier_inviter(work, member), seated, returned)


def welcome_from(work: Work, member: Member, inviter: Member, *, seated: bool) -> None:
    """The inviter hears of it, and what follows from a filled seat follows."""
    notify(
        work,
        inviter.id,
        "friend_joined",
        key=f"joined:{member.id}:{inviter.id}",
        friend=member.name,
        seated=seated,
        invited=teams.invited_count(work, inviter.id),
        seats=work.rules.plan.team.seats,
    )
    if seated:
        for above in teams.upline(work, inviter.id)[:2]:
            ranks.evaluate(work, above.id)


def correct_inviter(work: Work, member: Member, inviter: Member, *, by: Member) -> None:
    """As `teams.correct`, and what follows from a filled seat follows."""
    teams.correct(work, member, inviter, by=by)
    for above in teams.upline(work, members.get(work, inviter.id).id)[:2]:
        ranks.evaluate(work, above.id)


def leave(work: Work, member: Member) -> None:
    """Out of the programme: open lines finish, what is personal is deleted, the books are kept.

    The seat stays as an inactive node and nobody is moved. Who is suspended is forgotten too, and
    stays suspended. Safe to run again."""
    members.lock(work, member.id)
    if member.left_at is not None:
        return
    if member.state != State.SUSPENDED:
        member.state = State.LEFT
    member.left_at = work.now
    audit.record(work, None, "leave", f"member:{member.id}")
    requests.remember_payee(work, member)
    requests.pay_out_everything(work, member)
    agenda.plan(
        work, "erase", key=f"erase:{member.id}:{int(work.now.timestamp())}", member_id=member.id
    )


def erase(work: Work, member_id: int) -> None:
    """Delete what names a person who left: nickname, outside ids, words said to them. Safe to run
    again."""
    member = members.lock(work, member_id)
    if member.left_at is None:
        return
    member.nickname = ""
    outbox.forget(work, member_id)
    avatars.forget(work, member_id)
    real_names.forget(work, member_id)
    for merged in members.merged_into(work, member_id):
        merged.nickname = ""
    for identity in identities.of_member(work, member_id):
        identities.erase(work, identity)


def _sit(work: Work, member: Member, inviter: Member) -> bool:
    members.lock(work, inviter.id)  # Before we point at it: else two who do wait for each other.
    member.inviter_id, member.placed_at = inviter.id, work.now
    work.session.flush()
    seated = teams.take_seat(work, member, inviter)
    welcome_from(work, member, inviter, seated=seated)
    return seated


def _earlier_inviter(work: Work, member: Member) -> Member | None:
    return members.get(work, member.inviter_id) if member.inviter_id else None
