"""Seven ranks: what each asks, several steps at once, told once, never down."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from commerce.outbox import Outgoing
from commerce.people import joining, ranks
from commerce.people.members import State
from commerce.people.ranks import RankReached, SalesDay
from commerce.rules import Rank
from commerce.trust import video_review
from tests.commerce.stars import approved_video, star, team

# plays of approved videos | own seats | seats below | GMV in 元 | the rank all that gives
LADDER = [
    # 一星: 1 video and 2 invited. No GMV stands in for friends yet.
    ([], 2, 0, 0, "见习"),
    ([0], 1, 0, 0, "见习"),
    ([0], 1, 3, 4_000_000, "见习"),
    ([], 3, 9, 4_000_000, "见习"),
    ([0], 2, 0, 0, "一星"),
    # 二星: 3 invited and 5 000 元, or 2 × 5 000 = 10 000 元.
    ([0], 3, 0, 4_999.99, "一星"),
    ([0], 2, 1, 5_000, "一星"),
    ([0], 3, 0, 5_000, "二星"),
    ([0], 2, 0, 9_999.99, "一星"),
    ([0], 2, 0, 10_000, "二星"),
    # 三星: team 5, 20 000 元, one video with 10 000 plays; or 40 000 元 and the plays.
    ([10_000], 3, 1, 20_000, "二星"),
    ([10_000], 3, 2, 19_999.99, "二星"),
    ([9_999, 9_999], 3, 2, 20_000, "二星"),
    ([10_000], 3, 2, 20_000, "三星"),
    ([10_000], 2, 0, 40_000, "三星"),
    ([9_999], 2, 0, 40_000, "二星"),
    # 十星: team 7, 100 000 元, 50 000 plays of all videos together; or 200 000 元.
    ([25_000, 25_000], 3, 4, 100_000, "十星"),
    ([25_000, 24_999], 3, 4, 100_000, "三星"),
    ([50_000], 3, 3, 100_000, "三星"),
    ([50_000], 3, 4, 99_999.99, "三星"),
    ([50_000], 2, 0, 200_000, "十星"),
    # 百星: team 9, 500 000 元, 100 000 plays; or 1 000 000 元.
    ([99_999], 3, 6, 500_000, "十星"),
    ([100_000], 3, 5, 500_000, "十星"),
    ([100_000], 3, 6, 499_999.99, "十星"),
    ([60_000, 40_000], 3, 6, 500_000, "百星"),
    ([100_000], 2, 0, 1_000_000, "百星"),
    # 千星: team 10, 2 000 000 元, 1 000 000 plays; or 4 000 000 元.
    ([999_999], 3, 7, 2_000_000, "百星"),
    ([1_000_000], 3, 6, 2_000_000, "百星"),
    ([1_000_000], 3, 7, 1_999_999.99, "百星"),
    ([1_000_000], 3, 7, 2_000_000, "千星"),
    ([1_000_000], 2, 0, 3_999_999.99, "百星"),
    ([1_000_000], 2, 0, 4_000_000, "千星"),
]


@pytest.mark.parametrize(("plays", "invited", "below", "gmv", "expected"), LADDER)
def test_the_ladder(work, plays, invited, below, gmv, expected):
    amy = star(work, "amy")
    team(work, amy, invited, below)
    for play_count in plays:
        approved_video(work, amy, play_count)
    amy.gmv_fen = round(gmv * 100)
    work.session.flush()

    assert ranks.evaluate(work, amy.id).label == expected


def test_somebody_new_sees_what_the_first_rank_asks(work):
    progress = ranks.progress(work, star(work, "amy"))

    found = [(one.name, one.have, one.need, one.missing) for one in progress.conditions]
    assert found == [("videos", 0, 1, 1), ("invited", 0, 2, 2)]
    assert (progress.rank, progress.next_rank) == (Rank.TRAINEE, Rank.ONE_STAR)


def test_progress_names_every_condition_with_numbers_and_what_is_on_its_way(work):
    amy = star(work, "amy")
    team(work, amy, invited=3, below=1)
    approved_video(work, amy, 6_000)
    approved_video(work, amy, 5_000)
    amy.rank = Rank.TWO_STAR
    ranks.release_gmv(work, amy.id, 12_000_00)
    ranks.expect_gmv(work, amy.id, 3_000_00)

    progress = ranks.progress(work, amy)

    # team 3 + 1 of 5; 12 000 of 20 000 元; the best video has 6 000 of 10 000.
    found = [(one.name, one.have, one.need, one.pending) for one in progress.conditions]
    assert found == [
        ("team", 4, 5, 0),
        ("gmv", 12_000_00, 20_000_00, 3_000_00),
        ("best_plays", 6_000, 10_000, 0),
    ]
    assert [one.missing for one in progress.missing] == [1, 8_000_00, 4_000]


def test_twice_the_gmv_is_shown_to_stand_in_for_the_heads(work):
    amy = star(work, "amy")
    amy.rank, amy.gmv_fen = Rank.ONE_STAR, 10_000_00

    progress = ranks.progress(work, amy)

    invited = next(one for one in progress.conditions if one.name == "invited")
    assert (invited.have, invited.replaced, invited.is_met) == (0, True, True)


def test_how_many_times_the_gmv_stands_in_can_be_configured(work):
    promotion = work.rules.promotion.model_copy(update={"gmv_instead_of_people": 3})
    thrice = replace(work, rules=work.rules.model_copy(update={"promotion": promotion}))
    amy = star(work, "amy")
    amy.rank, amy.gmv_fen = Rank.ONE_STAR, 10_000_00
    work.session.flush()

    assert ranks.evaluate(thrice, amy.id) is Rank.ONE_STAR
    assert ranks.evaluate(work, amy.id) is Rank.TWO_STAR


def test_the_last_rank_asks_for_nothing_more(work):
    amy = star(work, "amy")
    amy.rank = Rank.THOUSAND_STAR

    progress = ranks.progress(work, amy)

    assert (progress.next_rank, progress.conditions) == (None, ())
    assert ranks.evaluate(work, amy.id) is Rank.THOUSAND_STAR


def test_several_steps_at_once_are_noted_each_and_told_once(work):
    amy = star(work, "amy")
    team(work, amy, invited=3, below=2)
    approved_video(work, amy, 10_000)

    ranks.release_gmv(work, amy.id, 20_000_00)
    ranks.evaluate(work, amy.id)

    reached = select(RankReached.rank).where(RankReached.member_id == amy.id)
    assert sorted(work.session.scalars(reached)) == [1, 2, 3]
    assert promotions(work, amy.id) == [{"rank": 3}]


def test_each_promotion_is_told_once_however_often_it_is_looked_at(work):
    amy = star(work, "amy")
    team(work, amy, invited=2)
    approved_video(work, amy)

    for _ in range(3):
        ranks.evaluate(work, amy.id)

    assert promotions(work, amy.id) == [{"rank": 1}]


def test_a_rank_never_falls_by_itself(work):
    amy = star(work, "amy")
    amy.rank = Rank.HUNDRED_STAR
    work.session.flush()

    assert ranks.evaluate(work, amy.id) is Rank.HUNDRED_STAR


@pytest.mark.parametrize("state", [State.SUSPENDED, State.LEFT])
def test_who_is_not_active_does_not_climb(work, state):
    amy = star(work, "amy")
    team(work, amy, invited=2)
    approved_video(work, amy)
    amy.state = state
    work.session.flush()

    assert ranks.evaluate(work, amy.id) is Rank.TRAINEE


def test_who_comes_back_climbs_by_what_came_about_meanwhile(work):
    amy = star(work, "amy")
    team(work, amy, invited=2)
    joining.leave(work, amy)
    approved_video(work, amy)

    joining.join(work, amy, "amy")

    assert amy.rank == Rank.ONE_STAR


def test_the_friend_who_fills_the_seat_promotes(work):
    amy = star(work, "amy")
    approved_video(work, amy)

    ranks_seen = []
    for number in range(2):
        star(work, f"友{number}", amy)
        ranks_seen.append(amy.rank)

    assert ranks_seen == [Rank.TRAINEE, Rank.ONE_STAR]


def test_a_seat_of_the_third_tier_promotes_the_grandparent(work):
    amy = star(work, "amy")
    children = team(work, amy, invited=3, below=1)
    approved_video(work, amy, 10_000)
    ranks.release_gmv(work, amy.id, 20_000_00)
    assert amy.rank == Rank.TWO_STAR  # team 4 of 5

    star(work, "第五个", children[1])

    assert amy.rank == Rank.THREE_STAR


def test_plays_that_come_in_promote_and_never_go_down(work):
    amy = star(work, "amy")
    team(work, amy, invited=3, below=2)
    video = approved_video(work, amy, 9_999)
    ranks.release_gmv(work, amy.id, 20_000_00)
    assert amy.rank == Rank.TWO_STAR

    video_review.report_plays(work, video.id, 10_000)
    video_review.report_plays(work, video.id, 9_000)

    assert (amy.rank, video.play_count) == (Rank.THREE_STAR, 10_000)


def test_gmv_on_its_way_does_not_count_until_it_is_released(work):
    amy = star(work, "amy")
    amy.rank = Rank.ONE_STAR
    ranks.expect_gmv(work, amy.id, 10_000_00)
    ranks.expect_gmv(work, amy.id, -1_000_00)
    assert (amy.gmv_fen, amy.pending_gmv_fen) == (0, 9_000_00)

    ranks.release_gmv(work, amy.id, 9_000_00)

    assert (amy.gmv_fen, amy.pending_gmv_fen) == (9_000_00, 0)


def test_sales_are_counted_by_the_day_in_shanghai(work):
    amy = star(work, "amy")
    # NOON is 12:00 on 2 March in Shanghai: 11 h 59 min later is still that day, 12 h is the next.
    ranks.count_sale(work, amy.id, 100_00, work.now + timedelta(hours=11, minutes=59))
    ranks.count_sale(work, amy.id, 50_00, work.now + timedelta(hours=12))
    ranks.count_sale(work, amy.id, -30_00, work.now)

    days = work.session.execute(select(SalesDay.day, SalesDay.gmv_fen).order_by(SalesDay.day))
    assert [tuple(row) for row in days] == [
        (date(2026, 3, 2), 70_00),
        (date(2026, 3, 3), 50_00),
    ]


def test_the_view_is_of_thirty_days_today_included(work):
    first, last = ranks.view_days(work)

    assert (first, last) == (date(2026, 2, 1), date(2026, 3, 2))


def promotions(work, member_id):
    rows = work.session.scalars(select(Outgoing).where(Outgoing.member_id == member_id))
    return [row.said["facts"] for row in rows if row.said.get("notice") == "promoted"]
