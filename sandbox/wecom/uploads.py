"""The media calls of the API."""

from typing import Any
from urllib.parse import quote

from starlette.responses import Response

from sandbox.official.call import OK, Call, text_of
from sandbox.official.media import FOREVER, MB
from sandbox.wecom import counts, media
from sandbox.wecom.errors import ApiError

PICTURES_A_DAY = 100


def upload(call: Call) -> dict[str, Any]:
    kind = text_of(call.query, "type")
    if kind not in media.SIZES:
        raise ApiError(40004)
    if call.media is None:
        raise ApiError(41005)
    medium = media.keep(call.world, kind, call.media)
    created = str(int(medium.created_at))
    return {**OK, "type": kind, "media_id": medium.id, "created_at": created}


def upload_picture(call: Call) -> dict[str, Any]:
    """media/uploadimg: a lasting address instead of a media id."""
    if call.media is None:
        raise ApiError(41005)
    if len(call.media) > 2 * MB:
        raise ApiError(40009)
    if counts.within(call.world, "uploadimg", 86_400) >= PICTURES_A_DAY:
        raise ApiError(45009)
    counts.add(call.world, "uploadimg")
    medium = media.keep(call.world, "image", call.media, FOREVER)
    return {**OK, "url": f"{call.world.base_url}/sandbox/v1/media/{quote(medium.id)}"}


def get(call: Call) -> Response:
    medium = media.find(call.world, call.query.get("media_id"))
    name = f'attachment; filename="{medium.id}"'
    return Response(medium.content, media_type=medium.mime, headers={"Content-Disposition": name})
