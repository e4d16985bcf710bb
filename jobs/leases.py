"""Holding on to what is leased for as long as a platform takes: it may take longer than a lease."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy.exc import SQLAlchemyError

from commerce import agenda
from commerce.work import Office, Work

log = logging.getLogger(__name__)

OFTEN = 3  # renewals in the time of one lease


@contextmanager
def held(office: Office, renew: Callable[[Work], bool]) -> Iterator[None]:
    """While the block runs `renew` is called again and again, in a thread of its own, until it says
    that the lease is lost. Who is killed renews nothing: the lease ends as it would have."""
    over = threading.Event()
    beat = threading.Thread(target=_beat, args=(office, renew, over), daemon=True)
    beat.start()
    try:
        yield
    finally:
        over.set()
        beat.join()


def _beat(office: Office, renew: Callable[[Work], bool], over: threading.Event) -> None:
    while not over.wait(agenda.LEASE.total_seconds() / OFTEN):
        try:
            if not office.do(renew):
                return
        except SQLAlchemyError as error:  # The next one may succeed in time.
            log.warning("a lease was not renewed: %s", type(error).__name__)
