"""Staff: a row that gives a member a role. A one-time code, typed in chat, makes the row."""

from collections.abc import Collection
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String, select
from sqlalchemy.orm import Mapped, mapped_column

from commerce.errors import NoSuchCode, NotStaff
from commerce.people import audit, members
from commerce.people.invitations import token_from
from commerce.people.members import Member, State
from commerce.store.base import Base, Id, seal_of
from commerce.store.once import insert_once
from commerce.work import Work


class Role(StrEnum):
    REVIEWER = "reviewer"
    FINANCE = "finance"
    HOST = "host"
    ADMIN = "admin"


class Staff(Base):
    __tablename__ = "staff"

    member_id: Mapped[int] = mapped_column(Id, ForeignKey("members.id"), primary_key=True)
    role: Mapped[str] = mapped_column(String(10), primary_key=True)
    since: Mapped[datetime]


class StaffCode(Base):
    """A code that was printed once. Only its trace is kept."""

    __tablename__ = "staff_codes"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    trace: Mapped[str] = mapped_column(String(64), unique=True)
    role: Mapped[str] = mapped_column(String(10))
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


def invite(work: Work, role: Role) -> str:
    """A one-time code for the role. It is shown now and never again."""
    code = token_from(work.secret())
    expires_at = work.now + work.rules.staff.code_valid
    work.session.add(StaffCode(trace=_trace(work, code), role=role, expires_at=expires_at))
    return code


def redeem(work: Work, member: Member, code: str) -> Role:
    """Whoever types the code has the role. NoSuchCode if it is unknown, used or out of time."""
    row = work.session.scalar(
        select(StaffCode).where(StaffCode.trace == _trace(work, code)).with_for_update()
    )
    if row is None or row.used_at is not None or row.expires_at <= work.now:
        raise NoSuchCode(code)
    row.used_at = work.now
    insert_once(work.session, Staff, member_id=member.id, role=row.role, since=work.now)
    audit.record(work, member.id, "became_staff", f"member:{member.id}", role=row.role)
    return Role(row.role)


def roles(work: Work, member: Member) -> frozenset[Role]:
    """What a member may do. An admin may do everything, who is suspended nothing."""
    if member.state == State.SUSPENDED:
        return frozenset()
    same = (member.id, *(merged.id for merged in members.merged_into(work, member.id)))
    found = work.session.scalars(select(Staff.role).where(Staff.member_id.in_(same)))
    held = frozenset(Role(role) for role in found)
    return frozenset(Role) if Role.ADMIN in held else held


def among(work: Work, member_ids: Collection[int]) -> set[int]:
    """Which of these have any role, the suspended too."""
    rows = select(Staff.member_id).where(Staff.member_id.in_(member_ids))
    return set(work.session.scalars(rows))


def need_role(work: Work, member: Member, *any_of: Role) -> None:
    """NotStaff unless the member has one of these roles. Without any: any role will do."""
    held = roles(work, member)
    if not held or (any_of and not held & set(any_of)):
        raise NotStaff(tuple(any_of))


def colleagues(work: Work, role: Role) -> list[int]:
    """Who has the role, admins included."""
    rows = select(Staff.member_id).where(Staff.role.in_((role, Role.ADMIN))).distinct()
    return sorted({members.get(work, member_id).id for member_id in work.session.scalars(rows)})


def _trace(work: Work, code: str) -> str:
    return seal_of(work.session.get_bind().dialect).trace(f"staff:{code}")
