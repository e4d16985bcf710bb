"""确认收款: one withdrawal that waits for its owner to say yes in WeChat."""

import json
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Literal

from handlers.words import moment
from web.pages.sheet import NotYours, fill, headers, main_number, not_yours, sheet, signed, yuan
from web.pages.shell import read

__all__ = ["HEADERS", "NotYours", "Request", "Transfer", "render"]

TITLE = "确认收款"
SCRIPT = read("transfer.js")
HEADERS = headers(SCRIPT)


@dataclass(frozen=True)
class Request:
    """What `requestMerchantTransfer` is asked with; `package` is the bill's package_info."""

    mch_id: str
    app_id: str
    package: str


@dataclass(frozen=True)
class Transfer:
    """One withdrawal. `received_fen` arrives; `to` says where: 「微信零钱 · 小明」.

    `waiting` needs `request`; `checking` is when WeChat hasn't told yet. ValueError when amount,
    fee and tax don't add up to what arrives, or when there is nothing to ask WeChat with.
    """

    brand: str
    state: Literal["waiting", "checking", "paid", "returned"]
    number: str
    amount_fen: int
    fee_fen: int
    tax_fen: int
    received_fen: int
    to: str
    valid_until: datetime
    request: Request | None = None
    paid_at: datetime | None = None

    def __post_init__(self) -> None:
        if self.amount_fen - self.fee_fen - self.tax_fen != self.received_fen:
            raise ValueError("amount, fee and tax don't add up to what arrives")
        if self.state == "waiting" and self.request is None:
            raise ValueError("a transfer that waits for its owner needs the request")


def render(facts: Transfer | NotYours) -> str:
    """The whole page, sent with HEADERS of this module. Every text in the facts is plain."""
    if isinstance(facts, NotYours):
        return not_yours(facts, "这不是你的提现", "申请提现的人")
    label, shown_fen, to = _headline(facts)
    parts = {
        "label": label,
        "amount": main_number(shown_fen),
        "to": to,
        "state": _state(facts),
        "sums": "" if facts.state == "returned" else _sums(facts),
        "brand": escape(facts.brand),
        "number": escape(facts.number),
    }
    body = fill("transfer.html", parts)
    script = SCRIPT if facts.state == "waiting" else ""
    return sheet((TITLE, facts.brand), read("transfer.css"), body, script)


def _headline(facts: Transfer) -> tuple[str, int, str]:
    """What the large number is, the number, and where it goes or went."""
    if facts.state == "returned":
        return "已退回", facts.amount_fen, "退到可提现，含手续费"
    label = "已到账" if facts.state == "paid" else "到手"
    return label, facts.received_fen, f"收到{escape(facts.to)}"


def _sums(facts: Transfer) -> str:
    rows = (
        ("提现", yuan(facts.amount_fen)),
        ("手续费", f"{signed(-facts.fee_fen)}&nbsp;元"),
        ("代扣个税", f"{signed(-facts.tax_fen)}&nbsp;元"),
    )
    lines = "".join(f"<tr><th>{name}</th><td>{number}</td></tr>" for name, number in rows)
    total = f'<tr class="total"><th>到手</th><td>{yuan(facts.received_fen)}</td></tr>'
    return f'<section class="card"><table class="sums">{lines}{total}</table></section>'


def _state(facts: Transfer) -> str:
    if facts.request and facts.state == "waiting":
        fields = {"mchId": facts.request.mch_id, "appId": facts.request.app_id}
        request = json.dumps(fields | {"package": facts.request.package})
        parts = {"request": escape(request), "until": f"{moment(facts.valid_until)} "}
        return fill("transfer_waiting.html", parts)
    if facts.state == "checking":
        words = "已提交微信，还没等到结果，我们正用同一个单号查。不会重复付，也不会丢。"
        return _told("正在等微信的结果", words)
    if facts.state == "paid":
        when = f"{moment(facts.paid_at)}，" if facts.paid_at else ""
        return _told("到账了", f"{when}到微信「我 → 服务 → 钱包」里看。", " done")
    words = "这一笔没有收款，钱一分没少。回到对话，回复「提现」可以再提。"
    return _told("全额退回了", words)


def _told(state: str, words: str, look: str = "") -> str:
    return (
        f'<section class="card"><p class="state{look}">{state}</p>'
        f'<p class="small gap">{words}</p></section>'
    )
