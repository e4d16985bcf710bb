"""`make bench`: every goal that exists yet, as a ratio measured side by side, met or not."""

import sys
import unicodedata
from typing import Any

from bench import (
    auditing,
    broadcast,
    callback,
    doors,
    draw,
    due,
    envelope,
    importing,
    ledger,
    offers,
    pictures,
    settlement,
    team,
    understanding,
)

COLUMNS = ("id", "job", "ours", "floor", "ratio", "goal", "met")


def main(quick: bool) -> None:
    rows: list[dict[str, Any]] = []
    for benchmark in (
        callback,
        doors,
        envelope,
        pictures,
        team,
        settlement,
        auditing,
        ledger,
        draw,
        due,
        broadcast,
        importing,
        offers,
        understanding,
    ):
        found = benchmark.run(quick)
        rows += found
        for row in found:
            print(f"  {row['id']} {row['job']}: {row['ratio']}", file=sys.stderr)
    print(table(rows))


def table(rows: list[dict[str, Any]]) -> str:
    cells = [COLUMNS, *(tuple(_cell(row[name]) for name in COLUMNS) for row in rows)]
    widths = [max(_width(line[place]) for line in cells) for place in range(len(COLUMNS))]
    return "\n".join(
        "  ".join(
            cell + " " * (wide - _width(cell)) for cell, wide in zip(line, widths, strict=True)
        )
        for line in cells
    )


def _cell(value: Any) -> str:
    return (
        {True: "met", False: "NOT MET"}.get(value, str(value))
        if isinstance(value, bool)
        else str(value)
    )


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


if __name__ == "__main__":
    main(quick="--quick" in sys.argv)
