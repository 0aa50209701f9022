"""What sessions need of the outside: where they and logins under way are stored."""

from typing import Protocol

from gateway.callers.domain.identity import Identity
from gateway.sessions.domain.login_attempt import Attempt
from gateway.sessions.domain.session import Session


class Attempts(Protocol):
    """Logins under way, each taken once. `browser`: what its cookie holds."""

    async def keep(self, attempt: Attempt, *, browser: str) -> None:
        """For ten minutes."""
        ...

    async def take(self, state: str, *, browser: str, provider: str) -> Attempt | None:
        """The attempt that this browser began with that provider, which is there no more."""
        ...


class Sessions(Protocol):
    """Browsers' sessions, as every request asks for them."""

    async def find(self, cookie: str) -> Identity | None:
        """Who holds that cookie; None when it is unknown or over. Kept up to a minute.

        Raises Refusal("unavailable").
        """
        ...


class SessionStore(Protocol):
    """The same sessions, begun and ended. Raises Refusal("unavailable")."""

    async def begin(self, session: Session, *, sealed: str) -> None:
        """`sealed`: the provider's ID token, which only the cookie opens."""
        ...

    async def get(self, digest: bytes) -> tuple[Session, str] | None:
        """A session that is not over, and what was sealed."""
        ...

    async def end(self, digest: bytes) -> None:
        """Everywhere."""
        ...

    async def end_of(self, provider: str, *, sid: str | None, subject: str | None) -> int:
        """Every session of that person, or of that session of the provider's: how many."""
        ...

    async def is_new(self, provider: str, jti: str) -> bool:
        """Whether no logout token of that id was heard yet; from now on one was."""
        ...
