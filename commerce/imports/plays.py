"""Verified plays of short videos: a number a row. A number never goes down."""

from collections.abc import Sequence
from dataclasses import dataclass

from commerce.imports.rows import BadCell, Came, Field, Outcome, Row, Why
from commerce.lives.videos import State, Video
from commerce.trust import video_review
from commerce.work import Work

CHUNK = 200
FIELDS = (
    Field("video", ("视频编号", "编号", "视频"), is_required=True),
    Field("plays", ("播放量", "播放次数", "播放"), is_required=True),
)


@dataclass(frozen=True)
class Incoming:
    number: int
    plays: int


def parse(row: Row) -> Incoming:
    """「V12」 or 「12」, and how often it was played. BadCell otherwise."""
    said = row.code("video", 20)
    digits = said[1:] if said[:1] in ("V", "v") else said
    if not (digits.isascii() and digits.isdecimal()) or len(digits) > 12:
        raise BadCell("video", Why.NO_SUCH_VIDEO, said)
    return Incoming(int(digits), row.number("plays"))


def take(work: Work, rows: Sequence[Incoming]) -> list[Outcome]:
    """Each row whole: what the number brings in rank and reward comes with it. Taking them again
    changes nothing."""
    return [_take(work, row) for row in rows]


def _take(work: Work, row: Incoming) -> Outcome:
    video = work.session.get(Video, row.number)
    if video is None:
        return _refused(Why.NO_SUCH_VIDEO, row)
    if video.state != State.APPROVED:
        return _refused(Why.NOT_APPROVED, row)
    if row.plays <= video.play_count:
        return Outcome(Came.SAME)
    video_review.report_plays(work, row.number, row.plays)
    return Outcome(Came.CHANGED)


def _refused(why: Why, row: Incoming) -> Outcome:
    return Outcome(Came.REFUSED, bad=BadCell("video", why, f"V{row.number}"))
