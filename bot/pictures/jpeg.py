"""The finished picture as a file."""

import io

from PIL import Image

LIMIT = 150_000  # Bytes.
QUALITIES = (85, 75, 65, 50, 35)


def encode(image: Image.Image, *, sharp: bool = False) -> bytes:
    """JPEG of at most 150 kB: quality 85, less only for a picture that needs it.

    ValueError when even quality 35 is too large: a template's background full of noise.
    `sharp` keeps every pixel's own colour (4:4:4), for small coloured text.
    """
    for quality in QUALITIES:
        file = io.BytesIO()
        image.save(file, "JPEG", quality=quality, subsampling=0 if sharp else 2)
        data = file.getvalue()
        if len(data) <= LIMIT:
            return data
    raise ValueError(f"the picture needs {len(data)} bytes at quality {quality}, not {LIMIT}")
