"""The earnings card: what can be withdrawn, what is on its way, and where it came from.

Facts (plain JSON values; every amount in fen):

    as_of            「3月7日 12:00」
    rank             0 to 6
    available_fen, pending_fen, withdrawing_fen, paid_fen
    debt_fen         0 or more: 待抵扣, a column of its own when there is any
    minimum_fen      from where on one can withdraw
    period           「3月到今天」: the span that `kinds` and `days` tell about
    kinds            [{"name": "带货佣金", "fen": 7120}, …] in the order to show; 0 is left out
    days             [{"label": "1日", "fen": 820}, …] every day of the span, one or more
    last_live        {"title": "春日好物专场", "fen": 4431, "lines": 5} or null
"""

from collections.abc import Mapping, Sequence
from typing import Any

from PIL import Image

from commerce.fen import show_yuan

from . import names, text
from .beidou import RANKS, figure
from .colours import (
    CARD,
    INK,
    INK2,
    INK3,
    LINE,
    NIGHT,
    ON_NIGHT,
    ON_NIGHT2,
    ON_NIGHT3,
    PAGE,
    SKY,
    mix,
)
from .day_chart import draw_day_chart
from .jpeg import encode
from .money import FAINT, FEN, GAP, UNIT, money_size, money_width, write_money
from .shapes import framed

SIDE, MARGIN = 1080, 72
RIGHT = SIDE - MARGIN
NIGHT_HEIGHT = 392
FIGURE = (708, 136, 300)
MAIN_SIZES, MAIN_ROOM = (136, 104, 96, 76, 60), 640
COLUMNS_TOP, COLUMNS_HEIGHT, COLUMN_PADDING = 424, 132, 32
COLUMN_SIZES = (50, 40, 34, 30, 28, 26, 24, 22)
CARD_BOX = (MARGIN, 592, RIGHT, 1016)
INSIDE, INSIDE_RIGHT = MARGIN + 37, RIGHT - 37
KINDS_TOP, KIND_LINE, KIND_GAP = 668, 36, 40
CHART_BOTTOM = 986
LIVE_TOP, LIVE_HEIGHT = 938, 66

Facts = Mapping[str, Any]


def draw_earnings_card(facts: Facts) -> bytes:
    image = Image.new("RGB", (SIDE, SIDE), PAGE)
    image.paste(NIGHT, (0, 0, SIDE, NIGHT_HEIGHT))
    _draw_available(image, facts)
    _draw_columns(image, facts)
    framed(image, CARD_BOX, 20, CARD, (LINE, 1))
    bottom = CHART_BOTTOM
    if facts["last_live"]:
        _draw_last_live(image, facts["last_live"])
        bottom = LIVE_TOP - 8
    kinds = [kind for kind in facts["kinds"] if kind["fen"]]
    if kinds:
        _draw_period(image, facts, kinds, bottom)
    else:
        _draw_nothing_yet(image, facts, bottom)
    return encode(image, sharp=True)


def _draw_available(image: Image.Image, facts: Facts) -> None:
    line = text.baseline(64, 44, 32)
    text.write(image, (MARGIN, line), "可提现", 32, ON_NIGHT2)
    text.write(image, (RIGHT, line), facts["as_of"], 32, ON_NIGHT2, anchor="r")
    left, top, width = FIGURE
    image.paste(figure(facts["rank"], width, NIGHT), (left, top))
    under = text.baseline(344, 36, 26)
    text.write(image, (RIGHT, under), RANKS[facts["rank"]], 26, ON_NIGHT2, anchor="r")
    amount = facts["available_fen"]
    size = money_size(amount, MAIN_ROOM, MAIN_SIZES)
    _write_main(image, (MARGIN, text.baseline(124, 168, size)), amount, size)
    below = text.baseline(300, 40, 28)
    words = _below(facts)
    text.write(image, (MARGIN, below), words, text.size_for(words, 740, (28, 26)), ON_NIGHT2)


def _write_main(image: Image.Image, at: tuple[float, float], amount_fen: int, size: float) -> None:
    """The one bold amount; nothing is quieter than something."""
    x, y = at[0] + text.stroke(size), at[1]
    colour = ON_NIGHT if amount_fen else ON_NIGHT3
    whole = show_yuan(amount_fen)
    for part, em in ((whole[:-3], size), (whole[-3:], size * FEN)):
        text.write(image, (x, y), part, em, colour, bold=True)
        x += text.width(part, em)
    text.write(image, (x + size * GAP, y), "元", size * UNIT, mix(colour, NIGHT, FAINT))


def _below(facts: Facts) -> str:
    """What one can do with the main number, or what it still needs."""
    if facts["debt_fen"]:
        return "待抵扣不用付现金，没有利息，以后到账先抵它，抵完照常提现"
    minimum, missing = facts["minimum_fen"], facts["minimum_fen"] - facts["available_fen"]
    if missing > 0:
        return f"满 {show_yuan(minimum)} 元可以提现，还差 {show_yuan(missing)} 元"
    return f"满 {show_yuan(minimum)} 元可以提现，也可以抵扣购物"


def _draw_columns(image: Image.Image, facts: Facts) -> None:
    """Equal rooms with hairlines between them, all amounts in one size."""
    columns = [
        ("待到账", facts["pending_fen"]),
        ("提现中", facts["withdrawing_fen"]),
        ("已提现", facts["paid_fen"]),
    ]
    if facts["debt_fen"]:
        columns.append(("待抵扣", facts["debt_fen"]))
    padding = COLUMN_PADDING if len(columns) == 3 else 24
    room = (RIGHT - MARGIN - (len(columns) - 1) * (padding + 1)) // len(columns)
    widest = max((fen for _, fen in columns), key=lambda fen: money_width(fen, 50))
    size = money_size(widest, room - 8, COLUMN_SIZES)
    x = MARGIN
    for index, (name, fen) in enumerate(columns):
        if index:
            image.paste(LINE, (x, COLUMNS_TOP, x + 1, COLUMNS_TOP + COLUMNS_HEIGHT))
            x += 1 + padding
        text.write(image, (x, text.baseline(COLUMNS_TOP, 40, 28)), name, 28, INK2)
        line = text.baseline(COLUMNS_TOP + 40, 64, size)
        write_money(image, (x, line), fen, size, (INK if fen else INK3, PAGE))
        x += room


def _draw_period(
    image: Image.Image, facts: Facts, kinds: Sequence[Mapping[str, Any]], bottom: int
) -> None:
    line = text.baseline(620, 42, 30)
    text.write(image, (INSIDE, line), facts["period"], 30, INK, bold=True)
    total = _signed(sum(kind["fen"] for kind in kinds))
    text.write(image, (INSIDE_RIGHT, line), total, 30, INK, anchor="r", bold=True)
    rows = _rows([f"{kind['name']} {show_yuan(kind['fen'])} 元" for kind in kinds])
    for index, row in enumerate(rows):
        y = text.baseline(KINDS_TOP + index * KIND_LINE, KIND_LINE, 26)
        for x, words in row:
            text.write(image, (x, y), words, 26, INK2)
    if facts["days"]:
        top = KINDS_TOP + len(rows) * KIND_LINE + 4
        draw_day_chart(image, (INSIDE, top, INSIDE_RIGHT, bottom), facts["days"])


def _rows(entries: list[str]) -> list[list[tuple[float, str]]]:
    """All in one row if they fit, else two to a row, one under the other."""
    places: list[tuple[float, str]] = []
    x: float = INSIDE
    for entry in entries:
        places.append((x, entry))
        x += text.width(entry, 26) + KIND_GAP
    if x - KIND_GAP <= INSIDE_RIGHT:
        return [places]
    second = (INSIDE + INSIDE_RIGHT) // 2
    pairs = [entries[start : start + 2] for start in range(0, len(entries), 2)]
    return [list(zip((INSIDE, second), pair, strict=False)) for pair in pairs]


def nothing_yet(facts: Facts) -> tuple[str, str]:
    """Who earned something before this month is not told that there is nothing."""
    known = ("available_fen", "pending_fen", "withdrawing_fen", "paid_fen", "last_live")
    if any(facts[name] for name in known):
        return f"{facts['period']}还没有新的收益", "之前的都在，回复「明细」"
    return f"{facts['period']}还没有收益", "推广的商品卖出，结算后就记在这里"


def _draw_nothing_yet(image: Image.Image, facts: Facts, bottom: int) -> None:
    top = (CARD_BOX[1] + bottom) // 2 - 78
    title, below = nothing_yet(facts)
    lines = (
        (title, 34, INK),
        (below, 28, INK2),
        ("回复「商品」，挑一件来推广", 28, SKY),
    )
    for index, (words, size, colour) in enumerate(lines):
        y = text.baseline(top + index * 52, 52, size)
        text.write(image, (INSIDE, y), words, size, colour, bold=not index)


def _draw_last_live(image: Image.Image, live: Mapping[str, Any]) -> None:
    """「春日好物专场　5 笔　+44.31 元」; only the title is ever cut."""
    image.paste(LINE, (INSIDE, LIVE_TOP, INSIDE_RIGHT, LIVE_TOP + 1))
    y = text.baseline(LIVE_TOP + 1, LIVE_HEIGHT, 28)
    amount, lines = _signed(live["fen"]), f"{live['lines']:,} 笔"
    text.write(image, (INSIDE_RIGHT, y), amount, 28, INK, anchor="r")
    text.write(image, (INSIDE, y), "最近一场", 26, INK2)
    x = INSIDE + text.width("最近一场", 26) + 24
    room = INSIDE_RIGHT - x - text.width(amount, 28) - text.width(lines, 26) - 48
    title = names.fitted(_title(live["title"]), room, 28)
    text.write(image, (x, y), title, 28, INK)
    text.write(image, (x + text.width(title, 28) + 24, y), lines, 26, INK2)


def _title(title: str) -> str:
    shown = names.shown(title)
    return "直播" if shown == names.NOBODY != title else shown


def _signed(amount_fen: int) -> str:
    return f"{'+' if amount_fen > 0 else ''}{show_yuan(amount_fen)} 元"
