"""Addresses, encrypted: the database contains them in a form that only PILOTES_KEY decrypts."""

import hmac
from typing import Final
from uuid import UUID

from pilotes.record.adapters.sealing import Sealer, derive_key


class SealedAddresses:
    """Encrypts (seals) and decrypts (opens) addresses. `secret`: the value of PILOTES_KEY."""

    def __init__(self, secret: str) -> None:
        self._sealer = Sealer("addresses", secret)
        self.link_key: Final = derive_key("message links", secret)
        """Authenticates the links in messages."""
        self._digest_key: Final = derive_key("mail requests", secret)

    def seal(self, recipient: UUID, address: str) -> bytes:
        """The address, encrypted with a new nonce."""
        return self._sealer.seal(recipient.bytes, address.encode())

    def open(self, recipient: UUID, sealed: bytes) -> str | None:
        """The decrypted address; None if another key or recipient sealed it."""
        address = self._sealer.open(recipient.bytes, sealed)
        return None if address is None else address.decode()

    def digest(self, address: str) -> bytes:
        """32 bytes that identify the mailbox of an address, whatever its case."""
        return hmac.digest(self._digest_key, address.lower().encode(), "sha256")
