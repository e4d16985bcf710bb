"""Signatures and envelopes of platform callbacks, written from the protocol alone."""

import base64
import binascii
import hashlib
import hmac
import os
import struct

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes


def signature(token: str, timestamp: str, nonce: str, *encrypted: str) -> str:
    """SHA-1 of the sorted parts; with the cipher text as fourth part it is the msg_signature."""
    parts = sorted([token, timestamp, nonce, *encrypted])
    return hashlib.sha1("".join(parts).encode()).hexdigest()


def is_signed(given: str, token: str, timestamp: str, nonce: str, encrypted: str) -> bool:
    expected = signature(token, timestamp, nonce, encrypted)
    return hmac.compare_digest(given.encode(), expected.encode())


def _cipher(aes_key: str) -> Cipher[modes.CBC]:
    key = base64.b64decode(aes_key + "=")
    return Cipher(algorithms.AES(key), modes.CBC(key[:16]))


def encrypt(aes_key: str, message: bytes, receiver: str, prefix: bytes = b"") -> str:
    """AES-256-CBC of 16 random bytes, length, message and receiver, padded to 32; base64."""
    plain = (prefix or os.urandom(16)) + struct.pack(">I", len(message)) + message
    plain += receiver.encode()
    padding = 32 - len(plain) % 32
    encryptor = _cipher(aes_key).encryptor()
    padded = plain + bytes([padding]) * padding
    return base64.b64encode(encryptor.update(padded) + encryptor.finalize()).decode()


def decrypt(aes_key: str, encrypted: str) -> tuple[bytes, str]:
    """(message, receiver). ValueError when it is not such an envelope."""
    try:
        raw = base64.b64decode(encrypted, validate=True)
    except binascii.Error as error:
        raise ValueError("not base64") from error
    if not raw or len(raw) % 16:
        raise ValueError("not whole AES blocks")
    decryptor = _cipher(aes_key).decryptor()
    plain = decryptor.update(raw) + decryptor.finalize()
    if not 1 <= plain[-1] <= 32:
        raise ValueError("bad padding")
    plain = plain[: -plain[-1]]
    if len(plain) < 20:
        raise ValueError("too short")
    length = struct.unpack(">I", plain[16:20])[0]
    if length > len(plain) - 20:
        raise ValueError("length runs past the end")
    return plain[20 : 20 + length], plain[20 + length :].decode("utf-8", "replace")
