"""The media calls of the API."""

from typing import Any
from urllib.parse import quote

from starlette.responses import Response

from sandbox.official import media
from sandbox.official.call import Call, text_of
from sandbox.official.errors import ApiError

LARGEST_ARTICLE_PICTURE = media.MB


def upload(call: Call) -> dict[str, Any]:
    kind = text_of(call.query, "type")
    if kind not in media.SIZES:
        raise ApiError(40004)
    if call.media is None:
        raise ApiError(41005)
    medium = media.keep(call.world, kind, call.media)
    key = "thumb_media_id" if kind == "thumb" else "media_id"
    return {"type": kind, key: medium.id, "created_at": int(medium.created_at)}


def upload_picture(call: Call) -> dict[str, Any]:
    """media/uploadimg: a lasting address for articles instead of a media id."""
    if call.media is None:
        raise ApiError(41005)
    if len(call.media) > LARGEST_ARTICLE_PICTURE:
        raise ApiError(40009)
    if media.mime_of(call.media) not in ("image/jpeg", "image/png"):
        raise ApiError(40005)
    return {"url": address(call, media.keep(call.world, "image", call.media, media.FOREVER).id)}


def get(call: Call) -> Response | dict[str, Any]:
    """The bytes; for a video its address."""
    medium = media.find(call.world, call.query.get("media_id"))
    if medium.kind == "video":
        return {"video_url": address(call, medium.id)}
    name = f'attachment; filename="{medium.id}"'
    return Response(medium.content, media_type=medium.mime, headers={"Content-Disposition": name})


def address(call: Call, media_id: str) -> str:
    return f"{call.world.base_url}/sandbox/v1/media/{quote(media_id)}"
