"""Deciding about a video: a reviewer approves it or returns it with a reason, once."""

from commerce.errors import AlreadyReviewed, OwnCase
from commerce.lives import videos
from commerce.lives.videos import State, Video
from commerce.outbox import notify
from commerce.people import audit, members, ranks
from commerce.people.members import Member
from commerce.people.staff import Role, need_role
from commerce.work import Work


def approve(work: Work, number: int, *, by: Member) -> Video:
    """It counts from now on. NotStaff, NoSuchVideo, OwnCase, AlreadyReviewed."""
    video = _decide(work, number, State.APPROVED, by=by, reason="")
    ranks.evaluate(work, video.member_id)
    return video


def send_back(work: Work, number: int, *, by: Member, reason: str) -> Video:
    """Back to its maker with the reason. NotStaff, NoSuchVideo, OwnCase, AlreadyReviewed."""
    return _decide(work, number, State.RETURNED, by=by, reason=reason)


def report_plays(work: Work, number: int, play_count: int) -> Video:
    """A verified number of plays. It never goes down: platforms recount, people keep their best."""
    video = videos.find(work, number)
    video.play_count = max(video.play_count, play_count)
    work.session.flush()
    ranks.evaluate(work, video.member_id)
    return video


def _decide(work: Work, number: int, state: State, *, by: Member, reason: str) -> Video:
    need_role(work, by, Role.REVIEWER)
    videos.find(work, number)
    video = work.session.get_one(Video, number, with_for_update=True, populate_existing=True)
    if members.get(work, video.member_id).id == by.id:
        raise OwnCase
    if video.state != State.WAITING:
        assert video.reviewed_at is not None
        reviewer = members.get(work, video.reviewer_id) if video.reviewer_id else by
        raise AlreadyReviewed(number, video.state, reviewer.name, video.reviewed_at)
    video.state, video.reason = state, reason[:500]
    video.reviewed_at, video.reviewer_id = work.now, by.id
    work.session.flush()
    audit.record(work, by.id, f"video_{state}", f"video:{number}")
    notify(
        work,
        members.get(work, video.member_id).id,
        f"video_{state}",
        key=f"video:{number}:{state}",
        video=number,
        reason=reason,
    )
    return video
