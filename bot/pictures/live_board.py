"""The live board as a picture: four numbers, the hint, viewers, orders, goods and offers."""

from collections.abc import Mapping, Sequence
from typing import Any

from PIL import Image

from commerce.fen import show_yuan

from . import names, text
from .board_charts import draw_bars, draw_line
from .colours import STAR
from .jpeg import encode
from .money import money_size, write_money
from .shapes import four_points, rounded

WIDTH, EDGE, GAP = 1080, 56, 24
ROOM = WIDTH - 2 * EDGE
GROUND, CARD = "#0B1122", "#131B31"
LINE, INK, INK2 = "#26304E", "#EDF0F8", "#A9B3CB"
ON_AIR, ON_STAR = "#1E6B55", "#2A1D00"
TOP, NUMBER, HINT, CHART = 176, 192, 168, 348
HEAD, ROW = 64, 60
MOST_GOODS, MOST_OFFERS = 5, 4
FOOT = 76
INSIDE = 32
COLUMNS = (600, 740, ROOM - INSIDE)
"""Where the numbers of the goods end, from the left of the card."""

Facts = Mapping[str, Any]


def draw_live_board(facts: Facts) -> bytes:
    goods, offers = facts["goods"][:MOST_GOODS], facts["offers"][:MOST_OFFERS]
    hint = HINT + GAP if facts["hint"] else 0
    lists = [HEAD + ROW * len(rows) + 24 + GAP for rows in (goods, offers) if rows]
    height = TOP + 2 * (NUMBER + GAP) + hint + 2 * (CHART + GAP) + sum(lists) + FOOT
    image = Image.new("RGB", (WIDTH, height), GROUND)
    _draw_head(image, facts)
    top = _draw_numbers(image, TOP, facts)
    if hint:
        top = _draw_hint(image, top, facts["hint"])
    top = _draw_charts(image, top, facts)
    if goods:
        top = _draw_goods(image, top, goods, len(facts["goods"]))
    if offers:
        _draw_offers(image, top, offers)
    foot = height - FOOT + 44
    text.write(image, (EDGE, foot), "只发给主播和同事，不要转发", 26, INK2)
    return encode(image)


def _draw_head(image: Image.Image, facts: Facts) -> None:
    four_points(image, (EDGE + 22, 80), 26, STAR)
    four_points(image, (EDGE + 50, 56), 10, STAR)
    state = facts["state"]
    tag = text.width(state, 28) + 36
    title = names.fitted(names.shown(facts["title"]), ROOM - 84 - tag - 24, 50, bold=True)
    text.write(image, (EDGE + 84, 90), title, 50, INK, bold=True)
    left = EDGE + 84 + text.width(title, 50) + 28
    rounded(image, (left, 50, left + tag, 98), 10, ON_AIR if facts["is_on"] else LINE)
    text.write(image, (left + tag / 2, 84), state, 28, "#FFFFFF", anchor="m")
    host = names.fitted(names.shown(facts["host"]), 300, 30)
    line = f"主播 {host}　{facts['at']}　{facts['lasted']}"
    text.write(image, (EDGE + 84, 146), line, 30, INK2)


def _draw_numbers(image: Image.Image, top: int, facts: Facts) -> int:
    lately = f"近 {facts['recent_minutes']} 分钟"
    here = ("在线", facts["online"]) if facts["is_on"] else ("同时最多", facts["peak"])
    orders = f"{lately} {facts['recent_orders']:,} 单" if facts["is_on"] else ""
    recent = facts["recent_bp"]
    rate = f"{lately} {_percent(recent)}%" if facts["is_on"] and recent is not None else ""
    cells = (
        (here[0], _count(here[1]), "", f"看过 {facts['viewers']:,} 人"),
        ("订单", _count(facts["orders"]), "", orders or f"{facts['buyers']:,} 人下单"),
        ("成交", None, "", "已付款，不含运费"),
        ("转化率", *_rate(facts["conversion_bp"]), rate or f"{facts['buyers']:,} 人下单"),
    )
    half = (ROOM - GAP) // 2
    for index, (name, number, unit, note) in enumerate(cells):
        left = EDGE + index % 2 * (half + GAP)
        row = top + index // 2 * (NUMBER + GAP)
        rounded(image, (left, row, left + half, row + NUMBER), 20, CARD)
        text.write(image, (left + INSIDE, row + 48), name, 30, INK2)
        line = row + 124
        if number is None:
            size = money_size(facts["gmv_fen"], half - 2 * INSIDE, (76, 60, 50, 40))
            write_money(image, (left + INSIDE, line), facts["gmv_fen"], size, (INK, CARD))
        else:
            text.write(image, (left + INSIDE, line), number, 76, INK)
            after = left + INSIDE + text.width(number, 76)
            text.write(image, (after, line), unit, 47, INK)
        text.write(image, (left + INSIDE, row + 168), note, 28, INK2)
    return top + 2 * (NUMBER + GAP)


def _count(number: int | None) -> str:
    return "—" if number is None else f"{number:,}"


def _rate(rate_bp: int | None) -> tuple[str, str]:
    return ("—", "") if rate_bp is None else (_percent(rate_bp), "%")


def _percent(rate_bp: int) -> str:
    return f"{rate_bp // 100}.{rate_bp % 100:02d}"


def _draw_hint(image: Image.Image, top: int, hint: Mapping[str, str]) -> int:
    rounded(image, (EDGE, top, WIDTH - EDGE, top + HINT), 20, STAR)
    left, room = EDGE + INSIDE, ROOM - 2 * INSIDE
    text.write(image, (left, top + 46), f"{hint['at']} 提示", 28, ON_STAR)
    headline = names.fitted(hint["headline"], room, 42, bold=True)
    text.write(image, (left, top + 100), headline, 42, ON_STAR, bold=True)
    text.write(image, (left, top + 144), names.fitted(hint["detail"], room, 28), 28, ON_STAR)
    return top + HINT + GAP


def _draw_charts(image: Image.Image, top: int, facts: Facts) -> int:
    each = "每分钟" if facts["step"] == 1 else f"每 {facts['step']} 分钟"
    peak = "" if facts["peak"] is None else f"最高 {facts['peak']:,}"
    place = _card(image, top, CHART, f"在线人数，{each}", peak)
    draw_line(image, place, facts["online_each"], facts["times"])
    top += CHART + GAP
    sold = facts["sold_out"] or f"共 {facts['orders']:,} 单"
    place = _card(image, top, CHART, f"订单，{each}", sold, STAR if facts["sold_out"] else INK2)
    draw_bars(image, place, facts["orders_each"], (facts["times"], facts["flash"]))
    return top + CHART + GAP


def _card(
    image: Image.Image, top: int, height: int, title: str, note: str = "", colour: str = INK2
) -> tuple[int, int, int, int]:
    """An empty card with its title. Returns the place inside it."""
    rounded(image, (EDGE, top, WIDTH - EDGE, top + height), 20, CARD)
    text.write(image, (EDGE + INSIDE, top + 46), title, 30, INK2)
    text.write(image, (WIDTH - EDGE - INSIDE, top + 46), note, 30, colour, anchor="r")
    return EDGE + INSIDE, top + 76, WIDTH - EDGE - INSIDE, top + height - 20


def _draw_goods(image: Image.Image, top: int, goods: Sequence[Facts], of: int) -> int:
    height = HEAD + ROW * len(goods) + 24
    title = "商品" if of == len(goods) else f"商品，前 {len(goods)} 件，共 {of} 件"
    _card(image, top, height, title)
    for name, right in zip(("卖出", "还剩", "成交 元"), COLUMNS, strict=True):
        text.write(image, (EDGE + right, top + 46), name, 28, INK2, anchor="r")
    for index, one in enumerate(goods):
        line = _row(image, top, index)
        title = names.fitted(one["title"], 420, 32)
        text.write(image, (EDGE + INSIDE, line), title, 32, INK)
        numbers = f"{one['sold']:,}", f"{one['left']:,}", show_yuan(one["fen"])
        for number, right in zip(numbers, COLUMNS, strict=True):
            text.write(image, (EDGE + right, line), number, 32, INK, anchor="r")
    return top + height + GAP


def _draw_offers(image: Image.Image, top: int, offers: Sequence[Sequence[str]]) -> None:
    _card(image, top, HEAD + ROW * len(offers) + 24, "优惠和抽奖")
    for index, (name, state) in enumerate(offers):
        line = _row(image, top, index)
        text.write(image, (EDGE + INSIDE, line), names.fitted(name, 560, 32), 32, INK2)
        text.write(image, (WIDTH - EDGE - INSIDE, line), state, 32, INK, anchor="r")


def _row(image: Image.Image, top: int, index: int) -> int:
    """The baseline of a row, under a hairline."""
    above = top + HEAD + index * ROW + 4
    image.paste(LINE, (EDGE + INSIDE, above, WIDTH - EDGE - INSIDE, above + 2))
    return above + 44
