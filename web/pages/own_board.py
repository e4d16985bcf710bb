"""直播看板 behind its signed link: for its host and the staff that looks after lives."""

from typing import Any

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, JSONResponse, Response

from bot.links import VALID, Opened, token_for
from commerce.lives import board as figures
from commerce.lives import hosting
from commerce.lives.lives import Live
from commerce.people import members
from commerce.store.sealing import Seal
from commerce.work import Office, Work
from handlers.board import PAGE, summed_up
from handlers.board_facts import facts
from web.pages import board, links


def routes(office: Office, seal: Seal) -> APIRouter:
    """`t` is the token of the link: 403 without a good one, and for who may not direct the live
    any more. What renews the page brings a new token, so that it may stand open all evening."""
    router = APIRouter()

    @router.get("/pages/board", response_class=HTMLResponse)
    def own_board(t: str = "") -> HTMLResponse:
        opened = links.opened(office, seal, PAGE, t)
        with office.reading() as work:
            live = _live(work, opened)
            if live is None:
                return links.closed(office)
            page = board.render(work.rules.brand.name, *_shown(work, live))
        return HTMLResponse(page, headers=board.HEADERS)

    @router.get("/pages/board.json")
    def renewed(t: str = "") -> Response:
        opened = links.opened(office, seal, PAGE, t)
        with office.reading() as work:
            live = _live(work, opened)
            if live is None or opened is None:
                return JSONResponse({}, 403, headers=board.JSON_HEADERS)
            shown, summary = _shown(work, live)
            until = work.now + VALID
        again = token_for(seal, PAGE, opened.member_id, until, about=opened.about)
        found = {"body": board.body(shown, summary), "on": shown["is_on"], "t": again}
        return JSONResponse(found, headers=board.JSON_HEADERS)

    return router


def _live(work: Work, opened: Opened | None) -> Live | None:
    live = None if opened is None else work.session.get(Live, opened.about)
    if live is None or opened is None or live.started_at is None:
        return None
    return live if hosting.may_direct(work, live, members.get(work, opened.member_id)) else None


def _shown(work: Work, live: Live) -> tuple[dict[str, Any], str]:
    shown = facts(work, live, figures.figures(work, live))
    return shown, "\n".join(summed_up(work, live)[1:]) if live.ended_at else ""
