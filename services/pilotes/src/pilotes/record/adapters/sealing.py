"""Encryption of what the database contains in a form that only PILOTES_KEY decrypts.

AES-256-GCM (NIST SP 800-38D). What is sealed begins with its random nonce.
"""

import hashlib
import os
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE_BYTES: Final = 12


class Sealer:
    """Encrypts (seals) and decrypts (opens). `purpose`: each one has a key of its own. `secret`:
    the value of PILOTES_KEY."""

    def __init__(self, purpose: str, secret: str) -> None:
        self._cipher = AESGCM(derive_key(purpose, secret))

    def seal(self, whose: bytes, content: bytes) -> bytes:
        """The content, encrypted with a new nonce. `whose`: authenticated data, so that it cannot
        be used for another."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, content, whose)

    def open(self, whose: bytes, sealed: bytes) -> bytes | None:
        """The decrypted content; None if it was sealed with another key or for another."""
        nonce, inside = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
        try:
            return self._cipher.decrypt(nonce, inside, whose)
        except (InvalidTag, ValueError):
            return None


def derive_key(purpose: str, secret: str) -> bytes:
    """32 bytes that follow from the value of PILOTES_KEY."""
    return hashlib.sha256(f"pilotes {purpose}\n{secret}".encode()).digest()
