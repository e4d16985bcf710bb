"""Links into a customer-service session, with the scene they carry."""

import hashlib
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

from sandbox.official.call import OK, Call
from sandbox.wecom.errors import ApiError
from sandbox.wecom.kf import accounts
from sandbox.world import World

ADDRESS = "https://work.weixin.qq.com/kf/"
SCENE = re.compile(r"[0-9A-Za-z_-]{0,32}")
LONGEST_PARAM = 128


@dataclass(frozen=True, slots=True)
class Entry:
    """Where a link leads to."""

    open_kfid: str
    scene: str = ""
    scene_param: str = ""


def _name(open_kfid: str) -> str:
    return "kfc" + hashlib.sha256(open_kfid.encode()).hexdigest()[:16]


def address(open_kfid: str) -> str:
    """The link without a scene."""
    return ADDRESS + _name(open_kfid)


def add_contact_way(call: Call) -> dict[str, Any]:
    world, scene = call.world, call.body.get("scene", "")
    open_kfid = accounts.find(world, call.body.get("open_kfid"))["open_kfid"]
    if not isinstance(scene, str) or not SCENE.fullmatch(scene):
        raise ApiError(40058, "scene: up to 32 of 0-9a-zA-Z_-")
    url = address(open_kfid)
    if scene:
        digest = hashlib.sha256(f"{open_kfid}\0{scene}".encode()).hexdigest()
        code = f"ENC{digest[:24]}"
        world.db.execute(
            "INSERT OR IGNORE INTO kf_links VALUES (?, ?, ?)", (code, open_kfid, scene)
        )
        url += f"?enc_scene={code}"
    return {**OK, "url": url}


def read(world: World, content: str) -> Entry | None:
    """Where the link leads; None when it is no link into a session of this corp.

    A scene_param counts only with a scene, and only up to 128 bytes.
    """
    if not content.startswith(ADDRESS):
        return None
    parts = urlsplit(content)
    name, query = parts.path.rpartition("/")[2], parse_qs(parts.query)
    accounts.ensure(world)
    rows = world.db.execute("SELECT open_kfid FROM kf_accounts")
    open_kfid = next((row["open_kfid"] for row in rows if _name(row["open_kfid"]) == name), None)
    if open_kfid is None:
        return None
    scene = _scene(world, open_kfid, query.get("enc_scene", [""])[0])
    param = query.get("scene_param", [""])[0]
    fits = bool(scene) and len(param.encode()) <= LONGEST_PARAM
    return Entry(open_kfid, scene, param if fits else "")


def _scene(world: World, open_kfid: str, code: str) -> str:
    row = world.db.execute(
        "SELECT scene FROM kf_links WHERE code = ? AND open_kfid = ?", (code, open_kfid)
    ).fetchone()
    return row["scene"] if row else ""
