"""The round picture of a person: the photograph, or a letter on a ground of their own."""

import base64
import io

from PIL import Image, ImageOps

from . import names, text
from .colours import AVATARS, ON_NIGHT
from .shapes import four_points, round_mask

LARGEST = 16_000_000  # Pixels: more than any avatar, less than what fills the memory.


def draw_avatar(
    image: Image.Image,
    at: tuple[int, int],
    size: int,
    person: tuple[int, str],
    photograph: str | None = None,
) -> None:
    """Person is (member id, nickname). A photograph (base64) that can't be read is left out."""
    member_id, nickname = person
    face = _photograph(photograph, size) if photograph else None
    image.paste(face or _letter(member_id, nickname, size), at, round_mask(size))


def _photograph(encoded: str, size: int) -> Image.Image | None:
    try:
        with Image.open(io.BytesIO(base64.b64decode(encoded)), formats=("JPEG", "PNG")) as picture:
            if picture.width * picture.height > LARGEST:
                return None
            picture.draft("RGB", (size, size))
            face = ImageOps.fit(picture.convert("RGBA"), (size, size))
    except Exception:  # A decoder fed a stranger's bytes may raise anything at all.
        return None
    return Image.alpha_composite(Image.new("RGBA", (size, size), "#FFFFFF"), face).convert("RGB")


def _letter(member_id: int, nickname: str, size: int) -> Image.Image:
    face = Image.new("RGB", (size, size), AVATARS[member_id % len(AVATARS)])
    letter = names.initial(nickname)
    if letter:
        em = round(size * 0.44)
        place = (size / 2, text.baseline(0, size, em))
        text.write(face, place, letter, em, ON_NIGHT, anchor="m")
    else:
        four_points(face, (size / 2, size / 2), size * 0.27, ON_NIGHT)
    return face
