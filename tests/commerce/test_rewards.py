"""Traffic rewards and rank bonuses: the tiers, the month, the budgets, who releases what."""

import pytest
from sqlalchemy import select

from commerce import agenda
from commerce.agenda import DueTask
from commerce.errors import NoSuchBonus, NotStaff, OwnCase, VideoNotApproved
from commerce.lives.videos import State as VideoState
from commerce.money import bonuses, ledger, releases, rewards
from commerce.money.earnings import Earning, Kind, State
from commerce.outbox import Outgoing
from commerce.people import binding, ranks
from commerce.people.staff import Role
from commerce.rules import Rank
from commerce.trust import cases, video_review
from tests.commerce.stars import approved_video, later, reviewer, star, under, visitor

ONE, THREE, FIVE, TEN = 100_000, 300_000, 500_000, 1_000_000


def given(work, member):
    """The amounts of a member's rewards, in their order."""
    rows = select(Earning.amount_fen).where(Earning.member_id == member.id).order_by(Earning.id)
    return list(work.session.scalars(rows))


def told(work, member):
    rows = select(Outgoing).where(Outgoing.member_id == member.id).order_by(Outgoing.id)
    return [row.said["notice"] for row in work.session.scalars(rows)]


@pytest.mark.parametrize(
    ("reports", "amounts"),
    [
        ([99_999], []),  # Below 100 000: nothing.
        ([ONE], [100_00]),
        ([ONE - 1, ONE], [100_00]),
        ([THREE - 1], [100_00]),  # 299 999 plays are still the first tier.
        ([THREE], [300_00]),  # Two tiers at once: the best one, whole.
        ([ONE, THREE], [100_00, 200_00]),  # 300 − 100 = 200.
        ([ONE, THREE, FIVE], [100_00, 200_00, 200_00]),  # 500 − 300 = 200.
        ([ONE, TEN], [100_00, 900_00]),  # 1 000 − 100 = 900.
        ([ONE, ONE, ONE + 50_000], [100_00]),  # The same tier again: nothing.
        ([THREE, ONE], [300_00]),  # Plays never go down.
        ([TEN, TEN * 9], [1000_00]),  # There is nothing above the best tier.
    ],
)
def test_a_video_is_paid_the_best_tier_as_the_difference(work, reports, amounts):
    member = star(work)
    video = approved_video(work, member)

    for plays in reports:
        video_review.report_plays(work, video.id, plays)

    assert given(work, member) == amounts
    assert ledger.balances(work, member.id).pending_fen == sum(amounts)
    assert ledger.balance_fen(work, ledger.PROMOTION) == -sum(amounts)


def test_only_the_first_thirty_days_count(work):
    member = star(work)
    video = approved_video(work, member)

    video_review.report_plays(later(work, days=30), video.id, ONE)
    video_review.report_plays(later(work, days=30, seconds=1), video.id, THREE)

    # 100 on the last instant of the 30 days; the 300 a second later are not paid.
    assert given(work, member) == [100_00]


@pytest.mark.parametrize("state", [VideoState.WAITING, VideoState.RETURNED])
def test_a_video_that_is_not_approved_brings_nothing(work, state):
    member = star(work)
    video = approved_video(work, member)
    video.state = state

    video_review.report_plays(work, video.id, TEN)

    assert given(work, member) == []


def test_plays_that_were_known_before_the_approval_are_paid_with_it(work):
    member, colleague = star(work), reviewer(work)
    video = approved_video(work, member)
    video.state = VideoState.WAITING
    video_review.report_plays(work, video.id, THREE)

    video_review.approve(work, video.id, by=colleague)

    assert given(work, member) == [300_00]


def test_the_month_ends_at_a_thousand_yuan_and_the_rest_comes_in_the_next(work):
    # 2 March: 600 are left of nothing; 500 for the first video, then 1 000 − but 500 are left.
    member = star(work)
    first, second = approved_video(work, member), approved_video(work, member)
    video_review.report_plays(work, first.id, FIVE)

    video_review.report_plays(work, second.id, TEN)
    video_review.report_plays(later(work, days=1), second.id, TEN)
    assert given(work, member) == [500_00, 500_00]

    # 2 March + 29 days is 31 March, still March; a day later it is April, within 30 days.
    video_review.report_plays(later(work, days=29), second.id, TEN)
    assert given(work, member) == [500_00, 500_00]
    video_review.report_plays(later(work, days=30), second.id, TEN)
    assert given(work, member) == [500_00, 500_00, 500_00]


def test_the_month_is_shanghais(work):
    # 12:00 in Shanghai on 2 March; the month changes on 31 March 16:00 UTC, 29 days and 12 h on.
    member = star(work)
    first, second = approved_video(work, member), approved_video(work, member)
    video_review.report_plays(work, first.id, TEN)

    video_review.report_plays(later(work, days=29, hours=11, minutes=59), second.id, ONE)
    assert given(work, member) == [1000_00]
    video_review.report_plays(later(work, days=29, hours=12), second.id, ONE)
    assert given(work, member) == [1000_00, 100_00]


def test_an_empty_budget_closes_new_tiers_and_keeps_what_was_reached(work):
    amy, bo, chen = star(work, "amy"), star(work, "bo"), star(work, "chen")
    work = under(work, traffic={"budget": "150元"})
    videos = [approved_video(work, one) for one in (amy, bo, chen)]

    for video in videos:
        video_review.report_plays(work, video.id, ONE)

    # 0 of 150 spent: 100. 100 of 150: still open, the promise is kept whole. 200 of 150: closed.
    assert [given(work, one) for one in (amy, bo, chen)] == [[100_00], [100_00], []]
    assert told(work, chen)[-1] == "traffic_closed"
    # In April the budget is new, and V3 is still within its 30 days.
    video_review.report_plays(later(work, days=30), videos[2].id, ONE)
    assert given(work, chen) == [100_00]


def test_who_is_suspended_is_given_nothing(work):
    member = star(work)
    video = approved_video(work, member)
    member.state = "suspended"

    video_review.report_plays(work, video.id, TEN)

    assert given(work, member) == []


def test_a_reward_is_released_after_exactly_fifteen_days(office, clock):
    with office.work() as work:
        member = star(work)
        video_review.report_plays(work, approved_video(work, member).id, ONE)

    clock.passes(hours=360, seconds=-1)
    assert office.do(releases.release) == 0
    clock.passes(seconds=1)
    assert office.do(releases.release) == 1
    with office.reading() as work:
        assert ledger.balances(work, member.id).available_fen == 100_00


def test_two_accounts_of_one_person_share_the_month(work):
    amy, again = star(work, "amy"), star(work, "amy2")
    video_review.report_plays(work, approved_video(work, again).id, FIVE)
    video = approved_video(work, amy)
    binding.merge(work, amy, again)

    video_review.report_plays(work, video.id, TEN)

    # 500 under the old number, so 500 of 1 000 are left.
    assert given(work, amy) == [500_00]


# Staff


def test_a_colleague_enters_the_number_and_the_case_ends(work):
    member, colleague = star(work), reviewer(work)
    video = approved_video(work, member)
    case = video_review.ask_for_plays(work, video)
    assert video_review.ask_for_plays(work, video) is case

    video_review.enter_plays(work, video.id, 123_456, by=colleague)

    assert cases.find(work, case.id).closed_at is not None
    assert told(work, member)[-2:] == ["traffic_reward", "plays_counted"]


def test_who_may_not_enter_plays(work):
    colleague = reviewer(work)
    own = approved_video(work, colleague)
    waiting = approved_video(work, star(work))
    waiting.state = VideoState.WAITING

    with pytest.raises(OwnCase):
        video_review.enter_plays(work, own.id, TEN, by=colleague)
    with pytest.raises(NotStaff):
        video_review.enter_plays(work, own.id, TEN, by=star(work))
    with pytest.raises(VideoNotApproved):
        video_review.enter_plays(work, waiting.id, TEN, by=colleague)


# Rank bonus


def becomes_first(work, member):
    """千星 asks for so much in vain: here GMV alone does, as it does in a plan that says so."""
    member.rank = Rank.HUNDRED_STAR
    member.gmv_fen = 4_000_000_00  # Twice 2 000 000 stands in for the team of 10.
    approved_video(work, member, 1_000_000)
    return ranks.evaluate(work, member.id)


def bonus_of(work, member):
    rows = select(Earning).where(Earning.member_id == member.id, Earning.kind == Kind.RANK_BONUS)
    return list(work.session.scalars(rows))


def test_reaching_the_highest_rank_brings_ten_thousand_once(work):
    member = star(work)

    assert becomes_first(work, member) == Rank.THOUSAND_STAR
    ranks.evaluate(work, member.id)
    member.rank = Rank.HUNDRED_STAR  # As after a verdict that was lifted.
    assert ranks.evaluate(work, member.id) == Rank.THOUSAND_STAR

    [line] = bonus_of(work, member)
    assert (line.amount_fen, line.awaits_operator) == (10_000_00, True)
    assert line.held_until == later(work, hours=720).now


def test_a_bonus_waits_for_its_time_and_an_operator(office, clock):
    with office.work() as work:
        member, finance = star(work), reviewer(work, Role.FINANCE)
        becomes_first(work, member)
        [line] = bonus_of(work, member)
    clock.passes(days=40)
    assert office.do(releases.release) == 0

    with office.work() as work:
        bonuses.release(work, line.id, by=finance)
    assert office.do(releases.release) == 1

    with office.work() as work:
        assert ledger.balances(work, member.id).available_fen == 10_000_00
        with pytest.raises(NoSuchBonus):
            bonuses.release(work, line.id, by=finance)


def test_an_operator_who_is_early_does_not_shorten_the_time(office, clock):
    with office.work() as work:
        member, finance = star(work), reviewer(work, Role.FINANCE)
        becomes_first(work, member)
        [line] = bonus_of(work, member)
        bonuses.release(work, line.id, by=finance)

    clock.passes(hours=720, seconds=-1)
    assert office.do(releases.release) == 0
    clock.passes(seconds=1)
    assert office.do(releases.release) == 1


def test_who_may_not_release_a_bonus(work):
    member, finance = star(work), reviewer(work, Role.FINANCE)
    becomes_first(work, member)
    becomes_first(work, finance)
    [line], [own] = bonus_of(work, member), bonus_of(work, finance)

    with pytest.raises(NotStaff):
        bonuses.release(work, line.id, by=reviewer(work))
    with pytest.raises(OwnCase):
        bonuses.release(work, own.id, by=finance)


def test_a_bonus_beyond_the_months_budget_is_given_in_the_next(office, clock):
    # 20 000 a month, 10 000 each: the third one waits for 1 April.
    with office.work() as work:
        members = [star(work, name) for name in ("amy", "bo", "chen")]
        for member in members:
            becomes_first(work, member)
        assert [len(bonus_of(work, one)) for one in members] == [1, 1, 0]
        row = work.session.scalars(select(DueTask).where(DueTask.task == "rank_bonus")).one()
        assert row.due_at.isoformat() == "2026-03-31T16:00:00+00:00"

    clock.now = row.due_at
    with office.work() as work:
        assert agenda.claim(work, row.id)
        rewards.give_late_bonus(work, **row.args)
        rewards.give_late_bonus(work, **row.args)
        assert len(bonus_of(work, members[2])) == 1


def test_merged_members_keep_one_bonus(work):
    amy, again = star(work, "amy"), star(work, "amy2")
    finance = reviewer(work, Role.FINANCE)
    becomes_first(work, amy)
    becomes_first(work, again)
    [first], [second] = bonus_of(work, amy), bonus_of(work, again)
    binding.merge(work, amy, again)

    bonuses.release(work, first.id, by=finance)

    assert (first.state, first.awaits_operator) == (State.PENDING, False)
    bonuses.release(work, second.id, by=finance)
    assert (second.state, second.stands_fen) == (State.VOID, 0)


def test_who_merges_before_the_rank_gets_one_bonus(work):
    amy, again = star(work, "amy"), star(work, "amy2")
    becomes_first(work, again)
    binding.merge(work, amy, again)

    ranks.evaluate(work, amy.id)
    rewards.give_bonus(work, amy.id, Rank.THOUSAND_STAR)

    assert (len(bonus_of(work, amy)), len(bonus_of(work, again))) == (0, 1)


def test_a_visitors_video_is_nobodys_reward(work):
    member = visitor(work)

    video_review.report_plays(work, approved_video(work, member).id, TEN)

    assert given(work, member) == []
