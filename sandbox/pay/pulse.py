"""The heartbeat of payments: what the clock or somebody's act made due happens now."""

import asyncio
import contextlib
import logging

from sandbox.pay import bill_states, notices, refunds
from sandbox.world import PULSE, World

BEAT_S = 0.5
"""How late the sandbox may notice that somebody else moved the clock."""


async def beat(world: World) -> None:
    """Runs for ever."""
    while True:
        waker = world.topics[PULSE]
        try:
            bill_states.move_due(world)
            refunds.finish_due(world)
            notices.ring_due(world)
        except Exception:
            logging.getLogger("sandbox").exception("defect in the sandbox, payments stand still")
            await asyncio.sleep(BEAT_S)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(waker.wait(), BEAT_S)
