"""What sessions need of the outside: the stores of sessions and of login attempts."""

from typing import Protocol

from gateway.callers.domain.identity import Identity
from gateway.sessions.domain.login_attempt import Attempt
from gateway.sessions.domain.session import Session


class Attempts(Protocol):
    """Logins in progress, each used once. `browser`: the value of its login cookie."""

    async def store(self, attempt: Attempt, *, browser: str) -> None:
        """Store an attempt for ten minutes."""
        ...

    async def take(self, state: str, *, browser: str, provider: str) -> Attempt | None:
        """Remove and return the attempt of that browser with that provider; None if it is unknown
        or expired."""
        ...


class Sessions(Protocol):
    """Sessions by cookie, looked up on every request."""

    async def find(self, cookie: str) -> Identity | None:
        """The identity of a cookie; None if unknown or expired. Cached up to a minute.

        Raises Refusal("unavailable").
        """
        ...


class SessionStore(Protocol):
    """The store of sessions. Raises Refusal("unavailable")."""

    async def begin(self, session: Session, *, sealed: str) -> None:
        """Store a session. `sealed`: the provider's ID token, encrypted with the cookie."""
        ...

    async def get(self, digest: bytes) -> tuple[Session, str] | None:
        """A session and its sealed ID token; None if it is unknown or has ended. This counts as a
        use of the session."""
        ...

    async def end(self, digest: bytes) -> None:
        """End a session, on every replica."""
        ...

    async def end_of(self, provider: str, *, sid: str | None, subject: str | None) -> int:
        """End the sessions of a provider's `sid`, or without one those of `subject`, a pseudonym.
        Returns how many ended."""
        ...

    async def end_by_logout_token(
        self, provider: str, jti: str, *, sid: str | None, subject: str | None
    ) -> int | None:
        """Record a provider's logout token by its `jti`, and end sessions as `end_of` does. Returns
        how many ended; None for a repeated `jti`, which ends none.

        Both happen or neither: after an error the provider can send the same token again.
        """
        ...
