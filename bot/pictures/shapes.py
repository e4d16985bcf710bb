"""Antialiased shapes: each is drawn 8 times too large as a mask, then laid down at its place."""

import math
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import pairwise

from PIL import Image, ImageDraw

Point = tuple[float, float]
Box = tuple[float, float, float, float]

SCALE = 8
CHORDS = 24  # Straight pieces to one curve.


def disc(image: Image.Image, centre: Point, radius: float, colour: str) -> None:
    box = _around(centre, radius)
    mask, origin = _mask(box)
    ImageDraw.Draw(mask).ellipse(_enlarged(box, origin), fill=255)
    _lay(image, mask, origin, colour)


def ring(image: Image.Image, centre: Point, radius: float, width: float, colour: str) -> None:
    """A circle line; `radius` reaches to its middle."""
    outside, inside = _around(centre, radius + width / 2), _around(centre, radius - width / 2)
    mask, origin = _mask(outside)
    pen = ImageDraw.Draw(mask)
    pen.ellipse(_enlarged(outside, origin), fill=255)
    pen.ellipse(_enlarged(inside, origin), fill=0)
    _lay(image, mask, origin, colour)


def polygon(image: Image.Image, corners: Iterable[Point], colour: str) -> None:
    points = list(corners)
    xs, ys = zip(*points, strict=True)
    mask, (left, top) = _mask((min(xs), min(ys), max(xs), max(ys)))
    enlarged = [((x - left) * SCALE, (y - top) * SCALE) for x, y in points]
    ImageDraw.Draw(mask).polygon(enlarged, fill=255)
    _lay(image, mask, (left, top), colour)


def line(image: Image.Image, start: Point, end: Point, width: float, colour: str) -> None:
    """A straight line with flat ends."""
    (x0, y0), (x1, y1) = start, end
    length = math.dist(start, end)
    dx, dy = (y0 - y1) / length * width / 2, (x1 - x0) / length * width / 2
    corners = ((x0 + dx, y0 + dy), (x1 + dx, y1 + dy), (x1 - dx, y1 - dy), (x0 - dx, y0 - dy))
    polygon(image, corners, colour)


def dotted(
    image: Image.Image, start: Point, end: Point, size: tuple[float, float], colour: str
) -> None:
    """Dots from `start` towards `end`; `size` is (radius, distance from dot to dot)."""
    radius, step = size
    length = math.dist(start, end)
    for index in range(int(length / step) + 1):
        part = index * step / length
        x, y = (a + (b - a) * part for a, b in zip(start, end, strict=True))
        disc(image, (x, y), radius, colour)


def four_points(image: Image.Image, centre: Point, radius: float, colour: str) -> None:
    """The four-pointed star: 北极星 and the brand mark."""
    polygon(image, _star_outline(centre, radius), colour)


def rounded(image: Image.Image, box: Box, radius: float, colour: str) -> None:
    """A filled rectangle with round corners."""
    left, top, right, bottom = box
    x, y = math.floor(left), math.floor(top)
    mask = rounded_mask((left - x, top - y, right - x, bottom - y), radius)
    image.paste(colour, (x, y), mask)


def framed(
    image: Image.Image, box: Box, radius: float, fill: str, border: tuple[str, float]
) -> None:
    """A rounded rectangle with a border (colour, width) inside its edge."""
    colour, width = border
    left, top, right, bottom = box
    rounded(image, box, radius, colour)
    rounded(image, (left + width, top + width, right - width, bottom - width), radius - width, fill)


def dashed(image: Image.Image, box: Box, radius: float, border: tuple[str, float]) -> None:
    """A dashed border (colour, width) inside the edge of an integer box, nothing filled."""
    colour, width = border
    left, top, right, bottom = box
    mask = _dashed_mask((right - left, bottom - top), radius, width)
    image.paste(colour, (int(left), int(top)), mask)


def polyline(image: Image.Image, path: list[Point], width: float, colour: str) -> None:
    """A line through all points of the path, round at its joints."""
    xs, ys = zip(*path, strict=True)
    half = width / 2
    mask, (left, top) = _mask((min(xs) - half, min(ys) - half, max(xs) + half, max(ys) + half))
    enlarged = [((x - left) * SCALE, (y - top) * SCALE) for x, y in path]
    ImageDraw.Draw(mask).line(enlarged, fill=255, width=round(width * SCALE), joint="curve")
    _lay(image, mask, (left, top), colour)


@lru_cache(maxsize=64)
def rounded_mask(box: Box, radius: float) -> Image.Image:
    """The mask of a rounded rectangle that begins in the first pixel. Kept: don't draw on it."""
    mask, origin = _mask(box)
    pen = ImageDraw.Draw(mask)
    pen.rounded_rectangle(_enlarged(box, origin), radius * SCALE, fill=255)
    return mask.reduce(SCALE)


@lru_cache(maxsize=64)
def round_mask(size: int) -> Image.Image:
    """The disc that cuts a square picture of this size round."""
    mask, origin = _mask((0, 0, size, size))
    ImageDraw.Draw(mask).ellipse(_enlarged((0, 0, size, size), origin), fill=255)
    return mask.reduce(SCALE)


def _around(centre: Point, radius: float) -> Box:
    x, y = centre
    return (x - radius, y - radius, x + radius, y + radius)


def _mask(box: Box) -> tuple[Image.Image, tuple[int, int]]:
    """An empty enlarged mask that holds the box, and the pixel where it begins."""
    left, top = math.floor(box[0]), math.floor(box[1])
    width, height = max(math.ceil(box[2]) - left, 1), max(math.ceil(box[3]) - top, 1)
    return Image.new("L", (width * SCALE, height * SCALE), 0), (left, top)


def _enlarged(box: Box, origin: tuple[int, int]) -> Box:
    """The box in the mask. ImageDraw counts the last row and column in, a box does not."""
    left, top = origin
    return (
        (box[0] - left) * SCALE,
        (box[1] - top) * SCALE,
        (box[2] - left) * SCALE - 1,
        (box[3] - top) * SCALE - 1,
    )


def _lay(image: Image.Image, mask: Image.Image, origin: tuple[int, int], colour: str) -> None:
    image.paste(colour, origin, mask.reduce(SCALE))


def curve(start: Point, bend: Point, end: Point) -> Iterator[Point]:
    """Points of a quadratic Bézier curve, both ends included."""
    for chord in range(CHORDS + 1):
        t = chord / CHORDS
        a, b, c = (1 - t) ** 2, 2 * t * (1 - t), t**2
        yield (
            a * start[0] + b * bend[0] + c * end[0],
            a * start[1] + b * bend[1] + c * end[1],
        )


def _star_outline(centre: Point, radius: float) -> Iterator[Point]:
    """Four curves from point to point, each bent in to 0.22 of the radius."""
    x, y = centre
    waist = 0.22 * radius
    for right, down in ((1, -1), (1, 1), (-1, 1), (-1, -1)):
        upright, flat = (x, y + down * radius), (x + right * radius, y)
        bend = (x + right * waist, y + down * waist)
        yield from curve(upright, bend, flat) if right != -down else curve(flat, bend, upright)


@lru_cache(maxsize=16)
def _dashed_mask(size: Point, radius: float, width: float) -> Image.Image:
    """Dashes three widths long, gaps of two, stretched so that they close evenly."""
    mask, _ = _mask((0, 0, *size))
    pen = ImageDraw.Draw(mask)
    path = list(_frame_path(size, radius, width / 2))
    length = math.fsum(math.dist(a, b) for a, b in pairwise(path))
    pitch = length / round(length / (width * 5))
    walked = 0.0
    for here, there in pairwise(path):
        if walked % pitch < pitch * 0.6 - width:  # A disc reaches half a width further.
            pen.ellipse(_enlarged(_around(here, width / 2), (0, 0)), fill=255)
        walked += math.dist(here, there)
    return mask.reduce(SCALE)


def _frame_path(size: Point, radius: float, inset: float) -> Iterator[Point]:
    """Once around a rounded rectangle in steps of a quarter pixel or less."""
    bow = radius - inset
    centres = (
        (size[0] - radius, radius, -90),
        (size[0] - radius, size[1] - radius, 0),
        (radius, size[1] - radius, 90),
        (radius, radius, 180),
    )
    turns = [
        (x + bow * math.cos(angle), y + bow * math.sin(angle))
        for x, y, first in centres
        for angle in (math.radians(first + 90 * chord / CHORDS) for chord in range(CHORDS + 1))
    ]
    for here, there in pairwise([*turns, turns[0]]):
        steps = math.ceil(math.dist(here, there) * 4)
        for step in range(steps):
            part = step / steps
            yield here[0] + (there[0] - here[0]) * part, here[1] + (there[1] - here[1]) * part
    yield turns[0]
