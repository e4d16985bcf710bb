"""收银台: what one order costs, how long it is kept, and the way to WeChat's own payment."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import escape
from typing import Literal

from handlers.words import moment
from web.pages.qr_svg import qr_svg
from web.pages.sheet import NotYours, fill, headers, not_yours, sheet, signed, yuan
from web.pages.shell import read

__all__ = ["HEADERS", "Cashier", "NotYours", "Price", "render"]

TITLE = "收银台"
SCRIPT = read("cashier.js")
HEADERS = headers(SCRIPT)


@dataclass(frozen=True)
class Price:
    """「新人券」 and what it takes off: a discount is negative."""

    name: str
    amount_fen: int


@dataclass(frozen=True)
class Cashier:
    """One order. `list_fen` is the list price of the whole quantity.

    `discounts` hold everything that makes it less, shopping credit too. `payment` are the six
    fields for `getBrandWCPayRequest`, None outside WeChat; `code_url` is that of the Native
    payment. ValueError when the lines don't add up to `payable_fen`.
    """

    brand: str
    state: Literal["waiting", "paid", "expired"]
    order_tail: str
    product: str
    quantity: int
    list_fen: int
    freight_fen: int
    payable_fen: int
    valid_until: datetime
    now: datetime
    specification: str = ""
    discounts: tuple[Price, ...] = ()
    notes: tuple[str, ...] = ()
    payment: Mapping[str, str] | None = None
    code_url: str | None = None
    paid_at: datetime | None = None

    def __post_init__(self) -> None:
        less = sum(price.amount_fen for price in self.discounts)
        if self.list_fen + less + self.freight_fen != self.payable_fen:
            raise ValueError("the price lines don't add up to what is to be paid")


def render(facts: Cashier | NotYours) -> str:
    """The whole page, sent with HEADERS of this module. Every text in the facts is plain."""
    if isinstance(facts, NotYours):
        return not_yours(facts, "这不是你的订单", "下单的人")
    about = " · ".join(part for part in (facts.specification, f"数量 {facts.quantity:,}") if part)
    parts = {
        "product": escape(facts.product),
        "about": escape(about),
        "prices": _prices(facts),
        "state": _state(facts),
        "notes": _notes(facts.notes),
        "brand": escape(facts.brand),
        "order_tail": escape(facts.order_tail),
    }
    body = fill("cashier.html", parts)
    script = SCRIPT if facts.state == "waiting" else ""
    return sheet((TITLE, facts.brand), read("cashier.css"), body, script)


def _notes(notes: tuple[str, ...]) -> str:
    lines = "".join(f"<p>{escape(note)}</p>" for note in notes)
    return f'<section class="card small">{lines}</section>' if lines else ""


def _prices(facts: Cashier) -> str:
    rows = [("标价", yuan(facts.list_fen))]
    rows += [(price.name, f"{signed(price.amount_fen)}&nbsp;元") for price in facts.discounts]
    if not facts.discounts:
        rows.append(("优惠", yuan(0)))
    rows.append(("运费", yuan(facts.freight_fen)))
    lines = "".join(f"<tr><th>{escape(name)}</th><td>{sum_}</td></tr>" for name, sum_ in rows)
    name = "实付" if facts.state == "paid" else "应付"
    return f'{lines}<tr class="total"><th>{name}</th><td>{yuan(facts.payable_fen)}</td></tr>'


def _state(facts: Cashier) -> str:
    if facts.state == "waiting":
        return _waiting(facts)
    if facts.state == "paid":
        when = f"{moment(facts.paid_at)}，" if facts.paid_at else ""
        return _told(
            "付款成功", f"{when}查物流回到对话，回复「我的订单」；退换回复「售后」。", " done"
        )
    words = "货只留到 " + moment(facts.valid_until)
    return _told("这一单过期了", f"{words}，没有扣钱。还想要，回到对话再下一单。")


def _told(state: str, words: str, look: str = "") -> str:
    return (
        f'<section class="card"><p class="state{look}">{state}</p>'
        f'<p class="small">{words}</p></section>'
    )


def _waiting(facts: Cashier) -> str:
    left = max((facts.valid_until - facts.now) // timedelta(seconds=1), 0)
    parts = {
        "payment": escape(json.dumps(dict(facts.payment))) if facts.payment else "",
        "left": str(left),
        "pay_hidden": "" if facts.payment or not facts.code_url else "hidden",
        "until": moment(facts.valid_until),
        "native": _native(facts),
    }
    return fill("cashier_waiting.html", parts)


def _native(facts: Cashier) -> str:
    """The code to scan: seen at once where no payment can be opened, else on demand."""
    if not facts.code_url:
        return ""
    hidden = " hidden" if facts.payment else ""
    return (
        f'<div id="native" class="center"{hidden}>'
        f'<p class="gap">用手机微信扫一扫，付 {yuan(facts.payable_fen)}</p>'
        f"{qr_svg(facts.code_url, '微信支付二维码')}"
        '<p class="small">付好以后，这一页会自己更新。</p></div>'
    )
