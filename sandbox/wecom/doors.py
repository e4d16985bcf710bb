"""The corp's doors: callbacks sealed by the keys of the app or of customer service."""

import secrets
from typing import Any

from sandbox import crypto, envelope, screen
from sandbox.account import Keys
from sandbox.delivery import Door, Item, Sealed, stamped
from sandbox.official import passive
from sandbox.sealed import Opened, open_answer
from sandbox.wecom.home import corp_of
from sandbox.world import World


def signed(world: World, keys: Keys, encrypted: str) -> dict[str, str]:
    """The query that goes with an envelope, now."""
    stamp, nonce = str(int(world.now())), stamped()
    signature = crypto.signature(keys.token, stamp, nonce, encrypted)
    return {"msg_signature": signature, "timestamp": stamp, "nonce": nonce}


def challenge(world: World, keys: Keys) -> tuple[dict[str, str], str]:
    """The echostr is itself an envelope; the right answer is what it holds."""
    echo = str(secrets.randbelow(10**19))
    encrypted = crypto.encrypt(keys.aes_key, echo.encode(), keys.receiver)
    return {**signed(world, keys, encrypted), "echostr": encrypted}, echo


def _sealed(world: World, keys: Keys, agent: str, plain: str) -> Sealed:
    encrypted = crypto.encrypt(keys.aes_key, plain.encode(), keys.receiver)
    fields = [("ToUserName", keys.receiver), ("AgentID", agent), ("Encrypt", encrypted)]
    return Sealed(signed(world, keys, encrypted), envelope.write(fields))


def _app(world: World) -> Keys:
    return corp_of(world).app


def _kf(world: World) -> Keys:
    return corp_of(world).kf


def _read(world: World, item: Item, plain: bytes) -> dict[str, Any] | None:
    if item.person is None or not item.answerable:
        return None
    return passive.read(world, plain, item.person.userid or "", corp_of(world).corpid)


def _show(world: World, item: Item, body: dict[str, Any] | None) -> None:
    """The WeCom app shows nothing when its corp's server fails."""
    if body and item.person:
        screen.told(world, item.person, world.account.name, {"door": "app", **body})


def _nothing(_world: World, _item: Item, _body: object) -> None:
    return None


APP = Door(
    "/wecom/app",
    _app,
    lambda world, item: _sealed(world, _app(world), str(corp_of(world).agentid), item.plain),
    lambda world, body: open_answer(_app(world), body),
    _read,
    _show,
    lambda world: challenge(world, _app(world)),
)
KF = Door(
    "/wecom/kf",
    _kf,
    lambda world, item: _sealed(world, _kf(world), "", item.plain),
    lambda _world, _body: Opened(b"", False),
    _nothing,
    _nothing,
    lambda world: challenge(world, _kf(world)),
)
