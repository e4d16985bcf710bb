"""Access tokens, the stable one and the classic one isolated from it; and the JS ticket."""

import secrets
from typing import Any

from sandbox.official.call import Call, text_of
from sandbox.official.errors import ApiError
from sandbox.store import recall, remember, together
from sandbox.world import World

LIFE_S = 7_200
OVERLAP_S = 300
"""How long an old token lives beside its successor."""
FORCED_A_DAY = 20
FORCED_APART_S = 30
DAY_S = 86_400
JS_TICKETS = ("jsapi", "wx_card")


def check(world: World, token: str | None) -> None:
    """ApiError 41001 without a token, 40001 with an unknown one, 42001 with an expired one."""
    if not token:
        raise ApiError(41001)
    row = world.db.execute(
        "SELECT valid_until FROM tokens WHERE token = ? AND kind IN ('stable', 'classic')", (token,)
    ).fetchone()
    if row is None:
        raise ApiError(40001)
    if row["valid_until"] <= world.now():
        raise ApiError(42001)


def expire_all(world: World) -> None:
    """Ends every token now: the next one is really new."""
    now = world.now()
    world.db.execute(
        "UPDATE tokens SET valid_until = ? WHERE valid_until > ? AND kind IN ('stable', 'classic')",
        (now, now),
    )


def _client(world: World, values: dict[str, Any], grant_type: str) -> None:
    if values.get("grant_type") != grant_type:
        raise ApiError(40002)
    check_client(world, values)


def check_client(world: World, values: dict[str, Any]) -> None:
    """ApiError unless appid and secret are the account's."""
    for key, code in (("appid", 41002), ("secret", 41004)):
        if not values.get(key):
            raise ApiError(code)
    if values["appid"] != world.account.appid:
        raise ApiError(40013)
    if not secrets.compare_digest(
        text_of(values, "secret").encode(), world.account.secret.encode()
    ):
        raise ApiError(40001)


def _latest(world: World, kind: str) -> tuple[str, float] | None:
    row = world.db.execute(
        "SELECT token, valid_until FROM tokens WHERE kind = ? AND valid_until > ?"
        " ORDER BY valid_until DESC LIMIT 1",
        (kind, world.now()),
    ).fetchone()
    return (row["token"], row["valid_until"]) if row else None


def _new(world: World, kind: str) -> dict[str, Any]:
    now = world.now()
    token = f"{secrets.randbelow(90) + 10}_{secrets.token_urlsafe(96)}"
    with together(world.db):
        world.db.execute("DELETE FROM tokens WHERE valid_until < ?", (now - DAY_S,))
        world.db.execute(
            "UPDATE tokens SET valid_until = min(valid_until, ?) WHERE kind = ?",
            (now + OVERLAP_S, kind),
        )
        world.db.execute("INSERT INTO tokens VALUES (?, ?, ?)", (token, kind, now + LIFE_S))
    return {"access_token": token, "expires_in": LIFE_S}


def stable_token(call: Call) -> dict[str, Any]:
    world = call.world
    _client(world, call.body, "client_credential")
    latest, now = _latest(world, "stable"), world.now()
    if call.body.get("force_refresh") is True and latest:
        forced = [at for at in recall(world.db, "forced", []) if at > now - DAY_S]
        if len(forced) >= FORCED_A_DAY:
            raise ApiError(45009)
        if forced and now - forced[-1] < FORCED_APART_S:
            raise ApiError(45011)
        remember(world.db, "forced", [*forced, now])
        return _new(world, "stable")
    if latest and latest[1] - now > OVERLAP_S:
        return {"access_token": latest[0], "expires_in": int(latest[1] - now)}
    return _new(world, "stable")


def token(call: Call) -> dict[str, Any]:
    _client(call.world, call.query, "client_credential")
    return _new(call.world, "classic")


def ticket(call: Call) -> dict[str, Any]:
    kind = call.query.get("type")
    if kind not in JS_TICKETS:
        raise ApiError(40097)
    now = call.world.now()
    known = recall(call.world.db, f"ticket {kind}")
    if not known or known["until"] <= now:
        known = {"ticket": secrets.token_urlsafe(64), "until": now + LIFE_S}
        remember(call.world.db, f"ticket {kind}", known)
    left = int(known["until"] - now)
    return {"errcode": 0, "errmsg": "ok", "ticket": known["ticket"], "expires_in": left}
