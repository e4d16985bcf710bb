"""Bars of earnings, one a day: every bar carries its number as long as the numbers fit."""

from collections.abc import Mapping, Sequence
from typing import Any

from PIL import Image

from commerce.fen import show_yuan

from . import text
from .colours import CARD, INK, INK2, INK3, LINE, SKY, TRACK
from .shapes import rounded

BAR = "#AEBBE6"
SIZE = 24
ABOVE, BELOW = 46, 46  # Room for the number over the highest bar and the day under the line.
MOST_SIZEED = 9
APART = 12  # Between two numbers.
STRIDES = (1, 2, 3, 5, 7, 10, 14)

Day = Mapping[str, Any]
Place = tuple[int, int, int, int]
"""Left, top, right and bottom in whole pixels."""


def draw_day_chart(image: Image.Image, place: Place, days: Sequence[Day]) -> None:
    """`days` are {"label", "fen"}, at least one; a day below zero has its number, but no bar.

    The latest of the best days is highlighted. More than nine days, or numbers too wide for
    their days, are measured by lines at round values instead; the best one keeps its number.
    """
    left, top, right, bottom = place
    numbers = [show_yuan(day["fen"]) for day in days]
    pitch = (right - left) / len(days)
    widest = max(text.width(number, SIZE) for number in numbers)
    numbered = len(days) <= MOST_SIZEED and widest + APART <= pitch
    peak = max(1, *(day["fen"] for day in days))
    if not numbered:
        step = round_step(peak)
        highest = -(-peak // step) * step
        left += _draw_scale(image, place, step, highest)
        peak = highest
    _draw_bars(image, (left, top, right, bottom), (days, peak), numbered=numbered)


def round_step(peak_fen: int) -> int:
    """1, 2 or 5 of a power of ten: four such steps reach the peak, and no smaller do."""
    step = 1
    while True:
        for factor in (1, 2, 5):
            if 4 * factor * step >= peak_fen:
                return factor * step
        step *= 10


def _draw_scale(image: Image.Image, place: Place, step: int, highest: int) -> int:
    """Hairlines with their values at the left. Returns how many pixels the values take."""
    left, _, right, bottom = place
    values = range(step, highest + 1, step)
    room = round(max(text.width(show_yuan(value), SIZE) for value in values)) + 16
    ground = bottom - BELOW
    for value in values:
        y = ground - _height(place, value, highest)
        image.paste(LINE, (left + room, y, right, y + 1))
        at = (left + room - 16, y + SIZE * 0.36)
        text.write(image, at, show_yuan(value), SIZE, INK3, anchor="r")
    return room


def _draw_bars(
    image: Image.Image, place: Place, measured: tuple[Sequence[Day], int], *, numbered: bool
) -> None:
    left, _, right, bottom = place
    days, peak = measured
    pitch = (right - left) / len(days)
    best = max(range(len(days)), key=lambda index: (days[index]["fen"], index))
    stride = _stride(days, pitch)
    for index, day in enumerate(days):
        middle = left + (index + 0.5) * pitch
        is_best = index == best and day["fen"] > 0
        top = _draw_bar(image, place, (middle, pitch), (day["fen"], peak, is_best))
        if day["fen"] and (numbered or is_best):
            colour = INK if is_best else INK2
            _write_inside(image, place, (middle, top - 12), (show_yuan(day["fen"]), colour))
        if (len(days) - 1 - index) % stride == 0:
            _write_inside(image, place, (middle, bottom - 8), (day["label"], INK2))
    image.paste(TRACK, (left, bottom - BELOW, right, bottom - BELOW + 2))


def _draw_bar(
    image: Image.Image, place: Place, at: tuple[float, float], bar: tuple[int, int, bool]
) -> int:
    """Round above, square on the line; `at` is (middle, pitch). Returns where it ends above."""
    middle, pitch = at
    amount_fen, peak, is_best = bar
    ground = place[3] - BELOW
    height = _height(place, amount_fen, peak)
    if height:
        half = max(round(pitch * 0.49), 2) // 2
        sides = round(middle) - half, round(middle) + half
        radius = min(6, half * 0.28)
        box = (sides[0], ground - height, sides[1], ground + 8)
        rounded(image, box, radius, SKY if is_best else BAR)
        image.paste(CARD, (sides[0], ground, sides[1], ground + 8))
    return ground - height


def _height(place: Place, amount_fen: int, peak: int) -> int:
    """Pixels; one at least for whatever is more than nothing."""
    room = place[3] - place[1] - ABOVE - BELOW
    return max(room * amount_fen // peak, 1) if amount_fen > 0 else 0


def _write_inside(
    image: Image.Image, place: Place, at: tuple[float, float], words: tuple[str, str]
) -> None:
    """A (line, colour) in the middle of its bar, moved in where it would leave the chart."""
    line, colour = words
    half = text.width(line, SIZE) / 2
    middle = max(place[0] + half, min(at[0], place[2] - half))
    left, right = round(middle - half) - 4, round(middle + half) + 4
    top, bottom = round(at[1] - SIZE * 0.8), round(at[1]) + 2
    image.paste(CARD, (left, top, right, bottom))  # No line of the scale runs through it.
    text.write(image, (middle, at[1]), line, SIZE, colour, anchor="m")


def _stride(days: Sequence[Day], pitch: float) -> int:
    """Every how many days one is named, counted back from the last."""
    widest = max(text.width(day["label"], SIZE) for day in days) + APART
    return next((stride for stride in STRIDES if stride * pitch >= widest), len(days))
