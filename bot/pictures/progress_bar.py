"""Bars of the progress card: what counts is filled, what is on its way is hatched."""

from functools import lru_cache

from PIL import Image, ImageDraw

from .colours import OK, PENDING, SKY, TRACK
from .shapes import SCALE, rounded_mask

HEIGHT = 20
STEP_GAP = 12
PENDING_GAP = 3
PITCH, STRIPE = 8, 3.4  # Of the hatch, across its stripes at 45°.

Counts = tuple[int, int, int]
"""Have, pending, need; need is at least 1."""


def draw_bar(image: Image.Image, place: tuple[int, int], width: int, counts: Counts) -> None:
    """One bar from nothing to what is needed."""
    have, pending, need = counts
    filled = width * min(max(have, 0), need) // need
    reached = width * min(max(have, 0) + pending, need) // need
    hatched = (filled + PENDING_GAP if filled else 0, reached)
    _draw_strip(image, place, width, (OK if have >= need else SKY, filled), hatched)


def draw_steps(image: Image.Image, place: tuple[int, int], width: int, counts: Counts) -> None:
    """A piece of its own for each that is needed."""
    have, pending, need = counts
    left, top = place
    colour = OK if have >= need else SKY
    pitch = (width + STEP_GAP) / need
    for index in range(need):
        start, end = round(index * pitch), round((index + 1) * pitch) - STEP_GAP
        filled = end - start if index < have else 0
        hatched = (0, end - start if have <= index < have + pending else 0)
        _draw_strip(image, (left + start, top), end - start, (colour, filled), hatched)


def _draw_strip(
    image: Image.Image,
    place: tuple[int, int],
    width: int,
    filled: tuple[str, int],
    hatched: tuple[int, int],
) -> None:
    """`filled` is (colour, pixels from the left), `hatched` is (from, to)."""
    strip = Image.new("RGB", (width, HEIGHT), TRACK)
    colour, pixels = filled
    strip.paste(colour, (0, 0, pixels, HEIGHT))
    start, end = hatched
    if end > start:
        strip.paste(PENDING, (start, 0, end, HEIGHT))
        strip.paste(SKY, (start, 0), _hatch(end - start))
    image.paste(strip, place, rounded_mask((0, 0, width, HEIGHT), HEIGHT / 2))


@lru_cache(maxsize=16)
def _hatch(width: int) -> Image.Image:
    mask = Image.new("L", (width * SCALE, HEIGHT * SCALE), 0)
    pen = ImageDraw.Draw(mask)
    height, pitch, stripe = HEIGHT * SCALE, PITCH * 2**0.5 * SCALE, STRIPE * 2**0.5 * SCALE
    x = 0.0
    while x < width * SCALE + height:
        pen.polygon(
            [(x, 0), (x + stripe, 0), (x + stripe - height, height), (x - height, height)], fill=255
        )
        x += pitch
    return mask.reduce(SCALE)
