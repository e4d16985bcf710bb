"""Who invited whom: the first scan keeps the inviter for 30 days, joining makes it final."""

from datetime import timedelta

import pytest

from commerce.errors import CodeClosed, InviterFixed, InvitesSelf, MakesALoop, NoSuchCode, NotJoined
from commerce.people import invitations, joining
from commerce.people.members import State
from tests.commerce.stars import later, star, team, visitor


def test_the_first_scan_reserves_the_inviter_for_thirty_days(work):
    amy, dan = star(work, "amy"), visitor(work)

    assert invitations.reserve(work, dan, amy) is True

    assert dan.reserved_until == work.now + timedelta(days=30)
    assert invitations.reserved_inviter(work, dan) is amy
    assert dan.inviter_id is None


def test_a_second_scan_changes_nothing_within_the_thirty_days(work):
    amy, eve, dan = star(work, "amy"), star(work, "eve"), visitor(work)
    invitations.reserve(work, dan, amy)

    assert invitations.reserve(later(work, days=29, hours=23), dan, eve) is False

    assert dan.reserved_inviter_id == amy.id


def test_after_thirty_days_the_next_scan_may_reserve(work):
    amy, eve, dan = star(work, "amy"), star(work, "eve"), visitor(work)
    invitations.reserve(work, dan, amy)
    work = later(work, days=30)

    assert invitations.reserved_inviter(work, dan) is None
    assert invitations.reserve(work, dan, eve) is True
    assert dan.reserved_inviter_id == eve.id


def test_who_joins_after_the_reservation_ran_out_has_no_inviter(work):
    amy, dan = star(work, "amy"), visitor(work)
    invitations.reserve(work, dan, amy)

    joined = joining.join(later(work, days=30), dan, "dan")

    assert (joined.inviter, dan.inviter_id, dan.parent_id) == (None, None, None)


def test_joining_makes_the_inviter_final(work):
    amy, eve, dan = star(work, "amy"), star(work, "eve"), visitor(work)
    invitations.reserve(work, dan, amy)

    joined = joining.join(work, dan, "dan")

    assert (joined.inviter, joined.seated) == (amy, True)
    assert invitations.reserve(later(work, days=31), dan, eve) is False
    with pytest.raises(InviterFixed):
        invitations.redeem(work, dan, invitations.current(work, eve).token)
    assert dan.inviter_id == amy.id


@pytest.mark.parametrize("state", [State.SUSPENDED, State.LEFT])
def test_cards_of_inactive_people_give_no_credit(work, state):
    amy, dan = star(work, "amy"), visitor(work)
    token = invitations.current(work, amy).token
    amy.state = state
    work.session.flush()

    assert invitations.inviter_of(work, token) is None
    with pytest.raises(NoSuchCode):
        invitations.redeem(work, dan, token)


def test_an_inviter_suspended_before_the_joining_gives_no_credit(work):
    amy, dan = star(work, "amy"), visitor(work)
    invitations.reserve(work, dan, amy)
    amy.state = State.SUSPENDED
    work.session.flush()

    joined = joining.join(work, dan, "dan")

    assert (joined.inviter, dan.inviter_id) == (None, None)


def test_a_card_counts_until_its_last_day(work):
    amy = star(work, "amy")
    invitation = invitations.current(work, amy)

    assert invitation.expires_at == work.now + timedelta(days=30)
    assert invitations.inviter_of(later(work, days=29), invitation.token) is amy
    assert invitations.inviter_of(later(work, days=30), invitation.token) is None
    assert invitations.inviter_of(work, "00000000") is None


def test_the_same_card_is_shown_until_half_its_time_is_over(work):
    amy = star(work, "amy")
    first = invitations.current(work, amy)

    assert invitations.current(later(work, days=14), amy) is first
    assert invitations.current(later(work, days=15), amy) is not first


def test_only_members_have_a_card(work):
    with pytest.raises(NotJoined):
        invitations.current(work, visitor(work))


def test_a_token_has_eight_letters_that_are_not_misread(work):
    token = invitations.current(work, star(work, "amy")).token

    assert len(token) == 8
    assert not set(token) & set("ILOU")
    assert all(invitations.token_from(bytes([n]))[-1].isalpha() for n in range(50))


def test_a_code_may_be_typed_within_seven_days_of_joining(work):
    amy, dan, late = star(work, "amy"), star(work, "dan"), star(work, "late")
    token = invitations.current(work, amy).token

    assert invitations.redeem(later(work, days=7), dan, token) == (amy, True)
    assert (dan.inviter_id, dan.parent_id) == (amy.id, amy.id)
    with pytest.raises(CodeClosed) as refused:
        invitations.redeem(later(work, days=7, seconds=1), late, token)
    assert refused.value.days == 7


def test_a_visitor_who_types_a_code_reserves(work):
    amy, eve, dan = star(work, "amy"), star(work, "eve"), visitor(work)

    assert invitations.redeem(work, dan, invitations.current(work, amy).token) == (amy, False)

    assert (dan.reserved_inviter_id, dan.inviter_id) == (amy.id, None)
    with pytest.raises(InviterFixed):
        invitations.redeem(work, dan, invitations.current(work, eve).token)


def test_a_code_of_a_full_team_gives_an_inviter_without_a_seat(work):
    amy, dan = star(work, "amy"), star(work, "dan")
    team(work, amy, invited=3)

    assert invitations.redeem(work, dan, invitations.current(work, amy).token) == (amy, False)

    assert (dan.inviter_id, dan.parent_id) == (amy.id, None)


def test_nobody_invites_themselves(work):
    amy = star(work, "amy")

    with pytest.raises(InvitesSelf):
        invitations.redeem(work, amy, invitations.current(work, amy).token)
    assert invitations.reserve(work, amy, amy) is False


def test_a_code_of_somebody_below_would_make_a_loop(work):
    amy = star(work, "amy")
    bo = star(work, "bo", amy)

    with pytest.raises(MakesALoop):
        invitations.redeem(work, amy, invitations.current(work, bo).token)

    assert amy.inviter_id is None


def test_who_leaves_and_comes_back_has_the_same_inviter_and_seat(work):
    amy, eve = star(work, "amy"), star(work, "eve")
    dan = star(work, "dan", amy)
    joining.leave(work, dan)
    invitations.reserve(work, dan, eve)

    back = joining.join(work, dan, "dan")

    assert (back.returned, back.inviter, back.seated) == (True, amy, False)
    assert (dan.inviter_id, dan.parent_id, dan.seat) == (amy.id, amy.id, 1)
