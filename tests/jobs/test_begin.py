"""A worker that starts before its database."""

import logging
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.exc import ProgrammingError

from commerce.agenda import DueTask
from commerce.rules import Rules
from commerce.store import migrate
from commerce.store.engine import connect
from commerce.work import Office
from jobs import tick
from tests.databases import SEAL
from tests.people import Clock


def test_it_waits_with_one_line_and_goes_on_when_the_database_is_there(
    rules: Rules, clock: Clock, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "later"
    office = Office(connect(f"sqlite:///{folder / 'house.db'}", SEAL), rules, clock)
    waited: list[float] = []

    def pause(seconds: float) -> None:
        waited.append(seconds)
        if len(waited) == 3:
            folder.mkdir()
            migrate.upgrade(office.engine)

    caplog.set_level(logging.INFO, "jobs")
    tick.begin(office, pause=pause)

    assert waited == [2.0, 2.0, 2.0]
    assert caplog.messages == ["no database, waiting for it: OperationalError"]
    with office.reading() as work:
        assert list(work.session.scalars(select(DueTask.task))) != []
    office.engine.dispose()


def test_what_waiting_does_not_mend_is_not_waited_for(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(work: object) -> None:
        raise ProgrammingError("select", {}, Exception("no such column"))

    def pause(seconds: float) -> None:
        raise AssertionError("waited")

    monkeypatch.setattr(tick, "plan_daily", broken)
    with pytest.raises(ProgrammingError):
        tick.begin(office, pause=pause)
