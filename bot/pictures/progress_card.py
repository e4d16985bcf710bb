"""The progress card: where one stands, what the next rank asks, and the quickest next step."""

from collections.abc import Mapping
from typing import Any

from PIL import Image

from commerce.fen import show_yuan

from . import names, text
from .beidou import RANKS, figure
from .colours import (
    CARD,
    INK,
    INK2,
    LINE,
    NIGHT,
    OK,
    ON_NIGHT,
    ON_NIGHT2,
    PAGE,
    STAR,
)
from .jpeg import encode
from .money import money_size, write_money
from .progress_bar import HEIGHT as BAR_HEIGHT
from .progress_bar import draw_bar, draw_steps
from .shapes import framed

WIDTH, HEIGHT = 1080, 720
NIGHT_WIDTH = 396
LEFT, RIGHT = 452, 1024
ROOM = RIGHT - LEFT
TOP, BOTTOM = 56, 544
"""The conditions' part of the right side, above the next step."""
THIRD = 160
PERK_ROOM = NIGHT_WIDTH - 56 - 24
GAP = 46
MOST_STEPS = 10

Condition = Mapping[str, Any]


def draw_progress_card(facts: Mapping[str, Any]) -> bytes:
    image = Image.new("RGB", (WIDTH, HEIGHT), PAGE)
    image.paste(NIGHT, (0, 0, NIGHT_WIDTH, HEIGHT))
    _draw_rank(image, facts)
    conditions = list(facts["conditions"])
    if not conditions:
        _draw_all_lit(image, facts["rank"])
    elif len(conditions) > 2:
        for index, condition in enumerate(conditions[:3]):
            _draw_small(image, TOP + index * THIRD, condition)
    else:
        _draw_few(image, conditions)
    if facts["next_step"]:
        _draw_next_step(image, facts["next_step"])
    return encode(image, sharp=True)


def _draw_rank(image: Image.Image, facts: Mapping[str, Any]) -> None:
    rank, next_rank = facts["rank"], facts["next_rank"]
    text.write(image, (56, text.baseline(56, 40, 30)), "你现在是", 30, ON_NIGHT2)
    text.write(image, (56, text.baseline(96, 96, 76)), RANKS[rank], 76, ON_NIGHT, bold=True)
    image.paste(figure(rank, 340, NIGHT, next_ring=next_rank is not None), (28, 248))
    first, second = text.baseline(560, 44, 30), text.baseline(604, 44, 30)
    if next_rank is not None:
        text.write(image, (56, first), "下一级 ", 30, ON_NIGHT2)
        ahead = 56 + text.width("下一级 ", 30)
        text.write(image, (ahead, first), RANKS[next_rank], 30, STAR)
    for index, line in enumerate(_perk_lines(facts["perk"] or "")):
        text.write(image, (56, second + index * 44), line, 30, ON_NIGHT2)


def _perk_lines(perk: str) -> list[str]:
    """One line, or two broken at the first 「，」."""
    if text.width(perk, 30) <= PERK_ROOM:
        return [perk]
    return [names.fitted(line, PERK_ROOM, 30) for line in perk.split("，", 1)]


def _draw_all_lit(image: Image.Image, rank: int) -> None:
    text.write(image, (LEFT, text.baseline(248, 64, 50)), "十颗星都亮了", 50, INK, bold=True)
    line = f"你已经是「{RANKS[rank]}」，没有下一级了"
    text.write(image, (LEFT, text.baseline(324, 44, 30)), line, 30, INK2)


def _draw_few(image: Image.Image, conditions: list[Condition]) -> None:
    spare = BOTTOM - TOP - sum(_height(condition) for condition in conditions)
    top = TOP
    for condition in conditions:
        _draw_large(image, top, condition)
        top += _height(condition) + min(GAP, spare)


def _height(condition: Condition) -> int:
    return _bar_top(condition) + BAR_HEIGHT + (54 if condition["pending"] else 0)


def _bar_top(condition: Condition) -> int:
    return 163 if condition["unit"] == "元" else 114


def _draw_large(image: Image.Image, top: int, condition: Condition) -> None:
    """One condition with room around it."""
    _draw_head(image, top, condition)
    if condition["unit"] == "元":
        _write_large_money(image, top + 54, condition)
    else:
        _write_count(image, text.baseline(top + 48, 54, 36), condition, 36)
    bar = top + _bar_top(condition)
    _draw_measure(image, bar, condition)
    _write_pending(image, bar + BAR_HEIGHT + 16, condition, 27)


def _draw_small(image: Image.Image, top: int, condition: Condition) -> None:
    """One of three: numbers in one size, everything closer together."""
    _draw_head(image, top, condition)
    _write_count(image, text.baseline(top + 38, 44, 34), condition, 34)
    _draw_measure(image, top + 94, condition)
    _write_pending(image, top + 94 + BAR_HEIGHT, condition, 26)


def _draw_head(image: Image.Image, top: int, condition: Condition) -> None:
    line = text.baseline(top, 44, 32)
    text.write(image, (LEFT, line), condition["name"], 32, INK, bold=True)
    missing = condition["need"] - condition["have"]
    if missing <= 0:
        text.write(image, (RIGHT, line), "已够", 30, OK, anchor="r")
    else:
        rest = f"还差 {_amount(missing, condition['unit'])}"
        text.write(image, (RIGHT, line), rest, 30, INK2, anchor="r")


def _write_count(image: Image.Image, line: float, condition: Condition, size: float) -> None:
    """「3 / 3 人」, the first number larger."""
    unit = condition["unit"]
    have = show_yuan(condition["have"]) if unit == "元" else f"{condition['have']:,}"
    text.write(image, (LEFT, line), have, size, INK)
    x = LEFT + text.width(have + " ", size)
    text.write(image, (x, line), f"/ {_amount(condition['need'], unit)}", 30, INK2)


def _write_large_money(image: Image.Image, top: int, condition: Condition) -> None:
    need = f"/ {_amount(condition['need'], '元')}"
    room = ROOM - text.width(need, 30) - 14
    size = money_size(condition["have"], room, (60, 50, 40, 34, 28))
    line = text.baseline(top, 76, 60)
    end = write_money(image, (LEFT, line), condition["have"], size, (INK, PAGE))
    text.write(image, (end + 14, line), need, 30, INK2)


def _draw_measure(image: Image.Image, top: int, condition: Condition) -> None:
    counts = condition["have"], condition["pending"], max(condition["need"], 1)
    countable = condition["unit"] != "元" and counts[2] <= MOST_STEPS
    (draw_steps if countable else draw_bar)(image, (LEFT, top), ROOM, counts)


def _write_pending(image: Image.Image, top: int, condition: Condition, size: int) -> None:
    if not condition["pending"]:
        return
    waiting = _amount(condition["pending"], condition["unit"])
    if condition["unit"] == "元":
        sentence = f"斜纹是在途 {waiting}，买家收货满 7 天后计入"
    else:
        sentence = f"斜纹是还没计入的 {waiting}"
    fitting = text.size_for(sentence, ROOM, (size, 26, 24, 22))
    text.write(image, (LEFT, text.baseline(top, 38, fitting)), sentence, fitting, INK2)


def _draw_next_step(image: Image.Image, step: Mapping[str, str]) -> None:
    framed(image, (LEFT, 556, RIGHT, 672), 18, CARD, (LINE, 1))
    x, room = LEFT + 29, ROOM - 58
    title = names.fitted(step["title"], room, 30, bold=True)
    text.write(image, (x, text.baseline(575, 42, 30)), title, 30, INK, bold=True)
    line = names.fitted(step["text"], room, 26)
    text.write(image, (x, text.baseline(617, 38, 26)), line, 26, INK2)


def _amount(count: int, unit: str) -> str:
    number = show_yuan(count) if unit == "元" else f"{count:,}"
    return f"{number} {unit}"
