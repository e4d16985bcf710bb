"""A QR code as an SVG of our own: dark modules on white, four modules of quiet around it."""

from html import escape
from typing import Any

from qrcode.constants import ERROR_CORRECT_M
from qrcode.main import QRCode

QUIET = 4


def qr_svg(content: str, label: str) -> str:
    """Sharp at every size; white also where the page is dark, as scanners need it."""
    maker: QRCode[Any] = QRCode(error_correction=ERROR_CORRECT_M, border=0)
    maker.add_data(content)  # type: ignore[no-untyped-call]
    matrix: list[list[bool]] = maker.get_matrix()  # type: ignore[no-untyped-call]
    side = len(matrix) + 2 * QUIET
    runs = "".join(_runs(row, y + QUIET) for y, row in enumerate(matrix))
    return (
        f'<svg class="qr" viewBox="0 0 {side} {side}" role="img" aria-label="{escape(label)}" '
        f'shape-rendering="crispEdges"><rect width="{side}" height="{side}" fill="#FFF"/>'
        f'<path d="{runs}" fill="#0F1833"/></svg>'
    )


def _runs(row: list[bool], y: int) -> str:
    """Each run of dark modules as one rectangle."""
    path, start = "", None
    for x, dark in enumerate([*row, False]):
        if dark and start is None:
            start = x
        elif not dark and start is not None:
            path += f"M{start + QUIET} {y}h{x - start}v1h{start - x}z"
            start = None
    return path
