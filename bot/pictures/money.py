"""An amount as the one number of a card: large yuan, small fen, a quiet 「元」."""

from PIL import Image

from commerce.fen import show_yuan

from . import text
from .colours import mix

FEN, UNIT = 0.62, 0.46  # In em of the yuan.
GAP = 0.22 * UNIT  # The space before the unit, in its own em.
FAINT = 0.78


def money_width(amount_fen: int, size: float) -> float:
    yuan, fen = _parts(amount_fen)
    return (
        text.width(yuan, size)
        + text.width(fen, size * FEN)
        + size * GAP
        + text.width("元", size * UNIT)
    )


def money_size(amount_fen: int, room: float, sizes: tuple[float, ...]) -> float:
    """The first of the sizes, large to small, at which the amount fits; else the smallest."""
    return next((size for size in sizes if money_width(amount_fen, size) <= room), sizes[-1])


def write_money(
    image: Image.Image,
    at: tuple[float, float],
    amount_fen: int,
    size: float,
    colours: tuple[str, str],
) -> float:
    """Write from the left at a baseline; colours are (text, ground). Returns the right end."""
    x, y = at
    colour, ground = colours
    yuan, fen = _parts(amount_fen)
    text.write(image, (x, y), yuan, size, colour)
    x += text.width(yuan, size)
    text.write(image, (x, y), fen, size * FEN, colour)
    x += text.width(fen, size * FEN) + size * GAP
    text.write(image, (x, y), "元", size * UNIT, mix(colour, ground, FAINT))
    return x + text.width("元", size * UNIT)


def _parts(amount_fen: int) -> tuple[str, str]:
    """「1,860」 and 「.00」."""
    whole = show_yuan(amount_fen)
    return whole[:-3], whole[-3:]
