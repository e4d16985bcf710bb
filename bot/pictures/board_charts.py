"""Charts of the live board: people as a line, orders as bars, a moment apart each."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from PIL import Image

from . import text
from .colours import STAR
from .day_chart import round_step
from .shapes import disc, polyline, rounded

GRID, INK3, BAR, PEOPLE = "#26304E", "#8C97B3", "#5C6BA2", "#93A6F5"
SIZE = 26
BELOW = 44  # Room for the times.
ABOVE = 14
APART = 36
STRIDES = (1, 2, 5, 10, 15, 20, 30, 60, 120)

Place = tuple[int, int, int, int]
"""Left, top, right and bottom in whole pixels."""


def draw_line(
    image: Image.Image, place: Place, counts: Sequence[int | None], times: Sequence[str]
) -> None:
    """A gap where nobody counted; the last known one is a dot."""
    top_count = scale_top(max((one or 0 for one in counts), default=0))
    inner = _draw_scale(image, place, top_count)
    xs = list(_middles(inner, len(counts)))
    points = [
        (x, _y(inner, count, top_count)) if count is not None else None
        for x, count in zip(xs, counts, strict=True)
    ]
    for known, part in groupby(points, lambda point: point is not None):
        path = [point for point in part if point is not None]
        if known and len(path) > 1:
            polyline(image, path, 5, PEOPLE)
        elif known:
            disc(image, path[0], 5, PEOPLE)
    if points and points[-1] is not None:
        disc(image, points[-1], 9, PEOPLE)
    _write_times(image, inner, xs, times)


def draw_bars(
    image: Image.Image, place: Place, counts: Sequence[int], at: tuple[Sequence[str], int]
) -> None:
    """`at` is (times, how many of the first bars are in the colour of the stars)."""
    times, flash = at
    top_count = scale_top(max(counts, default=0))
    inner = _draw_scale(image, place, top_count)
    xs = list(_middles(inner, len(counts)))
    pitch = (inner[2] - inner[0]) / max(len(counts), 1)
    half = min(max(pitch * 0.4, 1), 26)
    for index, (x, count) in enumerate(zip(xs, counts, strict=True)):
        if count:
            box = (x - half, _y(inner, count, top_count), x + half, inner[3])
            rounded(image, box, min(4, half * 0.4), STAR if index < flash else BAR)
    _write_times(image, inner, xs, times)


def scale_top(peak: int) -> int:
    """Where the scale ends: two to four round steps."""
    step = round_step(max(peak, 1))
    return max(-(-peak // step), 2) * step


def _draw_scale(image: Image.Image, place: Place, top_count: int) -> Place:
    """Hairlines with their values at the left. Returns the place of the chart itself."""
    left, top, right, bottom = place
    step = round_step(top_count)
    room = round(text.width(f"{top_count:,}", SIZE)) + 20
    inner = (left + room, top + ABOVE, right, bottom - BELOW)
    for value in range(0, top_count + 1, step):
        y = round(_y(inner, value, top_count))
        image.paste(GRID, (inner[0], y, right, y + 2))
        text.write(image, (inner[0] - 16, y + 9), f"{value:,}", SIZE, INK3, anchor="r")
    return inner


def _middles(inner: Place, count: int) -> Iterator[float]:
    pitch = (inner[2] - inner[0]) / max(count, 1)
    return (inner[0] + (index + 0.5) * pitch for index in range(count))


def _y(inner: Place, count: int, top_count: int) -> float:
    return inner[3] - (inner[3] - inner[1]) * count / top_count


def _write_times(
    image: Image.Image, inner: Place, xs: Sequence[float], times: Sequence[str]
) -> None:
    """Every so many as have room, from the first on."""
    width = text.width("20:00", SIZE)
    stride = stride_of((inner[2] - inner[0]) / max(len(times), 1), width + APART)
    for x, time in list(zip(xs, times, strict=True))[::stride]:
        middle = min(max(x, inner[0] + width / 2), inner[2] - width / 2)
        text.write(image, (middle, inner[3] + 36), time, SIZE, INK3, anchor="m")


def stride_of(pitch: float, room: float) -> int:
    """Every how many moments one is named, where they are `pitch` pixels apart."""
    return next((stride for stride in STRIDES if stride * pitch >= room), STRIDES[-1])
