"""Two units of work that wait for each other: the database ends one, the office runs it again."""

from collections.abc import Callable
from contextlib import nullcontext
from threading import Barrier

import pytest
from sqlalchemy import insert

from commerce.people import members
from commerce.people.members import Member, State
from commerce.work import Office, Work
from tests.servers.at_once import at_once

pytestmark = pytest.mark.servers

ONE, OTHER = 1, 2


@pytest.mark.parametrize("savepoint", [False, True], ids=["plain", "behind a savepoint"])
def test_who_loses_a_deadlock_is_run_again(office: Office, savepoint: bool):
    if office.engine.dialect.name == "sqlite":
        both_are_done(office)  # Its writers queue and cannot meet.
        return
    two_people(office)
    meeting = Barrier(2)
    tries: list[int] = []

    def crossing(first: int, second: int) -> Callable[[], None]:
        mine: list[int] = []

        def act(work: Work) -> None:
            mine.append(first)
            tries.append(first)
            with work.session.begin_nested() if savepoint else nullcontext():
                members.lock(work, first).gmv_fen += 1
                work.session.flush()
                if len(mine) == 1:
                    meeting.wait(timeout=20)
                members.lock(work, second).gmv_fen += 1
                work.session.flush()

        return lambda: office.do(act)

    at_once([crossing(ONE, OTHER), crossing(OTHER, ONE)])

    assert len(tries) >= 3
    assert sums(office) == [2, 2]


def both_are_done(office: Office) -> None:
    two_people(office)

    def act(work: Work) -> None:
        for number in (ONE, OTHER):
            members.lock(work, number).gmv_fen += 1

    at_once([lambda: office.do(act)] * 2)

    assert sums(office) == [2, 2]


def two_people(office: Office) -> None:
    with office.work() as work:
        person = {"state": State.JOINED, "nickname": "", "rank": 0, "created_at": work.now}
        rows = [person | {"id": number, "gmv_fen": 0} for number in (ONE, OTHER)]
        work.session.execute(insert(Member), rows)


def sums(office: Office) -> list[int]:
    with office.work() as work:
        return [members.get(work, number).gmv_fen for number in (ONE, OTHER)]
