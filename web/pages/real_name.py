"""实名: a name and a consent of its own, on a page for the one person the link was made for."""

from html import escape
from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse

from commerce.errors import BadRealName, NotActive, NotJoined
from commerce.money import real_names
from commerce.people import members
from commerce.store.sealing import Seal
from commerce.work import Office
from web.pages import links
from web.pages.sheet import HEADERS, fill, sheet, yuan

PAGE = "real-name"
TITLE = "填写真实姓名"
STYLE = (
    ".field { width: 100%; min-height: 44px; border: 1px solid var(--line); border-radius: 10px; "
    "padding: 8px 12px; font: inherit; background: none; color: inherit; }"
)
WRONG = '<p class="said">姓名要和身份证上一样，还要勾选同意。</p>'
SUSPENDED = '<p class="said">你的账号在核查，暂时不能改。</p>'


def routes(office: Office, seal: Seal) -> APIRouter:
    """`t` is the token of the link, which the form sends back: 403 without a good one."""
    router = APIRouter()

    @router.get("/pages/real-name", response_class=HTMLResponse)
    def ask(t: str = "") -> HTMLResponse:
        if links.opened(office, seal, PAGE, t) is None:
            return links.closed(office)
        return _form(office, t)

    @router.post("/pages/real-name", response_class=HTMLResponse)
    def keep(
        t: Annotated[str, Form()] = "",
        name: Annotated[str, Form()] = "",
        consent: Annotated[str, Form()] = "",
    ) -> HTMLResponse:
        opened = links.opened(office, seal, PAGE, t)
        if opened is None:
            return links.closed(office)
        member_id, consents = opened.member_id, consent == "yes"
        try:
            office.do(
                lambda work: real_names.keep(
                    work, members.get(work, member_id), name[:60], consents=consents
                )
            )
        except BadRealName:
            return _form(office, t, WRONG, status=422)
        except (NotActive, NotJoined):
            return _form(office, t, SUSPENDED, status=403)
        return _done(office)

    return router


def _form(office: Office, token: str, said: str = "", *, status: int = 200) -> HTMLResponse:
    rules = office.rules
    parts = {"token": escape(token), "said": said, "brand": escape(rules.brand.name)}
    parts["from"] = yuan(rules.payouts.without_real_name_fen)
    body = fill("real_name.html", parts)
    page = sheet((TITLE, rules.brand.name), STYLE, body)
    return HTMLResponse(page, status, headers=HEADERS)


def _done(office: Office) -> HTMLResponse:
    body = (
        '<section class="card"><h1>存好了</h1>'
        '<p class="gap">回到对话，回复「提现」和金额，就可以提了。</p></section>'
    )
    return HTMLResponse(sheet((TITLE, office.rules.brand.name), "", body), headers=HEADERS)
