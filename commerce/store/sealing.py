"""Personal words at rest: encrypted with AES-256-GCM, found again by HMAC-SHA256."""

import hashlib
import hmac
import os
from dataclasses import dataclass, field
from functools import cached_property

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE_BYTES = 12


@dataclass(frozen=True)
class Seal:
    """One key for what is stored. The two uses get keys of their own, derived from it."""

    key: bytes = field(repr=False)

    def close(self, text: str) -> bytes:
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, text.encode(), None)

    def open(self, sealed: bytes) -> str:
        """cryptography.exceptions.InvalidTag when it was sealed with another key, or changed."""
        return self._cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], None).decode()

    def trace(self, text: str) -> str:
        """The same text gives the same trace, and nobody without the key can find the text."""
        return hmac.new(self._tracing, text.encode(), hashlib.sha256).hexdigest()

    def is_trace(self, given: str, text: str) -> bool:
        """Whether `given` is the beginning of the text's trace; takes the same time either way."""
        return hmac.compare_digest(given.encode(), self.trace(text)[: len(given)].encode())

    @cached_property
    def _cipher(self) -> AESGCM:
        return AESGCM(self._derived(b"seal"))

    @cached_property
    def _tracing(self) -> bytes:
        return self._derived(b"trace")

    def _derived(self, use: bytes) -> bytes:
        return hmac.new(self.key, use, hashlib.sha256).digest()
