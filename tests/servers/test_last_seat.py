"""Sixty-four people want the last seat at the same moment (E30)."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import insert, select

from commerce.outbox import Outgoing
from commerce.people import joining, members, teams
from commerce.people.joining import Joined
from commerce.people.members import Member, State
from commerce.store.engine import connect
from commerce.work import Office
from tests.closing_lines import Counted
from tests.databases import SEAL, emptied
from tests.servers.at_once import at_once

pytestmark = pytest.mark.servers

AMY, FRIENDS = 1, (2, 3)
CROWD = range(101, 165)
ROUNDS = 20
HOSTS = 4


def test_the_last_seat_has_one_taker_and_everybody_joins(office: Office, counted: Counted):
    with hosts(office) as offices:
        for _ in range(ROUNDS):
            emptied(office.engine)
            a_crowd_before_the_last_seat(office)

            acts = [joins(offices[number % len(offices)], number) for number in CROWD]
            joined = at_once(acts)

            assert sum(one.seated for one in joined) == 1
            one_sits_and_all_have_joined(office)
            amy_is_told_of_everybody(office)

    counted(
        f"{office.engine.dialect.name}: {ROUNDS} rounds of {len(CROWD)} people, "
        f"{ROUNDS * len(CROWD)} joined, {ROUNDS} seats given, 0 violations"
    )


def one_sits_and_all_have_joined(office: Office) -> None:
    with office.work() as work:
        crowd = list(work.session.scalars(select(Member).where(Member.id.in_(CROWD))))
        assert teams.invited_count(work, AMY) == 3
    assert [member.seat for member in crowd if member.parent_id == AMY] == [3]
    assert {(member.state, member.inviter_id) for member in crowd} == {(State.JOINED, AMY)}


def amy_is_told_of_everybody(office: Office) -> None:
    with office.work() as work:
        told = [row.said["facts"] for row in work.session.scalars(select(Outgoing))]
    assert sorted(one["friend"] for one in told) == sorted(map(name_of, CROWD))
    assert sum(one["seated"] for one in told) == 1


def joins(office: Office, number: int) -> Callable[[], Joined]:
    return lambda: office.do(
        lambda work: joining.join(work, members.get(work, number), name_of(number))
    )


def name_of(number: int) -> str:
    return f"友{number}"


@contextmanager
def hosts(office: Office) -> Iterator[list[Office]]:
    """Several hosts with connections of their own; SQLite has one process, whose writers queue."""
    if office.engine.dialect.name == "sqlite":
        yield [office]
        return
    url = office.engine.url.render_as_string(hide_password=False)
    offices = [Office(connect(url, SEAL), office.rules, office.clock) for _ in range(HOSTS)]
    try:
        yield offices
    finally:
        for one in offices:
            one.engine.dispose()


def a_crowd_before_the_last_seat(office: Office) -> None:
    with office.work() as work:
        person = {"nickname": "", "rank": 0, "created_at": work.now}
        joined = person | {"state": State.JOINED, "joined_at": work.now}
        work.session.execute(insert(Member), [joined | {"id": AMY, "nickname": "amy"}])
        seated = joined | {"inviter_id": AMY, "parent_id": AMY}
        work.session.execute(
            insert(Member),
            [seated | {"id": id, "seat": seat} for seat, id in enumerate(FRIENDS, start=1)],
        )
        visitor = person | {
            "state": State.VISITOR,
            "reserved_inviter_id": AMY,
            "reserved_until": work.now + work.rules.joining.reserve,
        }
        work.session.execute(insert(Member), [visitor | {"id": number} for number in CROWD])
