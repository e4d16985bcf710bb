"""Up, down and up again, on an empty database of every kind; the models are what is made."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, inspect

import qianxing.app  # noqa: F401  # Every table is known to `Base` from here on.
from commerce.store import migrate
from commerce.store.base import Base
from commerce.store.engine import connect
from tests.databases import KINDS, SEAL, empty_database

pytestmark = pytest.mark.servers


@pytest.fixture(params=KINDS)
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    with empty_database(request.param, tmp_path) as url:
        engine = connect(url, SEAL)
        try:
            yield engine
        finally:
            engine.dispose()


def test_what_migrations_make_is_what_the_models_say(empty: Engine):
    migrate.upgrade(empty)

    with empty.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_migrations_go_up_down_and_up_again(empty: Engine):
    assert migrate.revisions(empty)[0] is None

    for _ in range(2):
        migrate.upgrade(empty)
        migrate.upgrade(empty)
        stands_at, head = migrate.revisions(empty)
        assert stands_at == head

        migrate.downgrade(empty, "base")
        assert set(inspect(empty).get_table_names()) == {"alembic_version"}
