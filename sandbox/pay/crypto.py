"""RSA both ways and AES-GCM, written from the protocol alone. Keys travel as base64 in one line."""

import base64
import binascii
from functools import lru_cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
    load_der_public_key,
)

SCHEME = "WECHATPAY2-SHA256-RSA2048"
OAEP = padding.OAEP(mgf=padding.MGF1(algorithm=SHA1()), algorithm=SHA1(), label=None)


def new_pair() -> tuple[str, str]:
    """A private key and its public key."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    secret = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(secret).decode(), base64.b64encode(public).decode()


@lru_cache(8)
def _private(key: str) -> rsa.RSAPrivateKey:
    loaded = load_der_private_key(base64.b64decode(key), None)
    assert isinstance(loaded, rsa.RSAPrivateKey)
    return loaded


@lru_cache(8)
def _public(key: str) -> rsa.RSAPublicKey:
    loaded = load_der_public_key(base64.b64decode(key))
    assert isinstance(loaded, rsa.RSAPublicKey)
    return loaded


def sign(private_key: str, *parts: bytes) -> str:
    """Base64 of the signature over the parts, each ended by a newline."""
    lines = b"".join(part + b"\n" for part in parts)
    signature = _private(private_key).sign(lines, padding.PKCS1v15(), SHA256())
    return base64.b64encode(signature).decode()


def is_signed(public_key: str, signature: str, *parts: bytes) -> bool:
    lines = b"".join(part + b"\n" for part in parts)
    try:
        given = base64.b64decode(signature, validate=True)
        _public(public_key).verify(given, lines, padding.PKCS1v15(), SHA256())
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True


def open_secret(private_key: str, encrypted: str) -> str:
    """A field the merchant encrypted for the platform. ValueError when it is none."""
    plain = _private(private_key).decrypt(base64.b64decode(encrypted, validate=True), OAEP)
    return plain.decode()


def seal(apiv3_key: str, plain: bytes, nonce: str, associated: str) -> str:
    """Base64 of AES-256-GCM cipher text and tag."""
    sealed = AESGCM(apiv3_key.encode()).encrypt(nonce.encode(), plain, associated.encode())
    return base64.b64encode(sealed).decode()
