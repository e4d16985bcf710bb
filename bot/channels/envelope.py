"""The envelope of a platform's callback: signature, age, AES, XML and JSON.

    Exception
     ├─ Forged      answered 403, one body for every reason
     │   └─ Stale   the signature is right, the time is not: a replay, or a wrong clock
     └─ Malformed   answered 400: verified, and then not a message

Nothing here says why an envelope was refused, and refusing takes the same time for every reason
after the signature. Formats: developers.weixin.qq.com, "message encryption and decryption".
"""

import base64
import binascii
import hmac
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from hashlib import sha1
from typing import Any, Literal

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from bot.channels.fields import Malformed, read

__all__ = [
    "Forged",
    "Keys",
    "Malformed",
    "Mode",
    "Opened",
    "Stale",
    "echo",
    "open_echo",
    "open_envelope",
    "seal",
    "seal_json",
]

Mode = Literal["plaintext", "compatible", "safe"]

WINDOW_S = 300
BLOCK = 32  # WeChat pads to 32 bytes, not to the 16 of AES.
SECONDS = re.compile("[0-9]{1,12}")
DECOY = "A" * 128  # Base64 of three blocks.


class Forged(Exception):
    """Not from the platform, as far as anybody can tell."""


class Stale(Forged):
    """Signed by the platform, but more than 300 s away from our clock."""


@dataclass(frozen=True, slots=True)
class Keys:
    """What the account's console and we both know. `aes_key` has 43 characters; `app_id` is whom
    its messages are sealed for: an app, a corporation, or nobody."""

    token: str = field(repr=False)
    aes_key: str = field(repr=False)
    app_id: str


@dataclass(frozen=True, slots=True)
class Opened:
    """A verified message; answer it with the same `keys`, sealed if it came `encrypted`."""

    fields: dict[str, Any] = field(repr=False)
    keys: Keys
    encrypted: bool
    plaintext: bytes = field(repr=False)
    """What `fields` was read from: `fields.read(plaintext)` gives them again."""


def open_envelope(
    query: Mapping[str, str], body: bytes, keys: Sequence[Keys], *, now: datetime, mode: Mode
) -> Opened:
    """The message in a callback, signed by any of `keys` at most 300 s away from `now`.

    A mode with encryption uses the encrypted part only: the signature of the plain part does not
    cover it, so there a body without `Encrypt` is `Forged`.
    """
    if mode == "plaintext":
        signer = _verified(query, keys, now)
        return Opened(read(body), signer, False, body)
    encrypt = _encrypted_part(body)
    signed_by = _signer(query, "msg_signature", keys, now, encrypt)
    if signed_by is None:
        # As long as a wrong padding would take; what came with the wrong signature stays closed.
        _decrypt(DECOY * (len(encrypt) // len(DECOY) or 1), keys[0])
        raise Forged
    plaintext = _decrypt(encrypt, signed_by)
    return Opened(read(plaintext), signed_by, True, plaintext)


def echo(query: Mapping[str, str], keys: Sequence[Keys], *, now: datetime) -> str:
    """The answer that proves to the platform's console that this address is ours."""
    _verified(query, keys, now)
    return query.get("echostr", "")


def open_echo(query: Mapping[str, str], keys: Sequence[Keys], *, now: datetime) -> bytes:
    """The same where the challenge is sealed, as WeCom does it."""
    challenge = query.get("echostr", "")
    signer = _signer(query, "msg_signature", keys, now, challenge)
    if signer is None:
        raise Forged
    return _decrypt(challenge, signer)


def seal(xml: str, keys: Keys, timestamp: str, nonce: str, random16: bytes) -> str:
    """`xml` as the platform expects an encrypted reply; a nonce has only letters and digits."""
    encrypt, signature = _sealed(xml.encode(), keys, timestamp, nonce, random16)
    return (
        f"<xml><Encrypt><![CDATA[{encrypt}]]></Encrypt>"
        f"<MsgSignature><![CDATA[{signature}]]></MsgSignature>"
        f"<TimeStamp>{timestamp}</TimeStamp><Nonce><![CDATA[{nonce}]]></Nonce></xml>"
    )


def seal_json(text: str, keys: Keys, timestamp: str, nonce: str, random16: bytes) -> str:
    """The same for an AI bot, which speaks JSON."""
    encrypt, signature = _sealed(text.encode(), keys, timestamp, nonce, random16)
    fields = {"encrypt": encrypt, "msgsignature": signature, "nonce": nonce}
    return json.dumps({**fields, "timestamp": int(timestamp)})


def _sealed(
    message: bytes, keys: Keys, timestamp: str, nonce: str, random16: bytes
) -> tuple[str, str]:
    """The cipher text and its signature."""
    raw = b"".join((random16, len(message).to_bytes(4, "big"), message, keys.app_id.encode()))
    pad = BLOCK - len(raw) % BLOCK
    encryptor = _cipher(keys.aes_key).encryptor()
    padded = encryptor.update(raw + bytes((pad,)) * pad) + encryptor.finalize()
    encrypt = binascii.b2a_base64(padded, newline=False).decode()
    return encrypt, _signature(keys.token, timestamp, nonce, encrypt).decode()


def _encrypted_part(body: bytes) -> str:
    try:
        fields = read(body)
        encrypt = fields.get("Encrypt", fields.get("encrypt"))
    except Malformed:
        encrypt = None
    if not isinstance(encrypt, str):
        raise Forged
    return encrypt


def _verified(query: Mapping[str, str], keys: Sequence[Keys], now: datetime) -> Keys:
    signer = _signer(query, "signature", keys, now)
    if signer is None:
        raise Forged
    return signer


def _signer(
    query: Mapping[str, str], name: str, keys: Sequence[Keys], now: datetime, *signed: str
) -> Keys | None:
    """Whose signature it is, if anybody's, and that it was made within the window."""
    timestamp, nonce = query.get("timestamp", ""), query.get("nonce", "")
    given = query.get(name, "").encode(errors="replace")
    is_fresh = _is_fresh(timestamp, now)  # Worked out for every caller, told only to a signer.
    for one in keys:
        if hmac.compare_digest(given, _signature(one.token, timestamp, nonce, *signed)):
            if not is_fresh:
                raise Stale
            return one
    return None


def _signature(token: str, *signed: str) -> bytes:
    text = "".join(sorted((token, *signed)))
    return sha1(text.encode(errors="replace")).hexdigest().encode()


def _is_fresh(timestamp: str, now: datetime) -> bool:
    seconds = int(timestamp) if SECONDS.fullmatch(timestamp) else 0
    return abs(now.timestamp() - seconds) <= WINDOW_S


def _decrypt(encrypt: str, keys: Keys) -> bytes:
    """Every check is made before any is answered, so that none can be told from another."""
    try:
        sealed = binascii.a2b_base64(encrypt, strict_mode=True)
        decryptor = _cipher(keys.aes_key).decryptor()
        raw = decryptor.update(sealed) + decryptor.finalize()
    except ValueError:
        raise Forged from None
    pad = raw[-1] if raw else 0
    end = len(raw) - pad
    split = 20 + int.from_bytes(raw[16:20], "big")
    sound = (
        (len(raw) % BLOCK == 0)
        & (1 <= pad <= BLOCK)
        & raw.endswith(bytes((pad,)) * pad)
        & (20 <= split <= end)
        & hmac.compare_digest(raw[split:end], keys.app_id.encode())
    )
    if not sound:
        raise Forged
    return raw[20:split]


@lru_cache(maxsize=16)
def _cipher(aes_key: str) -> Cipher[modes.CBC]:
    key = base64.b64decode(aes_key + "=")
    return Cipher(algorithms.AES(key), modes.CBC(key[:16]))
