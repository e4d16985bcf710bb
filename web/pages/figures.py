"""The drawings of the pages as SVG: 北斗, and the days as bars."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape

from bot.pictures.beidou import COMPANIONS, LINES, LIT, POLE, RANKS, STARS, UNLIT
from commerce.fen import show_yuan
from commerce.outbox import SHANGHAI

WIDTH, HEIGHT = 326, 132
GROUND, TALLEST = 111, 90  # Where bars stand, and how high they grow.
MOST_NUMBERED, WIDEST_NUMBER = 9, 8
SWELL = 1.25
POLE_AS_DISC = 4.4


@dataclass(frozen=True)
class Day:
    """What one day brought; `at` is any moment of it."""

    at: datetime
    amount_fen: int


def rank_figure(rank: int) -> str:
    """The figure of a rank on the hero's ground, 112 pixels wide."""
    lit = LIT[rank]
    lines = "".join(
        f'<path d="M{_at(a)}L{_at(b)}" stroke="{"#C9A75A" if max(a, b) < lit else "#3B4B85"}"/>'
        for a, b in LINES
    )
    if lit > POLE:
        dots = 'stroke="#C9A75A" stroke-dasharray="0 3.2" stroke-linecap="round"'
        lines += f'<path d="M{_at(0)}L{_at(POLE)}" {dots}/>'
    stars = "".join(_star(star, lit) for star in range(len(STARS)))
    return (
        f'<svg class="figure" width="112" height="84" viewBox="0 0 96 72" role="img" '
        f'stroke-width="1.7" aria-label="{RANKS[rank]}">{lines}{stars}</svg>'
    )


def _at(star: int) -> str:
    x, y, _ = STARS[star]
    return f"{x} {y}"


def _star(star: int, lit: int) -> str:
    x, y, radius = STARS[star]
    if star == POLE and star < lit:
        waist = 0.22 * radius
        points = "".join(
            f"Q{x + a * waist:.1f} {y + b * waist:.1f} {x + c * radius:.1f} {y + d * radius:.1f}"
            for a, b, c, d in ((1, -1, 1, 0), (1, 1, 0, 1), (-1, 1, -1, 0), (-1, -1, 0, -1))
        )
        return f'<path d="M{x} {y - radius:.1f}{points}Z" fill="var(--star)"/>'
    radius = (POLE_AS_DISC if star == POLE else radius) * SWELL
    if star < lit:
        return f'<circle cx="{x}" cy="{y}" r="{radius:.1f}" fill="var(--star)"/>'
    if star == lit == 0:
        ring = 'fill="var(--hero)" stroke="var(--star)"'
        return f'<circle cx="{x}" cy="{y}" r="{radius:.1f}" {ring}/>'
    if star in COMPANIONS:
        return ""
    return f'<circle cx="{x}" cy="{y}" r="{radius * UNLIT:.1f}" fill="#5C6BA2"/>'


def day_chart(days: Sequence[Day]) -> str:
    """Bars, one a day; "" for no days. The latest of the best days is highlighted.

    Each bar has its number; when those don't fit, only the best one. All are in the label.
    """
    if not days:
        return ""
    peak = max(1, *(day.amount_fen for day in days))
    best = max(range(len(days)), key=lambda index: (days[index].amount_fen, index))
    widest = max(len(show_yuan(day.amount_fen)) for day in days)
    numbered = len(days) <= MOST_NUMBERED and widest * len(days) <= WIDEST_NUMBER * 7
    bars = "".join(
        _bar(days, index, (peak, best), numbered=numbered or index == best)
        for index in range(len(days))
    )
    spoken = "，".join(
        f"{day.at.astimezone(SHANGHAI).day}日 {show_yuan(day.amount_fen)} 元" for day in days
    )
    return (
        f'<svg class="days" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-label="每天收益：{escape(spoken)}">{bars}'
        f'<path d="M0 {GROUND}H{WIDTH}" stroke="var(--line)" stroke-width="2"/></svg>'
    )


def _bar(days: Sequence[Day], index: int, scale: tuple[int, int], *, numbered: bool) -> str:
    peak, best = scale
    day = days[index]
    pitch = WIDTH / len(days)
    middle, half = (index + 0.5) * pitch, min(pitch * 0.28, 24)
    height = max(TALLEST * day.amount_fen // peak, 1) if day.amount_fen > 0 else 0
    top, radius = GROUND - height, min(3.6, height, half * 0.56)
    is_best = index == best and day.amount_fen > 0
    parts = []
    if height:
        fill = "var(--sky)" if is_best else "var(--bar)"
        parts.append(
            f'<path d="M{middle - half:.1f} {GROUND}V{top + radius:.1f}q0 {-radius:.1f} '
            f"{radius:.1f} {-radius:.1f}H{middle + half - radius:.1f}q{radius:.1f} 0 "
            f'{radius:.1f} {radius:.1f}V{GROUND}Z" fill="{fill}"/>'
        )
    if numbered and day.amount_fen:
        ink = "var(--ink)" if is_best else "var(--ink2)"
        parts.append(_text(middle, top - 5.5, show_yuan(day.amount_fen), ink))
    stride = -(-len(days) // MOST_NUMBERED)
    if (len(days) - 1 - index) % stride == 0:
        label = f"{day.at.astimezone(SHANGHAI).day}日"
        parts.append(_text(middle, GROUND + 17, label, "var(--ink2)"))
    return "".join(parts)


def _text(middle: float, y: float, words: str, ink: str) -> str:
    """Moved in where it would leave the chart; a digit is about 6.3 pixels wide."""
    half = len(words) * 3.2
    x = max(half, min(middle, WIDTH - half))
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="middle" font-size="11" fill="{ink}">'
        f"{words}</text>"
    )
