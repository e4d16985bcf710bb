"""Reading requests: JSON objects, uploads and numbers."""

import json
import math
from dataclasses import dataclass, field
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request

from sandbox.refused import Refused

LONGEST_WAIT_S = 60.0


@dataclass(frozen=True, slots=True)
class Upload:
    content: bytes | None
    """Bytes of the file field; None when it is absent."""
    fields: dict[str, str] = field(default_factory=dict)


def is_form(request: Request) -> bool:
    return request.headers.get("content-type", "").startswith("multipart/")


def json_object(raw: bytes) -> dict[str, Any]:
    """The object in the bytes. ValueError when it is none, or holds half characters."""
    try:
        body = json.loads(raw)
        json.dumps(body, ensure_ascii=False).encode()
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if not isinstance(body, dict):
        raise ValueError("not a JSON object")
    return body


async def json_body(request: Request) -> dict[str, Any]:
    """The posted object, {} for an empty body. Refused when it is something else."""
    raw = await request.body()
    try:
        return json_object(raw) if raw.strip() else {}
    except ValueError as error:
        raise Refused(f"不是 JSON 对象：{error}") from error


async def upload_of(request: Request, name: str) -> Upload:
    """The multipart field of that name, and the text fields beside it."""
    try:
        async with request.form() as form:
            fields = {key: value for key, value in form.items() if isinstance(value, str)}
            part = form.get(name)
            if part is None:
                return Upload(None, fields)
            return Upload(part.encode() if isinstance(part, str) else await part.read(), fields)
    except HTTPException:
        return Upload(None)


def since_of(request: Request) -> int:
    text = request.query_params.get("since", "0")
    if not text.isdecimal() or len(text) > 15:
        raise Refused("since 要是编号")
    return int(text)


def seconds_of(request: Request) -> float:
    """The `wait` of a long poll in seconds, at most a minute."""
    try:
        seconds = float(request.query_params.get("wait", "0"))
    except ValueError as error:
        raise Refused("wait 要是秒数") from error
    return min(max(seconds, 0.0), LONGEST_WAIT_S) if math.isfinite(seconds) else 0.0
