"""
Invitations: a short opaque token that stands for its inviter.

A poster's QR code carries it, and whoever cannot scan may type it. The first valid scan of a
visitor reserves the inviter for some days; joining makes it final.
"""

from datetime import datetime
from hashlib import sha256

from sqlalchemy import ForeignKey, String, select
from sqlalchemy.orm import Mapped, mapped_column

from commerce.errors import CodeClosed, InviterFixed, InvitesSelf, NoSuchCode
from commerce.people import members, teams
from commerce.people.members import Member, State
from commerce.store.base import Base, Id
from commerce.work import Work

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: no I, L, O, U to misread.
TOKEN_LENGTH = 8
SCENE = "inv_"


class Invitation(Base):
    """One token of a member, good until `expires_at`. A new poster takes the newest one."""

    __tablename__ = "invitations"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    token: Mapped[str] = mapped_column(String(16), unique=True)
    member_id: Mapped[int] = mapped_column(Id, ForeignKey("members.id"), index=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    qr_url: Mapped[str | None] = mapped_column(String(200))
    """What the platform's QR code of this token says; None until it is made."""

    @property
    def scene(self) -> str:
        return SCENE + self.token


def current(work: Work, member: Member) -> Invitation:
    """The member's newest invitation; a new one when less than half of its time is left."""
    members.need_joined(member)
    members.lock(work, member.id)
    valid = work.rules.joining.poster_valid
    rows = select(Invitation).where(
        Invitation.member_id == member.id, Invitation.expires_at > work.now + valid / 2
    )
    invitation = work.session.scalar(rows.order_by(Invitation.id.desc()).limit(1))
    if invitation is None:
        invitation = Invitation(
            token=token_from(work.secret()),
            member_id=member.id,
            created_at=work.now,
            expires_at=work.now + valid,
        )
        work.session.add(invitation)
        work.session.flush()
    return invitation


def token_from(secret: bytes) -> str:
    """Eight letters of a secret: 39 bits nobody can guess or count on. The last one is no digit,
    for W2492947 is a withdrawal."""
    *first, last = sha256(secret).digest()[:TOKEN_LENGTH]
    letters = ALPHABET[10:]
    return "".join(ALPHABET[byte % len(ALPHABET)] for byte in first) + letters[last % len(letters)]


def inviter_of(work: Work, token: str) -> Member | None:
    """Who gave out this token, if it still counts. Posters of inactive people credit nobody."""
    found = work.session.scalar(
        select(Invitation).where(Invitation.token == token, Invitation.expires_at > work.now)
    )
    inviter = found and members.get(work, found.member_id)
    return inviter if inviter and inviter.is_joined else None


def reserve(work: Work, member: Member, inviter: Member) -> bool:
    """Remember who brought a visitor. The first one stays for as long as the reservation lasts."""
    reserved = member.reserved_until is not None and member.reserved_until > work.now
    if member.state != State.VISITOR or inviter.id == member.id:
        return False
    if not reserved:
        member.reserved_inviter_id = inviter.id
        member.reserved_until = work.now + work.rules.joining.reserve
        work.session.flush()
    return not reserved


def reserved_inviter(work: Work, member: Member) -> Member | None:
    """Whom joining would make the inviter: reserved, not run out, still active."""
    if member.reserved_inviter_id is None or member.reserved_until is None:
        return None
    inviter = members.get(work, member.reserved_inviter_id)
    valid = member.reserved_until > work.now and inviter.is_joined and inviter.id != member.id
    return inviter if valid else None


def redeem(work: Work, member: Member, token: str) -> tuple[Member, bool]:
    """A typed code names the inviter: reserved for a visitor, final for who joined days ago.

    Returns the inviter and whether a seat came with it. NoSuchCode, InvitesSelf, InviterFixed,
    CodeClosed, MakesALoop otherwise."""
    inviter = inviter_of(work, token)
    if inviter is None:
        raise NoSuchCode(token)
    if inviter.id == member.id:
        raise InvitesSelf
    if member.state == State.VISITOR:
        reserved = reserved_inviter(work, member)
        if reserved is not None:
            raise InviterFixed(reserved.name)
        member.reserved_until = None
        reserve(work, member, inviter)
        return inviter, False
    members.need_joined(member)
    window = work.rules.joining.code_window
    if member.joined_at is None or work.now > member.joined_at + window:
        raise CodeClosed(window.days)
    return inviter, teams.settle_inviter(work, member, inviter)
