"""直播看板: how a live goes, beside the camera or on the phone. Always dark."""

from collections.abc import Iterable
from html import escape
from typing import Any

from commerce.fen import show_yuan
from web.pages import board_charts
from web.pages.board_charts import Place
from web.pages.sheet import HEADERS as SHEET_HEADERS
from web.pages.sheet import amount, fill, headers
from web.pages.shell import read

SCRIPT = read("board.js")
HEADERS = headers(SCRIPT)
HEADERS["Content-Security-Policy"] += "; connect-src 'self'"
JSON_HEADERS = SHEET_HEADERS

PEOPLE = (Place("wide", 776, 226), Place("narrow", 326, 180))
ORDERS = (Place("wide", 776, 150), Place("narrow", 326, 150))

Facts = dict[str, Any]


def render(brand: str, facts: Facts, summary: str = "") -> str:
    """The whole page. Texts in the facts are plain; so is the summary, a line each."""
    parts = {"title": escape(facts["title"]), "brand": escape(brand)}
    parts |= {"style": read("board.css"), "body": body(facts, summary), "script": SCRIPT}
    parts["on"] = "1" if facts["is_on"] else ""
    return fill("board.html", parts)


def body(facts: Facts, summary: str = "") -> str:
    """What is renewed every few seconds."""
    side = (_hint(facts), _summary(summary), _goods(facts), _offers(facts))
    main = (_head(facts), _numbers(facts), _people(facts), _orders(facts))
    return f'{"".join(main)}<div class="side">{"".join(side)}</div>'


def _head(facts: Facts) -> str:
    on = " lv" if facts["is_on"] else ""
    return (
        '<header><svg width="30" height="30" viewBox="0 0 32 32" aria-hidden="true"><path '
        'd="M14 4Q16.9 14.1 27 17Q16.9 19.9 14 30Q11.1 19.9 1 17Q11.1 14.1 14 4ZM26.5 1Q27.6 4.9 '
        '31.5 6Q27.6 7.1 26.5 11Q25.4 7.1 21.5 6Q25.4 4.9 26.5 1Z" fill="#F2C764"/></svg>'
        f'<h1>{escape(facts["title"])}</h1><span class="tag{on}">{facts["state"]}</span>'
        f"<p>主播 {escape(facts['host'])}<i>{facts['at']}</i><i>{facts['lasted']}</i></p></header>"
    )


def _numbers(facts: Facts) -> str:
    lately = f"近 {facts['recent_minutes']} 分钟"
    bought = f"{facts['buyers']:,} 人下单"
    recent = facts["recent_bp"]
    rate = f"{lately} {_percent(recent)}%" if facts["is_on"] and recent is not None else bought
    orders = f"{lately} {facts['recent_orders']:,} 单" if facts["is_on"] else bought
    cells = (
        (*_here(facts), f"看过 {facts['viewers']:,} 人"),
        ("订单", _count(facts["orders"]), orders),
        ("成交", amount(facts["gmv_fen"]), "已付款，不含运费"),
        ("转化率", _rate(facts["conversion_bp"]), rate),
    )
    return (
        '<section class="numbers" aria-label="现在">'
        + "".join(
            f'<div class="k"><span>{name}</span><b class="v">{value}</b><em>{note}</em></div>'
            for name, value, note in cells
        )
        + "</section>"
    )


def _here(facts: Facts) -> tuple[str, str]:
    if facts["is_on"]:
        return "在线", _count(facts["online"])
    return "同时最多", _count(facts["peak"])


def _people(facts: Facts) -> str:
    counts, times = facts["online_each"], facts["times"]
    peak = "" if facts["peak"] is None else f"最高 {facts['peak']:,}"
    about = f"{_each('在线人数', facts)}，{peak or '还没数到'}"
    drawn = (board_charts.line(place, counts, times, about) for place in PEOPLE)
    return _chart("people", _each("在线人数", facts), peak, drawn)


def _orders(facts: Facts) -> str:
    at = facts["times"], facts["flash"]
    total = f"共 {facts['orders']:,} 单"
    about = f"{_each('订单', facts)}，{total}"
    drawn = (board_charts.bars(place, facts["orders_each"], at, about) for place in ORDERS)
    sold = f'<span class="star">{escape(facts["sold_out"])}</span>' if facts["sold_out"] else ""
    return _chart("orders", _each("订单", facts), sold or total, drawn)


def _each(what: str, facts: Facts) -> str:
    return f"{what}，每分钟" if facts["step"] == 1 else f"{what}，每 {facts['step']} 分钟"


def _chart(name: str, title: str, note: str, drawn: Iterable[str]) -> str:
    head = f"<h2><span>{title}</span><span>{note}</span></h2>"
    return f'<section class="c {name}">{head}{"".join(drawn)}</section>'


def _hint(facts: Facts) -> str:
    hint = facts["hint"]
    if hint is None:
        return ""
    return (
        f'<section class="hint"><span>{hint["at"]} 提示</span><b>{escape(hint["headline"])}</b>'
        f"<span>{escape(hint['detail'])}</span></section>"
    )


def _summary(summary: str) -> str:
    lines = "".join(f"<p>{escape(line)}</p>" for line in summary.splitlines())
    return f'<section class="c sum"><h2><span>本场</span></h2>{lines}</section>' if lines else ""


def _goods(facts: Facts) -> str:
    if not facts["goods"]:
        return ""
    rows = "".join(
        f"<tr><td>{escape(one['title'])}</td><td>{one['sold']:,}</td><td>{one['left']:,}</td>"
        f"<td>{show_yuan(one['fen'])}</td></tr>"
        for one in facts["goods"]
    )
    head = "<tr><th>商品</th><th>卖出</th><th>还剩</th><th>成交 元</th></tr>"
    return f'<section class="c"><table>{head}{rows}</table></section>'


def _offers(facts: Facts) -> str:
    if not facts["offers"]:
        return ""
    rows = "".join(
        f'<div class="st"><em>{escape(name)}</em><span>{escape(state)}</span></div>'
        for name, state in facts["offers"]
    )
    return f'<section class="c"><h2><span>优惠和抽奖</span></h2>{rows}</section>'


def _count(number: int | None) -> str:
    return "—" if number is None else f"{number:,}"


def _rate(rate_bp: int | None) -> str:
    if rate_bp is None:
        return "—"
    whole, rest = divmod(rate_bp, 100)
    return f'<span class="n">{whole}.{rest:02d}<span class="f">%</span></span>'


def _percent(rate_bp: int) -> str:
    return f"{rate_bp // 100}.{rate_bp % 100:02d}"
