"""Authorization requests that wait for a decision, launches and consents, in PostgreSQL.

Every statement selects by subject: rows of other people are never found.
"""

from datetime import datetime

from gateway.oauth.domain.grants import AuthorizationRequest, Consent, Launch
from gateway.oauth.domain.scopes import read_scopes
from socle.postgres import Pool, reachable

_STORE_REQUEST = """
INSERT INTO authorizations_asked
    (ticket, subject, client, redirect_uri, state, scopes, challenge, nonce, launch, until)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
"""
_FIND_REQUEST = """
SELECT * FROM authorizations_asked WHERE ticket = $1 AND subject = $2 AND until > $3
"""
_TAKE_REQUEST = """
DELETE FROM authorizations_asked WHERE ticket = $1 AND subject = $2 AND until > $3 RETURNING *
"""
_STORE_LAUNCH = """
INSERT INTO launches (handle, subject, patient, encounter, intent, client, until)
VALUES ($1, $2, $3, $4, $5, $6, $7)
"""
_USABLE_LAUNCH = """
launches WHERE handle = $1 AND subject = $2 AND (client IS NULL OR client = $3) AND until > $4
"""
_FIND_LAUNCH = f"SELECT * FROM {_USABLE_LAUNCH}"  # noqa: S608 (constant text)
_TAKE_LAUNCH = f"DELETE FROM {_USABLE_LAUNCH} RETURNING *"  # noqa: S608
_STORE_CONSENT = """
INSERT INTO consents (subject, client, offered, given, at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (subject, client) DO UPDATE SET offered = $3, given = $4, at = $5
"""


class PostgresConsents:
    """Implements `ConsentStore` in the gateway's own database."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def store_request(
        self, ticket: bytes, request: AuthorizationRequest, subject: str, until: datetime
    ) -> None:
        proof = (request.challenge, request.nonce, request.launch)
        response = (request.client, request.redirect_uri, request.state, str(request.scopes))
        with reachable():
            await self._pool.execute(_STORE_REQUEST, ticket, subject, *response, *proof, until)

    async def find_request(
        self, ticket: bytes, subject: str, now: datetime
    ) -> AuthorizationRequest | None:
        return await self._request(_FIND_REQUEST, ticket, subject, now)

    async def take_request(
        self, ticket: bytes, subject: str, now: datetime
    ) -> AuthorizationRequest | None:
        return await self._request(_TAKE_REQUEST, ticket, subject, now)

    async def _request(
        self, statement: str, ticket: bytes, subject: str, now: datetime
    ) -> AuthorizationRequest | None:
        with reachable():
            row = await self._pool.fetchrow(statement, ticket, subject, now)
        if row is None:
            return None
        return AuthorizationRequest(
            client=row["client"],
            redirect_uri=row["redirect_uri"],
            state=row["state"],
            scopes=read_scopes(row["scopes"]),
            challenge=row["challenge"],
            nonce=row["nonce"],
            launch=row["launch"],
        )

    async def store_launch(self, handle: bytes, launch: Launch, until: datetime) -> None:
        context = (launch.patient, launch.encounter, launch.intent, launch.client)
        with reachable():
            await self._pool.execute(_STORE_LAUNCH, handle, launch.subject, *context, until)

    async def find_launch(
        self, handle: bytes, subject: str, client: str, now: datetime
    ) -> Launch | None:
        return await self._launch(_FIND_LAUNCH, handle, subject, client, now)

    async def take_launch(
        self, handle: bytes, subject: str, client: str, now: datetime
    ) -> Launch | None:
        return await self._launch(_TAKE_LAUNCH, handle, subject, client, now)

    async def _launch(
        self, statement: str, handle: bytes, subject: str, client: str, now: datetime
    ) -> Launch | None:
        with reachable():
            row = await self._pool.fetchrow(statement, handle, subject, client, now)
        if row is None:
            return None
        return Launch(subject, row["patient"], row["encounter"], row["intent"], row["client"])

    async def find_consent(self, subject: str, client: str) -> Consent | None:
        with reachable():
            row = await self._pool.fetchrow(
                "SELECT * FROM consents WHERE subject = $1 AND client = $2", subject, client
            )
        return Consent(read_scopes(row["offered"]), read_scopes(row["given"])) if row else None

    async def store_consent(
        self, subject: str, client: str, consent: Consent, now: datetime
    ) -> None:
        values = (str(consent.offered), str(consent.given), now)
        with reachable():
            await self._pool.execute(_STORE_CONSENT, subject, client, *values)
