"""Addresses, encrypted: the database contains them in a form that only PILOTES_KEY decrypts.

AES-256-GCM (NIST SP 800-38D). A sealed address begins with its random nonce; the recipient's id is
authenticated data, so that one recipient's address cannot be used for another.
"""

import hashlib
import hmac
import os
from typing import Final
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE_BYTES: Final = 12


class SealedAddresses:
    """Encrypts (seals) and decrypts (opens) addresses. `secret`: the value of PILOTES_KEY."""

    def __init__(self, secret: str) -> None:
        self._cipher = AESGCM(_key("addresses", secret))
        self.link_key: Final = _key("message links", secret)
        """Authenticates the links in messages."""
        self._digest_key: Final = _key("mail requests", secret)

    def seal(self, recipient: UUID, address: str) -> bytes:
        """The address, encrypted with a new nonce."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, address.encode(), recipient.bytes)

    def open(self, recipient: UUID, sealed: bytes) -> str | None:
        """The decrypted address; None if another key or recipient sealed it."""
        nonce, inside = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
        try:
            return self._cipher.decrypt(nonce, inside, recipient.bytes).decode()
        except (InvalidTag, ValueError):
            return None

    def digest(self, address: str) -> bytes:
        """32 bytes that identify the mailbox of an address, whatever its case."""
        return hmac.digest(self._digest_key, address.lower().encode(), "sha256")


def _key(purpose: str, secret: str) -> bytes:
    return hashlib.sha256(f"pilotes {purpose}\n{secret}".encode()).digest()
