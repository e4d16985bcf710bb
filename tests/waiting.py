"""Waiting for what another process does."""

import time
from collections.abc import Callable


def eventually(happened: Callable[[], bool], within_s: float = 10.0) -> bool:
    """Does it become true in time? Asked every few hundredths of a second."""
    deadline = time.monotonic() + within_s
    while not happened():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.03)
    return True
