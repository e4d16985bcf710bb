"""
One person, several doors: a bind code shown in one door and typed in another, or one unionid.

The survivor is who joined first; inviter, seat and team follow the survivor, the higher rank
wins. Two teams, or one an ancestor of the other, are for an operator to decide.
"""

from datetime import datetime

from sqlalchemy import ForeignKey, String, select, update
from sqlalchemy.orm import Mapped, mapped_column

from commerce.errors import NoSuchCode
from commerce.money import ledger
from commerce.outbox import Outgoing
from commerce.people import audit, contacts, members, ranks, teams
from commerce.people.identities import Identity
from commerce.people.invitations import token_from
from commerce.people.members import Member, State
from commerce.store.base import Base, Id, seal_of
from commerce.store.once import lock_by_name
from commerce.trust import cases
from commerce.work import Work

CODE_LENGTH = 6


class BindCode(Base):
    """A code shown in one door. Only its trace is kept; it works once, for some minutes."""

    __tablename__ = "bind_codes"

    trace: Mapped[str] = mapped_column(String(64), primary_key=True)
    member_id: Mapped[int] = mapped_column(Id, ForeignKey("members.id"))
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


def show_code(work: Work, member: Member) -> str:
    """A new code for this member."""
    code = token_from(work.secret())[-CODE_LENGTH:]
    expires_at = work.now + work.rules.bind_code.valid
    work.session.add(BindCode(trace=_trace(work, code), member_id=member.id, expires_at=expires_at))
    return code


def shown_to(work: Work, code: str) -> tuple[Member, str]:
    """Who asked for the code, and its trace, by which it is redeemed. NoSuchCode."""
    trace = _trace(work, code)
    return members.get(work, _valid(work, trace).member_id), trace


def redeem(work: Work, member: Member, trace: str) -> Member | None:
    """Make the member one with whom the code was shown to. Returns the member that stays, or None
    when an operator must decide (the case is open). NoSuchCode when it is used or out of time."""
    row = _valid(work, trace)
    row.used_at = work.now
    return _merge_or_ask(work, members.get(work, row.member_id), member)


def learn_unionid(work: Work, identity_id: int, unionid: str) -> None:
    """The platform says who this is everywhere. Somebody known by it becomes one with them."""
    identity = work.session.get_one(Identity, identity_id)
    if identity.is_erased or identity.unionid == unionid:
        return
    identity.unionid = unionid
    work.session.flush()
    rows = select(Identity.member_id).where(
        Identity.unionid == unionid, Identity.member_id != identity.member_id
    )
    for other in sorted(set(work.session.scalars(rows))):
        _merge_or_ask(work, members.get(work, other), members.get(work, identity.member_id))


def merge(work: Work, one: Member, other: Member) -> Member | None:
    """Make two members one. Returns the survivor; None, and nothing written, when an operator
    must decide."""
    if one.id == other.id:
        return one
    lock_by_name(work.session, teams.MOVES)
    for member in sorted((one, other), key=lambda member: member.id):
        members.lock(work, member.id)
    survivor, loser = sorted((one, other), key=_precedence)
    if _needs_an_operator(work, survivor, loser):
        return None
    if survivor.state == State.LEFT and loser.is_joined:
        _come_back(survivor, loser)
    if survivor.state == State.VISITOR and survivor.reserved_inviter_id is None:
        survivor.reserved_inviter_id = loser.reserved_inviter_id
        survivor.reserved_until = loser.reserved_until
    if survivor.reserved_inviter_id == survivor.id:
        survivor.reserved_inviter_id = survivor.reserved_until = None
    loser.parent_id = loser.seat = None
    work.session.flush()
    _move_rows(work, loser.id, survivor.id)
    ledger.move_all(work, loser.id, survivor.id)
    ranks.inherit(work, survivor, loser)
    contacts.stands_anew(work, survivor, f"merged:{loser.id}")
    audit.record(work, None, "merge", f"member:{survivor.id}", loser=loser.id)
    return survivor


def _come_back(survivor: Member, loser: Member) -> None:
    """Who had left is here again, by the name and the consent they gave last."""
    survivor.state, survivor.left_at = State.JOINED, None
    survivor.nickname, survivor.consent_version = loser.nickname, loser.consent_version


def _merge_or_ask(work: Work, one: Member, other: Member) -> Member | None:
    survivor = merge(work, one, other)
    if survivor is None:
        low, high = sorted((one.id, other.id))
        words = f"成员 {low}（{one.name}）和 {high}（{other.name}）要合并，都有团队或互为上级"
        cases.open_case(work, "merge", low, words, key=f"merge:{low}:{high}")
    return survivor


def _move_rows(work: Work, loser_id: int, survivor_id: int) -> None:
    """Doors and unsaid words move; every other row keeps its id and reads through."""
    merged = update(Member).where((Member.id == loser_id) | (Member.merged_into == loser_id))
    doors = update(Identity).where(Identity.member_id == loser_id)
    unsaid = update(Outgoing).where(Outgoing.member_id == loser_id, Outgoing.sent_at.is_(None))
    work.session.execute(merged.values(merged_into=survivor_id))
    for rows in (doors, unsaid):
        work.session.execute(rows.values(member_id=survivor_id))


def _valid(work: Work, trace: str) -> BindCode:
    row = work.session.get(BindCode, trace, with_for_update=True)
    if row is None or row.used_at is not None or row.expires_at <= work.now:
        raise NoSuchCode("")
    return row


def _precedence(member: Member) -> tuple[bool, datetime, int]:
    return member.joined_at is None, member.joined_at or member.created_at, member.id


def _needs_an_operator(work: Work, survivor: Member, loser: Member) -> bool:
    return (
        teams.fan_count(work, loser.id) > 0
        or State.SUSPENDED in (survivor.state, loser.state)
        or loser.id in teams.ancestors(work, survivor.id)
        or survivor.id in teams.ancestors(work, loser.id)
    )


def _trace(work: Work, code: str) -> str:
    return seal_of(work.session.get_bind().dialect).trace(f"bind:{code}")
