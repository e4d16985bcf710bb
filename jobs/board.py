"""The live board's minutes: who was there comes from Redis, everything else from the database."""

from commerce.lives import minutes
from jobs.shop import Shop


def board_minute(shop: Shop, live_id: int) -> None:
    """Write down every minute of the live that is over. Safe to run again, and late."""
    with shop.office.reading() as work:
        waiting, now = minutes.open_minutes(work, live_id), work.now
    counted = shop.presence.counted(live_id, waiting)
    shop.office.do(lambda work: minutes.write_down(work, live_id, counted))
    shop.presence.written_down(live_id, waiting, now)
