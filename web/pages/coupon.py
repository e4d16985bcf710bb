"""领券: one tap, on a page for the one person the link was made for."""

from html import escape
from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse

from commerce.errors import CouponsGone
from commerce.fen import show_yuan
from commerce.goods import coupons
from commerce.people import contacts, members
from commerce.store.sealing import Seal
from commerce.work import Office, Work
from handlers.contacts import PAGE
from handlers.words import lasting
from web.pages import links
from web.pages.sheet import HEADERS, sheet

TITLE = "新朋友礼"
FORM = (
    '<form method="post"><input type="hidden" name="t" value="{token}">'
    '<p class="gap"><button class="button">领券</button></p></form>'
)


def routes(office: Office, seal: Seal) -> APIRouter:
    """`t` is the token of the link, which the form sends back: 403 without a good one."""
    router = APIRouter()

    @router.get("/pages/coupon", response_class=HTMLResponse)
    def look(t: str = "") -> HTMLResponse:
        if links.opened(office, seal, PAGE, t) is None:
            return links.closed(office)
        return _page(office, TITLE, FORM.format(token=escape(t)))

    @router.post("/pages/coupon", response_class=HTMLResponse)
    def take(t: Annotated[str, Form()] = "") -> HTMLResponse:
        opened = links.opened(office, seal, PAGE, t)
        if opened is None:
            return links.closed(office)
        member_id = opened.member_id
        try:
            office.do(lambda work: _issue(work, member_id))
        except CouponsGone as gone:
            return _page(office, "你领过了" if gone.had_one else "这个月的券发完了", "")
        return _page(office, "领到了", '<p class="gap">下单时自动用上。</p>')

    return router


def _issue(work: Work, member_id: int) -> None:
    """For contacts of ours: the link was made when they came."""
    member = members.get(work, member_id)
    if not contacts.is_contact(work, member):
        raise CouponsGone(had_one=False)
    coupons.issue(work, member)


def _page(office: Office, title: str, below: str) -> HTMLResponse:
    rule, brand = office.rules.coupons, office.rules.brand.name
    worth = (
        f"{show_yuan(rule.off_fen)} 元券，满 {show_yuan(rule.minimum_fen)} 元可用，"
        f"{lasting(rule.valid)}有效，每人 1 张。"
    )
    body = f'<section class="card"><p>广告</p><h1>{title}</h1><p>{worth}</p>{below}</section>'
    return HTMLResponse(sheet((TITLE, brand), "", body), headers=HEADERS)
