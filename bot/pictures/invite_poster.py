"""The invite poster: who invites, to what, and a code that remembers who it was."""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from PIL import Image, ImageOps

from . import names, text
from .avatar import draw_avatar
from .jpeg import encode
from .qr import code
from .shapes import disc, four_points, framed
from .sky import draw_sky
from .template import AdMark, Brand, Line, Slogan, Template

LETTERS_APART = 0.06
SLOGAN_SIZES = (1, 0.8, 0.63, 0.5)


def draw_invite_poster(facts: Mapping[str, Any], template: Template) -> bytes:
    image = _ground(
        template,
        facts["brand"],
        facts["slogan"],
        tuple(facts["lines"]),
        facts["ad_mark"],
    ).copy()
    person = facts["member_id"], facts["nickname"]
    avatar, name, qr = template.avatar, template.name, template.qr
    draw_avatar(image, (avatar.x, avatar.y), avatar.size, person, facts["avatar"])
    shown = names.fitted(names.shown(facts["nickname"]), name.width, name.size, bold=name.bold)
    _write(image, name, shown)
    until = template.validity.text.replace("{date}", facts["valid_until"])
    _write(image, template.validity, until)
    image.paste(code(facts["qr"], qr.size, qr.colour, qr.ground), (qr.x, qr.y))
    return encode(image)


@lru_cache(maxsize=4)
def _ground(
    template: Template, brand: str, slogan: str, lines: tuple[str, ...], ad_mark: str
) -> Image.Image:
    """All that is the same on everybody's poster. Kept: copy it to draw on it."""
    image = _backdrop(template).copy()
    _draw_brand(image, template.brand, brand)
    _draw_slogan(image, template.slogan, slogan)
    _write(image, template.invitation, template.invitation.text)
    for index, line in enumerate(lines):
        box = template.lines
        top = box.y + index * box.line
        disc(image, (box.x + 4.5, top + box.line / 2 + 0.5), 4.5, box.bullet)
        room = template.qr.x - box.x - box.indent - 16
        size = round(text.size_for(line, room, (box.size, box.size * 0.88, box.size * 0.76)))
        smaller = box.model_copy(update={"size": size})
        shown = names.fitted(line, room, size)
        _write(image, smaller, shown, (box.indent, index * box.line))
    _draw_ad_mark(image, template.ad_mark, ad_mark)
    return image


@lru_cache(maxsize=2)
def _backdrop(template: Template) -> Image.Image:
    size = (template.width, template.height)
    if template.picture:
        with Image.open(template.picture) as picture:
            return ImageOps.fit(picture.convert("RGB"), size)
    image = Image.new("RGB", size, template.ground)
    if template.sky:
        draw_sky(image, template.ground)
    image.paste(template.panel.colour, (0, template.panel.y, *size))
    return image


def _write(image: Image.Image, box: Line, line: str, shift: tuple[float, float] = (0, 0)) -> None:
    y = text.baseline(box.y + shift[1], box.line, box.size)
    text.write(image, (box.x + shift[0], y), line, box.size, box.colour, bold=box.bold)


def _draw_brand(image: Image.Image, box: Brand, brand: str) -> None:
    """The mark is drawn on a grid of 32; the word stands beside it in one line box."""
    zoom = box.mark / 32
    top = box.y + (box.line - box.mark) / 2
    for x, y, radius in ((14, 17, 13), (26.5, 6, 5)):
        centre = (box.x + x * zoom, top + y * zoom)
        four_points(image, centre, radius * zoom, box.mark_colour)
    place = (box.x + box.mark + 16, text.baseline(box.y, box.line, box.size))
    text.write_spaced(image, place, brand, box.size, box.colour, LETTERS_APART)


def _draw_slogan(image: Image.Image, box: Slogan, slogan: str) -> None:
    """Two lines; a slogan too long for them is written smaller."""
    for share in SLOGAN_SIZES:
        lines = list(_broken(slogan, int(box.per_line / share)))
        if len(lines) <= 2:
            break
    fitted = box.model_copy(update={"size": round(box.size * share)})
    for index, line in enumerate(lines[:2]):
        _write(image, fitted, line, (0, index * box.line))


def _broken(slogan: str, per_line: int) -> Iterator[str]:
    """Lines of at most `per_line` characters, broken behind 「，」."""
    rest = slogan
    while rest:
        comma = rest.find("，", 0, per_line) + 1
        end = comma or per_line
        yield rest[:end]
        rest = rest[end:]


def _draw_ad_mark(image: Image.Image, box: AdMark, mark: str) -> None:
    """A tag: its right edge is given, its left follows the word."""
    padding = 13.5
    left = box.right - text.width(mark, box.size, LETTERS_APART) - 2 * padding
    ground = _colour_at(image, (box.right - 1, box.y + 1))
    framed(image, (left, box.y, box.right, box.y + box.line), 6, ground, (box.border, 1.5))
    place = (left + padding, text.baseline(box.y, box.line, box.size))
    text.write_spaced(image, place, mark, box.size, box.colour, LETTERS_APART)


def _colour_at(image: Image.Image, place: tuple[int, int]) -> str:
    return "#" + bytes(image.convert("RGB").getpixel(place)).hex()  # type: ignore[arg-type]
