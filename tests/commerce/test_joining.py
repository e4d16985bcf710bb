"""Leaving: what stays, what goes, and that nobody leaves a suspension by it."""

import pytest

from commerce.errors import NotActive
from commerce.people import joining, members
from commerce.people.members import Member, State


def somebody(work, **fields) -> Member:
    member = Member(created_at=work.now, **fields)
    work.session.add(member)
    work.session.flush()
    return member


def test_who_takes_back_the_consent_while_suspended_is_forgotten_and_stays_suspended(work):
    eve = somebody(work, state=State.SUSPENDED, nickname="伊芙", joined_at=work.now)

    joining.leave(work, eve)
    joining.erase(work, eve.id)

    assert members.get(work, eve.id).nickname == ""
    assert eve.state == State.SUSPENDED
    with pytest.raises(NotActive):
        joining.join(work, eve, "新人")
