"""The team in one look: three tiers, 30-day sales, who is ahead."""

from datetime import date, timedelta

from commerce.people import joining, ranks, teams
from commerce.people.team_view import team_view
from commerce.rules import Rank
from tests.commerce.stars import star, team


def test_three_tiers_are_shown_as_they_sit(work):
    amy = star(work, "amy")
    children = team(work, amy, invited=3, below=4)
    star(work, "曾孙", teams.seated_by(work, children[0].id)[0])

    view = team_view(work, amy)

    assert view.me.name == "amy"
    assert [mate.seat for mate in view.me.seats] == [1, 2, 3]
    # Seats fill child by child: 3 below the first, 1 below the second.
    assert [[below.name for below in mate.seats] for mate in view.me.seats] == [
        ["孙0", "孙1", "孙2"],
        ["孙3"],
        [],
    ]
    assert len(view.others) == 7


def test_who_is_above_is_not_in_the_view(work):
    amy = star(work, "amy")
    bo = star(work, "bo", amy)

    view = team_view(work, bo)

    assert (view.me.name, view.others) == ("bo", [])


def test_fans_without_a_seat_are_not_in_the_team(work):
    amy = star(work, "amy")
    team(work, amy, invited=3)
    star(work, "fan", amy)

    assert "fan" not in [mate.name for mate in team_view(work, amy).others]


def test_sales_of_thirty_days_decide_the_ranking_and_who_came_first_the_rest(work):
    amy = star(work, "amy")
    first, second, third = team(work, amy, invited=3)
    ranks.count_sale(work, second.id, 300_00, work.now)
    ranks.count_sale(work, second.id, 200_00, work.now - timedelta(days=29))
    ranks.count_sale(work, second.id, 9_999_00, work.now - timedelta(days=30))
    ranks.count_sale(work, amy.id, 7_00, work.now)

    view = team_view(work, amy)

    # 300 + 200 within the days 2026-02-01 … 2026-03-02; the sale of 31 January is out.
    assert [(mate.member_id, mate.gmv_fen) for mate in view.ranking] == [
        (second.id, 500_00),
        (first.id, 0),
        (third.id, 0),
    ]
    assert view.me.gmv_fen == 7_00
    assert (view.first_day, view.last_day) == (date(2026, 2, 1), date(2026, 3, 2))


def test_refunds_lower_the_sales(work):
    amy = star(work, "amy")
    ranks.count_sale(work, amy.id, 300_00, work.now)

    ranks.count_sale(work, amy.id, -120_00, work.now)

    assert team_view(work, amy).me.gmv_fen == 180_00


def test_who_left_keeps_the_seat_without_a_name(work):
    amy = star(work, "amy")
    bo = star(work, "bo", amy)
    star(work, "chen", bo)
    bo.rank = Rank.ONE_STAR
    joining.leave(work, bo)
    joining.erase(work, bo.id)

    (mate,) = team_view(work, amy).me.seats

    assert (mate.name, mate.rank, [below.name for below in mate.seats]) == (
        "已退出的朋友",
        Rank.ONE_STAR,
        ["chen"],
    )
