"""Contacts: customers whom a colleague has in WeCom. Who goes stays who they were.

A tag tells the colleague what a contact is to us; it follows what they become.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ForeignKey, String, delete, func, select, update
from sqlalchemy.orm import Mapped, mapped_column

from commerce import agenda
from commerce.goods.orders import Order
from commerce.people import members
from commerce.people.identities import Identity
from commerce.people.members import Member, with_former_ids
from commerce.store.base import Base, Id
from commerce.store.bulk import among
from commerce.store.once import insert_once
from commerce.work import Work

LATELY = timedelta(days=30)


class Standing(StrEnum):
    NEW = "new"
    BUYER = "buyer"
    STAR = "star"


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
    """What the platform was told they are: a standing, or nothing yet."""


class CorpTag(Base):
    """The platform's id of the tag for a standing."""

    __tablename__ = "corp_tags"

    standing: Mapped[str] = mapped_column(String(10), primary_key=True)
    tag_id: Mapped[str] = mapped_column(String(64))


@dataclass(frozen=True, slots=True)
class Untold:
    """What the platform does not know yet. `colleague` is empty while nobody said who."""

    external_id: str
    colleague: str
    standing: Standing


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


def stands_anew(work: Work, member: Member, fact: str) -> None:
    """The fact may have made them something else to us: the platform is told, once for each fact,
    wherever they are a contact under another tag. Most people are no contact."""
    doors = select(Contact).join(Identity, Identity.id == Contact.identity_id)
    theirs = doors.where(Identity.member_id == member.id, Contact.left_at.is_(None))
    for contact in work.session.scalars(theirs).all():
        if contact.tag != standing_of(work, member):
            key = f"tag_contact:{contact.identity_id}:{fact}"
            agenda.plan(work, "tag_contact", key=key, identity_id=contact.identity_id)


def some_stand_anew(work: Work, member_ids: Collection[int], fact: str) -> None:
    """As `stands_anew`, for many at once."""
    doors = select(Identity.member_id).join(Contact, Contact.identity_id == Identity.id)
    theirs = doors.where(among(work.session, Identity.member_id, member_ids))
    for member_id in work.session.scalars(theirs.distinct().order_by(Identity.member_id)):
        stands_anew(work, members.get(work, member_id), fact)


def standing_of(work: Work, member: Member) -> Standing:
    """A star, somebody who has paid for something, or neither."""
    if member.is_joined:
        return Standing.STAR
    ids = with_former_ids(work, member)
    paid = select(Order.id).where(Order.buyer_id.in_(ids), Order.paid_at.is_not(None))
    return Standing.NEW if work.session.scalar(paid.limit(1)) is None else Standing.BUYER


def untold(work: Work, identity_id: int) -> Untold | None:
    """What the platform is to be told now. None: nothing, or nobody is there to be told of."""
    contact = work.session.get(Contact, identity_id)
    door = work.session.get_one(Identity, identity_id)
    if contact is None or contact.left_at is not None or door.is_erased:
        return None
    standing = standing_of(work, members.get(work, door.member_id))
    if contact.tag == standing:
        return None
    return Untold(door.external_id, contact.colleague, standing)


def told(work: Work, identity_id: int, standing: Standing) -> None:
    """The platform knows it. Who became something else meanwhile is told anew."""
    contact = work.session.get_one(Contact, identity_id, with_for_update=True)
    if contact.left_at is None:
        contact.tag = standing
        work.session.flush()
        door = work.session.get_one(Identity, identity_id)
        fact = f"told:{work.now.isoformat()}"
        stands_anew(work, members.get(work, door.member_id), fact)


def tag_ids(work: Work) -> dict[str, str]:
    """The tags that are known, by standing."""
    return {row.standing: row.tag_id for row in work.session.scalars(select(CorpTag))}


def keep_tag_ids(work: Work, ids: Mapping[str, str]) -> None:
    """Exactly these from now on; none: they are looked for again."""
    work.session.execute(delete(CorpTag))
    for standing, tag_id in ids.items():
        insert_once(work.session, CorpTag, standing=standing, tag_id=tag_id)
