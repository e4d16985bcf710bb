"""Bringing a database to the current schema, and saying where it stands."""

import time
from collections.abc import Callable
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, inspect
from sqlalchemy.exc import OperationalError

MIGRATIONS = Path(__file__).parent / "migrations"

WAIT_MS = 500
"""Who waits to change a table keeps everybody waiting who comes later, readers too. So it is not
waited for longer, and not so long that PostgreSQL looks for a deadlock: it is we who give way."""

AGAIN_S = 1.0
TRIES = 120
"""Some three minutes, for a table that somebody else will not let go of."""

BUSY = ("orders", "lives", "identities", "members")
"""Who sells has written an order and then looks at its live and its buyer; who hears a message has
found the identity and then looks at the member."""

GAVE_WAY = ("55P03", "40P01")
"""PostgreSQL: the lock was not to be had, or there was a deadlock."""


def upgrade(engine: Engine) -> None:
    """Safe to run again: a current database is left alone. On PostgreSQL it may run while the house
    is open: all or nothing, and nobody waits for it longer than a moment."""
    _tried(engine, lambda config: command.upgrade(config, "head"))


def downgrade(engine: Engine, revision: str) -> None:
    """Back to an earlier revision, as `upgrade`. What only later ones have a place for is lost."""
    _tried(engine, lambda config: command.downgrade(config, revision))


def revisions(engine: Engine) -> tuple[str | None, str]:
    """The revision the database stands at (None: empty), and the one it should."""
    with engine.connect() as connection:
        stands_at = MigrationContext.configure(connection).get_current_revision()
    head = ScriptDirectory(str(MIGRATIONS)).get_current_head()
    assert head is not None
    return stands_at, head


def _tried(engine: Engine, act: Callable[[Config], object]) -> None:
    for left in reversed(range(TRIES)):
        try:
            with engine.begin() as connection:
                if connection.dialect.name == "postgresql":
                    _make_way(connection)
                act(_config(connection))
            return
        except OperationalError as error:
            if getattr(error.orig, "sqlstate", None) not in GAVE_WAY or not left:
                raise
        time.sleep(AGAIN_S)


def _make_way(connection: Connection) -> None:
    """The busy tables first, in the order in which the house goes from one to the next: in another
    one we would wait for somebody who waits for us, again and again."""
    connection.exec_driver_sql(f"SET LOCAL lock_timeout = {WAIT_MS}")
    there = set(inspect(connection).get_table_names())
    for table in BUSY:
        if table in there:
            connection.exec_driver_sql(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
