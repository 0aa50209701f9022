"""Requests that wait for a person's decision, launches, and consents, in PostgreSQL.

The subject is a part of every statement: what is another person's does not exist.
"""

from datetime import datetime

from gateway.oauth.domain.grants import AuthorizationRequest, Consent, Launch
from gateway.oauth.domain.scopes import read_scopes
from socle.postgres import Pool, reachable

_KEEP_ASKED = """
INSERT INTO authorizations_asked
    (ticket, subject, client, redirect_uri, state, scopes, challenge, nonce, launch, until)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
"""
_TAKE_ASKED = """
DELETE FROM authorizations_asked WHERE ticket = $1 AND subject = $2 AND until > $3 RETURNING *
"""
_KEEP_LAUNCH = """
INSERT INTO launches (handle, subject, patient, encounter, intent, until)
VALUES ($1, $2, $3, $4, $5, $6)
"""
_FIND_LAUNCH = "SELECT * FROM launches WHERE handle = $1 AND subject = $2 AND until > $3"
_TAKE_LAUNCH = "DELETE FROM launches WHERE handle = $1 AND subject = $2 AND until > $3 RETURNING *"
_KEEP_CONSENT = """
INSERT INTO consents (subject, client, offered, given, at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (subject, client) DO UPDATE SET offered = $3, given = $4, at = $5
"""


class PostgresConsents:
    """Implements `ConsentStore` in the gateway's own database."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def store_request(
        self, ticket: bytes, asked: AuthorizationRequest, subject: str, until: datetime
    ) -> None:
        proof = (asked.challenge, asked.nonce, asked.launch)
        back = (asked.client, asked.redirect_uri, asked.state, str(asked.scopes))
        with reachable():
            await self._pool.execute(_KEEP_ASKED, ticket, subject, *back, *proof, until)

    async def take_request(
        self, ticket: bytes, subject: str, now: datetime
    ) -> AuthorizationRequest | None:
        with reachable():
            row = await self._pool.fetchrow(_TAKE_ASKED, ticket, subject, now)
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
        at_hand = (launch.patient, launch.encounter, launch.intent)
        with reachable():
            await self._pool.execute(_KEEP_LAUNCH, handle, launch.subject, *at_hand, until)

    async def find_launch(
        self, handle: bytes, subject: str, now: datetime, *, take: bool
    ) -> Launch | None:
        statement = _TAKE_LAUNCH if take else _FIND_LAUNCH
        with reachable():
            row = await self._pool.fetchrow(statement, handle, subject, now)
        if row is None:
            return None
        return Launch(subject, row["patient"], row["encounter"], row["intent"])

    async def find_consent(self, subject: str, client: str) -> Consent | None:
        with reachable():
            row = await self._pool.fetchrow(
                "SELECT * FROM consents WHERE subject = $1 AND client = $2", subject, client
            )
        return Consent(read_scopes(row["offered"]), read_scopes(row["given"])) if row else None

    async def store_consent(
        self, subject: str, client: str, consent: Consent, now: datetime
    ) -> None:
        told = (str(consent.offered), str(consent.given), now)
        with reachable():
            await self._pool.execute(_KEEP_CONSENT, subject, client, *told)
