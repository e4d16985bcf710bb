"""The same house on SQLite, PostgreSQL and MariaDB. A server that is missing is a failure."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from tests.databases import KINDS, emptied, migrated


@pytest.fixture(scope="session", params=KINDS)
def fresh_database(request: pytest.FixtureRequest, tmp_path_factory) -> Iterator[Engine]:
    with migrated(request.param, tmp_path_factory.getbasetemp()) as engine:
        yield engine


@pytest.fixture
def engine(fresh_database: Engine) -> Engine:
    emptied(fresh_database)
    return fresh_database
