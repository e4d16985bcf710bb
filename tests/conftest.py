from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from bot.context import Bot
from commerce.rules import Rules, load_rules
from commerce.store import migrate
from commerce.store.engine import connect
from commerce.store.sealing import Seal
from commerce.work import Office, Work
from qianxing import app
from tests.people import Cast, Clock, Person, cast

ROOT = Path(__file__).parent.parent
SEAL = Seal(b"0123456789abcdef0123456789abcdef")


@pytest.fixture(scope="session")
def rules() -> Rules:
    return load_rules(ROOT / "config.yaml")


@pytest.fixture(scope="session")
def bot(rules: Rules) -> Bot:
    return app.bot(rules, "https://star.example")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def engine() -> Iterator[Engine]:
    engine = connect("sqlite://", SEAL)
    migrate.upgrade(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def office(engine: Engine, rules: Rules, clock: Clock) -> Office:
    return Office(engine, rules, clock)


@pytest.fixture
def work(office: Office) -> Iterator[Work]:
    with office.work() as work:
        yield work


@pytest.fixture
def people(office: Office, bot: Bot) -> Cast:
    return cast(office, bot)


@pytest.fixture
def amy(people: Cast) -> Person:
    """Joined, by nobody's invitation."""
    return people("amy").joins()


@pytest.fixture
def bo(people: Cast, amy: Person) -> Person:
    """Sits at amy's first seat."""
    return people("bo").joins(amy.card)


@pytest.fixture
def chen(people: Cast, bo: Person) -> Person:
    """Sits at bo's first seat."""
    return people("chen").joins(bo.card)


@pytest.fixture
def dan(people: Cast) -> Person:
    """A stranger who follows."""
    return people("dan").follows()


@pytest.fixture
def boss(people: Cast, office: Office) -> Person:
    """An admin, who also joined."""
    from commerce.people import staff

    with office.work() as work:
        code = staff.invite(work, staff.Role.ADMIN)
    return people("boss").joins().says(code)
