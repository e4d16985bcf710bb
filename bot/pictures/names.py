"""People's names as pictures show them. The stored name is never changed."""

import re
import unicodedata
from collections.abc import Iterator

from . import text

NOBODY = "一位朋友"
LONGEST = 200  # Characters looked at; the platforms allow 32.
MISSING = "□"
ELLIPSIS = "…"

# Control, format (zero-width, direction, tags), half of a pair, and variation selectors.
_INVISIBLE = ("Cc", "Cf", "Cs")
_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef\u034f\u115f\u1160\u3164\uffa0]")
_BLANKS = re.compile(r"[\s\u2800]+")
# The blocks of the pictographs: what the font lacks of them would be a colour emoji.
_EMOJI = re.compile("[\u2300-\u23ff\u2600-\u27bf\u2b00-\u2bff\u20d0-\u20ff\U0001f000-\U0001faff]")
_HANGUL = re.compile("[\u1100-\u11ff\ua960-\ua97c\ud7b0-\ud7fb]")


def shown(name: str) -> str:
    """The name as it can be drawn: visible, in glyphs the font has, never empty."""
    plain = _BLANKS.sub(" ", _SELECTORS.sub("", unicodedata.normalize("NFC", name[:LONGEST])))
    seen = "".join(c for c in plain if unicodedata.category(c) not in _INVISIBLE)
    drawn = "".join(_glyphs(seen))
    return _BLANKS.sub(" ", drawn).strip() or NOBODY


def graphemes(line: str) -> Iterator[str]:
    """Characters as people count them: a base with the marks that belong to it."""
    cluster = ""
    for character in line:
        if cluster and not _continues(cluster, character):
            yield cluster
            cluster = ""
        cluster += character
    if cluster:
        yield cluster


def fitted(line: str, room: float, size: float, *, bold: bool = False) -> str:
    """The line, or as much of it as fits into `room` pixels with 「…」 behind."""
    # A bold line reaches out by its stroke on both sides.
    room -= 2 * text.stroke(size) if bold else 0
    if text.width(line, size) <= room:
        return line
    kept = ""
    for cluster in graphemes(line):
        if text.width(kept + cluster + ELLIPSIS, size) > room:
            break
        kept += cluster
    return kept.rstrip() + ELLIPSIS


def initial(name: str) -> str:
    """What an avatar without a photograph shows, or "" for the four-pointed star."""
    line = shown(name)
    clusters = [c for c in graphemes(line) if c not in (MISSING, " ")]
    if not clusters or line == NOBODY != name:
        return ""
    chinese = [c for c in clusters if _is_chinese(c)]
    if chinese and len(line) <= 3:
        return chinese[-1]
    return next((c for c in clusters if c[0].isalpha()), clusters[0])


def _glyphs(line: str) -> Iterator[str]:
    for character in line:
        if text.has_glyph(character):
            yield character
        elif not _EMOJI.match(character) and not unicodedata.category(character).startswith("M"):
            yield MISSING


def _continues(cluster: str, character: str) -> bool:
    if unicodedata.category(character).startswith("M"):
        return True
    return bool(_HANGUL.match(cluster[-1]) and _HANGUL.match(character))


def _is_chinese(cluster: str) -> bool:
    return unicodedata.name(cluster[0], "").startswith("CJK UNIFIED IDEOGRAPH")
