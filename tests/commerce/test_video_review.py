"""A video gets a number, one decision, and counts only when approved."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from commerce.errors import (
    AlreadyReviewed,
    NoSuchVideo,
    NotActive,
    NotJoined,
    NotStaff,
    OwnCase,
    VideoRefused,
)
from commerce.lives import videos
from commerce.lives.videos import State
from commerce.outbox import Outgoing
from commerce.people import binding, members, staff
from commerce.people.audit import AuditRecord
from commerce.people.staff import Role
from commerce.rules import Rank
from commerce.trust import video_review
from tests.commerce.stars import later, reviewer, star, team, visitor

LINK = "https://channels.example/v/1"


def test_a_submitted_video_is_answered_within_a_day(work):
    submitted = videos.submit(work, star(work, "amy"), LINK)

    assert submitted.is_new
    assert submitted.video.answer_by == work.now + timedelta(hours=24)
    assert videos.waiting(work) == ([submitted.video], 1)


def test_the_same_video_keeps_its_number(work):
    amy, eve = star(work, "amy"), star(work, "eve")
    first = videos.submit(work, eve, LINK).video
    mine = videos.submit(work, amy, LINK).video

    again = videos.submit(work, amy, LINK)

    assert first is not mine
    assert (again.video, again.is_new) == (mine, False)


def test_a_returned_video_may_be_submitted_anew(work):
    amy, boss = star(work, "amy"), reviewer(work)
    first = videos.submit(work, amy, LINK).video
    video_review.send_back(work, first.id, by=boss, reason="没有「广告」")

    again = videos.submit(work, amy, LINK)

    assert again.is_new
    assert again.video.id != first.id


def test_who_may_not_submit(work):
    guest, held = visitor(work), star(work, "held")
    held.state = members.State.SUSPENDED
    work.session.flush()

    with pytest.raises(NotJoined):
        videos.submit(work, guest, LINK)
    with pytest.raises(NotActive):
        videos.submit(work, held, LINK)


def test_forbidden_words_beside_a_video_are_named(work):
    with pytest.raises(VideoRefused) as refused:
        videos.submit(work, star(work, "amy"), LINK, caption="全网第一，根治失眠")

    assert "根治" in refused.value.words


def test_an_approved_video_promotes_and_is_told(work):
    amy, boss = star(work, "amy"), reviewer(work)
    team(work, amy, invited=2)
    video = videos.submit(work, amy, LINK).video

    video_review.approve(work, video.id, by=boss)

    assert (video.state, video.reviewer_id, video.reviewed_at) == (
        State.APPROVED,
        boss.id,
        work.now,
    )
    assert amy.rank == Rank.ONE_STAR
    assert {"video_approved", "promoted"} <= set(told(work, amy.id))
    assert acts(work, video.id) == [("video_approved", boss.id)]


def test_a_returned_video_says_why_and_does_not_count(work):
    amy, boss = star(work, "amy"), reviewer(work)
    team(work, amy, invited=2)
    video = videos.submit(work, amy, LINK).video

    video_review.send_back(work, video.id, by=boss, reason="没有「广告」")

    assert (video.state, video.reason, amy.rank) == (State.RETURNED, "没有「广告」", Rank.TRAINEE)
    assert videos.standing(work, amy.id).approved == 0


@pytest.mark.parametrize("second", ["approve", "send_back"])
def test_the_second_decision_is_told_of_the_first(work, second):
    amy, boss, other = star(work, "amy"), reviewer(work), reviewer(work)
    video = videos.submit(work, amy, LINK).video
    video_review.approve(work, video.id, by=boss)
    reason = {"reason": "不行"} if second == "send_back" else {}

    with pytest.raises(AlreadyReviewed) as refused:
        getattr(video_review, second)(work, video.id, by=other, **reason)

    assert (refused.value.state, refused.value.reviewer) == ("approved", boss.name)
    assert video.state == State.APPROVED


def test_nobody_decides_their_own_case(work):
    boss = reviewer(work)
    video = videos.submit(work, boss, LINK).video

    with pytest.raises(OwnCase):
        video_review.approve(work, video.id, by=boss)


def test_nobody_decides_the_case_of_their_other_account(work):
    boss = reviewer(work)
    other = star(later(work, days=1), "other")
    video = videos.submit(work, other, LINK).video
    binding.redeem(work, other, binding.shown_to(work, binding.show_code(work, boss))[1])

    with pytest.raises(OwnCase):
        video_review.approve(work, video.id, by=boss)


def test_only_reviewers_decide_and_only_about_what_there_is(work):
    amy = star(work, "amy")
    finance = star(work, "finance")
    staff.redeem(work, finance, staff.invite(work, Role.FINANCE))
    video = videos.submit(work, amy, LINK).video

    for nobody in (amy, finance):
        with pytest.raises(NotStaff):
            video_review.approve(work, video.id, by=nobody)
    with pytest.raises(NoSuchVideo):
        video_review.approve(work, 999, by=reviewer(work))


def test_a_pending_video_of_a_merged_account_promotes_the_person(work):
    boss, amy = reviewer(work), star(work, "amy")
    team(work, amy, invited=2)
    other = star(later(work, days=1), "other")
    video = videos.submit(work, other, LINK).video
    binding.redeem(work, other, binding.shown_to(work, binding.show_code(work, amy))[1])

    video_review.approve(work, video.id, by=boss)

    assert (amy.rank, other.rank) == (Rank.ONE_STAR, Rank.TRAINEE)
    assert "promoted" in told(work, amy.id)


def told(work, member_id):
    rows = work.session.scalars(select(Outgoing).where(Outgoing.member_id == member_id))
    return [row.said["notice"] for row in rows]


def acts(work, number):
    rows = select(AuditRecord).where(AuditRecord.subject == f"video:{number}")
    return [(row.act, row.by_id) for row in work.session.scalars(rows)]
