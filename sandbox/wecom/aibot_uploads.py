"""A medium over the long connection: announced, in pieces, put together."""

import base64
import binascii
import hashlib
import secrets
from typing import Any

from sandbox.official.call import text_of
from sandbox.wecom import media
from sandbox.wecom.aibot_line import Line
from sandbox.wecom.errors import ApiError

LARGEST_PIECE = 512 * 1024
MOST_PIECES = 100
Body = dict[str, Any]


def begin(line: Line, _req_id: str, body: Body) -> Body:
    total = body.get("total_chunks")
    if text_of(body, "type") not in media.SIZES:
        raise ApiError(40004)
    if not isinstance(total, int) or not 1 <= total <= MOST_PIECES:
        raise ApiError(40058, f"total_chunks: 1 to {MOST_PIECES}")
    upload_id = secrets.token_hex(16)
    line.uploads[upload_id] = {**body, "pieces": {}}
    return {"body": {"upload_id": upload_id}}


def chunk(line: Line, _req_id: str, body: Body) -> None:
    upload, index = _upload(line, body), body.get("chunk_index")
    if not isinstance(index, int) or not 0 <= index <= upload["total_chunks"]:
        raise ApiError(40058, "chunk_index")
    try:
        piece = base64.b64decode(text_of(body, "base64_data"), validate=True)
    except binascii.Error as error:
        raise ApiError(40058, "base64_data") from error
    if len(piece) > LARGEST_PIECE:
        raise ApiError(45002, "a piece")
    upload["pieces"][index] = piece


def finish(line: Line, _req_id: str, body: Body) -> Body:
    upload = _upload(line, body)
    pieces = upload["pieces"]
    content = b"".join(pieces[index] for index in sorted(pieces))
    md5 = hashlib.md5(content, usedforsecurity=False).hexdigest()
    whole = len(pieces) == upload["total_chunks"] and len(content) == upload.get("total_size")
    if not whole or md5 != upload.get("md5"):
        raise ApiError(40058, "total_size, total_chunks or md5")
    medium = media.keep(line.world, upload["type"], content)
    del line.uploads[body["upload_id"]]
    created = str(int(medium.created_at))
    return {"body": {"type": upload["type"], "media_id": medium.id, "created_at": created}}


def _upload(line: Line, body: Body) -> Body:
    """The one that was begun on this line."""
    found = line.uploads.get(text_of(body, "upload_id"))
    if found is None:
        raise ApiError(40058, "upload_id")
    return found
