"""QR codes that carry a scene: temporary ones die, permanent ones are counted for life."""

import base64
import io
import secrets
import sqlite3
from typing import Any

from qrcode.constants import ERROR_CORRECT_M
from qrcode.main import QRCode
from starlette.responses import Response

from sandbox.official.call import Call, object_of, text_of
from sandbox.official.errors import ApiError
from sandbox.world import World

LONGEST_LIFE_S = 2_592_000
DEFAULT_LIFE_S = 60
MOST_PERMANENT = 100_000
LONGEST_SCENE = 64
ADDRESS = "http://weixin.qq.com/q/"
ACTIONS = {
    "QR_SCENE": "scene_id",
    "QR_STR_SCENE": "scene_str",
    "QR_LIMIT_SCENE": "scene_id",
    "QR_LIMIT_STR_SCENE": "scene_str",
}


def create(call: Call) -> dict[str, Any]:
    world, action = call.world, text_of(call.body, "action_name")
    if action not in ACTIONS:
        raise ApiError(40052)
    permanent = action.startswith("QR_LIMIT")
    scene = _scene(
        object_of(object_of(call.body, "action_info"), "scene"), ACTIONS[action], permanent
    )
    if permanent:
        row = _same(world, action, scene) or _new(world, action, scene, None)
        return {"ticket": row["ticket"], "url": ADDRESS + row["code"]}
    life_s = _life(call.body.get("expire_seconds", DEFAULT_LIFE_S))
    row = _new(world, action, scene, world.now() + life_s)
    return {"ticket": row["ticket"], "expire_seconds": life_s, "url": ADDRESS + row["code"]}


def _life(wanted: object) -> int:
    if not isinstance(wanted, int) or isinstance(wanted, bool):
        raise ApiError(40035, "expire_seconds")
    if not 1 <= wanted <= LONGEST_LIFE_S:
        raise ApiError(40035, f"expire_seconds: 1 to {LONGEST_LIFE_S}")
    return wanted


def _scene(scene: dict[str, Any], key: str, permanent: bool) -> str:
    value = scene.get(key)
    if key == "scene_str":
        if not isinstance(value, str) or not 1 <= len(value) <= LONGEST_SCENE:
            raise ApiError(40053, f"scene_str: 1 to {LONGEST_SCENE} characters")
        return value
    most = MOST_PERMANENT if permanent else 2**32 - 1
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= most:
        raise ApiError(40053, f"scene_id: 1 to {most}")
    return str(value)


def _same(world: World, action: str, scene: str) -> sqlite3.Row | None:
    row: sqlite3.Row | None = world.db.execute(
        "SELECT * FROM qrcodes WHERE action = ? AND scene = ?", (action, scene)
    ).fetchone()
    return row


def _new(world: World, action: str, scene: str, expires_at: float | None) -> sqlite3.Row:
    if expires_at is None:
        count = world.db.execute(
            "SELECT count(*) FROM qrcodes WHERE expires_at IS NULL"
        ).fetchone()[0]
        if count >= MOST_PERMANENT:
            raise ApiError(45029)
    ticket = "gQ" + base64.b64encode(secrets.token_bytes(70)).decode()
    code = "02" + secrets.token_urlsafe(15)
    world.db.execute(
        "INSERT INTO qrcodes VALUES (?, ?, ?, ?, ?, ?)",
        (ticket, code, action, scene, world.now(), expires_at),
    )
    found = by_ticket(world, ticket)
    assert found is not None
    return found


def by_ticket(world: World, ticket: str) -> sqlite3.Row | None:
    row: sqlite3.Row | None = world.db.execute(
        "SELECT * FROM qrcodes WHERE ticket = ?", (ticket,)
    ).fetchone()
    return row


def by_content(world: World, content: str) -> sqlite3.Row | None:
    """The code whose address that is, expired or not."""
    for prefix in (ADDRESS, ADDRESS.replace("http:", "https:")):
        if content.startswith(prefix):
            row: sqlite3.Row | None = world.db.execute(
                "SELECT * FROM qrcodes WHERE code = ?", (content[len(prefix) :],)
            ).fetchone()
            return row
    return None


def ticket_for(world: World, scene: str) -> str:
    """Ticket of the newest code with that scene, or one nobody has seen."""
    row = world.db.execute(
        "SELECT ticket FROM qrcodes WHERE scene = ? ORDER BY created_at DESC LIMIT 1", (scene,)
    ).fetchone()
    return row["ticket"] if row else "gQ" + base64.b64encode(secrets.token_bytes(70)).decode()


def is_alive(world: World, row: sqlite3.Row) -> bool:
    return row["expires_at"] is None or row["expires_at"] > world.now()


def show(call: Call) -> Response:
    """GET showqrcode: the JPEG, without a token; 404 when unknown or expired."""
    row = by_ticket(call.world, text_of(call.query, "ticket"))
    if row is None or not is_alive(call.world, row):
        return Response("not found", 404, media_type="text/plain")
    return Response(drawn(ADDRESS + row["code"]), media_type="image/jpeg")


def drawn(content: str) -> bytes:
    """The QR code of the content, a JPEG."""
    drawing: Any = QRCode(error_correction=ERROR_CORRECT_M, box_size=10, border=4)
    drawing.add_data(content)
    picture = io.BytesIO()
    drawing.make_image().get_image().convert("RGB").save(picture, "JPEG", quality=90)
    return picture.getvalue()
