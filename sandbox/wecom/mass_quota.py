"""How many mass messages a customer or group may get: a month's days, each month."""

import calendar
from datetime import datetime

from sandbox.clock import SHANGHAI
from sandbox.wecom import counts
from sandbox.world import World


def is_used_up(world: World, target: str) -> bool:
    now = datetime.fromtimestamp(world.now(), SHANGHAI)
    days = calendar.monthrange(now.year, now.month)[1]
    began = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0).timestamp()
    return counts.since(world, f"mass {target}", began) >= days


def spend(world: World, target: str) -> None:
    counts.add(world, f"mass {target}")
