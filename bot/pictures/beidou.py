"""北斗: the figure whose stars light up with the rank."""

from functools import lru_cache

from PIL import Image

from .colours import CARD, NIGHT, NIGHT3, STAR
from .shapes import Point, disc, dotted, four_points, line, ring

RANKS = ("见习", "一星", "二星", "三星", "十星", "百星", "千星")

GRID = 96
# 天枢 天璇 天玑 天权 玉衡 开阳 摇光 辅 弼 北极星: centre and radius on the grid.
STARS = (
    (82.5, 39.1, 3.6),
    (81.3, 57.4, 3.2),
    (58.7, 60.0, 3.2),
    (54.0, 45.2, 2.6),
    (39.3, 38.7, 3.2),
    (28.0, 31.8, 3.2),
    (9.6, 35.8, 3.2),
    (31.7, 20.8, 2.0),
    (22.4, 45.8, 2.0),
    (86.4, 12.0, 9.2),
)
POLE = 9
COMPANIONS = (7, 8)  # 辅 and 弼 can't be seen until they are lit.
LINES = ((0, 1), (1, 2), (2, 3), (3, 4), (4, 5), (5, 6), (3, 0))
LIT = (0, 1, 2, 3, 7, 9, 10)  # Stars lit, by rank.
UNLIT = 0.62
POLE_AS_DISC = 4.4  # The radius of 北极星 as long as it has no points.

# Lit star, lit line, unlit star, unlit line, by the ground the figure stands on.
INKS = {
    NIGHT: (STAR, "#C9A75A", "#5C6BA2", NIGHT3),
    CARD: ("#B97B0A", "#D9B56B", "#B4BDCE", "#DDE2EC"),
}


@lru_cache(maxsize=64)
def figure(rank: int, width: int, ground: str = NIGHT, *, next_ring: bool = False) -> Image.Image:
    """The figure of a rank, three quarters as high as wide, on its ground.

    `next_ring` shows the star to light next as a gold ring. Kept: don't draw on it.
    """
    image = Image.new("RGB", (width, width * 3 // 4), ground)
    zoom = width / GRID
    lit = LIT[rank]
    _draw_lines(image, lit, zoom, ground)
    ringed = lit if next_ring or not lit else None
    for star in range(len(STARS)):
        if star == ringed:
            _draw_ring(image, star, zoom, ground)
        elif star < lit or star not in COMPANIONS:
            _draw_star(image, star, zoom, (INKS[ground][0 if star < lit else 2], star < lit))
    return image


def _draw_lines(image: Image.Image, lit: int, zoom: float, ground: str) -> None:
    _, gold, _, faint = INKS[ground]
    thickness = _thickness(zoom)
    for line_from, line_to in LINES:
        colour = gold if max(line_from, line_to) < lit else faint
        line(image, _place(line_from, zoom), _place(line_to, zoom), thickness, colour)
    if lit > POLE:
        size = (thickness * 0.65, max(3.2 * zoom, 5))
        dotted(image, _place(0, zoom), _place(POLE, zoom), size, gold)


def _draw_star(image: Image.Image, star: int, zoom: float, look: tuple[str, bool]) -> None:
    colour, is_lit = look
    if star == POLE and is_lit:
        four_points(image, _place(star, zoom), STARS[POLE][2] * zoom, colour)
        return
    radius = _radius(star, zoom) * (1 if is_lit else UNLIT)
    disc(image, _place(star, zoom), radius, colour)


def _draw_ring(image: Image.Image, star: int, zoom: float, ground: str) -> None:
    thickness = _thickness(zoom) * 1.1
    radius = _radius(star, zoom)
    disc(image, _place(star, zoom), radius, ground)
    ring(image, _place(star, zoom), radius, thickness, INKS[ground][0])


def _place(star: int, zoom: float) -> Point:
    x, y, _ = STARS[star]
    return x * zoom, y * zoom


def _radius(star: int, zoom: float) -> float:
    """Small figures have larger stars, so that they can still be counted."""
    width = zoom * GRID
    swell = 1.5 if width < 96 else 1.25 if width < 160 else 1
    return (POLE_AS_DISC if star == POLE else STARS[star][2]) * swell * zoom


def _thickness(zoom: float) -> float:
    return 2.6 if zoom * GRID >= 160 else 2
