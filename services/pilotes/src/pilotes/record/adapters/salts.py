"""The salts of pilots, encrypted: the database contains them in a form that only PILOTES_KEY
decrypts. One pilot's salt cannot be used for another."""

import os
from collections.abc import Callable
from typing import Final

from pilotes.record.adapters.sealing import Sealer
from pilotes.record.domain.pilot import PilotId
from socle.errors import Refusal

SALT_BYTES: Final = 32


class Salts:
    """Makes, encrypts (seals) and decrypts (opens) salts.

    `key`: the value of PILOTES_KEY. `random_bytes`: the source of new salts.
    """

    def __init__(self, key: str, *, random_bytes: Callable[[int], bytes] = os.urandom) -> None:
        self._random_bytes = random_bytes
        self._sealer = Sealer("salts", key)

    def new(self, pilot_id: PilotId) -> bytes:
        """A new salt, sealed."""
        return self.seal(pilot_id, self._random_bytes(SALT_BYTES))

    def seal(self, pilot_id: PilotId, salt: bytes) -> bytes:
        """The salt, encrypted with a new nonce."""
        return self._sealer.seal(pilot_id.encode(), salt)

    def open(self, pilot_id: PilotId, sealed: bytes) -> bytes:
        """The decrypted salt. Raises Refusal if it was sealed with another key or for another
        pilot."""
        salt = self._sealer.open(pilot_id.encode(), sealed)
        if salt is None:
            raise Refusal(
                "unavailable",
                f"Le sel du pilote {pilot_id} ne s'ouvre pas : PILOTES_KEY n'est pas la clé qui"
                " l'a scellé.",
            )
        return salt
