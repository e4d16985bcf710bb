"""Holding on to what is leased for as long as a platform takes: it may take longer than a lease."""

import logging
import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from commerce import agenda
from commerce.work import Office, Work

log = logging.getLogger(__name__)

OFTEN = 3  # renewals in the time of one lease


@dataclass(eq=False)
class Hold:
    office: Office
    renew: Callable[[Work], bool]
    due_s: float = field(default_factory=lambda: _next_s())
    over: bool = False
    turn: threading.Lock = field(default_factory=threading.Lock)


@contextmanager
def held(office: Office, renew: Callable[[Work], bool]) -> Iterator[None]:
    """While the block runs `renew` is called again and again, in another thread, until it says
    that the lease is lost. Who is killed renews nothing: the lease ends as it would have."""
    hold = Hold(office, renew)
    _renewer.add(hold)
    try:
        yield
    finally:
        _renewer.drop(hold)
        with hold.turn:  # Never while a renewal is under way.
            hold.over = True


class _Renewer:
    """One thread for all that this process holds: starting one costs more than most calls."""

    def __init__(self) -> None:
        self._holds: set[Hold] = set()
        self._earlier = threading.Condition()
        self._wakes_s = math.inf
        self._thread: threading.Thread | None = None

    def add(self, hold: Hold) -> None:
        with self._earlier:
            self._holds.add(hold)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, daemon=True, name="leases")
                self._thread.start()
            if hold.due_s < self._wakes_s:
                self._earlier.notify_all()

    def drop(self, hold: Hold) -> None:
        with self._earlier:
            self._holds.discard(hold)

    def _run(self) -> None:
        while True:
            for hold in self._due():
                if not _renewed(hold):
                    self.drop(hold)

    def _due(self) -> list[Hold]:
        """Waits until something is due."""
        with self._earlier:
            self._wakes_s = min((hold.due_s for hold in self._holds), default=math.inf)
            wait_s = self._wakes_s - time.monotonic()
            if wait_s > 0:
                self._earlier.wait(None if wait_s == math.inf else wait_s)
            return [hold for hold in self._holds if hold.due_s <= time.monotonic()]


def _next_s() -> float:
    return time.monotonic() + agenda.LEASE.total_seconds() / OFTEN


def _renewed(hold: Hold) -> bool:
    hold.due_s = _next_s()
    with hold.turn:
        if hold.over:
            return False
        try:
            return hold.office.do(hold.renew)
        except Exception as error:  # The next one may succeed in time, and nobody else renews.
            log.warning("a lease was not renewed: %s", type(error).__name__)
            return True


_renewer = _Renewer()
