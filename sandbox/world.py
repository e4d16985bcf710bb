"""What every part of the sandbox is handed: account, store, clock, and who waits for what."""

import asyncio
import sqlite3
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from sandbox import clock
from sandbox.account import Account
from sandbox.corp import Corp
from sandbox.http_client import Peer

T = TypeVar("T")

WIRE = "\0wire"
"""The topic of the wire; the other topics are names of people."""
PULSE = "\0pulse"
"""The topic of payments: something may be due."""
MOST_DELIVERIES_AT_ONCE = 100
MOST_CASHIERS_AT_ONCE = 6


@dataclass(frozen=True, slots=True)
class Limits:
    answer_within_s: float = 5.0
    retry_after_s: float = 1.0
    """Pause before the next attempt when the last one failed at once instead of timing out."""
    grants_replace: bool = False
    """Whether a 3-in-1-minute grant replaces a longer window that is still open."""


@dataclass(slots=True)
class World:
    account: Account
    db: sqlite3.Connection
    clock_file: Path
    app: Peer
    base_url: str
    limits: Limits = field(default_factory=Limits)
    corp: Corp | None = None
    """None: WeCom is closed."""
    workers: dict[tuple[str, str], asyncio.Task[None]] = field(default_factory=dict)
    """Callbacks on their way, by door and lane."""
    ringing: dict[int, asyncio.Task[None]] = field(default_factory=dict)
    """Pay notifications on their way."""
    bot_line: object = None
    """The AI bot's long connection, see `sandbox.wecom.aibot_line`."""
    merchant: object = None
    """Read by `sandbox.pay.merchant.of` when first needed."""
    topics: dict[str, asyncio.Event] = field(default_factory=lambda: defaultdict(asyncio.Event))
    slots: asyncio.Semaphore = field(
        default_factory=lambda: asyncio.Semaphore(MOST_DELIVERIES_AT_ONCE)
    )
    cashiers: asyncio.Semaphore = field(
        default_factory=lambda: asyncio.Semaphore(MOST_CASHIERS_AT_ONCE)
    )
    """Places of a crowd at the pages that take payments."""

    def now(self) -> float:
        """Epoch seconds of the sandbox clock."""
        return clock.now(self.clock_file)

    def changed(self, topic: str) -> None:
        """Wakes everyone who waits for the topic."""
        if event := self.topics.pop(topic, None):
            event.set()


async def wait_for(world: World, topic: str, look: Callable[[], T], seconds: float) -> T:
    """What `look` finds, waiting up to so many seconds for it to be not empty."""
    deadline = asyncio.get_running_loop().time() + seconds
    while not (found := look()):
        left = deadline - asyncio.get_running_loop().time()
        if left <= 0:
            break
        try:
            await asyncio.wait_for(world.topics[topic].wait(), left)
        except TimeoutError:
            return look()
    return found
