"""Databases that listen and say nothing."""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator

import pytest
from sqlalchemy.exc import DBAPIError

from commerce.store.engine import WAIT_S, connect, is_away
from tests.databases import SEAL


@pytest.fixture
def silent_port() -> Iterator[int]:
    """Somebody listens there, takes the call and never says a word."""
    kept: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def listen() -> None:
            with contextlib.suppress(OSError):
                while True:
                    kept.append(server.accept()[0])

        listening = threading.Thread(target=listen, daemon=True)
        listening.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
        listening.join()
    for call in kept:
        call.close()


@pytest.mark.parametrize(
    "url", ["postgresql+psycopg://me@127.0.0.1", "mysql+pymysql://me@127.0.0.1"]
)
def test_a_server_that_takes_the_call_and_is_silent_is_away_in_two_seconds(
    silent_port: int, url: str
) -> None:
    engine = connect(f"{url}:{silent_port}/house", SEAL)
    begun = time.monotonic()

    with pytest.raises(DBAPIError) as caught:
        engine.connect()

    assert time.monotonic() - begun < WAIT_S + 2
    assert is_away(caught.value)
