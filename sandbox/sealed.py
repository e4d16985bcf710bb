"""What the application answers to a callback, unsealed by the keys of the door it came through."""

from dataclasses import dataclass
from xml.etree.ElementTree import Element

from sandbox import crypto, envelope
from sandbox.account import Keys
from sandbox.envelope import value


class Abnormal(Exception):
    """An answer the platform cannot use; the person is told that the service is faulty."""


@dataclass(frozen=True, slots=True)
class Opened:
    plain: bytes
    """The plain message; empty when the answer says nothing."""
    encrypted: bool


def is_nothing(body: bytes) -> bool:
    return body.strip() in (b"", b"success")


def open_answer(keys: Keys, body: bytes) -> Opened:
    """The plain XML of an answer in the mode of the keys. Abnormal says what is wrong with it."""
    if is_nothing(body):
        return Opened(b"", False)
    root = parsed(body)
    encrypted = value(root, "Encrypt")
    if not encrypted:
        if keys.mode == "safe":
            raise Abnormal("a plain answer in safe mode")
        return Opened(body, False)
    if keys.mode == "plaintext":
        raise Abnormal("an encrypted answer in plaintext mode")
    stamp, nonce = value(root, "TimeStamp"), value(root, "Nonce")
    plain = unsealed(keys, encrypted, value(root, "MsgSignature"), stamp, nonce)
    return Opened(b"" if is_nothing(plain) else plain, True)


def unsealed(keys: Keys, encrypted: str, signature: str, stamp: str, nonce: str) -> bytes:
    """The message in the envelope. Abnormal when it is not signed and sealed by these keys."""
    if not crypto.is_signed(signature, keys.token, stamp, nonce, encrypted):
        raise Abnormal("MsgSignature is wrong")
    try:
        plain, receiver = crypto.decrypt(keys.aes_key, encrypted)
    except ValueError as error:
        raise Abnormal(f"cannot be decrypted: {error}") from error
    if receiver != keys.receiver:
        raise Abnormal("receiver is not ours")
    return plain


def parsed(xml: bytes) -> Element:
    try:
        return envelope.read(xml)
    except ValueError as error:
        raise Abnormal(str(error)) from error
