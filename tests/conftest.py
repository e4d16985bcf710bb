from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis
from sqlalchemy import Engine

from bot.context import Bot
from commerce.rules import Rules, load_rules
from commerce.work import Office, Work
from jobs import queue
from qianxing import app
from qianxing.redis_server import embedded
from tests.closing_lines import counted, pytest_terminal_summary
from tests.databases import KINDS, SEAL, emptied, in_memory, migrated, refilled
from tests.people import Cast, Clock, Person, cast

__all__ = ["SEAL", "counted", "pytest_terminal_summary"]

ROOT = Path(__file__).parent.parent


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--database",
        choices=KINDS,
        default="sqlite",
        help="where tests keep their data; postgres and mariadb must be running",
    )


@pytest.fixture(scope="session")
def rules() -> Rules:
    return load_rules(ROOT / "config.yaml")


@pytest.fixture(scope="session")
def bot(rules: Rules) -> Bot:
    return app.bot(rules, "https://star.example")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def database(pytestconfig: pytest.Config) -> str:
    """sqlite, postgres or mariadb."""
    return str(pytestconfig.getoption("--database"))


@pytest.fixture(scope="session")
def server(database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine | None]:
    """A database of this run's own, where one is asked for."""
    if database == "sqlite":
        yield None
        return
    with migrated(database, tmp_path_factory.getbasetemp()) as engine:
        yield engine


@pytest.fixture(scope="session")
def memory() -> Iterator[Engine]:
    engine = in_memory()
    yield engine
    engine.dispose()


@pytest.fixture
def engine(server: Engine | None, memory: Engine) -> Engine:
    """A database at the current schema, without a row."""
    if server is not None:
        emptied(server)
        return server
    refilled(memory)
    return memory


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


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with embedded(tmp_path_factory.mktemp("redis")) as url:
        yield url


@pytest.fixture
def redis(redis_url: str) -> Iterator[Redis]:
    """Empty, and of this test alone."""
    with queue.connect(redis_url) as redis:
        redis.flushdb()
        yield redis
