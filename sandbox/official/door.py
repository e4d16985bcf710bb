"""The official account's door: its callbacks in all three modes, its passive replies."""

import secrets
from typing import Any

from sandbox import crypto, envelope, screen
from sandbox.delivery import Door, Item, Sealed, stamped
from sandbox.official import passive
from sandbox.sealed import open_answer
from sandbox.world import World


def _seal(world: World, item: Item) -> Sealed:
    assert item.person is not None
    account = world.account
    stamp, nonce = str(int(world.now())), stamped()
    query = {
        "signature": crypto.signature(account.token, stamp, nonce),
        "timestamp": stamp,
        "nonce": nonce,
        "openid": item.person.openid,
    }
    if account.mode == "plaintext":
        return Sealed(query, item.plain)
    encrypted = crypto.encrypt(account.aes_key, item.plain.encode(), account.appid)
    query["encrypt_type"] = "aes"
    query["msg_signature"] = crypto.signature(account.token, stamp, nonce, encrypted)
    if account.mode == "compatible":
        both = f"<Encrypt><![CDATA[{encrypted}]]></Encrypt></xml>"
        return Sealed(query, item.plain.replace("</xml>", both))
    sealed = [("ToUserName", account.original_id), ("Encrypt", encrypted)]
    return Sealed(query, envelope.write(sealed))


def _read(world: World, item: Item, plain: bytes) -> dict[str, Any] | None:
    assert item.person is not None
    return passive.read(world, plain, item.person.openid, world.account.original_id)


def _show(world: World, item: Item, body: dict[str, Any] | None) -> None:
    assert item.person is not None
    if body is None:
        screen.noted(world, item.person, screen.UNAVAILABLE)
    else:
        screen.received(world, item.person, body)


def _challenge(world: World) -> tuple[dict[str, str], str]:
    stamp, nonce = str(int(world.now())), stamped()
    echo = str(secrets.randbelow(10**19))
    signed = crypto.signature(world.account.token, stamp, nonce)
    return {"signature": signed, "timestamp": stamp, "nonce": nonce, "echostr": echo}, echo


DOOR = Door(
    "/wechat/official",
    lambda world: world.account.keys,
    _seal,
    lambda world, body: open_answer(world.account.keys, body),
    _read,
    _show,
    _challenge,
)
