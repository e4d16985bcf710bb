"""
「用我的微信头像」: a page that asks WeChat, with the person's consent, for the picture on the card.

The way there and back is OAuth with `snsapi_userinfo`. The picture's address comes from outside, so
it is fetched from WeChat's own hosts only.
"""

import io
import threading
from collections.abc import Collection
from typing import Annotated

from fastapi import APIRouter, Cookie
from fastapi.responses import HTMLResponse, RedirectResponse
from PIL import Image, ImageOps, UnidentifiedImageError

from bot.message import Channel
from bot.platforms.fetch import fetch_picture
from bot.platforms.wechat import WeChat
from commerce.errors import PlatformError
from commerce.people import avatars, identities
from commerce.store.sealing import Seal
from commerce.work import Office, Work
from web.pages.round_trip import RoundTrip
from web.pages.shell import HEADERS, shell

SIDE = 208  # pixels: twice what the card shows
LARGEST_SIDE = 4096
COOKIE = "avatar"
AT_ONCE = 4
UNREADABLE = (
    UnidentifiedImageError,
    Image.DecompressionBombError,
    OSError,
    ValueError,
    SyntaxError,
)


def routes(
    office: Office, wechat: WeChat, seal: Seal, base_url: str, hosts: Collection[str]
) -> APIRouter:
    """`hosts`: where WeChat keeps people's pictures."""
    router = APIRouter()
    trip = RoundTrip(wechat, seal, base_url, COOKIE)
    asking = threading.BoundedSemaphore(AT_ONCE)  # WeChat's slowness must not fill the house.

    @router.get("/pages/avatar")
    def ask() -> RedirectResponse:
        return trip.away("/pages/avatar/done", scope="snsapi_userinfo", now=office.clock())

    @router.get("/pages/avatar/done", response_class=HTMLResponse)
    def done(
        code: str = "", state: str = "", browser: Annotated[str, Cookie(alias=COOKIE)] = ""
    ) -> HTMLResponse:
        if not trip.is_ours(state, browser, office.clock()):
            return _page(office, "没有换", "这一页过期了，回到公众号再点一次。", status=403)
        if not code:
            return _page(office, "没有换", "你没有同意，邀请卡还用昵称里的字。")
        if not asking.acquire(blocking=False):
            return _page(office, "没有换成", "现在换头像的人多，过一会儿再试一次。")
        try:
            openid, picture = _picture(wechat, code, hosts)
        except (PlatformError, *UNREADABLE):
            return _page(office, "没有换成", "没拿到微信头像，过一会儿再试一次。")
        finally:
            asking.release()
        if openid is None or picture is None:
            return _page(office, "没有换", "微信没有给头像，邀请卡还用昵称里的字。")
        office.do(lambda work: _keep(work, openid, picture))
        return _page(office, "换好了", "回到公众号，回复「海报」，新的邀请卡就有你的头像。")

    return router


def _picture(wechat: WeChat, code: str, hosts: Collection[str]) -> tuple[str | None, bytes | None]:
    granted = wechat.oauth_exchange(code)
    if granted.get("is_snapshotuser"):
        return None, None  # A preview by nobody in particular.
    found = wechat.oauth_userinfo(granted["openid"], granted["access_token"])
    url = str(found.get("headimgurl") or "")
    if not url:
        return None, None
    return str(granted["openid"]), small(fetch_picture(url, allowed_hosts=hosts))


def small(picture: bytes) -> bytes:
    """A square JPEG. ValueError for a picture of absurd size; Pillow's errors for no picture."""
    with Image.open(io.BytesIO(picture)) as image:
        if max(image.size) > LARGEST_SIDE:
            raise ValueError("too large")
        square = ImageOps.fit(image.convert("RGB"), (SIDE, SIDE))
    out = io.BytesIO()
    square.save(out, "JPEG", quality=85)
    return out.getvalue()


def _keep(work: Work, openid: str, jpeg: bytes) -> None:
    _, member = identities.recognise(work, Channel.OFFICIAL, openid)
    avatars.keep(work, member.id, jpeg)


def _page(office: Office, title: str, words: str, *, status: int = 200) -> HTMLResponse:
    body = shell(title, f"<h1>{title}</h1><p>{words}</p>", office.rules)
    return HTMLResponse(body, status, headers=HEADERS)
