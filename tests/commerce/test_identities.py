"""Known by their doors; forgotten when they leave; recognised when they come back."""

from sqlalchemy import select

from commerce.agenda import DueTask
from commerce.people import binding, identities, joining
from commerce.people.identities import ERASED
from commerce.people.members import State
from tests.commerce.stars import later, star


def test_a_stranger_becomes_a_visitor_and_is_known_from_then_on(work):
    door, dan = identities.recognise(work, "official", "o-dan")

    assert (dan.state, dan.name) == (State.VISITOR, f"星友{dan.id:04d}")
    assert door.is_open
    assert identities.recognise(work, "official", "o-dan") == (door, dan)
    assert identities.recognise(work, "official", "O-DAN")[1] is not dan
    assert identities.recognise(work, "app", "o-dan")[1] is not dan


def test_leaving_plans_the_erasure_once(work):
    amy = star(work, "amy")

    for _ in range(2):
        joining.leave(work, amy)

    (task,) = work.session.scalars(select(DueTask).where(DueTask.task == "erase"))
    assert (task.args, task.due_at) == ({"member_id": amy.id}, work.now)
    assert (amy.state, amy.left_at) == (State.LEFT, work.now)


def test_who_left_is_nameless_and_their_ids_are_gone(work):
    door, amy = identities.recognise(work, "official", "o-amy")
    joining.join(work, amy, "amy")
    door.unionid = "u-amy"
    joining.leave(work, amy)

    for _ in range(2):
        joining.erase(work, amy.id)

    assert (amy.nickname, amy.name) == ("", "已退出的朋友")
    assert door.external_id.startswith(ERASED)
    assert "o-amy" not in door.external_id
    assert (door.unionid, door.is_open) == (None, False)


def test_the_names_of_merged_accounts_are_erased_too(work):
    amy = star(work, "amy")
    other = star(later(work, days=1), "小号")
    binding.redeem(work, other, binding.shown_to(work, binding.show_code(work, amy))[1])
    joining.leave(work, amy)

    joining.erase(work, amy.id)

    assert other.nickname == ""


def test_who_comes_back_before_the_erasure_keeps_everything(work):
    door, amy = identities.recognise(work, "official", "o-amy")
    joining.join(work, amy, "amy")
    joining.leave(work, amy)
    joining.join(work, amy, "amy again")

    joining.erase(work, amy.id)

    assert (amy.name, door.external_id) == ("amy again", "o-amy")


def test_who_comes_back_after_the_erasure_is_the_same_person(work):
    eve = star(work, "eve")
    door, amy = identities.recognise(work, "official", "o-amy")
    amy.reserved_inviter_id, amy.reserved_until = eve.id, later(work, days=1).now
    joining.join(work, amy, "amy")
    joining.leave(work, amy)
    joining.erase(work, amy.id)

    again = identities.recognise(work, "official", "o-amy")
    assert again == (door, amy)
    assert door.is_erased

    back = joining.join(work, amy, "amy")

    assert (back.returned, back.inviter, amy.seat) == (True, eve, 1)


def test_who_joined_again_can_be_written_to_again(work):
    door, amy = identities.recognise(work, "official", "o-amy")
    joining.join(work, amy, "amy")
    joining.leave(work, amy)
    joining.erase(work, amy.id)
    joining.join(work, amy, "amy")

    identities.recognise(work, "official", "o-amy")

    assert (door.external_id, door.is_open) == ("o-amy", True)


def test_the_doors_of_a_member_come_newest_first(work):
    amy = star(work, "amy")
    other = star(later(work, days=1), "other")
    first = identities.of_member(work, amy.id)[0]
    second = identities.of_member(work, other.id)[0]

    binding.redeem(work, other, binding.shown_to(work, binding.show_code(work, amy))[1])

    assert identities.of_member(work, amy.id) == [second, first]
