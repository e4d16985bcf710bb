"""A live on the video channel, followed: what starts and ends there starts and ends here."""

from contextlib import suppress
from enum import StrEnum

from commerce.errors import LiveNotStarted
from commerce.goods import shop_names
from commerce.lives import hosting
from commerce.lives.lives import Live
from commerce.work import Work


class Step(StrEnum):
    STARTED = "started"
    ENDED = "ended"


def follow(work: Work, name: str, step: Step) -> Live | None:
    """The live of this name in the shop has come so far. None when the staff have named none so. An
    end before the start is none; LiveIsOver, LiveCancelled, LiveNotApproved for a start that cannot
    be."""
    live_id = shop_names.lives(work, [name]).get(name)
    if live_id is None:
        return None
    if step is Step.STARTED:
        hosting.start(work, live_id, by=None)
    else:
        with suppress(LiveNotStarted):
            hosting.end(work, live_id, by=None)
    return hosting.find(work, live_id)
