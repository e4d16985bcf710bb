"""
Cells that a spreadsheet would take for a formula, written so that it does not, and read back.

A quote goes before them; before what already begins with such a quote goes one more, so that every
value comes back as it was.
"""

RUNS = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠")
"""What a spreadsheet runs, or drops before it runs the rest."""
QUOTE = "'"


def escaped(cell: str) -> str:
    return QUOTE + cell if is_dangerous(cell) else cell


def unescaped(cell: str) -> str:
    """What `escaped` was given. A cell that never was escaped is itself."""
    if cell[:1] == QUOTE and is_dangerous(cell[1:]):
        return cell[1:]
    return cell


def is_dangerous(cell: str) -> bool:
    """Whether it runs, or would come back as something else."""
    return cell.lstrip(QUOTE)[:1] in RUNS if cell[:1] == QUOTE else cell[:1] in RUNS
