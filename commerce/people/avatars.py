"""Avatars: a person's own picture, given on a page of ours, small and sealed."""

import base64

from sqlalchemy import ForeignKey, delete
from sqlalchemy.orm import Mapped, mapped_column

from commerce.store.base import Base, Id, Sealed
from commerce.work import Work


class Avatar(Base):
    __tablename__ = "avatars"

    member_id: Mapped[int] = mapped_column(Id, ForeignKey("members.id"), primary_key=True)
    jpeg: Mapped[str] = mapped_column(Sealed)
    """Base64, as pictures take it."""


def keep(work: Work, member_id: int, jpeg: bytes) -> None:
    """The member's picture from now on."""
    work.session.merge(Avatar(member_id=member_id, jpeg=base64.b64encode(jpeg).decode()))


def of_member(work: Work, member_id: int) -> str | None:
    """The picture as base64 of a JPEG."""
    avatar = work.session.get(Avatar, member_id)
    return avatar.jpeg if avatar else None


def forget(work: Work, member_id: int) -> None:
    """Safe to run again."""
    work.session.execute(delete(Avatar).where(Avatar.member_id == member_id))
