"""Text in Noto Sans SC: fonts, what they can draw, and lines placed as a browser places them."""

import struct
from bisect import bisect_right
from collections.abc import Iterator
from functools import lru_cache

import pylopdf_fonts_zh_cn
from PIL import Image, ImageDraw, ImageFont

ASCENT, DESCENT = 1.160, 0.288  # Of Noto Sans SC, in em.


@lru_cache(maxsize=64)
def font(size: float) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(pylopdf_fonts_zh_cn.sans_path()), size)


def stroke(size: float) -> float:
    """What makes Regular bold at this size, in pixels on every side: 1 at 46, 2 at 96."""
    return size * 0.0215


def width(text: str, size: float, spacing: float = 0) -> float:
    """Advance in pixels; `spacing` is added after every character, in em."""
    return font(size).getlength(text) + spacing * size * len(text)


def size_for(line: str, room: float, sizes: tuple[float, ...]) -> float:
    """The first of the sizes, large to small, at which the line fits; else the smallest."""
    return next((size for size in sizes if width(line, size) <= room), sizes[-1])


def baseline(top: float, line_height: float, size: float) -> float:
    """Where text of this size stands in a line box: on a whole pixel, as browsers round it."""
    ascent, descent = round(ASCENT * size), round(DESCENT * size)
    return top + (line_height - ascent - descent) // 2 + ascent


def write(
    image: Image.Image,
    at: tuple[float, float],
    text: str,
    size: float,
    colour: str,
    *,
    anchor: str = "l",
    bold: bool = False,
) -> None:
    """One line with its baseline at `at`; anchor l, m or r says which end x means."""
    ImageDraw.Draw(image).text(
        at,
        text,
        colour,
        font(size),
        anchor + "s",
        stroke_width=stroke(size) if bold else 0,
    )


def write_spaced(
    image: Image.Image,
    at: tuple[float, float],
    text: str,
    size: float,
    colour: str,
    spacing: float,
) -> None:
    """Letters set apart by `spacing` em, for the word mark and the 「广告」 tag."""
    x, y = at
    for character in text:
        write(image, (x, y), character, size, colour)
        x += width(character, size, spacing)


def has_glyph(character: str) -> bool:
    """Whether the font draws this character itself."""
    starts, ends = _covered()
    code = ord(character)
    index = bisect_right(starts, code) - 1
    return index >= 0 and code <= ends[index]


@lru_cache(maxsize=1)
def _covered() -> tuple[list[int], list[int]]:
    """First and last code points of the ranges in the font's cmap (OpenType, format 12)."""
    groups = sorted(_cmap_groups())
    return [first for first, _ in groups], [last for _, last in groups]


def _cmap_groups() -> Iterator[tuple[int, int]]:
    with open(pylopdf_fonts_zh_cn.sans_path(), "rb") as file:
        (tables,) = struct.unpack(">4xH6x", file.read(12))
        directory = dict(struct.unpack(">4s4xI4x", file.read(16)) for _ in range(tables))
        cmap = directory[b"cmap"]
        file.seek(cmap)
        (subtables,) = struct.unpack(">2xH", file.read(4))
        offsets = [struct.unpack(">4xI", file.read(8))[0] for _ in range(subtables)]
        for offset in offsets:
            file.seek(cmap + offset)
            (form,) = struct.unpack(">H", file.read(2))
            if form == 12:
                (count,) = struct.unpack(">10xI", file.read(14))
                for _ in range(count):
                    yield struct.unpack(">II4x", file.read(12))
                return
