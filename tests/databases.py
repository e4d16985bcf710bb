"""Fresh databases for tests: made, emptied, dropped. A missing server is a failure."""

import atexit
import os
import secrets
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, inspect, make_url, text
from sqlalchemy.pool import NullPool

from commerce.store import migrate
from commerce.store.engine import connect
from commerce.store.sealing import Seal

SEAL = Seal(b"0123456789abcdef0123456789abcdef")
POSTGRES = "postgresql+psycopg://postgres@127.0.0.1/test"
MARIADB = "mysql+pymysql://root@127.0.0.1/test"
REDIS = "redis://127.0.0.1/15"

SERVERS = {
    "postgres": ("QIANXING_TEST_POSTGRES_URL", POSTGRES),
    "mariadb": ("QIANXING_TEST_MYSQL_URL", MARIADB),
}
KINDS = ("sqlite", *SERVERS)


def redis_url() -> str:
    return os.environ.get("QIANXING_TEST_REDIS_URL") or REDIS


@contextmanager
def empty_database(kind: str, folder: Path) -> Iterator[str]:
    """The URL of a database with nothing in it, of which nothing stays: a file, or a new database
    beside the one the environment names."""
    name = f"qianxing_test_{secrets.token_hex(6)}"
    if kind == "sqlite":
        yield f"sqlite:///{folder / name}.db"
        return
    variable, usual = SERVERS[kind]
    url = make_url(os.environ.get(variable) or usual)
    _command(url.render_as_string(hide_password=False), f"CREATE DATABASE {name}")
    try:
        yield url.set(database=name).render_as_string(hide_password=False)
    finally:
        force = " WITH (FORCE)" if kind == "postgres" else ""
        _command(url.render_as_string(hide_password=False), f"DROP DATABASE {name}{force}")


@contextmanager
def migrated(kind: str, folder: Path) -> Iterator[Engine]:
    """An engine on a fresh database that stands at the current schema."""
    with empty_database(kind, folder) as url:
        engine = connect(url, SEAL)
        migrate.upgrade(engine)
        try:
            yield engine
        finally:
            engine.dispose()


def in_memory() -> Engine:
    """A fresh SQLite in memory: copied from one that was migrated once, which takes a blink."""
    engine = connect("sqlite://", SEAL)
    refilled(engine)
    return engine


def refilled(engine: Engine) -> None:
    """An engine in memory as if it were fresh, but for the statements it has compiled already:
    compiling them takes longer than most tests."""
    with closing(engine.raw_connection()) as ours:
        assert isinstance(ours.driver_connection, sqlite3.Connection)
        _template().backup(ours.driver_connection)


def emptied(engine: Engine) -> None:
    """Every table without rows and counting from 1 again."""
    tables = _tables(engine)
    with engine.begin() as connection:
        filled = [name for name in tables if _has_rows(connection, name)]
        if filled:
            EMPTY[engine.dialect.name](connection, filled)


def _empty_sqlite(connection: Connection, tables: list[str]) -> None:
    """Without its triggers meanwhile, because the books refuse to be deleted from."""
    found = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
    triggers = connection.exec_driver_sql(found).all()
    for name, _ in triggers:
        connection.exec_driver_sql(f'DROP TRIGGER "{name}"')
    for name in tables:
        connection.exec_driver_sql(f'DELETE FROM "{name}"')
    for _, statement in triggers:
        connection.exec_driver_sql(statement)


def _empty_postgres(connection: Connection, tables: list[str]) -> None:
    """TRUNCATE would make new files, which takes ten times as long. As a replica, because the books
    refuse to be deleted from."""
    connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
    for name in tables:
        connection.exec_driver_sql(f'DELETE FROM "{name}"')
    connection.exec_driver_sql(
        "SELECT setval(quote_ident(sequencename)::regclass, 1, false) FROM pg_sequences "
        "WHERE last_value IS NOT NULL"
    )


def _empty_mariadb(connection: Connection, tables: list[str]) -> None:
    connection.exec_driver_sql("SET FOREIGN_KEY_CHECKS=0")
    for name in tables:
        connection.exec_driver_sql(f"TRUNCATE `{name}`")
    connection.exec_driver_sql("SET FOREIGN_KEY_CHECKS=1")


EMPTY: dict[str, Callable[[Connection, list[str]], None]] = {
    "sqlite": _empty_sqlite,
    "postgresql": _empty_postgres,
    "mysql": _empty_mariadb,
    "mariadb": _empty_mariadb,
}

# Whoever points at another comes before it.
_known_tables: dict[str, list[str]] = {}
_migrated_once: list[sqlite3.Connection] = []


def _tables(engine: Engine) -> list[str]:
    known = engine.url.render_as_string(hide_password=False)
    if known not in _known_tables:
        by_foreign_keys = inspect(engine).get_sorted_table_and_fkc_names()
        names = [name for name, _ in by_foreign_keys if name and name != "alembic_version"]
        _known_tables[known] = names[::-1]
    return _known_tables[known]


def _has_rows(connection: Connection, table: str) -> bool:
    quoted = connection.dialect.identifier_preparer.quote(table)
    return connection.exec_driver_sql(f"SELECT 1 FROM {quoted} LIMIT 1").first() is not None


def _template() -> sqlite3.Connection:
    if not _migrated_once:
        engine = connect("sqlite://", SEAL)
        migrate.upgrade(engine)
        connection = sqlite3.connect(":memory:", check_same_thread=False)
        with closing(engine.raw_connection()) as theirs:
            assert isinstance(theirs.driver_connection, sqlite3.Connection)
            theirs.driver_connection.backup(connection)
        engine.dispose()
        atexit.register(connection.close)
        _migrated_once.append(connection)
    return _migrated_once[0]


def _command(url: str, statement: str) -> None:
    engine = create_engine(url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()
