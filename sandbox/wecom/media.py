"""Temporary media of the corp: three days, each kind with its own limit."""

from sandbox.official import media as stored
from sandbox.official.errors import ApiError as PlatformError
from sandbox.official.media import MB, Medium
from sandbox.wecom.errors import ApiError
from sandbox.world import World

SIZES = {"image": 10 * MB, "voice": 2 * MB, "video": 10 * MB, "file": 20 * MB}
TOO_BIG = {"image": 40009, "voice": 40010, "video": 40011, "file": 40009}
TYPES = {
    "image": ("image/jpeg", "image/png"),
    "voice": ("audio/amr",),
    "video": ("video/mp4",),
}
LEAST = 5


def check(kind: str, content: bytes) -> str:
    """The media type of the bytes. ApiError 40004, 44001, 40009-40011 or 40058 when refused."""
    if kind not in SIZES:
        raise ApiError(40004)
    if len(content) <= LEAST:
        raise ApiError(44001)
    if len(content) > SIZES[kind]:
        raise ApiError(TOO_BIG[kind], f"{len(content)} bytes, limit {SIZES[kind]}")
    mime = stored.mime_of(content)
    if kind in TYPES and mime not in TYPES[kind]:
        raise ApiError(40058, f"not one of {', '.join(TYPES[kind])}")
    return mime or "application/octet-stream"


def keep(world: World, kind: str, content: bytes, life_s: float = stored.LIFE_S) -> Medium:
    return stored.store(world, kind, check(kind, content), content, life_s)


def find(world: World, media_id: object, kind: str | None = None) -> Medium:
    """The medium as the API knows it. ApiError 40007 when unknown, expired or of another kind."""
    try:
        return stored.find(world, media_id, kind)
    except PlatformError as error:
        raise ApiError(error.code) from error
