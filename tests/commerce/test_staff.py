"""Roles: a one-time code makes the row; nobody else may decide."""

import pytest

from commerce.errors import NoSuchCode, NotStaff
from commerce.people import binding, staff
from commerce.people.staff import Role
from tests.commerce.stars import later, reviewer, star, visitor


def test_whoever_types_the_code_has_the_role(work):
    amy = star(work, "amy")

    assert staff.redeem(work, amy, staff.invite(work, Role.FINANCE)) is Role.FINANCE

    assert staff.roles(work, amy) == {Role.FINANCE}
    staff.need_role(work, amy)
    staff.need_role(work, amy, Role.FINANCE, Role.HOST)


def test_a_code_works_once_and_for_ten_minutes(work):
    amy, eve = star(work, "amy"), star(work, "eve")
    code, slow = staff.invite(work, Role.ADMIN), staff.invite(work, Role.ADMIN)
    staff.redeem(later(work, minutes=9, seconds=59), amy, code)

    for when, used in ((work, code), (later(work, minutes=10), slow), (work, "00000000")):
        with pytest.raises(NoSuchCode):
            staff.redeem(when, eve, used)

    assert staff.roles(work, eve) == frozenset()


def test_the_same_role_twice_is_one_row(work):
    amy = star(work, "amy")

    for _ in range(2):
        staff.redeem(work, amy, staff.invite(work, Role.HOST))

    assert staff.roles(work, amy) == {Role.HOST}


def test_an_admin_may_do_everything(work):
    boss = reviewer(work, Role.ADMIN)

    assert staff.roles(work, boss) == frozenset(Role)


def test_everybody_else_may_not(work):
    amy, finance = star(work, "amy"), reviewer(work, Role.FINANCE)

    with pytest.raises(NotStaff):
        staff.need_role(work, amy)
    with pytest.raises(NotStaff) as refused:
        staff.need_role(work, finance, Role.REVIEWER)
    assert refused.value.needs == ("reviewer",)


def test_colleagues_of_a_role_are_who_has_it_and_the_admins(work):
    boss, first = reviewer(work, Role.ADMIN), reviewer(work, Role.REVIEWER)
    reviewer(work, Role.FINANCE)

    assert staff.colleagues(work, Role.REVIEWER) == [boss.id, first.id]


def test_a_role_given_at_one_door_holds_at_the_other(work):
    amy, phone = star(work, "amy"), visitor(work)
    staff.redeem(work, phone, staff.invite(work, Role.REVIEWER))

    binding.redeem(work, phone, binding.shown_to(work, binding.show_code(work, amy))[1])

    assert staff.roles(work, amy) == {Role.REVIEWER}
    assert staff.colleagues(work, Role.REVIEWER) == [amy.id]
