"""Charts of the live board as SVG, each for a wide and for a narrow place."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby

from bot.pictures.board_charts import scale_top, stride_of
from bot.pictures.day_chart import round_step

DIGIT, LABEL = 8, 56
TOP, BELOW = 10, 24


@dataclass(frozen=True)
class Place:
    """The room of a chart, and the class that shows it where it fits."""

    name: str
    width: int
    height: int


def line(place: Place, counts: Sequence[int | None], times: Sequence[str], about: str) -> str:
    """People, a moment apart; a gap where nobody counted."""
    top_count = scale_top(max((one or 0 for one in counts), default=0))
    left, xs = _across(place, top_count, len(counts))
    points = [
        None if count is None else (x, _y(place, count, top_count))
        for x, count in zip(xs, counts, strict=True)
    ]
    drawn = ""
    for known, part in groupby(points, lambda point: point is not None):
        path = [f"{point[0]:.1f} {point[1]:.1f}" for point in part if point is not None]
        if known:
            drawn += f'<path d="M{"L".join(path)}" class="people"/>'
    if points and points[-1] is not None:
        x, y = points[-1]
        drawn += f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" class="now"/>'
    return _svg(place, _scale(place, left, top_count) + drawn + _times(place, xs, times), about)


def bars(place: Place, counts: Sequence[int], at: tuple[Sequence[str], int], about: str) -> str:
    """Orders; `at` is (times, how many of the first are in the colour of the stars)."""
    times, flash = at
    top_count = scale_top(max(counts, default=0))
    left, xs = _across(place, top_count, len(counts))
    half = min(max((place.width - left) / max(len(counts), 1) * 0.41, 0.5), 20)
    drawn = ""
    for index, (x, count) in enumerate(zip(xs, counts, strict=True)):
        if count:
            y = _y(place, count, top_count)
            drawn += (
                f'<rect x="{x - half:.1f}" y="{y:.1f}" width="{2 * half:.1f}" '
                f'height="{place.height - BELOW - y:.1f}" rx="{min(2, half * 0.4):.1f}" '
                f'class="{"flash" if index < flash else "bar"}"/>'
            )
    return _svg(place, _scale(place, left, top_count) + drawn + _times(place, xs, times), about)


def _svg(place: Place, drawn: str, about: str) -> str:
    return (
        f'<svg class="{place.name}" viewBox="0 0 {place.width} {place.height}" role="img" '
        f'aria-label="{escape(about)}">{drawn}</svg>'
    )


def _across(place: Place, top_count: int, count: int) -> tuple[int, list[float]]:
    """Where the chart begins beside its scale, and the middle of each moment."""
    left = len(f"{top_count:,}") * DIGIT + 12
    pitch = (place.width - 6 - left) / max(count, 1)
    return left, [left + (index + 0.5) * pitch for index in range(count)]


def _scale(place: Place, left: int, top_count: int) -> str:
    lines = ""
    for value in range(0, top_count + 1, round_step(top_count)):
        y = _y(place, value, top_count)
        lines += f'<path d="M{left} {y:.1f}H{place.width}" class="grid"/>'
        lines += f'<text x="{left - 8}" y="{y + 4.5:.1f}" text-anchor="end">{value:,}</text>'
    return lines


def _times(place: Place, xs: Sequence[float], times: Sequence[str]) -> str:
    pitch = xs[1] - xs[0] if len(xs) > 1 else place.width
    named = list(zip(xs, times, strict=True))[:: stride_of(pitch, LABEL)]
    return "".join(
        f'<text x="{min(max(x, 20), place.width - 20):.1f}" y="{place.height - 4}" '
        f'text-anchor="middle">{escape(time)}</text>'
        for x, time in named
    )


def _y(place: Place, count: int, top_count: int) -> float:
    return place.height - BELOW - (place.height - BELOW - TOP) * count / top_count
