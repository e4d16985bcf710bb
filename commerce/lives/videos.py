"""Short videos a member submits: a number, a review within a day, plays that count for ranks."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, bindparam, func, select
from sqlalchemy.orm import Mapped, mapped_column

from commerce.errors import NoSuchVideo, TooManyVideos, VideoRefused
from commerce.people import members
from commerce.people.members import Member
from commerce.store.base import Base, Id, Sealed
from commerce.trust import review
from commerce.work import Work


class State(StrEnum):
    WAITING = "waiting"
    APPROVED = "approved"
    RETURNED = "returned"


class Video(Base):
    """「V12」 is the video with id 12."""

    __tablename__ = "videos"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    member_id: Mapped[int] = mapped_column(Id, ForeignKey("members.id"))
    source: Mapped[str] = mapped_column(String(500))
    """A link, or the platform's media ids of a video that was sent."""
    state: Mapped[str] = mapped_column(String(10), default=State.WAITING)
    submitted_at: Mapped[datetime]
    answer_by: Mapped[datetime]
    reviewed_at: Mapped[datetime | None]
    reviewer_id: Mapped[int | None] = mapped_column(Id, ForeignKey("members.id"))
    reason: Mapped[str] = mapped_column(Sealed, default="")
    play_count: Mapped[int] = mapped_column(default=0)

    __table_args__ = (
        Index("videos_of_member", "member_id", "state"),
        Index("videos_queue", "state", "answer_by"),
        Base.__table_args__,
    )

    @property
    def media(self) -> tuple[str, str] | None:
        """The media ids of the video that was sent and of its picture; None when it is a link."""
        if "://" in self.source:
            return None
        media_id, _, thumb_id = self.source.partition(" ")
        return media_id, thumb_id or media_id


@dataclass(frozen=True)
class Submitted:
    video: Video
    is_new: bool
    """False: the same video was submitted before and keeps its number."""


def submit(work: Work, member: Member, source: str, *, caption: str = "") -> Submitted:
    """Into the review queue. NotJoined, NotActive, TooManyVideos; VideoRefused
    if its words are forbidden."""
    members.need_joined(member)
    words = review.forbidden_words(work.rules, caption)
    if words:
        raise VideoRefused(words)
    members.lock(work, member.id)
    mine = (member.id, *(merged.id for merged in members.merged_into(work, member.id)))
    earlier = work.session.scalar(
        select(Video)
        .where(Video.source == source, Video.member_id.in_(mine), Video.state != State.RETURNED)
        .order_by(Video.id)
        .limit(1)
    )
    if earlier is not None:
        return Submitted(earlier, is_new=False)
    _refuse_a_flood(work, member.id)
    video = Video(
        member_id=member.id,
        source=source,
        submitted_at=work.now,
        answer_by=work.now + work.rules.review.answer_within,
    )
    work.session.add(video)
    work.session.flush()
    return Submitted(video, is_new=True)


def _refuse_a_flood(work: Work, member_id: int) -> None:
    limit = work.rules.review.videos_per_day
    recent = select(func.count()).where(
        Video.member_id == member_id, Video.submitted_at > work.now - timedelta(days=1)
    )
    if (work.session.scalar(recent) or 0) >= limit:
        raise TooManyVideos(limit)


def find(work: Work, number: int) -> Video:
    """NoSuchVideo if nobody submitted it."""
    video = work.session.get(Video, number)
    if video is None:
        raise NoSuchVideo(number)
    return video


def approved_of(work: Work, member: Member, *, limit: int) -> list[Video]:
    """The member's newest approved videos."""
    mine = Video.member_id.in_(members.with_former_ids(work, member))
    rows = select(Video).where(mine, Video.state == State.APPROVED)
    return list(work.session.scalars(rows.order_by(Video.id.desc()).limit(limit)))


def waiting(work: Work, *, limit: int = 10) -> tuple[list[Video], int]:
    """The review queue, the most urgent first, and how many wait in all."""
    rows = select(Video).where(Video.state == State.WAITING)
    total = work.session.scalar(select(func.count()).select_from(rows.subquery())) or 0
    return list(work.session.scalars(rows.order_by(Video.answer_by, Video.id).limit(limit))), total


@dataclass(frozen=True)
class Standing:
    """A member's videos in numbers. Plays are verified ones, of approved videos."""

    approved: int = 0
    best_plays: int = 0
    plays: int = 0
    waiting: int | None = None
    """The number of the newest video that still waits for its answer, due by `answer_by`."""
    answer_by: datetime | None = None


def standing(work: Work, member_id: int) -> Standing:
    """All of it by one query, videos of merged members included."""
    found = {row.state: row for row in work.rows(STANDING, made_by=member_id)}
    approved, waiting = found.get(State.APPROVED), found.get(State.WAITING)
    return Standing(
        approved=approved.number if approved else 0,
        best_plays=int(approved.best) if approved else 0,
        plays=int(approved.total) if approved else 0,
        waiting=waiting.newest if waiting else None,
        answer_by=waiting.answer_by if waiting else None,
    )


MERGED = select(Member.id).where(Member.merged_into == bindparam("made_by"))
STANDING = (
    select(
        Video.state,
        func.count().label("number"),
        func.max(Video.play_count).label("best"),
        func.sum(Video.play_count).label("total"),
        func.max(Video.id).label("newest"),
        func.max(Video.answer_by).label("answer_by"),
    )
    .where((Video.member_id == bindparam("made_by")) | Video.member_id.in_(MERGED))
    .group_by(Video.state)
)
