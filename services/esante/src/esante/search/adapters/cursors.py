"""Cursors: the position in the order of results where a page ends, sealed.

A position has the number of the resource among all that the server has ever created (`born`).
Whoever reads the numbers of their own resources would learn how much is written in all records; so
would whoever changes one and sees what the page then contains. AES-256-GCM (NIST SP 800-38D) hides
them and refuses what was changed.
"""

import base64
import os
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from esante.search.adapters.order import sort_types
from esante.search.domain.query.model import Query
from socle.errors import Refusal
from socle.postgres import Pool, reachable

_NONCE_BYTES: Final = 12
_KEY: Final = "SELECT key FROM cursor_key"


class Cursors:
    """Writes and reads cursors, with the key in the database, which is that of every process. Its
    methods raise Retry if it cannot be read."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._cipher: AESGCM | None = None

    async def write(self, query: Query, row: Any) -> str:
        """The cursor of the position of a row, valid only for its search."""
        values = [_cursor_value(row[f"k{number}"]) for number in range(1, len(query.sort) + 1)]
        place, nonce = orjson.dumps([*values, row["born"]]), os.urandom(_NONCE_BYTES)
        sealed = (await self._loaded()).encrypt(nonce, place, query.digest.encode())
        return base64.urlsafe_b64encode(nonce + sealed).decode().rstrip("=")

    async def read(self, query: Query) -> list[Any] | None:
        """The position after which a page begins; None for the first page.

        It has the value of each sort key (None without one), then `born`. Raises Refusal for a
        cursor that was not written for this search.
        """
        if query.cursor is None:
            return None
        try:
            raw = base64.urlsafe_b64decode(query.cursor + "=" * (-len(query.cursor) % 4))
            nonce, sealed = raw[:_NONCE_BYTES], raw[_NONCE_BYTES:]
            opened = (await self._loaded()).decrypt(nonce, sealed, query.digest.encode())
            *values, born = orjson.loads(opened)
            return [*_values(query, values), born]
        # Since the cursor was written, a search parameter of its sort can have another type.
        except (ValueError, TypeError, InvalidOperation, InvalidTag):
            raise Refusal(
                "invalid",
                "Ce lien vers la page suivante n'est pas de cette recherche : recommencez-la.",
                parameter="_cursor",
            ) from None

    async def _loaded(self) -> AESGCM:
        if self._cipher is None:
            with reachable():
                self._cipher = AESGCM(await self._pool.fetchval(_KEY))
        return self._cipher


def _cursor_value(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def _values(query: Query, written: Sequence[Any]) -> list[Any]:
    """The values of the sort keys in a cursor."""
    typed = zip(sort_types(query.sort), written, strict=True)
    return [None if value is None else _value(sql_type, value) for sql_type, value in typed]


def _value(sql_type: str, written: str) -> Any:
    if sql_type == "timestamptz":
        return datetime.fromisoformat(written)
    return Decimal(written) if sql_type == "numeric" else written
