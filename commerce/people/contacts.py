"""Contacts: customers whom a colleague has in WeCom. Who goes stays who they were."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, String, func, select, update
from sqlalchemy.orm import Mapped, mapped_column

from commerce.people.identities import Identity
from commerce.people.members import Member, with_former_ids
from commerce.store.base import Base, Id
from commerce.store.once import insert_once
from commerce.work import Work

LATELY = timedelta(days=30)


class Contact(Base):
    """`colleague`: the userid of who has them, once it is known."""

    __tablename__ = "contacts"

    identity_id: Mapped[int] = mapped_column(Id, ForeignKey("identities.id"), primary_key=True)
    colleague: Mapped[str] = mapped_column(String(64), default="")
    added_at: Mapped[datetime]
    left_at: Mapped[datetime | None] = mapped_column(index=True)
    unwelcomed_at: Mapped[datetime | None]
    """The time in which the platform lets us greet them was over."""
    tag: Mapped[str] = mapped_column(String(40), default="")
    """What the platform was told they are."""


@dataclass(frozen=True, slots=True)
class Counted:
    now: int
    lost_lately: int
    unwelcomed: int


def added(work: Work, identity: Identity) -> None:
    """They are a contact from now on, or again."""
    new = {"colleague": "", "added_at": work.now, "tag": ""}
    insert_once(work.session, Contact, identity_id=identity.id, **new)
    work.session.get_one(Contact, identity.id, populate_existing=True).left_at = None


def lost(work: Work, identity: Identity) -> None:
    """One of both has deleted the other."""
    contact = work.session.get(Contact, identity.id)
    if contact is not None and contact.left_at is None:
        contact.left_at, contact.tag = work.now, ""


def had_by(work: Work, identity_id: int, colleague: str) -> None:
    """The platform says which colleague has them. Nothing of who is no contact."""
    contact = work.session.get(Contact, identity_id)
    if contact is not None:
        contact.colleague = colleague[:64]


def unwelcomed(work: Work, identity_id: int) -> None:
    """Safe to run again."""
    late = update(Contact).where(
        Contact.identity_id == identity_id, Contact.unwelcomed_at.is_(None)
    )
    work.session.execute(late.values(unwelcomed_at=work.now))


def is_contact(work: Work, member: Member) -> bool:
    """Whether any of their doors is a colleague's contact now."""
    theirs = (
        select(Contact.identity_id)
        .join(Identity, Identity.id == Contact.identity_id)
        .where(Identity.member_id.in_(with_former_ids(work, member)), Contact.left_at.is_(None))
    )
    return work.session.scalar(theirs.limit(1)) is not None


def counted(work: Work) -> Counted:
    """For an operator."""

    def number(*which: object) -> int:
        return work.session.scalar(select(func.count()).select_from(Contact).where(*which)) or 0  # type: ignore[arg-type]

    return Counted(
        now=number(Contact.left_at.is_(None)),
        lost_lately=number(Contact.left_at > work.now - LATELY),
        unwelcomed=number(Contact.unwelcomed_at > work.now - LATELY),
    )
