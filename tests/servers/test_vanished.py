"""A database host that vanishes says nothing: the connection itself has to notice."""

import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from commerce.store.engine import LONGEST_S, connect
from tests.databases import SEAL, empty_database

pytestmark = pytest.mark.servers

SERVERS = ("postgres", "mariadb")
WANTED = {
    "TCP_KEEPIDLE": 10,
    "TCP_KEEPINTVL": 5,
    "TCP_KEEPCNT": 3,
    "TCP_USER_TIMEOUT": 10_000,
}
WANTED = {name: value for name, value in WANTED.items() if hasattr(socket, name)}
"""Not every system knows all of them."""


def socket_of(driver_connection: Any) -> socket.socket:
    """A copy of the driver's socket: the same options, its own number."""
    number = getattr(driver_connection, "fileno", None)
    return socket.fromfd(
        number() if number else driver_connection._sock.fileno(),
        socket.AF_INET,
        socket.SOCK_STREAM,
    )


@contextmanager
def driver_connection(kind: str, folder: Path) -> Iterator[Any]:
    with empty_database(kind, folder) as url:
        engine = connect(url, SEAL)
        with closing(engine.raw_connection()) as connection:
            yield connection.driver_connection
        engine.dispose()


@pytest.mark.parametrize("kind", SERVERS)
def test_a_silent_host_is_asked_whether_it_is_there(kind: str, tmp_path: Path) -> None:
    with driver_connection(kind, tmp_path) as ours, socket_of(ours) as found:
        options = {
            name: found.getsockopt(socket.IPPROTO_TCP, getattr(socket, name)) for name in WANTED
        }
        assert found.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
    assert options == WANTED


def test_no_statement_of_mariadb_is_waited_for_without_end(tmp_path: Path) -> None:
    with driver_connection("mariadb", tmp_path) as ours, ours.cursor() as cursor:
        cursor.execute("SELECT 1")

        assert ours._sock.gettimeout() == LONGEST_S == 600


def test_postgres_ends_what_takes_too_long_and_units_nobody_goes_on_with(tmp_path: Path) -> None:
    with empty_database("postgres", tmp_path) as url:
        engine = connect(url, SEAL)
        with engine.connect() as connection:
            found = [
                connection.execute(text(f"SHOW {name}")).scalar_one()
                for name in ("statement_timeout", "idle_in_transaction_session_timeout")
            ]
        engine.dispose()
    assert found == ["10min", "1min"]
