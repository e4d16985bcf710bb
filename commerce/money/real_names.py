"""Real names: given on a page of their own with a consent of their own, for larger payouts only."""

import re
from datetime import datetime

from sqlalchemy import ForeignKey, String, delete
from sqlalchemy.orm import Mapped, mapped_column

from commerce.errors import BadRealName
from commerce.people import audit, members
from commerce.people.members import Member
from commerce.store.base import Base, Id, Sealed
from commerce.work import Work

NAME = re.compile(
    r"[\u3400-\u9fff]{2,20}(?:·[\u3400-\u9fff]{1,20}){0,3}|[A-Za-z][A-Za-z .'-]{1,48}"
)


class RealName(Base):
    __tablename__ = "real_names"

    member_id: Mapped[int] = mapped_column(Id, ForeignKey("members.id"), primary_key=True)
    name: Mapped[str] = mapped_column(Sealed)
    consented_at: Mapped[datetime]
    consent_version: Mapped[str] = mapped_column(String(20))


def keep(work: Work, member: Member, name: str, *, consents: bool) -> None:
    """The name as in the person's papers; a newer one replaces it. BadRealName when it is none or
    nobody consented; NotJoined, NotActive."""
    members.need_joined(member)
    name = re.sub(r"\s+", " ", name.strip()).replace("•", "·").replace("．", "·")
    if not consents or not NAME.fullmatch(name):
        raise BadRealName
    version = work.rules.joining.text_version
    work.session.merge(
        RealName(member_id=member.id, name=name, consented_at=work.now, consent_version=version)
    )
    work.session.flush()
    audit.record(work, None, "real_name_consent", f"member:{member.id}", version=version)


def of(work: Work, member_id: int) -> str | None:
    """None if the person gave none."""
    row = work.session.get(RealName, member_id)
    return row.name if row else None


def forget(work: Work, member_id: int) -> None:
    """Safe to run again."""
    work.session.execute(delete(RealName).where(RealName.member_id == member_id))
