"""The salts of pilots, encrypted: the database contains them in a form that only PILOTES_KEY
decrypts.

AES-256-GCM (NIST SP 800-38D). A sealed salt begins with its random nonce; the pilot's id is
authenticated data, so that one pilot's salt cannot be used for another.
"""

import hashlib
import os
from collections.abc import Callable
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from pilotes.record.domain.pilot import PilotId
from socle.errors import Refusal

SALT_BYTES: Final = 32
_NONCE_BYTES: Final = 12


class Salts:
    """Makes, encrypts (seals) and decrypts (opens) salts.

    `key`: the value of PILOTES_KEY. `random_bytes`: the source of new salts.
    """

    def __init__(self, key: str, *, random_bytes: Callable[[int], bytes] = os.urandom) -> None:
        self._random_bytes = random_bytes
        self._cipher = AESGCM(hashlib.sha256(b"pilotes salts\n" + key.encode()).digest())

    def new(self, pilot_id: PilotId) -> bytes:
        """A new salt, sealed."""
        return self.seal(pilot_id, self._random_bytes(SALT_BYTES))

    def seal(self, pilot_id: PilotId, salt: bytes) -> bytes:
        """The salt, encrypted with a new nonce."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, salt, pilot_id.encode())

    def open(self, pilot_id: PilotId, sealed: bytes) -> bytes:
        """The decrypted salt. Raises Refusal if it was sealed with another key or for another
        pilot."""
        nonce, inside = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
        try:
            return self._cipher.decrypt(nonce, inside, pilot_id.encode())
        except (InvalidTag, ValueError):
            raise Refusal(
                "unavailable",
                f"Le sel du pilote {pilot_id} ne s'ouvre pas : PILOTES_KEY n'est pas la clé qui"
                " l'a scellé.",
            ) from None
