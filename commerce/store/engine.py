"""
Connecting, the same on SQLite, PostgreSQL and MariaDB/MySQL.

SQLite has no row locks: a writing unit of work begins IMMEDIATE and holds one process-wide lock,
because its busy timeout sleeps instead of queueing. Reading goes through `reading_engine`.
"""

import socket
import threading
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.pool import StaticPool

from commerce.store.sealing import Seal

WAIT_S = 2
"""How long a unit of work waits for the database before it is said to be away."""

DEADLOCKS = {"1213", "1205", "1020", "1305", "40001", "40P01"}
"""MariaDB/MySQL error numbers and PostgreSQL states that ask for the whole unit once more.

1305: after a deadlock MariaDB has no savepoint left to go back to, and says only that."""

IDLE_S, PROBE_S, PROBES = 10, 5, 3
"""A host that vanished says nothing, not even that it is gone. A silent connection is probed after
10 s and every 5 s from then on, three times at most: however long a statement runs, its host is
known to be there."""

UNHEARD_MS = 10_000
"""A connection ends when its host has not received by then what we sent, a probe included. A busy
host receives: this is no limit to how long a statement may run."""

LONGEST_S = 600
"""The last resort, for a server that is there and will never answer. No statement of ours takes
this long, settlement and migration included."""

IDLE_WORK_S = 60
"""A unit of work that says nothing for so long belongs to a vanished host of ours: PostgreSQL lets
go of its locks. MariaDB gives up waiting for a lock by itself."""

ENGINE_OPTIONS: dict[str, dict[str, Any]] = {
    "sqlite": {"connect_args": {"timeout": 15, "check_same_thread": False}},
    "postgresql": {
        "connect_args": {
            "connect_timeout": WAIT_S,
            "keepalives_idle": IDLE_S,
            "keepalives_interval": PROBE_S,
            "keepalives_count": PROBES,
            "tcp_user_timeout": UNHEARD_MS,
            "options": f"-c statement_timeout={LONGEST_S}s"
            f" -c idle_in_transaction_session_timeout={IDLE_WORK_S}s",
        }
    },
    "mysql": {
        "connect_args": {
            "connect_timeout": WAIT_S,
            "read_timeout": WAIT_S,  # Until it is connected; then see `_keep_asking`.
            "write_timeout": WAIT_S,
            "charset": "utf8mb4",
        },
        "isolation_level": "READ COMMITTED",
        "pool_recycle": 1800,
    },
}
ENGINE_OPTIONS["mariadb"] = ENGINE_OPTIONS["mysql"]


def connect(url: str, seal: Seal) -> Engine:
    """An engine for units of work. What `Sealed` columns hold is closed with `seal`."""
    engine = _engine(url, seal)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "begin", _begin_immediate)
    return engine


def reading_engine(writing: Engine) -> Engine:
    """An engine that takes no write lock. On servers it is the same one."""
    if writing.dialect.name != "sqlite" or not writing.url.database:
        return writing
    reading = _engine(writing.url.render_as_string(hide_password=False), writing.dialect.seal)  # type: ignore[attr-defined]
    event.listen(reading, "begin", _begin_deferred)
    return reading


def write_lock(engine: Engine) -> AbstractContextManager[Any]:
    """SQLite's writers queue here; other databases queue by themselves."""
    return threading.Lock() if engine.dialect.name == "sqlite" else nullcontext()


def asks_again(error: DBAPIError) -> bool:
    """Deadlock, serialisation failure or a connection that was cut: run the whole unit again."""
    state = getattr(error.orig, "sqlstate", None)  # PostgreSQL's; MySQL has a number instead.
    numbers = error.orig.args[:1] if error.orig else ()
    return bool(DEADLOCKS & {str(state), *map(str, numbers)}) or error.connection_invalidated


def is_away(error: DBAPIError) -> bool:
    """Nothing is wrong with what was asked: the database could not take it now."""
    return isinstance(error, OperationalError | InterfaceError) or asks_again(error)


def _engine(url: str, seal: Seal) -> Engine:
    parsed = make_url(url)
    backend = parsed.get_backend_name()
    options: dict[str, Any] = {"pool_timeout": WAIT_S, "pool_size": 10, "max_overflow": 20}
    if backend == "sqlite" and not parsed.database:
        options = {"poolclass": StaticPool}  # In memory: one connection, kept.
    engine = create_engine(parsed, hide_parameters=True, **options, **ENGINE_OPTIONS[backend])
    engine.dialect.seal = seal  # type: ignore[attr-defined]
    if backend in PREPARE:
        event.listen(engine, "connect", PREPARE[backend])
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=15000"):
        connection.execute(f"PRAGMA {pragma}")
    connection.execute("PRAGMA foreign_keys=ON")


def _keep_asking(connection: Any, _record: Any) -> None:
    """PyMySQL has no option for what libpq calls keepalives; a system may lack some of them. Both
    timeouts are alike, for it would change from one to the other twice a statement."""
    connection._read_timeout = connection._write_timeout = LONGEST_S
    wanted = {"TCP_KEEPIDLE": IDLE_S, "TCP_KEEPINTVL": PROBE_S, "TCP_KEEPCNT": PROBES}
    for name, value in {**wanted, "TCP_USER_TIMEOUT": UNHEARD_MS}.items():
        if hasattr(socket, name) and connection._sock.family != socket.AF_UNIX:
            connection._sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


PREPARE = {"sqlite": _prepare_sqlite, "mysql": _keep_asking, "mariadb": _keep_asking}


def _begin_immediate(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _begin_deferred(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")
