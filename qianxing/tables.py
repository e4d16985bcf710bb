"""Tables for a terminal: a Chinese character is two columns wide, numbers stand right."""

import unicodedata
from collections.abc import Sequence

Row = Sequence[str]
GAP = "  "


def table(heads: Row, rows: Sequence[Row], *, right: str = "") -> list[str]:
    """The lines of a table. `right` has an 「r」 for every column that stands right: 「..rr」. What
    a short row lacks is empty, and a row of one cell takes no room from the others."""
    whole = [[*row, *[""] * (len(heads) - len(row))] for row in (heads, *rows)]
    sized = [row for row in whole if any(row[1:])]
    widths = [max(columns(row[at]) for row in sized) for at in range(len(heads))]
    sides = right.ljust(len(heads), ".")[: len(heads)]
    rule = GAP.join("─" * width for width in widths)
    lines = [_line(row, widths, sides) for row in whole]
    return [lines[0], rule, *lines[1:]]


def columns(text: str) -> int:
    """How wide the text is."""
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)


def _line(row: Row, widths: Sequence[int], sides: str) -> str:
    cells = [_cell(text, width, side) for text, width, side in zip(row, widths, sides, strict=True)]
    return GAP.join(cells).rstrip()


def _cell(text: str, width: int, side: str) -> str:
    space = " " * (width - columns(text))
    return space + text if side == "r" else text + space
