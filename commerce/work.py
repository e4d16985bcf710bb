"""One unit of work: a message, a request or a task. All of it commits, or none."""

import random
import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, Executable, Row, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from commerce.rules import Rules
from commerce.store.engine import asks_again, reading_engine, write_lock

TRIES = 3
APART_S = 0.05
"""At most: two that lost to each other must not meet in step again."""

WRITTEN = "written"

Result = TypeVar("Result")


def random_bytes() -> bytes:
    return secrets.token_bytes(32)


@dataclass(frozen=True)
class Work:
    """Where it is written, by which rules, and at what moment. Domain functions take it first."""

    session: Session
    rules: Rules
    now: datetime
    secret: Callable[[], bytes] = random_bytes
    """32 bytes nobody can guess: for codes, and to commit a draw."""

    def rows(self, statement: Executable, **sought: Any) -> Sequence[Row[Any]]:
        """Plain rows of a statement built once, past the ORM: for what every message asks."""
        self.session.flush()
        return self.session.connection().execute(statement, sought).all()

    def written(self) -> int:
        """Grows with everything that is written: between two equal numbers nothing was."""
        self.session.flush()
        return int(self.session.connection().info.get(WRITTEN, 0))


def _count_writing(connection: Connection, *execution: Any) -> None:
    """Whatever is not known to be a SELECT counts."""
    statement = getattr(execution[3].compiled, "statement", None)
    if not getattr(statement, "is_select", False):
        connection.info[WRITTEN] = connection.info.get(WRITTEN, 0) + 1


@dataclass
class Office:
    """Where units of work come from. Built once, in app.py and in tests."""

    engine: Engine
    rules: Rules
    clock: Callable[[], datetime]
    _reading: Engine = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._reading = reading_engine(self.engine)
        self._lock = write_lock(self.engine)
        event.listen(self.engine, "after_cursor_execute", _count_writing)

    @contextmanager
    def work(self) -> Iterator[Work]:
        """One unit of work: committed at the end, or rolled back."""
        with (
            self._lock,
            Session(self.engine, expire_on_commit=False) as session,
            session.begin(),
        ):
            yield Work(session, self.rules, self.clock())

    @contextmanager
    def reading(self) -> Iterator[Work]:
        """Looking only: takes no write lock, and whatever is written is rolled back."""
        with Session(self._reading, expire_on_commit=False) as session:
            yield Work(session, self.rules, self.clock())

    def do(self, act: Callable[[Work], Result]) -> Result:
        """Run `act` as one unit of work, all of it again if the database lost a deadlock."""
        for _ in range(TRIES - 1):
            try:
                with self.work() as work:
                    return act(work)
            except DBAPIError as error:
                if not asks_again(error):
                    raise
            time.sleep(random.uniform(0, APART_S))
        with self.work() as work:
            return act(work)
