"""
The connections of one part of a broadcast are still open when the next begins a moment later.

Nothing is under way on them between two parts: a crowd in which anything failed is closed at once.
"""

import asyncio
import atexit
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from bot.platforms.crowd import Crowd
from bot.platforms.wechat import WeChat

KEPT_S = 5.0
"""A platform hangs up on who is silent for longer."""


@dataclass(frozen=True)
class Kept:
    """A crowd, the loop it lives in, and what ends both."""

    wechat: WeChat
    crowd: Crowd
    runner: asyncio.Runner
    end: ExitStack
    since: float


_kept: list[Kept] = []


@contextmanager
def speaking(wechat: WeChat) -> Iterator[tuple[asyncio.Runner, Crowd]]:
    """A crowd for one part, of this thread alone, and what runs it."""
    crowd, runner, end = _earlier(wechat) or _new(wechat)
    with end:
        yield runner, crowd
        _kept.append(Kept(wechat, crowd, runner, end.pop_all(), time.monotonic()))


def _earlier(wechat: WeChat) -> tuple[Crowd, asyncio.Runner, ExitStack] | None:
    try:
        kept = _kept.pop()
    except IndexError:
        return None
    if kept.wechat is wechat and time.monotonic() - kept.since < KEPT_S:
        return kept.crowd, kept.runner, kept.end
    kept.end.close()
    return _earlier(wechat)


def _new(wechat: WeChat) -> tuple[Crowd, asyncio.Runner, ExitStack]:
    end, runner, crowd = ExitStack(), asyncio.Runner(), Crowd(wechat)
    end.callback(runner.close)
    end.callback(lambda: runner.run(crowd.close()))
    return crowd, runner, end


@atexit.register
def _close() -> None:
    while _kept:
        _kept.pop().end.close()
