"""Bringing a database to the current schema, and saying where it stands."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine

MIGRATIONS = Path(__file__).parent / "migrations"


def upgrade(engine: Engine) -> None:
    """Safe to run again: a current database is left alone."""
    with engine.begin() as connection:
        command.upgrade(_config(connection), "head")


def revisions(engine: Engine) -> tuple[str | None, str]:
    """The revision the database stands at (None: empty), and the one it should."""
    with engine.connect() as connection:
        stands_at = MigrationContext.configure(connection).get_current_revision()
    head = ScriptDirectory(str(MIGRATIONS)).get_current_head()
    assert head is not None
    return stands_at, head


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
