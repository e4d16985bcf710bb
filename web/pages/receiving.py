"""确认收款: opened by the link the person got in the chat, good for that withdrawal only."""

from datetime import timedelta
from typing import Literal

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from bot.platforms.pay import WeChatPay
from commerce.money.withdrawals import RETURNED, State, Withdrawal, owner
from commerce.people import members
from commerce.people.members import Member
from commerce.store.sealing import Seal
from commerce.work import Office, Work
from handlers.words import moment
from web.pages import links
from web.pages.shell import shell
from web.pages.transfer import HEADERS, Request, Transfer, render

PAGE = "transfer"
DAY = timedelta(days=1)
SHOWN: dict[State, Literal["paid", "returned"]] = {State.PAID: "paid"}
SHOWN |= dict.fromkeys(RETURNED, "returned")


def routes(office: Office, pay: WeChatPay | None, seal: Seal) -> APIRouter:
    """`t` is the token of the link: 403 without a good one."""
    router = APIRouter()

    @router.get("/pages/transfer", response_class=HTMLResponse)
    def transfer(t: str = "") -> HTMLResponse:
        opened = links.opened(office, seal, PAGE, t)
        if opened is None:
            return links.closed(office)
        with office.reading() as work:
            row = work.session.get(Withdrawal, opened.about)
            member = members.get(work, opened.member_id)
            if row is None or owner(work, row).id != member.id:
                return links.closed(office)
            if row.state in (State.REQUESTED, State.APPROVED):
                return _early(office, row)
            page = render(_facts(work, pay, row, member))
        return HTMLResponse(page, headers=HEADERS)

    return router


def _facts(work: Work, pay: WeChatPay | None, row: Withdrawal, member: Member) -> Transfer:
    until = row.confirm_until or row.due_at + DAY
    request = None
    if row.state == State.WAITING_USER and row.package and pay and work.now < until:
        asked = pay.confirm_params(row.package)
        request = Request(asked["mchId"], asked["appId"], asked["package"])
    return Transfer(
        brand=work.rules.brand.name,
        state="waiting" if request else SHOWN.get(State(row.state), "checking"),
        number=f"W{row.id}",
        amount_fen=row.amount_fen,
        fee_fen=row.fee_fen,
        tax_fen=row.tax_fen,
        received_fen=row.arrives_fen,
        to=f"微信零钱 · {member.name}",
        valid_until=until,
        request=request,
        paid_at=row.ended_at if row.state == State.PAID else None,
    )


def _early(office: Office, row: Withdrawal) -> HTMLResponse:
    when = f"{moment(row.due_at)} 起收款" if row.state == State.APPROVED else "人工还在看"
    words = f"<h1>还没到时候</h1><p>W{row.id} {when}，到时再打开这一页。</p>"
    return HTMLResponse(shell("确认收款", words, office.rules), headers=links.NOT_KEPT)
