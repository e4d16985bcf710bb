"""直播间: what a live shows and what it costs in it now, for the one who entered."""

from dataclasses import dataclass
from datetime import datetime
from html import escape

from commerce.lives.lives import State
from commerce.outbox import SHANGHAI
from handlers.live_words import when
from handlers.words import moment
from web.pages.sheet import amount, fill, sheet, yuan
from web.pages.sheet import headers as headers_for
from web.pages.shell import read

__all__ = ["HEADERS", "Goods", "Room", "render"]

TITLE = "直播间"
AD = "广告 · 含推广链接"
SCRIPT = read("live.js")
HEADERS = headers_for(SCRIPT)
HEADERS["Content-Security-Policy"] += "; connect-src 'self'"


@dataclass(frozen=True)
class Grab:
    """Where one piece is ordered at the offer's price, and the token that says for whom."""

    address: str
    token: str


@dataclass(frozen=True)
class Waiting:
    """An order of theirs that is not paid yet: what it costs, and its cashier."""

    payable_fen: int
    address: str


@dataclass(frozen=True)
class Goods:
    """`price_fen` is what one piece costs this person now; None: they cannot buy it now.
    `offer_id`: the seats or steps it is the price of."""

    number: int
    title: str
    list_fen: int
    price_fen: int | None
    offers: tuple[str, ...] = ()
    offer_id: int | None = None
    grab: Grab | None = None
    waiting: Waiting | None = None


@dataclass(frozen=True)
class Room:
    """All the page shows. `said`: what became of coming by a friend's card; `here`: the address
    that is told who watches, while the live is on."""

    brand: str
    title: str
    host: str
    state: State
    planned_at: datetime
    as_of: datetime
    goods: tuple[Goods, ...] = ()
    lottery: str = ""
    said: str = ""
    follows: bool = True
    here: str = ""


def render(facts: Room) -> str:
    """The whole page, sent with HEADERS of this module. Every text in the facts is plain."""
    headline, note = _headline(facts)
    parts = {
        "ad": AD,
        "title": escape(facts.title),
        "headline": headline,
        "note": note,
        "said": f'<p class="said">{escape(facts.said)}</p>' if facts.said else "",
        "lottery": _card(f'<p class="small">{escape(facts.lottery)}</p>') if facts.lottery else "",
        "goods": _goods(facts),
        "how": _how(facts),
        "chat": 'data-chat="1"' if facts.follows else "",
        "brand": escape(facts.brand),
        "as_of": f"{facts.as_of.astimezone(SHANGHAI):%H:%M}",
        "here": _here(facts),
    }
    body = fill("live.html", parts)
    return sheet((TITLE, facts.brand), read("live.css"), body, SCRIPT)


def _headline(facts: Room) -> tuple[str, str]:
    host = f"主播{escape(facts.host)}"
    if facts.state is State.LIVE:
        return "正在直播", host
    if facts.state is State.SCHEDULED:
        return "还没开播", f"{when(facts.planned_at)} 开播，{host}"
    if facts.state is State.CANCELLED:
        return "取消了", f"原定 {moment(facts.planned_at)}"
    return "播完了", f"{moment(facts.planned_at)}，{host}"


def _goods(facts: Room) -> str:
    if not facts.goods:
        return ""
    rows = "".join(_row(facts, one) for one in facts.goods)
    return _card(f'<ul class="goods">{rows}</ul>')


def _row(facts: Room, one: Goods) -> str:
    price = '<p class="small">现在买不了</p>'
    if one.waiting:
        owed = f'{amount(one.waiting.payable_fen)} <span class="was">你下了单，等付款</span>'
        price = f'<p class="price">{owed}</p>'
    elif one.price_fen is not None:
        was = f' <span class="was">标价 {yuan(one.list_fen)}</span>'
        below = was if one.price_fen < one.list_fen else ""
        price = f'<p class="price">{amount(one.price_fen)}{below}</p>'
    told = "".join(f'<p class="small">{escape(words)}</p>' for words in one.offers)
    way = _way(facts, one)
    return f'<li><p class="title">{escape(one.title)}</p>{price}{told}{way}</li>'


def _way(facts: Room, one: Goods) -> str:
    """How it is bought: with the order that waits, with the button, or in the chat."""
    if one.waiting:
        return f'<a class="button gap" href="{escape(one.waiting.address)}">去付款</a>'
    if one.price_fen is None or facts.state not in (State.LIVE, State.SCHEDULED):
        return ""
    if one.grab is None:
        return f'<p class="say">回复「<b>下单 {one.number}</b>」</p>'
    at, by = escape(one.grab.address), escape(one.grab.token)
    return (
        f'<button class="button gap" type="button" data-grab="{at}" data-token="{by}">'
        f"抢购，{yuan(one.price_fen)}</button>"
        '<p class="said" role="status" hidden></p>'
        f'<p class="say">或者回复「<b>下单 {one.number}</b>」</p>'
    )


def _how(facts: Room) -> str:
    if not facts.follows:
        brand = escape(facts.brand)
        return f"在微信搜公众号「{brand}」，关注后发「下单」加商品号；播的时候才是这里的价。"
    if facts.state is State.LIVE:
        return "回到对话，发上面那句，就是这里的价，货留着等你付款。"
    return "回到对话，发「下单」加商品号；直播间的价，播的时候才有。"


def _here(facts: Room) -> str:
    if not facts.here or facts.state is not State.LIVE:
        return ""
    return f'<div id="here" data-address="{escape(facts.here)}" hidden></div>'


def _card(inner: str) -> str:
    return f'<section class="card">{inner}</section>'
