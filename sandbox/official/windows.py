"""How many customer-service messages a person may still get, and until when."""

from dataclasses import dataclass

from sandbox.official.errors import ApiError
from sandbox.world import World

MESSAGE = (5, 48 * 3_600)
"""Granted by a message of the person: messages, seconds."""
ACT = (3, 60)
"""Granted by a tap on the menu, a follow or a scan."""


@dataclass(frozen=True, slots=True)
class Window:
    remaining: int
    until: float


def current(world: World, openid: str) -> Window | None:
    """The window that is open now, perhaps used up."""
    row = world.db.execute(
        "SELECT remaining, until FROM windows WHERE openid = ? AND until > ?", (openid, world.now())
    ).fetchone()
    return Window(row["remaining"], row["until"]) if row else None


def grant(world: World, openid: str, granted: tuple[int, int]) -> None:
    """Opens a window. One that stays open longer is kept instead; they never add up."""
    now = world.now()
    count, seconds = granted
    running = current(world, openid)
    kept = running if running and running.until > now + seconds else None
    window = Window(count, now + seconds)
    if kept and not world.limits.grants_replace:
        window = kept
    world.db.execute(
        "INSERT OR REPLACE INTO windows VALUES (?, ?, ?, ?)",
        (openid, window.remaining, window.until, now),
    )


def spend(world: World, openid: str) -> None:
    """Takes one message from the open window. ApiError 45015 without one, 45047 when used up."""
    window = current(world, openid)
    if window is None:
        raise ApiError(45015)
    if window.remaining < 1:
        raise ApiError(45047)
    world.db.execute(
        "UPDATE windows SET remaining = remaining - 1, spoke_at = ? WHERE openid = ?",
        (world.now(), openid),
    )


def spoke_at(world: World, openid: str) -> float:
    """When person and account last had to do with each other; 0 if never."""
    row = world.db.execute("SELECT spoke_at FROM windows WHERE openid = ?", (openid,)).fetchone()
    return row["spoke_at"] if row else 0.0
