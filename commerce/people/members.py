"""
Members: everybody the programme knows, from visitor to star.

Where a person sits in a team is part of the member's row: `inviter_id` is who asked, `parent_id`
and `seat` who seated. The unique (parent_id, seat) with seat 1–3 is what makes a fourth child
impossible.
"""

import re
import unicodedata
from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from commerce.errors import BadNickname, NotActive, NotJoined
from commerce.rules import Rank
from commerce.store.base import Base, Id
from commerce.trust import review
from commerce.work import Work

ADDRESS = re.compile(r"[0-9A-Za-z-]+\.[A-Za-z]{2,}")
"""What a messenger would turn into a link."""

MOST_SEATS = 3  # The plan ends at 1 → 3 → 9, whatever a configuration says.


class State(StrEnum):
    VISITOR = "visitor"
    JOINED = "joined"
    SUSPENDED = "suspended"
    LEFT = "left"


class Member(Base):
    __tablename__ = "members"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    state: Mapped[str] = mapped_column(String(12), default=State.VISITOR)
    nickname: Mapped[str] = mapped_column(String(60), default="")
    rank: Mapped[int] = mapped_column(default=Rank.TRAINEE)
    created_at: Mapped[datetime]

    reserved_inviter_id: Mapped[int | None] = mapped_column(Id, ForeignKey("members.id"))
    reserved_until: Mapped[datetime | None]
    inviter_id: Mapped[int | None] = mapped_column(Id, ForeignKey("members.id"), index=True)
    parent_id: Mapped[int | None] = mapped_column(Id, ForeignKey("members.id"))
    seat: Mapped[int | None]
    placed_at: Mapped[datetime | None]
    """Since when they sit where they sit; without a seat: since when they wait for one."""

    joined_at: Mapped[datetime | None]
    consent_version: Mapped[str | None] = mapped_column(String(20))
    left_at: Mapped[datetime | None]
    muted_at: Mapped[datetime | None]
    merged_into: Mapped[int | None] = mapped_column(Id, ForeignKey("members.id"), index=True)

    gmv_fen: Mapped[int] = mapped_column(default=0)
    pending_gmv_fen: Mapped[int] = mapped_column(default=0)
    rank_frozen_at: Mapped[datetime | None]
    """A verdict of fraud: no climb until an operator lifts it."""

    __table_args__ = (
        UniqueConstraint("parent_id", "seat", name="members_seat"),
        CheckConstraint(f"seat BETWEEN 1 AND {MOST_SEATS}", name="members_three_seats"),
        CheckConstraint("parent_id IS NULL OR seat IS NOT NULL", name="members_seated"),
        Base.__table_args__,
    )

    @property
    def is_joined(self) -> bool:
        return self.state == State.JOINED

    @property
    def name(self) -> str:
        """What others may call them."""
        return shown_name(self.id, self.state, self.nickname)


def shown_name(member_id: int, state: str, nickname: str) -> str:
    """The nickname, or four digits until there is one. Who left has no name any more."""
    if state == State.LEFT:
        return "已退出的朋友"
    return nickname or f"星友{member_id % 10_000:04d}"


def get(work: Work, member_id: int) -> Member:
    """The member, or whoever they were merged into."""
    member = work.session.get_one(Member, member_id)
    return member if member.merged_into is None else get(work, member.merged_into)


def lock(work: Work, member_id: int) -> Member:
    """The member's row, held until the unit of work ends, as it is now."""
    held = {"key_share": True}  # Rows that only point at the member may still be written.
    return work.session.get_one(Member, member_id, with_for_update=held, populate_existing=True)


def need_star(member: Member) -> None:
    """Who may look: everybody who joined, the suspended too. NotJoined for the others."""
    if member.state in (State.VISITOR, State.LEFT):
        raise NotJoined


def need_joined(member: Member) -> None:
    """Who may act. NotJoined for visitors and who left, NotActive for the suspended."""
    need_star(member)
    if member.state == State.SUSPENDED:
        raise NotActive


def rename(work: Work, member: Member, nickname: str) -> None:
    """BadNickname when it is blank, too long, or says what the rules forbid."""
    member.nickname = checked_nickname(work, nickname)


def checked_nickname(work: Work, nickname: str) -> str:
    """As it would be kept, in one line. BadNickname when nobody may be called so."""
    nickname = " ".join(nickname.split())  # One line: a name must not look like our own words.
    longest = work.rules.joining.nickname_length
    words = review.forbidden_words(work.rules, nickname) + tuple(ADDRESS.findall(nickname))
    if words or not _shows(nickname) or len(nickname) > longest:
        raise BadNickname(words, longest)
    return nickname


def _shows(nickname: str) -> bool:
    """Something of it can be seen: not only spaces, joiners and marks."""
    unseen = ("Cc", "Cf", "Zs", "Mn", "Me")
    return any(unicodedata.category(sign) not in unseen for sign in nickname)


def named(work: Work, nickname: str, *, limit: int = 5) -> list[Member]:
    """Who goes by this name, for an operator to choose from."""
    rows = select(Member).where(Member.nickname == nickname, Member.merged_into.is_(None))
    return list(work.session.scalars(rows.order_by(Member.id).limit(limit)))


def merged_into(work: Work, member_id: int) -> list[Member]:
    """Who the member was before, in other doors: rows that keep their ids and read through."""
    return list(work.session.scalars(select(Member).where(Member.merged_into == member_id)))


def with_former_ids(work: Work, member: Member) -> list[int]:
    """The member's id and those of who was merged into them: what is theirs may stand under any."""
    return [member.id, *(former.id for former in merged_into(work, member.id))]


def mute(member: Member, at: datetime | None) -> None:
    """No marketing from then on; None: marketing again."""
    member.muted_at = at
