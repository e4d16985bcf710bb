"""
Identities: one person's ids in the outside world.

An id stands in one column and nowhere else. Who leaves has the id erased: only its trace stays, so
that a return is recognised and nobody is credited twice.
"""

from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, bindparam, select
from sqlalchemy.orm import Mapped, mapped_column

from commerce.people.members import Member, get
from commerce.store.base import Base, Id, seal_of
from commerce.store.once import insert_once
from commerce.work import Work

ERASED = "erased:"
CONVERSATION = timedelta(hours=48)


class Identity(Base):
    """(channel, external id) of a member: an openid of the official account, and so on."""

    __tablename__ = "identities"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    member_id: Mapped[int] = mapped_column(Id, ForeignKey("members.id"), index=True)
    channel: Mapped[str] = mapped_column(String(12))
    external_id: Mapped[str] = mapped_column(String(100))
    unionid: Mapped[str | None] = mapped_column(String(100))
    is_open: Mapped[bool] = mapped_column(default=True)
    """Whether the door may be knocked at: they follow us there."""
    created_at: Mapped[datetime]
    account: Mapped[str | None] = mapped_column(String(64))
    """Which of our accounts in that door they spoke to last, where the door has several."""
    colleague_since: Mapped[datetime | None]
    """A colleague talks with them there, or is about to: see `with_colleague`."""

    __table_args__ = (
        UniqueConstraint("channel", "external_id", name="identities_outside"),
        Index("identities_unionid", "unionid"),
        Base.__table_args__,
    )

    @property
    def is_erased(self) -> bool:
        return self.external_id.startswith(ERASED)


KNOWN = (
    select(Identity, Member)
    .join(Member, Member.id == Identity.member_id)
    .where(
        Identity.channel == bindparam("channel"),
        Identity.external_id == bindparam("external_id"),
    )
)


def recognise(
    work: Work, channel: str, external_id: str, *, follows: bool = True
) -> tuple[Identity, Member]:
    """Who this is. A stranger becomes a visitor, whose door may be knocked at if they follow us.
    Safe when two messages arrive at once."""
    known = _find(work, channel, external_id)
    if known is None:
        known = _find(work, channel, erased(work, channel, external_id))
    if known is None:
        known = _welcome(work, channel, external_id, follows)
    identity, member = known[0], get(work, known[1].id)
    if identity.is_erased and member.is_joined:
        reopen(identity, external_id)
    return identity, member


def of_member(work: Work, member_id: int) -> list[Identity]:
    """The doors of a member, the newest first."""
    rows = select(Identity).where(Identity.member_id == member_id).order_by(Identity.id.desc())
    return list(work.session.scalars(rows))


def erased(work: Work, channel: str, external_id: str) -> str:
    """What stays of an id when its person leaves. Only whoever has the id can find it again."""
    seal = seal_of(work.session.get_bind().dialect)
    return ERASED + seal.trace(f"{channel}:{external_id}")


def erase(work: Work, identity: Identity) -> None:
    """Forget the id itself. Safe to run again."""
    if not identity.is_erased:
        identity.external_id = erased(work, identity.channel, identity.external_id)
        identity.unionid = None
        identity.is_open = False


def reopen(identity: Identity, external_id: str) -> None:
    """They follow again, or joined again: the door is open, and the id is known once more."""
    identity.external_id = external_id
    identity.is_open = True


def with_colleague(identity: Identity, now: datetime) -> bool:
    """Whether the house is to be silent there. A conversation is over by itself some time after the
    person's last word."""
    since = identity.colleague_since
    return since is not None and now < since + CONVERSATION


def hand_over(work: Work, identity_id: int) -> None:
    """To a colleague, who talks with them there from now on."""
    work.session.get_one(Identity, identity_id).colleague_since = work.now


def set_open(work: Work, identity_id: int, *, is_open: bool) -> None:
    """What the platform says of following; an erased door stays shut."""
    identity = work.session.get_one(Identity, identity_id)
    identity.is_open = is_open and not identity.is_erased


def _find(work: Work, channel: str, external_id: str) -> tuple[Identity, Member] | None:
    sought = {"channel": channel, "external_id": external_id}
    row = work.session.execute(KNOWN, sought).one_or_none()
    return None if row is None else (row[0], row[1])


def _welcome(work: Work, channel: str, external_id: str, follows: bool) -> tuple[Identity, Member]:
    member = Member(created_at=work.now)
    work.session.add(member)
    work.session.flush()
    first = insert_once(
        work.session,
        Identity,
        member_id=member.id,
        channel=channel,
        external_id=external_id,
        is_open=follows,
        created_at=work.now,
    )
    if not first:  # Another message of theirs was faster.
        work.session.delete(member)
        work.session.flush()
    known = _find(work, channel, external_id)
    assert known is not None
    return known
