"""Signed receipts in PostgreSQL, sealed with a key that follows from the participant's code alone.

AES-256-GCM (NIST SP 800-38D): a random nonce, then the sealed JSON array of JWS; the locator is
authenticated data.
"""

import os
from collections.abc import Sequence
from typing import Final

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from pilotes.people.domain.receipt import ReceiptKey
from socle.postgres import Pool, reachable

_NONCE_BYTES: Final = 12
_STORE: Final = """
INSERT INTO receipt (locator, sealed) VALUES ($1, $2)
ON CONFLICT (locator) DO UPDATE SET sealed = excluded.sealed
"""
_FIND: Final = "SELECT sealed FROM receipt WHERE locator = $1"
_CLOSED: Final = "SELECT pilot_id, title FROM pilot WHERE salt IS NULL ORDER BY pilot_id"


class PostgresReceipts:
    """Implements `Receipts`."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def store(self, key: ReceiptKey, signed: Sequence[str]) -> None:
        nonce = os.urandom(_NONCE_BYTES)
        content = orjson.dumps(list(signed))
        sealed = nonce + AESGCM(key.secret).encrypt(nonce, content, key.locator)
        with reachable():
            await self._pool.execute(_STORE, key.locator, sealed)

    async def find(self, key: ReceiptKey) -> Sequence[str]:
        with reachable():
            sealed = await self._pool.fetchval(_FIND, key.locator)
        if sealed is None:
            return ()
        try:
            content = AESGCM(key.secret).decrypt(
                sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], key.locator
            )
        except InvalidTag:
            # Changed around the service: it proves nothing.
            return ()
        return [str(each) for each in orjson.loads(content)]

    async def erase(self, key: ReceiptKey) -> None:
        with reachable():
            await self._pool.execute("DELETE FROM receipt WHERE locator = $1", key.locator)

    async def list_closed(self) -> Sequence[tuple[str, str]]:
        with reachable():
            rows = await self._pool.fetch(_CLOSED)
        return [(row["pilot_id"], row["title"]) for row in rows]
