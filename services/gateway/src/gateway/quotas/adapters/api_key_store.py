"""Accounts and their API keys in PostgreSQL. Of a key only the SHA-256 is stored."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from gateway.quotas.domain.account import Account, KeyFacts
from gateway.quotas.domain.api_key import ApiKey
from socle.postgres import Pool, reachable, transaction

_FIND: Final = """
SELECT k.id, k.account_id, a.plan, k.services, k.expires_at
FROM api_key AS k JOIN account AS a ON a.id = k.account_id
WHERE k.sha256 = $1 AND k.revoked_at IS NULL
"""
# The last ten seconds are always included, for transactions that commit late.
_CHANGED: Final = """
SELECT sha256 FROM api_key WHERE changed_at > clock_timestamp() - interval '10 seconds'
"""
_ACCOUNT: Final = """
INSERT INTO account (id, name, organisation, email, purpose, plan, terms)
VALUES ($1, $2, $3, $4, $5, $6, $7)
"""
_KEY: Final = """
INSERT INTO api_key (id, account_id, sha256, services, expires_at, changed_at)
VALUES ($1, $2, $3, $4, $5, clock_timestamp())
"""
_KEYS: Final = """
SELECT id, services, created_at, expires_at, revoked_at FROM api_key
WHERE account_id = $1 ORDER BY created_at DESC, id
"""
_EXPIRE: Final = """
UPDATE api_key SET expires_at = LEAST(expires_at, $2), changed_at = clock_timestamp() WHERE id = $1
"""
_REVOKE: Final = """
UPDATE api_key SET revoked_at = clock_timestamp(), changed_at = clock_timestamp()
WHERE id = $1 AND revoked_at IS NULL
"""
# Accounts without a key are deleted (GDPR, article 5.1 e). The second statement still sees the rows
# that the first one deletes, so it excludes them by their dates.
_TIDY: Final = """
WITH gone AS (
    DELETE FROM api_key
    WHERE LEAST(revoked_at, expires_at) < now() - interval '30 days' RETURNING account_id
)
DELETE FROM account AS a WHERE id IN (SELECT account_id FROM gone) AND NOT EXISTS (
    SELECT 1 FROM api_key AS k WHERE k.account_id = a.id
    AND coalesce(LEAST(revoked_at, expires_at) >= now() - interval '30 days', true)
)
"""


class PostgresKeys:
    """Implements `KeyStore`. Every call may raise Retry."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def find(self, sha256: str) -> ApiKey | None:
        with reachable():
            row = await self._pool.fetchrow(_FIND, sha256)
        if row is None:
            return None
        services = frozenset(row["services"])
        return ApiKey(row["id"], row["account_id"], row["plan"], services, row["expires_at"])

    async def changed(self) -> Sequence[str]:
        with reachable():
            return [row["sha256"] for row in await self._pool.fetch(_CHANGED)]

    async def open(self, account: Account, key: ApiKey, sha256: str) -> None:
        with reachable():
            async with transaction(self._pool) as connection:
                await connection.execute(
                    _ACCOUNT,
                    account.id,
                    account.name,
                    account.organisation,
                    account.email,
                    account.purpose,
                    key.plan,
                    account.terms,
                )
                await connection.execute(_KEY, *_key_columns(key, sha256))

    async def replace(self, old: ApiKey, ends: datetime, key: ApiKey, sha256: str) -> None:
        with reachable():
            async with transaction(self._pool) as connection:
                await connection.execute(_EXPIRE, old.id, ends)
                await connection.execute(_KEY, *_key_columns(key, sha256))

    async def revoke(self, key: ApiKey) -> None:
        with reachable():
            await self._pool.execute(_REVOKE, key.id)

    async def list(self, account: str) -> Sequence[KeyFacts]:
        with reachable():
            rows = await self._pool.fetch(_KEYS, account)
        return [
            KeyFacts(
                id=row["id"],
                services=frozenset(row["services"]),
                created_at=row["created_at"],
                expires_at=row["expires_at"],
                revoked_at=row["revoked_at"],
            )
            for row in rows
        ]

    async def tidy(self) -> None:
        """Delete keys that expired or were revoked a month ago, and accounts without another."""
        with reachable():
            await self._pool.execute(_TIDY)


def _key_columns(key: ApiKey, sha256: str) -> tuple[Any, ...]:
    return key.id, key.account, sha256, list(key.services), key.expires_at
