"""Money is an int of fen. Every division of money in the program happens in this file."""

import re

BP_WHOLE = 10_000  # 100 % in basis points


def parse_yuan(text: str) -> int:
    """「200」, 「100.5」 → fen, exactly. ValueError when it is not an amount to the fen."""
    if not re.fullmatch(r"[0-9]{1,12}(\.[0-9]{1,2})?", text):
        raise ValueError(f"not an amount of yuan: {text!r}")
    yuan, _, cents = text.partition(".")
    return int(yuan) * 100 + int(cents.ljust(2, "0"))


def show_yuan(amount_fen: int) -> str:
    """「1,740.00」: thousands by comma, always two decimals, the minus a real one (U+2212)."""
    sign = "−" if amount_fen < 0 else ""
    yuan, fen = divmod(abs(amount_fen), 100)
    return f"{sign}{yuan:,}.{fen:02d}"
