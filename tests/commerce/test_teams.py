"""Seats: 1 → 3 → 9, no loops, nobody moved without a word."""

from threading import Thread

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError, OperationalError

from commerce.errors import InvitesSelf, MakesALoop, NoSuchMember, SeatsFull, TooDeep
from commerce.outbox import Outgoing
from commerce.people import invitations, joining, members, ranks, teams
from commerce.people.audit import AuditRecord
from commerce.people.members import Member, State
from commerce.rules import Rank, overlay
from commerce.work import Office
from tests.commerce.stars import approved_video, star, team, under, visitor

ABSOLUTE = {"tree": "absolute", "root_rank": "three_star"}


def test_three_friends_take_the_seats_in_order_and_the_fourth_takes_none(work):
    amy = star(work, "amy")

    friends = [star(work, f"友{number}", amy) for number in range(4)]

    assert [friend.seat for friend in friends] == [1, 2, 3, None]
    assert [friend.parent_id for friend in friends] == [amy.id, amy.id, amy.id, None]
    assert {friend.inviter_id for friend in friends} == {amy.id}
    assert (teams.invited_count(work, amy.id), teams.fan_count(work, amy.id)) == (3, 4)


def test_a_team_is_twelve_people_at_most(work):
    amy = star(work, "amy")

    team(work, amy, invited=3, below=9)

    # 3 at tier 2 and 3 × 3 = 9 at tier 3.
    assert teams.team_count(work, amy.id) == 12


def test_the_fourth_tier_counts_for_nobody_above_its_grandparent(work):
    amy = star(work, "amy")
    bo = star(work, "bo", amy)
    chen = star(work, "chen", bo)
    star(work, "dan", chen)

    counts = [teams.team_count(work, member.id) for member in (amy, bo, chen)]

    assert counts == [2, 2, 1]
    assert [above.id for above in teams.upline(work, chen.id)] == [chen.id, bo.id, amy.id]


def test_fewer_seats_can_be_configured(work):
    work = under(work, team={"seats": 1})
    amy = star(work, "amy")

    friends = [star(work, f"友{number}", amy) for number in range(2)]

    assert [friend.seat for friend in friends] == [1, None]


@pytest.mark.parametrize(
    ("place", "what"),
    [({"seat": 1}, "a seat that is taken"), ({"seat": 4}, "a fourth seat"), ({}, "no seat number")],
)
def test_the_database_itself_refuses(work, place, what):
    amy = star(work, "amy")
    star(work, "bo", amy)
    row = Member(created_at=work.now, parent_id=amy.id, inviter_id=amy.id, **place)
    work.session.add(row)

    with pytest.raises((IntegrityError, OperationalError)):
        work.session.flush()


def test_nobody_is_moved_below_themselves(work):
    amy = star(work, "amy")
    bo = star(work, "bo", amy)
    chen = star(work, "chen", bo)
    boss = star(work, "boss")

    for inviter in (bo, chen):
        with pytest.raises(MakesALoop):
            teams.correct(work, amy, inviter, by=boss)
    with pytest.raises(InvitesSelf):
        teams.correct(work, amy, amy, by=boss)

    assert amy.parent_id is None


def test_a_loop_over_a_friend_without_a_seat_is_refused_too(work):
    amy = star(work, "amy")
    team(work, amy, invited=3)
    fan = star(work, "fan", amy)
    boss = star(work, "boss")
    assert fan.parent_id is None

    with pytest.raises(MakesALoop):
        teams.correct(work, amy, fan, by=boss)


def test_a_correction_moves_the_member_with_their_team_and_is_on_record(work):
    amy, eve, boss = star(work, "amy"), star(work, "eve"), star(work, "boss")
    bo = star(work, "bo", amy)
    chen = star(work, "chen", bo)

    teams.correct(work, bo, eve, by=boss)

    assert (bo.inviter_id, bo.parent_id, bo.seat) == (eve.id, eve.id, 1)
    assert chen.parent_id == bo.id
    assert (teams.team_count(work, amy.id), teams.team_count(work, eve.id)) == (0, 2)
    rows = select(AuditRecord).where(AuditRecord.act == "correct_inviter")
    audit = work.session.scalars(rows).one()
    assert (audit.by_id, audit.subject) == (boss.id, f"member:{bo.id}")
    assert audit.facts == {"before": amy.id, "after": eve.id}


def test_a_seat_that_was_left_is_the_next_to_be_given(work):
    amy, eve, boss = star(work, "amy"), star(work, "eve"), star(work, "boss")
    first, *_ = team(work, amy, invited=3)
    teams.correct(work, first, eve, by=boss)

    new = star(work, "新", amy)

    assert (new.parent_id, new.seat) == (amy.id, 1)


def test_a_correction_to_full_seats_is_refused_and_changes_nothing(work):
    amy, boss = star(work, "amy"), star(work, "boss")
    team(work, amy, invited=3)
    eve = star(work, "eve")
    dan = star(work, "dan", eve)

    with pytest.raises(SeatsFull) as refused, work.session.begin_nested():
        teams.correct(work, dan, amy, by=boss)

    work.session.refresh(dan)
    assert (refused.value.nickname, refused.value.seats) == ("amy", 3)
    assert (dan.parent_id, dan.seat, dan.inviter_id) == (eve.id, 1, eve.id)


def test_only_who_joined_is_moved_and_only_to_who_is_active(work):
    amy, boss, guest = star(work, "amy"), star(work, "boss"), visitor(work)
    gone = star(work, "gone")
    joining.leave(work, gone)

    for member, inviter in ((guest, amy), (amy, guest), (amy, gone)):
        with pytest.raises(NoSuchMember):
            teams.correct(work, member, inviter, by=boss)


def test_the_seat_a_correction_fills_promotes_the_new_parent(work):
    amy, eve, boss = star(work, "amy"), star(work, "eve"), star(work, "boss")
    moved = star(work, "bo", amy)
    star(work, "chen", eve)
    approved_video(work, eve)

    joining.correct_inviter(work, moved, eve, by=boss)

    assert eve.rank == Rank.ONE_STAR


def test_who_leaves_or_is_suspended_stays_a_node_and_nobody_is_moved(work):
    amy = star(work, "amy")
    bo = star(work, "bo", amy)
    chen = star(work, "chen", bo)

    joining.leave(work, bo)
    late = star(work, "late", bo)

    assert (bo.parent_id, bo.seat, chen.parent_id) == (amy.id, 1, bo.id)
    assert (late.inviter_id, late.parent_id) == (None, None)
    chen.state = State.SUSPENDED
    assert teams.take_seat(work, late, chen) is False


def test_in_the_stricter_tree_the_third_tier_seats_nobody(work):
    work = under(work, team=ABSOLUTE)
    amy = star(work, "amy")
    bo = star(work, "bo", amy)
    chen = star(work, "chen", bo)

    dan = star(work, "dan", chen)

    assert [teams.tier(work, member) for member in (amy, bo, chen)] == [1, 2, 3]
    assert (dan.inviter_id, dan.parent_id) == (chen.id, None)


def test_in_the_stricter_tree_a_configured_rank_is_a_new_root(work):
    work = under(work, team=ABSOLUTE)
    amy = star(work, "amy")
    chen = star(work, "chen", star(work, "bo", amy))
    chen.rank = Rank.THREE_STAR
    work.session.flush()

    dan = star(work, "dan", chen)

    assert (dan.parent_id, dan.seat) == (chen.id, 1)
    assert chen.parent_id is not None
    assert [teams.tier(work, member) for member in (chen, dan)] == [1, 2]


def test_in_the_stricter_tree_a_correction_counts_who_hangs_below(work):
    work = under(work, team=ABSOLUTE)
    amy, boss = star(work, "amy"), star(work, "boss")
    bo = star(work, "bo", amy)
    eve = star(work, "eve")
    fay = star(work, "fay", eve)

    # eve (with fay below) under bo would put fay at tier 4; fay alone comes to tier 3.
    with pytest.raises(TooDeep):
        teams.correct(work, eve, bo, by=boss)
    teams.correct(work, fay, bo, by=boss)

    assert teams.tier(work, fay) == 3


@pytest.mark.parametrize(("tree", "told"), [("absolute", 2), ("relative", 0)])
def test_in_the_stricter_tree_a_new_root_and_the_parent_are_told_once(work, tree, told):
    work = under(work, team={"tree": tree, "root_rank": "one_star"})
    amy = star(work, "amy")
    bo = star(work, "bo", amy)
    approved_video(work, bo)
    team(work, bo, invited=2)

    ranks.evaluate(work, bo.id)

    keys = work.session.scalars(select(Outgoing.key).where(Outgoing.key.like("root:%"))).all()
    assert bo.rank == Rank.ONE_STAR
    assert len(keys) == told
    assert bo.parent_id == amy.id


def test_in_the_stricter_tree_a_joiner_waits_for_a_correction_above(office, rules):
    """What they find is the depth after it: fay, whom the guest joins, comes to tier 3 by it."""
    office = Office(office.engine, overlay(rules, {"team": ABSOLUTE}), office.clock)
    with office.work() as work:
        top, eve, boss = star(work, "top"), star(work, "eve"), star(work, "boss")
        fay, guest = star(work, "fay", eve), visitor(work)
        invitations.reserve(work, guest, fay)
    joins = Thread(
        target=office.do,
        args=(lambda work: joining.join(work, members.get(work, guest.id), "客"),),
    )

    with office.work() as work:
        teams.correct(work, members.get(work, eve.id), members.get(work, top.id), by=boss)
        joins.start()
        joins.join(timeout=0.5)
    joins.join()

    with office.work() as work:
        sits = members.get(work, guest.id)
        assert (sits.inviter_id, sits.parent_id) == (fay.id, None)
        assert teams.tier(work, members.get(work, fay.id)) == 3
