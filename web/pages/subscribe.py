"""允许通知: WeChat's own button, on a page of ours that WeChat has let use it."""

import json
import secrets
from html import escape

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from bot.platforms.js_sdk import page_config
from bot.platforms.wechat import WeChat
from commerce.errors import PlatformError
from commerce.store.sealing import Seal
from commerce.work import Office
from handlers.permits import PAGE
from web.pages import links
from web.pages.sheet import fill, headers, sheet
from web.pages.shell import read, shell

TITLE = "允许通知"
SCRIPT = read("subscribe.js")
SDK = "https://res.wx.qq.com"
POLICY = "Content-Security-Policy"
HEADERS = headers(SCRIPT)
HEADERS |= {POLICY: f"{HEADERS[POLICY]} {SDK}; img-src data: {SDK}; frame-src {SDK}"}


def routes(office: Office, wechat: WeChat, seal: Seal, base_url: str) -> APIRouter:
    """`t` is the token of the link: 403 without a good one. Nothing on it is anybody's."""
    router = APIRouter()

    @router.get(f"/pages/{PAGE}", response_class=HTMLResponse)
    def subscribe(t: str = "") -> HTMLResponse:
        if links.opened(office, seal, PAGE, t) is None:
            return links.closed(office)
        ids = office.rules.templates.ids
        if not ids:
            return _not_now(office, "现在没有要允许的通知")
        try:
            ticket = wechat.js_ticket()
        except PlatformError:
            return _not_now(office, "微信现在没有回答，过一会儿再打开")
        config = page_config(
            wechat.app_id,
            ticket,
            f"{base_url.rstrip('/')}/pages/{PAGE}?t={t}",
            nonce=secrets.token_hex(8),
            timestamp=int(office.clock().timestamp()),
        )
        brand = office.rules.brand.name
        parts = {"config": escape(json.dumps(config)), "brand": escape(brand)}
        parts["templates"] = escape(",".join(ids))
        body = fill("subscribe.html", parts)
        return HTMLResponse(sheet((TITLE, brand), "", body, SCRIPT), headers=HEADERS)

    return router


def _not_now(office: Office, words: str) -> HTMLResponse:
    said = f"<h1>{TITLE}</h1><p>{words}。预约不受影响，没送到的，下次来公众号时先告诉你。</p>"
    return HTMLResponse(shell(TITLE, said, office.rules), 503, headers=links.NOT_KEPT)
