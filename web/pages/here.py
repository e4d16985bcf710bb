"""What the page of a live says every little while: this person is still watching."""

from collections.abc import Callable
from datetime import datetime, timedelta

from fastapi import APIRouter, Response

from bot.links import read_token
from commerce.store.sealing import Seal
from handlers.rooms import PAGE
from jobs.presence import Presence

LONGEST_LIVE = timedelta(hours=12)


def routes(seal: Seal, clock: Callable[[], datetime], presence: Presence) -> APIRouter:
    """`t` is the token of the live's page: 403 without a good one of this live. A link too old to
    show anything still says who watches. 204, whether it was counted or not; no database is
    asked."""
    router = APIRouter()

    @router.post("/pages/live/{number}/here")
    def here(number: str, t: str = "") -> Response:
        now = clock()
        opened = read_token(seal, PAGE, t, now - LONGEST_LIVE)
        if opened is None or str(opened.about) != number:
            return Response(status_code=403)
        presence.here(opened.about, opened.member_id, now)
        return Response(status_code=204)

    return router
