"""Temporary media: three days by the sandbox clock; a phone keeps showing what it once got."""

import secrets
import sqlite3
from dataclasses import dataclass

from sandbox.official.errors import ApiError
from sandbox.world import World

LIFE_S = 3 * 86_400
FOREVER = 1e15
MB = 1 << 20
SIZES = {"image": 10 * MB, "voice": 2 * MB, "video": 10 * MB, "thumb": 64 * 1024}
TOO_BIG = {"image": 40009, "voice": 40010, "video": 40011, "thumb": 40012}
PICTURES = ("image/jpeg", "image/png", "image/gif", "image/bmp")
TYPES = {
    "image": PICTURES,
    "voice": ("audio/amr", "audio/mpeg"),
    "video": ("video/mp4",),
    "thumb": ("image/jpeg",),
}
_MAGIC = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF8", "image/gif"),
    (b"BM", "image/bmp"),
    (b"#!AMR", "audio/amr"),
    (b"ID3", "audio/mpeg"),
    (b"\xff\xfb", "audio/mpeg"),
    (b"\xff\xf3", "audio/mpeg"),
)


@dataclass(frozen=True, slots=True)
class Medium:
    id: str
    kind: str
    mime: str
    created_at: float
    content: bytes


def mime_of(content: bytes) -> str:
    """What the bytes are, whatever the file was called; empty when unknown."""
    if content[4:8] == b"ftyp":
        return "video/mp4"
    return next((mime for magic, mime in _MAGIC if content.startswith(magic)), "")


def check(kind: str, content: bytes) -> str:
    """The media type of the bytes. ApiError 40004, 44001, 40009-40012 or 40005 when refused."""
    if kind not in SIZES:
        raise ApiError(40004)
    if not content:
        raise ApiError(44001)
    if len(content) > SIZES[kind]:
        raise ApiError(TOO_BIG[kind], f"{len(content)} bytes, limit {SIZES[kind]}")
    mime = mime_of(content)
    if mime not in TYPES[kind]:
        raise ApiError(40005, f"not one of {', '.join(TYPES[kind])}")
    return mime


def keep(world: World, kind: str, content: bytes, life_s: float = LIFE_S) -> Medium:
    """Stores bytes under a new media id. ApiError as `check`."""
    return store(world, kind, check(kind, content), content, life_s)


def store(world: World, kind: str, mime: str, content: bytes, life_s: float) -> Medium:
    """Stores checked bytes under a new media id."""
    medium = Medium(secrets.token_urlsafe(48), kind, mime, world.now(), content)
    world.db.execute(
        "INSERT INTO media VALUES (?, ?, ?, ?, ?, ?)",
        (medium.id, kind, medium.mime, medium.created_at, medium.created_at + life_s, content),
    )
    return medium


def _medium(row: sqlite3.Row) -> Medium:
    return Medium(row["id"], row["kind"], row["mime"], row["created_at"], row["content"])


def on_phone(world: World, media_id: str) -> Medium | None:
    """The medium as phones still show it, however old."""
    row = world.db.execute("SELECT * FROM media WHERE id = ?", (media_id,)).fetchone()
    return _medium(row) if row else None


def find(world: World, media_id: object, kind: str | None = None) -> Medium:
    """The medium as the API knows it. ApiError 40007 when unknown, expired or of another kind."""
    medium = None
    if isinstance(media_id, str):
        row = world.db.execute(
            "SELECT * FROM media WHERE id = ? AND expires_at > ?", (media_id, world.now())
        ).fetchone()
        medium = _medium(row) if row else None
    if medium is None or kind not in (None, medium.kind):
        raise ApiError(40007)
    return medium
