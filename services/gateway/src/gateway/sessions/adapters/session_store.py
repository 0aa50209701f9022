"""Sessions and login attempts in PostgreSQL; secrets are stored as digests only.

The end of a session is notified to every replica (`CHANNEL`), which drops it from its cache.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from gateway.sessions.domain.login_attempt import Attempt
from gateway.sessions.domain.session import Session
from socle.errors import Refusal, Retry
from socle.postgres import Connection, Pool, reachable, transaction

CHANNEL: Final = "gateway_session_ended"
_ATTEMPT_LIFETIME: Final = timedelta(minutes=10)
_LOGOUT_RETENTION: Final = timedelta(hours=1)  # longer than any logout token is valid
_FIELDS: Final = (
    "digest, provider, subject, sid, role, label, organisation, patient, until, practitioner, acr,"
    " auth_time, professions"
)


class PostgresSessions:
    """Implements `SessionStore` and `Attempts`. `idle`: how long a session may be unused."""

    def __init__(self, pool: Pool, *, idle: timedelta) -> None:
        self._pool, self._idle = pool, idle
        self.on_ended: Callable[[bytes], None] = lambda _: None
        """Called with the digest of each session that this replica ends, before the call returns:
        the notification arrives only later."""

    async def store(self, attempt: Attempt, *, browser: str) -> None:
        with _refuse_if_unreachable():
            await self._pool.execute(
                "INSERT INTO login_attempt (state, browser, provider, nonce, verifier, next, until)"
                " VALUES ($1, $2, $3, $4, $5, $6, now() + $7::interval)",
                _digest(attempt.state),
                _digest(browser),
                attempt.provider,
                attempt.nonce,
                attempt.verifier,
                attempt.next,
                _ATTEMPT_LIFETIME,
            )

    async def take(self, state: str, *, browser: str, provider: str) -> Attempt | None:
        with _refuse_if_unreachable():
            row = await self._pool.fetchrow(
                "DELETE FROM login_attempt WHERE state = $1 AND browser = $2 AND provider = $3"
                " AND until > now() RETURNING nonce, verifier, next",
                _digest(state),
                _digest(browser),
                provider,
            )
        if row is None:
            return None
        return Attempt(provider, state, row["nonce"], row["verifier"], row["next"])

    async def begin(self, session: Session, *, sealed: str) -> None:
        with _refuse_if_unreachable():
            await self._pool.execute(
                f"INSERT INTO session ({_FIELDS}, sealed)"  # noqa: S608 (constant column names)
                " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
                session.digest,
                session.provider,
                session.subject,
                session.sid,
                session.role,
                session.label,
                session.organisation,
                session.patient,
                session.until,
                session.practitioner,
                session.acr,
                session.auth_time,
                session.professions,
                sealed,
            )

    async def get(self, digest: bytes) -> tuple[Session, str] | None:
        found = await self.touch(digest)
        return None if found is None else (found[0], found[2])

    async def touch(self, digest: bytes) -> tuple[Session, datetime, str] | None:
        """Mark a session as used. Returns it, its end if it stays idle, and its sealed ID token;
        None if it is unknown or has ended. Raises Refusal("unavailable")."""
        with _refuse_if_unreachable():
            row = await self._pool.fetchrow(
                "UPDATE session SET seen = now() WHERE digest = $1 AND until > now()"
                " AND seen > now() - $2::interval RETURNING *",
                digest,
                self._idle,
            )
        if row is None:
            return None
        session = Session(**{name: row[name] for name in _FIELDS.split(", ")})
        return session, min(session.until, datetime.now(UTC) + self._idle), row["sealed"]

    async def end(self, digest: bytes) -> None:
        await self._end("digest = $1", digest)

    async def end_of(self, provider: str, *, sid: str | None, subject: str | None) -> int:
        return await self._end(*_selection(provider, sid, subject))

    async def end_by_logout_token(
        self, provider: str, jti: str, *, sid: str | None, subject: str | None
    ) -> int | None:
        with _refuse_if_unreachable():
            async with transaction(self._pool) as connection:
                is_new = await connection.fetchval(
                    "INSERT INTO logout_heard (provider, jti, until)"
                    " VALUES ($1, $2, now() + $3::interval) ON CONFLICT DO NOTHING RETURNING true",
                    provider,
                    jti,
                    _LOGOUT_RETENTION,
                )
                if is_new is None:
                    return None
                ended = await _delete_sessions(connection, *_selection(provider, sid, subject))
        self._report(ended)
        return len(ended)

    async def clean(self) -> None:
        """Delete expired rows. Raises Retry."""
        with reachable():
            await self._pool.execute("DELETE FROM login_attempt WHERE until <= now()")
            await self._pool.execute("DELETE FROM logout_heard WHERE until <= now()")
            await self._pool.execute(
                "DELETE FROM session WHERE until <= now() OR seen <= now() - $1::interval",
                self._idle,
            )

    async def _end(self, where: str, *values: Any) -> int:
        with _refuse_if_unreachable():
            async with transaction(self._pool) as connection:
                ended = await _delete_sessions(connection, where, *values)
        self._report(ended)
        return len(ended)

    def _report(self, ended: Sequence[bytes]) -> None:
        for digest in ended:
            self.on_ended(digest)


def _selection(provider: str, sid: str | None, subject: str | None) -> tuple[str, str, str | None]:
    """The condition that selects sessions of a provider, and its values."""
    if sid is not None:
        return "provider = $1 AND sid = $2", provider, sid
    return "provider = $1 AND subject = $2", provider, subject


async def _delete_sessions(connection: Connection, where: str, *values: Any) -> list[bytes]:
    """Delete the selected sessions and notify every replica. Returns their digests."""
    rows = await connection.fetch(
        f"DELETE FROM session WHERE {where} RETURNING digest",  # noqa: S608
        *values,
    )
    digests = [row["digest"] for row in rows]
    for digest in digests:
        await connection.execute("SELECT pg_notify($1, $2)", CHANNEL, digest.hex())
    return digests


@contextmanager
def _refuse_if_unreachable() -> Iterator[None]:
    try:
        with reachable():
            yield
    except Retry:
        raise Refusal(
            "unavailable",
            "Les connexions sont momentanément impossibles. Réessayez dans quelques instants.",
            retry_after=5,
        ) from None


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
