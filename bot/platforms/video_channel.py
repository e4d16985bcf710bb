"""
The video channel (视频号), as far as lives go: who tells us that one started or ended.

The platform pushes no such event to anybody's server (its open interfaces know orders, products,
live notices and, after the fact, a live's dashboard). So this is a port with nothing of the
platform behind it yet: whatever watches the channel, a machine beside the camera or a poll of the
dashboard, is an adapter that yields `LiveEvent`s. They come in as `POST /api/v1/live-events` (by
the channel's name of the live) or `POST /api/v1/lives/{id}/start` and `…/end` (by our number), and
`commerce.lives.channel` follows them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, Protocol


@dataclass(frozen=True)
class LiveEvent:
    """`live`: what the channel calls it."""

    live: str
    step: Literal["started", "ended"]


class VideoChannel(Protocol):
    """Somebody who watches a channel."""

    def events(self) -> Iterator[LiveEvent]:
        """What happened since they were asked last, in order. The same event twice is harmless."""
