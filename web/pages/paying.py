"""The cashier's address: opened by the link the buyer got in the chat, good for that payment only.

Who opens it in WeChat pays there, as the person the order belongs to; elsewhere a code is shown,
which anybody may scan and pay.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from bot.message import Channel
from bot.platforms.pay import WeChatPay
from commerce.errors import PlatformError
from commerce.goods.orders import Order
from commerce.goods.products import Product
from commerce.money import paying_in
from commerce.money.payments import PAGE, Payment, State
from commerce.people import identities, members
from commerce.store.sealing import Seal
from commerce.work import Office, Work
from handlers import receipts
from handlers.offer_words import difference
from jobs.payments import description
from web.pages import links
from web.pages.cashier import HEADERS, Cashier, Price, render

AT_ONCE = 8
KEPT = timedelta(minutes=1)
MOST_KEPT = 1_000


@dataclass(frozen=True)
class Till:
    """One payment as the page shows it, and how WeChat is asked for it."""

    payment: Payment
    orders: Sequence[Order]
    products: Sequence[Product]
    words: str
    openid: str | None
    promised: str = ""

    @property
    def number(self) -> str:
        return f"{self.payment.number}{PAGE}"


def routes(office: Office, pay: WeChatPay | None, seal: Seal) -> APIRouter:
    router = APIRouter()
    desk = Desk(pay)

    @router.get("/pages/cashier", response_class=HTMLResponse)
    def cashier(t: str = "") -> HTMLResponse:
        opened = links.opened(office, seal, "cashier", t)
        if opened is None:
            return links.closed(office)
        with office.reading() as work:
            till = _till(work, opened.about, opened.member_id)
            if till is None:
                return links.closed(office)
            now = work.now
        payment = desk.params(till, now) if _waits(till, now) else None
        return HTMLResponse(render(_facts(office, till, payment, now)), headers=HEADERS)

    return router


class Desk:
    """Asks WeChat for a payment that a page may open; a page that reloads itself asks once a
    minute, and not everybody at the same moment."""

    def __init__(self, pay: WeChatPay | None) -> None:
        self._pay = pay
        self._asking = threading.BoundedSemaphore(AT_ONCE)
        self._known: dict[str, tuple[datetime, dict[str, str]]] = {}

    def params(self, till: Till, now: datetime) -> dict[str, str] | None:
        """None when WeChat cannot be asked now, or the buyer has no account in it that we know."""
        at, known = self._known.get(till.number, (None, None))
        if at is not None and at + KEPT > now:
            return known
        if self._pay is None or till.openid is None or not self._asking.acquire(blocking=False):
            return None
        try:
            found = self._pay.create_jsapi(
                till.number,
                till.payment.amount_fen,
                till.words,
                till.payment.expires_at,
                till.openid,
            )
        except PlatformError:
            return None
        finally:
            self._asking.release()
        if len(self._known) >= MOST_KEPT:
            self._known.clear()
        self._known[till.number] = (now, found)
        return found


def _till(work: Work, payment_id: int, member_id: int) -> Till | None:
    payment = work.session.get(Payment, payment_id)
    if payment is None or members.get(work, payment.buyer_id).id != member_id:
        return None
    orders = paying_in.orders_paid_by(work, payment.id)
    products = [work.session.get_one(Product, order.product_id) for order in orders]
    doors = identities.of_member(work, member_id)
    known = [d for d in doors if d.channel == Channel.OFFICIAL and not d.is_erased]
    openid = known[0].external_id if known else None
    promised = difference(work, orders[0])
    return Till(payment, orders, products, description(work, payment), openid, promised)


def _waits(till: Till, now: datetime) -> bool:
    return till.payment.state == State.WAITING and now < till.payment.expires_at


def _facts(office: Office, till: Till, payment: dict[str, str] | None, now: datetime) -> Cashier:
    first, rules = till.products[0], office.rules
    return Cashier(
        brand=rules.brand.name,
        state="waiting" if _waits(till, now) else _over(till.payment),
        order_tail=till.orders[0].tail,
        product=till.words if len(till.orders) > 1 else first.title,
        quantity=sum(order.quantity for order in till.orders),
        list_fen=receipts.list_fen(till.orders),
        freight_fen=sum(order.freight_fen for order in till.orders),
        payable_fen=till.payment.amount_fen,
        valid_until=till.payment.expires_at,
        now=now,
        specification=first.spec if len(till.orders) == 1 else "",
        discounts=tuple(Price(name, fen) for name, fen in receipts.taken_off(till.orders)),
        notes=(
            *((f"{till.promised}。",) if till.promised else ()),
            receipts.promise(rules, first),
            f"付款单号 {till.payment.number}",
        ),
        payment=payment,
        code_url=till.payment.code_url,
        paid_at=till.payment.paid_at,
    )


def _over(payment: Payment) -> Literal["paid", "expired"]:
    return "paid" if payment.state == State.PAID else "expired"
