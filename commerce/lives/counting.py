"""The counter of a live's bookings: the row that everybody who books holds before anything else."""

from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import Mapped, mapped_column

from commerce.store.base import Base, Id
from commerce.store.once import insert_once
from commerce.work import Work


class BookingCount(Base):
    """Of a live: the last number given, and how many are booked now."""

    __tablename__ = "booking_counts"

    live_id: Mapped[int] = mapped_column(Id, ForeignKey("lives.id"), primary_key=True)
    last_number: Mapped[int] = mapped_column(default=0)
    booked: Mapped[int] = mapped_column(default=0)


def hold(work: Work, live_id: int) -> BookingCount:
    """The live's counter, nobody else's until the unit of work ends."""
    found = _current(work, live_id)
    if found is None:
        insert_once(work.session, BookingCount, live_id=live_id, last_number=0, booked=0)
        found = _current(work, live_id)
    assert found is not None
    return found


def _current(work: Work, live_id: int) -> BookingCount | None:
    row = select(BookingCount).where(BookingCount.live_id == live_id).with_for_update()
    return work.session.scalar(row.execution_options(populate_existing=True))
