"""Addresses, encrypted: the database contains them in a form that only PILOTES_KEY decrypts."""

import hmac
from typing import Final
from uuid import UUID

from pilotes.messages.domain.addresses import Address
from pilotes.record.adapters.sealing import Sealer, derive_key
from socle.web_push import PushTarget

_BETWEEN: Final = "\n"
"""Between the parts of a browser's address. No address of an e-mail contains it."""


class SealedAddresses:
    """Encrypts (seals) and decrypts (opens) addresses. `secret`: the value of PILOTES_KEY."""

    def __init__(self, secret: str) -> None:
        self._sealer = Sealer("addresses", secret)
        self.link_key: Final = derive_key("message links", secret)
        """Authenticates the links in messages."""
        self._digest_key: Final = derive_key("mail requests", secret)

    def seal(self, recipient: UUID, address: Address) -> bytes:
        """The address, encrypted with a new nonce."""
        return self._sealer.seal(recipient.bytes, _text_of(address).encode())

    def open(self, recipient: UUID, sealed: bytes) -> Address | None:
        """The decrypted address; None if another key or recipient sealed it."""
        text = self._sealer.open(recipient.bytes, sealed)
        return None if text is None else _address_of(text.decode())

    def digest(self, address: Address) -> bytes:
        """32 bytes that identify the mailbox of an address, whatever its case, or a browser."""
        named = address.lower() if isinstance(address, str) else address.endpoint
        return hmac.digest(self._digest_key, named.encode(), "sha256")


def _text_of(address: Address) -> str:
    if isinstance(address, str):
        return address
    return _BETWEEN.join((address.endpoint, address.p256dh, address.auth))


def _address_of(text: str) -> Address:
    endpoint, *keys = text.split(_BETWEEN)
    return PushTarget(endpoint, *keys) if keys else endpoint
