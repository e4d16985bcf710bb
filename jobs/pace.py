"""The platform's limit, shared by all who send: so many messages are given a span of time."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from commerce.lives.broadcasts import Pace
from commerce.store.once import insert_once
from commerce.work import Work

NAME = "official"
SECOND = timedelta(seconds=1)
CAUGHT_UP = SECOND
"""What answers and bookkeeping took between two batches is caught up, if it was no longer."""
AT_FIRST = SECOND / 4
"""Who begins catches up no more than the way from one part to the next: it goes out at once."""


@dataclass(frozen=True)
class Span:
    """So many may be sent from then on, evenly."""

    starts_at: datetime
    messages: int

    def after(self, messages: int, *, per_second: int) -> "Span":
        """What is left of it once so many were sent."""
        return Span(self.starts_at + messages * SECOND / per_second, self.messages - messages)


def reserve(
    work: Work, messages: int, *, per_second: int, real_now: datetime, left: Span | None = None
) -> Span:
    """A span for so many, and for those `left` of an earlier one just before them. Taken last in a
    unit of work: everybody waits."""
    row = select(Pace).where(Pace.name == NAME).with_for_update()
    pace = work.session.scalar(row.execution_options(populate_existing=True))
    if pace is None:
        insert_once(work.session, Pace, name=NAME, free_at=real_now)
        pace = work.session.scalars(row).one()
    late = CAUGHT_UP if left else AT_FIRST
    starts_at = pace.free_at if pace.free_at > real_now - late else real_now
    pace.free_at = starts_at + messages * SECOND / per_second
    work.session.flush()
    before = left.messages if left else 0
    return Span(starts_at - before * SECOND / per_second, before + messages)
