"""Addresses, encrypted: the database contains them in a form that only PILOTES_KEY decrypts."""

import hmac
from typing import Final
from uuid import UUID

from pilotes.messages.domain.addresses import Address
from pilotes.record.adapters.sealing import Sealer, derive_key
from socle.web_push import PushTarget

_BROWSER: Final = b"push"
"""Authenticated with a browser's address beside its recipient, and not with that of an e-mail. A
replica of before browsers opens it as no address: it would send an e-mail to it."""
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
        whose = recipient.bytes
        if isinstance(address, str):
            return self._sealer.seal(whose, address.encode())
        target = _BETWEEN.join((address.endpoint, address.p256dh, address.auth))
        return self._sealer.seal(whose + _BROWSER, target.encode())

    def open(self, recipient: UUID, sealed: bytes) -> Address | None:
        """The decrypted address; None if another key or recipient sealed it."""
        mail = self._sealer.open(recipient.bytes, sealed)
        if mail is not None:
            return mail.decode()
        target = self._sealer.open(recipient.bytes + _BROWSER, sealed)
        return None if target is None else PushTarget(*target.decode().split(_BETWEEN))

    def digest(self, address: Address) -> bytes:
        """32 bytes that identify the mailbox of an address, whatever its case, or a browser."""
        named = address.lower() if isinstance(address, str) else address.endpoint
        return hmac.digest(self._digest_key, named.encode(), "sha256")
