"""The platform's limit, shared by everybody who sends: a batch is given its span of time."""

from datetime import datetime, timedelta

from sqlalchemy import select

from commerce.lives.broadcasts import Pace
from commerce.store.once import insert_once
from commerce.work import Work

NAME = "official"
SECOND = timedelta(seconds=1)
CAUGHT_UP = timedelta(seconds=1)
"""What answers and bookkeeping between two batches took is caught up, if it was no longer."""


def reserve(work: Work, messages: int, *, per_second: int, real_now: datetime) -> datetime:
    """From when on so many may be sent, evenly. Taken last in a unit of work: everybody waits."""
    row = select(Pace).where(Pace.name == NAME).with_for_update()
    pace = work.session.scalar(row.execution_options(populate_existing=True))
    if pace is None:
        insert_once(work.session, Pace, name=NAME, free_at=real_now)
        pace = work.session.scalars(row).one()
    starts_at = pace.free_at if pace.free_at > real_now - CAUGHT_UP else real_now
    pace.free_at = starts_at + messages * SECOND / per_second
    work.session.flush()
    return starts_at
