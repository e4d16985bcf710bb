"""The clock of the house: system time, and what the sandbox's lever has added to it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path


def clock(file: Path | None) -> Callable[[], datetime]:
    """Now, aware and in UTC. The file holds seconds to add; without one it is system time."""
    if file is None:
        return _system
    return lambda: _system() + _added(file)


def _system() -> datetime:
    return datetime.now(UTC)


def _added(file: Path) -> timedelta:
    try:
        return timedelta(seconds=int(float(file.read_text() or 0)))
    except FileNotFoundError:
        return timedelta(0)
