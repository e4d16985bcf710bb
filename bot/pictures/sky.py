"""The night sky of the invite poster: 北斗 and 北极星 in their true positions, 21 px a degree."""

from PIL import Image

from .colours import ON_NIGHT, STAR, mix
from .shapes import disc, dotted, four_points, line

DIPPER = (
    ((739.9, 762.4), 9.7),
    ((731.0, 875.0), 8.0),
    ((556.3, 890.9), 8.0),
    ((520.0, 800.0), 6.3),
    ((406.6, 759.9), 8.8),
    ((319.2, 717.3), 8.4),
    ((177.7, 741.8), 8.0),
)
LINES = ((0, 1), (1, 2), (2, 3), (3, 4), (4, 5), (5, 6), (3, 0))
POLE, POLE_RADIUS = (816.5, 174.2), 44.1
FAR = "#C8D2F0"
# Opacity and radius, and where the far stars of this kind stand.
FAR_STARS: dict[tuple[float, float], tuple[tuple[int, int], ...]] = {
    (0.28, 1.2): (
        (75, 370),
        (145, 636),
        (147, 447),
        (303, 826),
        (476, 755),
        (673, 749),
        (757, 866),
        (914, 348),
        (1026, 249),
    ),
    (0.28, 1.6): (
        (76, 690),
        (94, 299),
        (118, 482),
        (340, 207),
        (346, 746),
        (406, 638),
        (561, 576),
        (742, 349),
        (1020, 27),
    ),
    (0.28, 2.2): (
        (39, 792),
        (518, 588),
        (675, 344),
        (1076, 542),
    ),
    (0.4, 1.2): (
        (214, 388),
        (455, 93),
        (658, 72),
        (677, 280),
        (796, 810),
        (968, 331),
        (1004, 879),
        (1077, 896),
    ),
    (0.4, 1.6): (
        (45, 132),
        (415, 525),
        (491, 22),
        (521, 657),
        (538, 217),
        (612, 179),
        (637, 831),
        (695, 105),
        (733, 253),
        (842, 594),
        (890, 537),
        (899, 122),
    ),
    (0.4, 2.2): (
        (1, 778),
        (50, 254),
        (486, 298),
        (502, 438),
        (629, 219),
        (783, 143),
        (840, 294),
        (1042, 589),
        (1079, 68),
    ),
    (0.6, 1.2): (
        (24, 862),
        (231, 834),
        (380, 617),
        (483, 172),
        (487, 248),
        (548, 529),
        (680, 714),
        (701, 508),
        (842, 717),
        (874, 624),
        (1078, 18),
    ),
    (0.6, 1.6): (
        (10, 549),
        (257, 634),
        (413, 468),
        (489, 504),
        (560, 678),
        (715, 412),
        (950, 655),
    ),
    (0.6, 2.2): ((401, 408),),
}


def draw_sky(image: Image.Image, ground: str) -> None:
    for (opacity, radius), places in FAR_STARS.items():
        for x, y in places:
            disc(image, (x, y), radius, mix(FAR, ground, opacity))
    for line_from, line_to in LINES:
        line(image, DIPPER[line_from][0], DIPPER[line_to][0], 2.5, "#5D6CA3")
    dotted(image, DIPPER[0][0], POLE, (2.25, 15.8), "#8C7A4C")
    for place, radius in DIPPER:
        disc(image, place, radius, ON_NIGHT)
    four_points(image, POLE, POLE_RADIUS, STAR)
