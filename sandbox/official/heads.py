"""People's own pictures, as userinfo names them: one plain drawing a person, always the same."""

import hashlib
import io

from PIL import Image, ImageDraw
from starlette.responses import Response

from sandbox.official.call import Call, text_of
from sandbox.people import by_openid

SIDE = 132
COLOURS = ("#3B4F94", "#8A4B63", "#2F6F73", "#7A5C2E", "#5A4A8C", "#4B6B3C", "#59606E")


def show(call: Call) -> Response:
    """GET mmhead?who=OPENID: a JPEG, without a token; 404 for nobody."""
    person = by_openid(call.world, text_of(call.query, "who"))
    if person is None:
        return Response("not found", 404, media_type="text/plain")
    digest = hashlib.sha256(person.openid.encode()).digest()
    image = Image.new("RGB", (SIDE, SIDE), COLOURS[digest[0] % len(COLOURS)])
    draw = ImageDraw.Draw(image)
    draw.ellipse((41, 26, 91, 76), fill="#FFFFFF")
    draw.ellipse((16, 86, 116, 186), fill="#FFFFFF")
    picture = io.BytesIO()
    image.save(picture, "JPEG", quality=90)
    return Response(picture.getvalue(), media_type="image/jpeg")
