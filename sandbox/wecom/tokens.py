"""The app's access token: the same one as long as it is valid."""

import secrets
from typing import Any

from sandbox.official.call import Call, text_of
from sandbox.wecom.errors import ApiError
from sandbox.wecom.home import corp_of
from sandbox.world import World

LIFE_S = 7_200
KIND = "wecom"


def check(world: World, token: str) -> None:
    """ApiError 41001 without a token, 40014 with an unknown one, 42001 with an expired one."""
    if not token:
        raise ApiError(41001)
    row = world.db.execute(
        "SELECT valid_until FROM tokens WHERE token = ? AND kind = ?", (token, KIND)
    ).fetchone()
    if row is None:
        raise ApiError(40014)
    if row["valid_until"] <= world.now():
        raise ApiError(42001)


def expire_all(world: World) -> None:
    """Ends every token now: the next one is really new."""
    now = world.now()
    world.db.execute(
        "UPDATE tokens SET valid_until = ? WHERE valid_until > ? AND kind = ?", (now, now, KIND)
    )


def gettoken(call: Call) -> dict[str, Any]:
    world, corp = call.world, corp_of(call.world)
    for key, code in (("corpid", 41002), ("corpsecret", 41004)):
        if not text_of(call.query, key):
            raise ApiError(code)
    if call.query["corpid"] != corp.corpid:
        raise ApiError(40013)
    if not secrets.compare_digest(call.query["corpsecret"].encode(), corp.secret.encode()):
        raise ApiError(40001)
    row = world.db.execute(
        "SELECT token, valid_until FROM tokens WHERE kind = ? AND valid_until > ?",
        (KIND, world.now()),
    ).fetchone()
    token, until = (row["token"], row["valid_until"]) if row else _new(world)
    left = int(until - world.now())
    return {"errcode": 0, "errmsg": "ok", "access_token": token, "expires_in": left}


def _new(world: World) -> tuple[str, float]:
    token, until = secrets.token_urlsafe(120), world.now() + LIFE_S
    world.db.execute("INSERT INTO tokens VALUES (?, ?, ?)", (token, KIND, until))
    return token, until
