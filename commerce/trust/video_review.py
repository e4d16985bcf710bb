"""Deciding about a video: a reviewer approves it or returns it with a reason, once."""

from sqlalchemy import select

from commerce.errors import AlreadyReviewed, OwnCase, VideoNotApproved
from commerce.lives import videos
from commerce.lives.videos import State, Video
from commerce.money import rewards
from commerce.outbox import notify
from commerce.people import audit, members, ranks
from commerce.people.members import Member
from commerce.people.staff import Role, need_role
from commerce.trust import cases
from commerce.trust.cases import Case
from commerce.work import Work


def approve(work: Work, number: int, *, by: Member) -> Video:
    """It counts from now on. NotStaff, NoSuchVideo, OwnCase, AlreadyReviewed."""
    video = _decide(work, number, State.APPROVED, by=by, reason="")
    rewards.give_traffic(work, video)
    ranks.evaluate(work, video.member_id)
    return video


def send_back(work: Work, number: int, *, by: Member, reason: str) -> Video:
    """Back to its maker with the reason. NotStaff, NoSuchVideo, OwnCase, AlreadyReviewed."""
    return _decide(work, number, State.RETURNED, by=by, reason=reason)


def report_plays(work: Work, number: int, play_count: int) -> Video:
    """A verified number of plays. It never goes down: platforms recount, people keep their best."""
    videos.find(work, number)
    video = work.session.get_one(Video, number, with_for_update=True, populate_existing=True)
    video.play_count = max(video.play_count, play_count)
    work.session.flush()
    rewards.give_traffic(work, video)
    ranks.evaluate(work, video.member_id)
    return video


def ask_for_plays(work: Work, video: Video) -> Case:
    """Its maker says that a screenshot comes: the video's open case, or a new one."""
    open_one = _plays_case(work, video)
    if open_one is not None:
        return open_one
    maker_id = members.get(work, video.member_id).id
    words = f"播放量 V{video.id}，已登记 {video.play_count:,} 次。截图在公众号后台和他的对话里。"
    words += f"看到后回复「播放 V{video.id} 数字」登记。"
    key = f"{_plays_key(video)}{work.now:%Y%m%d%H%M%S%f}"
    return cases.open_case(work, "plays", maker_id, words, key=key)


def enter_plays(work: Work, number: int, play_count: int, *, by: Member) -> Video:
    """A colleague has seen the number on the maker's screenshot; the maker hears of it, and the
    open case ends. NotStaff, NoSuchVideo, OwnCase, VideoNotApproved."""
    need_role(work, by, Role.REVIEWER)
    video = videos.find(work, number)
    maker = members.get(work, video.member_id)
    if maker.id == by.id:
        raise OwnCase
    if video.state != State.APPROVED:
        raise VideoNotApproved(number, video.state)
    before = video.play_count
    video = report_plays(work, number, play_count)
    audit.record(work, by.id, "enter_plays", f"video:{number}", plays=play_count, before=before)
    case = _plays_case(work, video)
    if case is not None:
        cases.close(work, case, by=by.id)
    key = f"plays:{number}:{play_count}:{work.now:%Y%m%d}"
    notify(work, maker.id, "plays_counted", key=key, video=number, plays=video.play_count)
    return video


def _plays_key(video: Video) -> str:
    return f"plays:{video.id}:"


def _plays_case(work: Work, video: Video) -> Case | None:
    same = Case.key.startswith(_plays_key(video), autoescape=True)
    return work.session.scalar(select(Case).where(same, Case.closed_at.is_(None)).limit(1))


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
