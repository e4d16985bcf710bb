"""A worker that dies anywhere in a draw: the same winners, each told once (T21, E57)."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event, select
from sqlalchemy.orm import Session

from commerce.agenda import DueTask
from commerce.goods import stock
from commerce.lives import draw
from commerce.lives.broadcasts import Broadcast, Part
from commerce.lives.lives import Live
from commerce.lives.lotteries import DrawRecord, Lottery, State
from commerce.lives.prizes import Prize, PrizeState
from commerce.store.engine import connect
from commerce.work import Office
from jobs import tick
from jobs.shop import Shop
from tests.commerce.draws import crowd, given, numbers, scheduled, starts, with_lottery
from tests.commerce.sales import product
from tests.commerce.stars import star
from tests.databases import SEAL, emptied, migrated

POINTS = 50
PEOPLE, WINNERS = 12, 3
DRAW = ("freeze_draw", "draw")


class Killed(BaseException):
    """kill -9: nobody catches it, nothing is tidied up."""


class Worker:
    """A process with connections of its own. It counts what it does: it may die before or after any
    statement, before any commit and after it. Its connections die with it."""

    def __init__(self, office: Office, folder: Path, dies_at: int | None) -> None:
        url = office.engine.url.render_as_string(hide_password=False)
        self.engine = connect(url, SEAL)
        ours = Office(self.engine, office.rules, office.clock)
        self.shop = Shop(ours, None, None, folder, folder)
        self.dies_at, self.steps = dies_at, 0
        self.sockets: list[Any] = []
        event.listen(self.engine, "connect", lambda socket, _: self.sockets.append(socket))
        for when in ("before_cursor_execute", "after_cursor_execute", "commit"):
            event.listen(self.engine, when, self.step)

    def step(self, *_: object) -> None:
        self.steps += 1
        if self.steps == self.dies_at:
            self.goes()
            raise Killed

    def works(self) -> bool:
        """Does what is due until nothing is. False if it died."""
        event.listen(Session, "after_commit", self.step)
        try:
            while found := due(self.shop.office):
                for task_id in found:
                    tick.run(self.shop, task_id)
        except Killed:
            return False
        finally:
            event.remove(Session, "after_commit", self.step)
            self.goes()
        return True

    def goes(self) -> None:
        """What the database sees of a process that is gone."""
        for socket in self.sockets:
            with suppress(Exception):  # It was gone before.
                socket.rollback()
                socket.close()


@pytest.fixture
def engine(server: Engine | None, tmp_path: Path) -> Iterator[Engine]:
    """A database that a dead worker's connection does not take along."""
    if server is not None:
        emptied(server)
        yield server
        return
    with migrated("sqlite", tmp_path) as engine:
        yield engine


def a_lottery(office: Office, number: int) -> int:
    """With its own secret, a threshold of ten and a live that has just started."""
    with office.work() as work:
        live = scheduled(work, star(work, f"主播{number}"))
        goods = product(work, pieces=WINNERS)
        secret = bytes([number]) * 32
        made = with_lottery(work, live, winners=WINNERS, threshold=10, goods=goods, secret=secret)
        crowd(work, live, PEOPLE)
        starts(work, live)
        return made[1].id


def due(office: Office) -> list[int]:
    with office.reading() as work:
        rows = select(DueTask.id).where(
            DueTask.task.in_(DRAW), DueTask.done_at.is_(None), DueTask.due_at <= work.now
        )
        return list(work.session.scalars(rows.order_by(DueTask.id)))


def test_killed_at_fifty_points_the_same_people_win_and_hear_it_once(
    office: Office, tmp_path: Path
):
    a_lottery(office, 0)
    first = Worker(office, tmp_path, None)
    assert first.works()
    steps = first.steps
    assert steps > POINTS
    points = [1 + index * (steps - 1) // (POINTS - 1) for index in range(POINTS)]
    assert len(set(points)) == POINTS

    died = 0
    for number, point in enumerate(points, start=1):
        lottery_id = a_lottery(office, number)
        died += not Worker(office, tmp_path, point).works()
        assert Worker(office, tmp_path, None).works()
        drawn_as_committed(office, lottery_id, bytes([number]) * 32)

    assert died == POINTS


def drawn_as_committed(office: Office, lottery_id: int, secret: bytes) -> None:
    with office.reading() as work:
        lottery = work.session.get_one(Lottery, lottery_id)
        tickets = [draw.ticket(number, 1) for number in range(1, PEOPLE + 1)]
        digest = draw.digest(tickets)
        order = draw.winners(secret.hex(), digest, "", tickets, WINNERS)
        record = draw.unpack(work.session.get_one(DrawRecord, lottery.id).body)
        found = given(work, lottery)
        assert (lottery.state, lottery.digest) == (State.DRAWN, digest)
        assert (record["tickets"], record["winners"]) == (tickets, order)
        assert numbers(work, found) == [int(draw.booking(ticket)) for ticket in order]
        assert {prize.state for prize in found} == {PrizeState.OFFERED}
        assert stock.held(work, lottery.hold) == WINNERS
        keys = [f"lottery_won:{prize.id}" for prize in found]
        told = select(Part.rest).join(Broadcast, Broadcast.id == Part.broadcast_id)
        rests = work.session.scalars(told.where(Broadcast.key.in_(keys))).all()
        assert len(rests) == WINNERS
        assert sorted(rest[0][0] for rest in rests) == sorted(numbers(work, found))
        key = f"lottery:{lottery_id}:drawn"
        assert len(work.session.scalars(select(Broadcast).where(Broadcast.key == key)).all()) == 1


def test_asked_twice_at_once_it_is_drawn_once(office: Office, tmp_path: Path):
    """E57: a second task for the same draw finds nothing to do."""
    lottery_id = a_lottery(office, 1)
    with office.work() as work:
        lottery = work.session.get_one(Lottery, lottery_id)
        starts(work, work.session.get_one(Live, lottery.live_id))
    assert Worker(office, tmp_path, None).works()
    with office.reading() as work:
        before = len(work.session.scalars(select(Prize)).all())
    with office.work() as work:
        work.session.add(
            DueTask(key="again", task="draw", due_at=work.now, args={"lottery_id": lottery_id})
        )
        row = {"lottery_id": lottery_id}
        work.session.add(DueTask(key="again:2", task="freeze_draw", due_at=work.now, args=row))

    assert Worker(office, tmp_path, None).works()

    with office.reading() as work:
        assert len(work.session.scalars(select(Prize)).all()) == before == WINNERS
