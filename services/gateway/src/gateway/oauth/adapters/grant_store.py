"""Grants, their codes and refresh tokens, and revocations, in PostgreSQL.

A revocation is notified to every replica by its own transaction (`NOTIFY`); replicas that were not
listening read the table (`revocation_feed`).
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

import asyncpg

from gateway.oauth.domain.grants import LONGEST_TOKEN, Application, Code, Grant
from gateway.oauth.domain.scopes import read_scopes
from socle.postgres import Connection, Pool, reachable, transaction

CHANNEL: Final = "gateway_revocations"

_ADD_GRANT = """
INSERT INTO grants (id, client, subject, role, scopes, patient, encounter, intent, organisation,
    nonce, until, fhir_user, acr, auth_time, professions)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
"""
_ADD_CODE = (
    "INSERT INTO codes (code, grant_id, redirect_uri, challenge, until) VALUES ($1,$2,$3,$4,$5)"
)
_USE_CODE = "UPDATE codes SET used = true WHERE code = $1 AND NOT used"
_FIND_CODE = """
SELECT g.*, c.redirect_uri, c.challenge, c.until AS ends
FROM codes c JOIN grants g ON g.id = c.grant_id WHERE c.code = $1
"""
_ADD_REFRESH = "INSERT INTO refresh_tokens (token, grant_id, until) VALUES ($1, $2, $3)"
_USE_REFRESH = "UPDATE refresh_tokens SET used = true WHERE token = $1 AND NOT used"
_FIND_REFRESH = """
SELECT g.*, r.used, r.until AS ends
FROM refresh_tokens r JOIN grants g ON g.id = r.grant_id WHERE r.token = $1
"""
_REVOKE = "UPDATE grants SET revoked = true WHERE id = $1 AND NOT revoked RETURNING id"
_REVOKE_ALL = """
UPDATE grants SET revoked = true WHERE subject = $1 AND client = $2 AND NOT revoked RETURNING id
"""
_ADD_REVOCATION = """
INSERT INTO revocations (reference, until) VALUES ($1, $2) ON CONFLICT (reference) DO NOTHING
"""
_LIST_APPLICATIONS = """
SELECT c.client, c.given, c.at, EXISTS (
    SELECT FROM refresh_tokens r JOIN grants g ON g.id = r.grant_id
    WHERE g.subject = c.subject AND g.client = c.client
        AND NOT g.revoked AND NOT r.used AND r.until > $2) AS in_use
FROM consents c WHERE c.subject = $1 ORDER BY c.at DESC, c.client
"""
_USE_ASSERTION = """
INSERT INTO assertions_seen (client, jti, until) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING
RETURNING jti
"""
_DELETE_EXPIRED = (
    "DELETE FROM grants WHERE until < $1",
    *(
        f"DELETE FROM {table} WHERE until < $1"  # noqa: S608 (constant names)
        for table in ("authorizations_asked", "launches", "assertions_seen", "revocations")
    ),
)


class PostgresGrants:
    """Implements `Grants` in the gateway's own database.

    `learn`: called with each revoked reference and the end of its revocation, so that this replica
    does not wait for the notification.
    """

    def __init__(self, pool: Pool, learn: Callable[[str, datetime], None]) -> None:
        self._pool, self._learn = pool, learn

    async def open(self, grant: Grant, code: bytes, binding: Code) -> None:
        other = (grant.organisation, grant.nonce, grant.until)
        login = (grant.fhir_user, grant.acr, grant.auth_time, grant.professions)
        launch = (grant.patient, grant.encounter, grant.intent)
        base = (grant.id, grant.client, grant.subject, grant.role, str(grant.scopes))
        with reachable():
            async with transaction(self._pool) as connection:
                await connection.execute(_ADD_GRANT, *base, *launch, *other, *login)
                await connection.execute(
                    _ADD_CODE,
                    code,
                    grant.id,
                    binding.redirect_uri,
                    binding.challenge,
                    binding.until,
                )

    async def use_code(self, code: bytes) -> tuple[Grant, Code, bool] | None:
        with reachable():
            first_use = await self._pool.execute(_USE_CODE, code) == "UPDATE 1"
            row = await self._pool.fetchrow(_FIND_CODE, code)
        if row is None:
            return None
        binding = Code(row["redirect_uri"], row["challenge"], row["ends"])
        return _grant(row), binding, first_use and not row["revoked"]

    async def store_refresh_token(self, token: bytes, grant: Grant, until: datetime) -> None:
        with reachable():
            await self._pool.execute(_ADD_REFRESH, token, grant.id, until)

    async def use_refresh_token(self, token: bytes) -> tuple[Grant, datetime, bool] | None:
        with reachable():
            first_use = await self._pool.execute(_USE_REFRESH, token) == "UPDATE 1"
            row = await self._pool.fetchrow(_FIND_REFRESH, token)
        if row is None:
            return None
        return _grant(row), row["ends"], first_use and not row["revoked"]

    async def find_refresh_token(self, token: bytes) -> tuple[Grant, datetime] | None:
        with reachable():
            row = await self._pool.fetchrow(_FIND_REFRESH, token)
        if row is None or row["used"] or row["revoked"]:
            return None
        return _grant(row), row["ends"]

    async def find_refresh_client(self, token: bytes) -> str | None:
        with reachable():
            row = await self._pool.fetchrow(_FIND_REFRESH, token)
        return row["client"] if row else None

    async def revoke(self, grant_id: str, now: datetime) -> None:
        with reachable():
            async with transaction(self._pool) as connection:
                rows = await connection.fetch(_REVOKE, grant_id)
                await self._announce(connection, [row["id"] for row in rows], now + LONGEST_TOKEN)

    async def revoke_token(self, jti: str, until: datetime) -> None:
        with reachable():
            async with transaction(self._pool) as connection:
                await self._announce(connection, [jti], until)

    async def revoke_application(self, subject: str, client: str, now: datetime) -> None:
        with reachable():
            async with transaction(self._pool) as connection:
                await connection.execute(
                    "DELETE FROM consents WHERE subject = $1 AND client = $2", subject, client
                )
                rows = await connection.fetch(_REVOKE_ALL, subject, client)
                await self._announce(connection, [row["id"] for row in rows], now + LONGEST_TOKEN)

    async def list_applications(self, subject: str, now: datetime) -> Sequence[Application]:
        with reachable():
            rows = await self._pool.fetch(_LIST_APPLICATIONS, subject, now)
        return [
            Application(row["client"], read_scopes(row["given"]), row["at"], row["in_use"])
            for row in rows
        ]

    async def is_first_use(self, client: str, jti: str, until: datetime) -> bool:
        with reachable():
            return await self._pool.fetchval(_USE_ASSERTION, client, jti, until) is not None

    async def tidy(self, now: datetime) -> None:
        with reachable():
            for statement in _DELETE_EXPIRED:
                await self._pool.execute(statement, now)

    async def _announce(
        self, connection: Connection, references: Sequence[str], until: datetime
    ) -> None:
        for reference in references:
            await connection.execute(_ADD_REVOCATION, reference, until)
            payload = f"{until.timestamp():.0f} {reference}"
            await connection.execute("SELECT pg_notify($1, $2)", CHANNEL, payload)
            # Before the commit: slightly too early is harmless, too late is not.
            self._learn(reference, until)


def _grant(row: asyncpg.Record) -> Grant:
    return Grant(
        id=row["id"],
        client=row["client"],
        subject=row["subject"],
        role=row["role"],
        scopes=read_scopes(row["scopes"]),
        until=row["until"],
        patient=row["patient"],
        encounter=row["encounter"],
        intent=row["intent"],
        organisation=row["organisation"],
        nonce=row["nonce"],
        fhir_user=row["fhir_user"],
        acr=row["acr"],
        auth_time=row["auth_time"],
        professions=row["professions"],
    )
