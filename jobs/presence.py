"""
Who watches a live, minute by minute, counted in Redis: as many as there are, and no database row.

Each minute has a set of its own, so that what was counted while no worker was awake is still told
apart; it is deleted when it is written down. Losing Redis loses the minutes in it, nothing else.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from redis import Redis
from redis.exceptions import RedisError

KEPT = timedelta(hours=12)
"""Longer than a live is, and than a worker sleeps."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Presence:
    """Counts who is there. Without Redis, or while it is away, nobody is counted and nobody
    waits."""

    redis: Redis | None = None

    def here(self, live_id: int, member_id: int, at: datetime) -> bool:
        """This person is in the live at this moment. False if it could not be noted."""
        if self.redis is None:
            return False
        key = _key(live_id, at)
        try:
            noted = self.redis.pipeline(transaction=False)
            noted.sadd(key, member_id)
            noted.expire(key, KEPT)
            noted.execute()
        except RedisError:
            return False
        return True

    def counted(self, live_id: int, minutes: Sequence[datetime]) -> dict[datetime, int | None]:
        """How many were there in each of these minutes. None where nothing is known: Redis is away,
        or has forgotten everything since."""
        if self.redis is None or not minutes:
            return {}
        try:
            asked = self.redis.pipeline(transaction=False)
            asked.get(_since(live_id))
            for at in minutes:
                asked.scard(_key(live_id, at))
            since, *counts = asked.execute()
        except RedisError:
            log.warning("how many watch live %d is not known: Redis is away", live_id)
            return {}
        unbroken = int(since) if since is not None else None
        return {
            at: number or _nobody(at, unbroken) for at, number in zip(minutes, counts, strict=True)
        }

    def written_down(self, live_id: int, minutes: Sequence[datetime], at: datetime) -> None:
        """These minutes are kept elsewhere now; from that of `at` on an empty one had nobody in
        it."""
        if self.redis is None:
            return
        try:
            done = self.redis.pipeline(transaction=False)
            done.set(_since(live_id), _minute(at), ex=KEPT, nx=True)
            done.expire(_since(live_id), KEPT)
            if minutes:
                done.delete(*(_key(live_id, minute) for minute in minutes))
            done.execute()
        except RedisError:
            return


def _nobody(at: datetime, unbroken: int | None) -> int | None:
    """An empty minute: nobody was there, if Redis remembers all of it."""
    return 0 if unbroken is not None and _minute(at) >= unbroken else None


def _key(live_id: int, at: datetime) -> str:
    return f"live:{live_id}:here:{_minute(at)}"


def _minute(at: datetime) -> int:
    return int(at.timestamp()) // 60


def _since(live_id: int) -> str:
    return f"live:{live_id}:counted-since"
