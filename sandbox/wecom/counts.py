"""How often something happened lately, for limits a minute, an hour or a month."""

from sandbox.world import World

KEPT_S = 32 * 86_400
"""No limit looks back further than a month."""


def since(world: World, key: str, at: float) -> int:
    """How often it was counted after that moment."""
    row = world.db.execute(
        "SELECT count(*) FROM wecom_counted WHERE key = ? AND at > ?", (key, at)
    ).fetchone()
    return int(row[0])


def within(world: World, key: str, seconds: float) -> int:
    return since(world, key, world.now() - seconds)


def add(world: World, key: str) -> None:
    now = world.now()
    world.db.execute("DELETE FROM wecom_counted WHERE key = ? AND at < ?", (key, now - KEPT_S))
    world.db.execute("INSERT INTO wecom_counted VALUES (?, ?)", (key, now))
