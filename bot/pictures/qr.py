"""The QR code: level M, whole pixels to a module, four modules of quiet around it."""

import io
from typing import Any

import zxingcpp
from PIL import Image
from qrcode.constants import ERROR_CORRECT_M
from qrcode.main import QRCode

QUIET = 4


def code(content: str, size: int, colour: str, ground: str) -> Image.Image:
    """A square of `size` pixels with the code as large as whole modules allow, centred.

    ValueError when the content leaves less than two pixels to a module.
    """
    maker: QRCode[Any] = QRCode(error_correction=ERROR_CORRECT_M, border=0)
    maker.add_data(content)  # type: ignore[no-untyped-call]
    matrix: list[list[bool]] = maker.get_matrix()  # type: ignore[no-untyped-call]
    count = len(matrix)
    module = size // (count + 2 * QUIET)
    if module < 2:
        raise ValueError(f"a QR code of {count} modules doesn't fit into {size} pixels")
    dark = Image.new("1", (count, count))
    dark.putdata([cell for row in matrix for cell in row])
    square = Image.new("RGB", (size, size), ground)
    corner = (size - count * module) // 2
    mask = dark.resize((count * module, count * module), Image.Resampling.NEAREST)
    square.paste(colour, (corner, corner), mask)
    return square


def read(picture: bytes) -> str | None:
    """What the QR code in a picture says; None without one, and for what is no picture."""
    try:
        image = Image.open(io.BytesIO(picture)).convert("RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None
    wanted = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
    found = zxingcpp.read_barcodes(image, formats=wanted)
    return str(found[0].text) if found else None
