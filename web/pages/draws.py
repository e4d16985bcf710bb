"""Draws for everybody: the page of one, and its record as a file. Numbers only, no person."""

import re
import zlib
from collections.abc import Iterator

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, Response, StreamingResponse
from sqlalchemy import select

from commerce.lives import bookings, draw
from commerce.lives.lives import Live
from commerce.lives.lotteries import DrawRecord, Lottery, State
from commerce.work import Office, Work
from web.pages import draw as page
from web.pages.shell import HEADERS

CHUNK = 1 << 18
NUMBER = re.compile("[0-9A-Za-z-]{1,20}")
RECORD = {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-cache"}


def routes(office: Office) -> APIRouter:
    """Open to everybody. 404 for a number that is none, and for a record before the freeze."""
    router = APIRouter()

    @router.get("/pages/draws/{number}.json")
    def record(number: str, request: Request) -> Response:
        with office.reading() as work:
            body = _body(work, number) if NUMBER.fullmatch(number) else None
        if body is None:
            raise HTTPException(404)
        headers = RECORD | {"Vary": "Accept-Encoding"}
        if "deflate" in request.headers.get("accept-encoding", ""):
            headers |= {"Content-Encoding": "deflate"}  # As it is kept.
            return Response(body, headers=headers, media_type="application/json")
        return StreamingResponse(_inflated(body), headers=headers, media_type="application/json")

    @router.get("/pages/draws/{number}", response_class=HTMLResponse)
    def human(number: str) -> HTMLResponse:
        with office.reading() as work:
            found = facts(work, number) if NUMBER.fullmatch(number) else None
        if found is None:
            raise HTTPException(404, headers=HEADERS)
        return HTMLResponse(page.render(found), headers=page.HEADERS)

    return router


def facts(work: Work, number: str) -> page.Draw | None:
    """What everybody may know of a lottery now. None when there is none of this number, or its
    live was never shown to anybody."""
    row = work.session.execute(
        select(Lottery, Live).join(Live, Live.id == Lottery.live_id).where(Lottery.number == number)
    ).one_or_none()
    if row is None or row[1].approved_at is None:
        return None
    lottery, live = row
    state, terms = State(lottery.state), lottery.terms
    return page.Draw(
        brand=work.rules.brand.name,
        number=lottery.number,
        live=live.title,
        state=state,
        planned_at=live.planned_at,
        prize=" ".join(part for part in (terms["product"], terms["spec"]) if part),
        prize_fen=lottery.prize_fen,
        winners_wanted=lottery.winners_wanted,
        threshold=lottery.threshold,
        claim_within=lottery.claim_within,
        latest_after=lottery.latest_after,
        organiser=terms["organiser"],
        commit=lottery.commit,
        created_at=lottery.created_at,
        booked=bookings.count(work, live.id),
        as_of=work.now,
        extra_tickets=terms["extra_tickets"],
        reached_at=lottery.reached_at,
        frozen_at=lottery.frozen_at,
        people=lottery.people,
        tickets=lottery.tickets,
        digest=lottery.digest,
        beacon=lottery.beacon,
        beacon_note=lottery.beacon_note,
        drawn_at=lottery.drawn_at,
        claim_until=lottery.claim_until,
        paused_at=lottery.paused_at,
        winners=_winners(work, lottery) if state == State.DRAWN else (),
    )


def _winners(work: Work, lottery: Lottery) -> tuple[str, ...]:
    """As the record says; the record itself never changes, substitutes come later."""
    body = _body(work, lottery.number)
    chosen = draw.unpack(body)["winners"] if body else []
    return tuple(draw.booking(ticket) for ticket in chosen)


def _body(work: Work, number: str) -> bytes | None:
    of = select(DrawRecord.body).join(Lottery, Lottery.id == DrawRecord.lottery_id)
    return work.session.scalar(of.where(Lottery.number == number))


def _inflated(body: bytes) -> Iterator[bytes]:
    """In pieces: a million tickets are no reason to hold twelve megabytes for every visitor."""
    inflating = zlib.decompressobj()
    while body and not inflating.eof:
        yield inflating.decompress(body, CHUNK)
        body = inflating.unconsumed_tail
    yield inflating.flush()
