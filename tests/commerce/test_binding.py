"""One human, several doors: who stays, what moves, and when an operator must decide (E34–E36)."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from commerce.errors import NoSuchCode
from commerce.outbox import Outgoing, notify
from commerce.people import binding, identities, invitations, joining, members, ranks, teams
from commerce.people.audit import AuditRecord
from commerce.people.members import Member, State
from commerce.people.team_view import team_view
from commerce.rules import Rank
from commerce.trust.cases import Case
from commerce.work import Work
from tests.commerce.stars import approved_video, later, star, team, visitor


def bound(work: Work, shown_to: Member, typed_by: Member) -> Member | None:
    code = binding.show_code(work, shown_to)
    return binding.redeem(work, typed_by, binding.shown_to(work, code)[1])


def test_a_code_shown_in_one_door_and_typed_in_another_makes_one_person(work):
    amy, phone = star(work, "amy"), visitor(work)

    assert bound(work, amy, phone) is amy

    assert phone.merged_into == amy.id
    assert members.get(work, phone.id) is amy
    assert len(identities.of_member(work, amy.id)) == 2
    rows = select(AuditRecord).where(AuditRecord.act == "merge")
    audit = work.session.scalars(rows).one()
    assert (audit.subject, audit.facts) == (f"member:{amy.id}", {"loser": phone.id})


def test_no_code_is_a_number_of_ours(work):
    """W12345 would be a withdrawal."""
    codes = [binding.show_code(work, star(work, "amy")) for _ in range(50)]

    assert all(len(code) == binding.CODE_LENGTH and code[-1].isalpha() for code in codes)


def test_a_code_works_once_and_for_ten_minutes(work):
    amy, first, second, third = star(work, "amy"), visitor(work), visitor(work), visitor(work)
    code, slow = binding.show_code(work, amy), binding.show_code(work, amy)
    binding.redeem(
        later(work, minutes=9, seconds=59),
        first,
        binding.shown_to(later(work, minutes=9, seconds=59), code)[1],
    )

    with pytest.raises(NoSuchCode):
        binding.redeem(work, second, binding.shown_to(work, code)[1])
    with pytest.raises(NoSuchCode):
        binding.redeem(
            later(work, minutes=10), third, binding.shown_to(later(work, minutes=10), slow)[1]
        )
    with pytest.raises(NoSuchCode):
        binding.redeem(work, third, "000000")

    assert {second.merged_into, third.merged_into} == {None}


def test_ones_own_code_changes_nothing(work):
    amy = star(work, "amy")

    assert bound(work, amy, amy) is amy

    assert amy.merged_into is None


@pytest.mark.parametrize("shown_by_the_earlier", [True, False])
def test_who_joined_first_stays_with_inviter_and_seat(work, shown_by_the_earlier):
    amy, eve = star(work, "amy"), star(work, "eve")
    first = star(work, "first", amy)
    second = star(later(work, days=1), "second", eve)
    pair = (first, second) if shown_by_the_earlier else (second, first)

    assert bound(work, *pair) is first

    assert (first.inviter_id, first.parent_id, first.seat) == (amy.id, amy.id, 1)
    assert (second.parent_id, second.seat) == (None, None)
    assert teams.free_seat(work, eve.id) == 1
    assert teams.fan_count(work, eve.id) == 0


def test_the_higher_rank_wins_and_what_both_sold_counts_together(work):
    first = star(work, "first")
    second = star(later(work, days=1), "second")
    first.rank, second.rank = Rank.ONE_STAR, Rank.TEN_STAR
    ranks.expect_gmv(work, second.id, 30_00)
    first.gmv_fen, second.gmv_fen = 100_00, 200_00
    for member in (first, second):
        ranks.count_sale(work, member.id, 10_00, work.now)

    bound(work, first, second)

    assert first.rank == Rank.TEN_STAR
    assert (first.gmv_fen, first.pending_gmv_fen) == (300_00, 30_00)
    assert team_view(work, first).me.gmv_fen == 20_00


def test_what_still_comes_in_for_the_merged_is_the_survivors(work):
    first = star(work, "first")
    second = star(later(work, days=1), "second")
    bound(work, first, second)

    ranks.expect_gmv(work, second.id, 50_00)
    ranks.release_gmv(work, second.id, 20_00)
    ranks.count_sale(work, second.id, 10_00, work.now)

    assert (first.gmv_fen, first.pending_gmv_fen) == (20_00, 30_00)
    assert team_view(work, first).me.gmv_fen == 10_00
    assert (second.gmv_fen, second.pending_gmv_fen) == (0, 0)


def test_a_video_of_the_second_account_counts_for_the_person(work):
    first = star(work, "first")
    team(work, first, invited=2)
    second = star(later(work, days=1), "second")
    approved_video(work, second)

    bound(work, first, second)

    assert first.rank == Rank.ONE_STAR


def test_a_reservation_moves_to_a_visitor_who_has_none(work):
    amy, older, younger = star(work, "amy"), visitor(work), visitor(work)
    invitations.reserve(work, younger, amy)

    assert bound(work, older, younger) is older

    assert invitations.reserved_inviter(work, older) is amy
    assert older.reserved_until == work.now + timedelta(days=30)


def test_unsaid_words_reach_the_survivor(work):
    amy, phone = star(work, "amy"), visitor(work)
    notify(work, phone.id, "case_answered", key="k", words="好")

    bound(work, amy, phone)

    work.session.expire_all()
    assert work.session.scalars(select(Outgoing)).one().member_id == amy.id


def test_somebody_merged_twice_reads_through_in_one_step(work):
    first = star(work, "first")
    second = star(later(work, days=1), "second")
    third = visitor(work)
    bound(work, second, third)

    bound(work, first, second)

    work.session.expire_all()
    assert (second.merged_into, third.merged_into) == (first.id, first.id)
    assert len(identities.of_member(work, first.id)) == 3


def test_two_with_teams_are_for_an_operator(work):
    first = star(work, "first")
    second = star(later(work, days=1), "second")
    team(work, first, invited=1)
    team(work, second, invited=1)

    assert bound(work, first, second) is None

    assert (first.merged_into, second.merged_into) == (None, None)
    case = work.session.scalars(select(Case)).one()
    assert (case.kind, case.key) == ("merge", f"merge:{first.id}:{second.id}")


def test_an_ancestor_and_somebody_below_are_for_an_operator(work):
    amy = star(work, "amy")
    bo = star(later(work, days=1), "bo", amy)

    assert bound(work, amy, bo) is None
    assert bound(work, bo, amy) is None

    assert {amy.merged_into, bo.merged_into} == {None}
    assert len(work.session.scalars(select(Case)).all()) == 1


def test_somebody_suspended_is_for_an_operator(work):
    amy, phone = star(work, "amy"), visitor(work)
    amy.state = State.SUSPENDED
    work.session.flush()

    assert bound(work, amy, phone) is None


def test_who_had_left_and_binds_an_active_account_is_active(work):
    first = star(work, "first")
    joining.leave(work, first)
    second = star(later(work, days=1), "second")

    assert bound(work, first, second) is first

    assert (first.state, first.left_at, first.name) == (State.JOINED, None, "second")


def test_one_unionid_is_one_member(work):
    first = star(work, "first")
    second = star(later(work, days=1), "second")
    doors = [identities.of_member(work, member.id)[0] for member in (first, second)]

    for door in doors:
        binding.learn_unionid(work, door.id, "u-1")

    work.session.expire_all()
    assert second.merged_into == first.id
    assert {door.member_id for door in doors} == {first.id}


def test_who_cannot_be_merged_does_not_keep_others_of_the_unionid_apart(work):
    amy = star(work, "amy")
    bo = star(later(work, days=1), "bo", amy)
    chen = star(later(work, days=2), "chen")
    star(work, "dan", bo)

    for member in (amy, bo, chen):
        binding.learn_unionid(work, identities.of_member(work, member.id)[0].id, "u-1")

    # bo has a team below amy: for an operator. chen is one with amy all the same.
    assert (bo.merged_into, chen.merged_into) == (None, amy.id)
    keys = set(work.session.scalars(select(Case.key)))
    assert keys == {f"merge:{amy.id}:{bo.id}"}


def test_the_same_nickname_makes_nobody_one(work):
    first, second = star(work, "小明"), star(work, "小明")

    assert (first.merged_into, second.merged_into) == (None, None)
    assert members.named(work, "小明") == [first, second]


def test_an_erased_door_learns_no_unionid(work):
    amy = star(work, "amy")
    door = identities.of_member(work, amy.id)[0]
    identities.erase(work, door)

    binding.learn_unionid(work, door.id, "u-1")

    assert door.unionid is None
