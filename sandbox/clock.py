"""The sandbox clock: system time plus the seconds in a file shared with the application."""

import os
import time
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from sandbox.refused import Refused

SHANGHAI = ZoneInfo("Asia/Shanghai")
LONGEST_ADVANCE_S = 10 * 366 * 86_400


def offset(file: Path) -> float:
    """Seconds ahead of system time; a missing or empty file is 0."""
    try:
        return float(file.read_text() or 0)
    except (FileNotFoundError, ValueError):
        return 0.0


def now(file: Path) -> float:
    """Epoch seconds of the sandbox clock."""
    return time.time() + offset(file)


def advance(file: Path, seconds: float) -> float:
    """Moves the clock forward and returns the new offset; readers never see half a number."""
    if not 0 <= seconds <= LONGEST_ADVANCE_S:
        raise Refused(f"advance_s 要在 0 到 {LONGEST_ADVANCE_S} 之间：时钟只往前走")
    new = offset(file) + seconds
    temporary = file.with_name(file.name + ".new")
    temporary.write_text(f"{new:.3f}".rstrip("0").rstrip("."))
    os.replace(temporary, file)
    return new


def iso(at: float) -> str:
    """Epoch seconds as ISO 8601 in Shanghai time, milliseconds."""
    return datetime.fromtimestamp(at, SHANGHAI).isoformat(timespec="milliseconds")
