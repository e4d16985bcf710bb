"""An access token that a whole fleet shares: one fetch serves every thread and every process."""

import base64
import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from cryptography.exceptions import InvalidTag
from redis import Redis
from redis.exceptions import RedisError

from commerce.errors import PlatformError
from commerce.store.sealing import Seal

EARLY_S = 300
"""A token is given up so long before its end; the platform honours both meanwhile."""
LOCK_S = 20  # Longer than a fetch can take (3 s to connect, 8 s to answer).
WAIT_S = 12
MUTE_S = 1.0


@dataclass(frozen=True, slots=True)
class Issued:
    token: str = field(repr=False)
    until_s: float
    """Unix time from which it is not to be used."""


class SharedToken:
    """`get` is for every call, `renew` for after the platform refused what `get` gave.

    `fetch` answers a token and the seconds it lives. Redis keeps it sealed: whoever reads there
    must not be able to speak in our name. Without Redis, or with Redis away, each
    process fetches for itself; the platform must then answer the same token to all.
    """

    def __init__(
        self,
        name: str,
        fetch: Callable[[], tuple[str, int]],
        redis: Redis | None,
        clock: Callable[[], datetime],
        seal: Seal,
    ) -> None:
        self._name = name
        self._fetch = fetch
        self._redis = redis
        self._clock = clock
        self._seal = seal
        self._one_thread = threading.Lock()
        self._ours: Issued | None = None
        self._failure: tuple[float, PlatformError] | None = None

    def get(self) -> str:
        ours = self._ours
        return ours.token if ours and self._usable(ours, "") else self.renew("")

    def renew(self, refused: str) -> str:
        """A token that is not `refused`, fetched only if nobody else has fetched one meanwhile.

        Who waited for a fetch that failed hears its failure and does not try again.
        """
        with self._one_thread:
            ours = self._ours
            if ours is None or not self._usable(ours, refused):
                self._raise_recent_failure()
                with self._one_process():
                    ours = self._ours = self._shared(refused) or self._issue()
            return ours.token

    def _usable(self, issued: Issued, refused: str) -> bool:
        return issued.token != refused and self._clock().timestamp() < issued.until_s

    def _issue(self) -> Issued:
        try:
            token, lives_s = self._fetch()
        except PlatformError as failure:
            self._failure = (time.monotonic(), failure)
            raise
        issued = Issued(token, self._clock().timestamp() + lives_s - EARLY_S)
        if self._redis is not None:
            with contextlib.suppress(RedisError):
                self._redis.set(self._name, _written(issued, self._seal), ex=max(lives_s, 1))
        return issued

    def _shared(self, refused: str) -> Issued | None:
        """What another process has fetched. Its word for the time is checked by our clock."""
        if self._redis is None:
            return None
        try:
            value = self._redis.get(self._name)
        except RedisError:
            return None
        issued = _read(value, self._seal)
        return issued if issued and self._usable(issued, refused) else None

    def _raise_recent_failure(self) -> None:
        if self._failure and time.monotonic() - self._failure[0] < MUTE_S:
            failure = self._failure[1]
            raise type(failure)(failure.code, failure.text)

    @contextlib.contextmanager
    def _one_process(self) -> Iterator[None]:
        """Held by one process at a time while Redis is there; a second fetch is no disaster."""
        if self._redis is None:
            yield
            return
        lock = self._redis.lock(f"{self._name}:lock", timeout=LOCK_S, blocking_timeout=WAIT_S)
        held = False
        with contextlib.suppress(RedisError):
            held = lock.acquire()
        try:
            yield
        finally:
            if held:
                with contextlib.suppress(RedisError):
                    lock.release()


def _written(issued: Issued, seal: Seal) -> str:
    return base64.b64encode(seal.close(f"{issued.until_s} {issued.token}")).decode()


def _read(value: object, seal: Seal) -> Issued | None:
    """Redis answers bytes or text, as its client was made. What is not ours is nothing."""
    written = value if isinstance(value, bytes) else str(value or "").encode()
    try:
        until_s, _, token = seal.open(base64.b64decode(written, validate=True)).partition(" ")
        return Issued(token, float(until_s)) if token else None
    except (ValueError, InvalidTag):
        return None
