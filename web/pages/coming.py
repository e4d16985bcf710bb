"""
Into a live by a card that somebody passed on. WeChat says who comes (OAuth with `snsapi_base`:
nothing is asked, nobody need follow), and coming by a friend's card counts as help.
"""

from typing import Annotated

from fastapi import APIRouter, Cookie
from fastapi.responses import RedirectResponse, Response

from bot.links import VALID, token_for
from bot.message import Channel
from bot.platforms.wechat import WeChat
from commerce.errors import PlatformError
from commerce.goods import shares
from commerce.lives import assists, room
from commerce.lives.lives import Live
from commerce.people import identities
from commerce.store.sealing import Seal
from commerce.work import Office, Work
from handlers.rooms import PAGE
from web.pages import links
from web.pages.round_trip import RoundTrip


def routes(office: Office, wechat: WeChat, seal: Seal, base_url: str) -> APIRouter:
    """`a` is the token of a friend's card, `s` that of a share: 403 without a good one."""
    router = APIRouter()
    trip = RoundTrip(wechat, seal, base_url.rstrip("/"), PAGE)

    @router.get(f"/pages/{PAGE}/{{number}}")
    def by_a_card(number: str, a: str = "", s: str = "") -> Response:
        with office.reading() as work:
            is_good = _live_of(work, a, s) == number
        if not is_good:
            return links.closed(office)
        back = f"/pages/{PAGE}/{number}/in?a={a}&s={s}"
        return trip.away(back, scope="snsapi_base", now=office.clock())

    @router.get(f"/pages/{PAGE}/{{number}}/in")
    def come_in(
        number: str,
        a: str = "",
        s: str = "",
        code: str = "",
        state: str = "",
        browser: Annotated[str, Cookie(alias=PAGE)] = "",
    ) -> Response:
        if not code or not trip.is_ours(state, browser, office.clock()):
            return links.closed(office)
        openid = _openid(wechat, code)
        who = office.do(lambda work: _come(work, openid, a, s)) if openid else None
        if who is None or str(who[1]) != number:
            return links.closed(office)
        token = token_for(seal, PAGE, who[0], office.clock() + VALID, about=who[1])
        address = f"/pages/{PAGE}?t={token}&came={who[2]}"
        return RedirectResponse(address, 303, headers=links.NOT_KEPT)

    return router


def _openid(wechat: WeChat, code: str) -> str:
    """「」 when WeChat does not say, or shows the page to nobody in particular."""
    try:
        granted = wechat.oauth_exchange(code)
    except PlatformError:
        return ""
    return "" if granted.get("is_snapshotuser") else str(granted["openid"])


def _live_of(work: Work, card: str, share: str) -> str:
    """The number of the live that one of the two tokens stands for; 「」 for none."""
    assist = assists.of_token(work, card) if card else None
    shared = shares.of_scene(work, shares.SCENE + share) if share else None
    live_id = assist.live_id if assist else shared.live_id if shared else None
    return "" if live_id is None else str(live_id)


def _come(work: Work, openid: str, card: str, share: str) -> tuple[int, int, str] | None:
    """Who came, into which live, and what became of it. None for tokens of nothing."""
    _, member = identities.recognise(work, Channel.OFFICIAL, openid, follows=False)
    assist = assists.of_token(work, card) if card else None
    if assist is not None:
        return member.id, assist.live_id, assists.help(work, member, assist).step
    shared = shares.of_scene(work, shares.SCENE + share) if share else None
    if shared is None or shared.live_id is None:
        return None
    shares.arrive(work, member, shared)
    room.enter(work, member, work.session.get_one(Live, shared.live_id))
    return member.id, shared.live_id, ""
