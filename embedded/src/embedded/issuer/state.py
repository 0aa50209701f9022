"""The state of the issuer: pending requests, codes, sessions, refresh tokens.

It is in memory only: after a restart, everybody must log in again.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from embedded.issuer.realms import Account

T = TypeVar("T")

REQUEST_SECONDS = 600.0
SESSION_SECONDS = 4 * 3600.0
REFRESH_SECONDS = 1800.0


@dataclass(frozen=True, slots=True)
class Request:
    """A valid authorization request."""

    realm: str
    client_id: str
    redirect_uri: str
    scope: str
    state: str
    nonce: str
    challenge: str
    """The PKCE code challenge."""


@dataclass(slots=True)
class Session:
    """A login session of a browser."""

    sid: str
    account: Account
    started_at: float
    """POSIX seconds."""
    clients: set[str] = field(default_factory=set)
    """The ids of the clients that received a code in it."""


@dataclass(slots=True)
class Grant:
    """What a code, and then each refresh token, gives access to."""

    request: Request
    session: Session
    refreshed: list[str] = field(default_factory=list)
    """Its refresh tokens, of which only the last is valid."""


class ExpiringStore(Generic[T]):
    """Values under random names, which expire.

    `seconds`: their default lifetime. `now`: POSIX seconds.
    """

    def __init__(self, seconds: float, now: Callable[[], float]) -> None:
        self._seconds, self._now = seconds, now
        self._entries: dict[str, tuple[float, T]] = {}

    def store(self, value: T, seconds: float | None = None) -> str:
        """Store a value; its name."""
        self._entries = {
            name: entry for name, entry in self._entries.items() if entry[0] > self._now()
        }
        name = secrets.token_urlsafe(32)
        self._entries[name] = (self._now() + (seconds or self._seconds), value)
        return name

    def find(self, name: str) -> T | None:
        """The value of that name, None if it is unknown or expired."""
        entry = self._entries.get(name)
        return entry[1] if entry is not None and entry[0] > self._now() else None

    def take(self, name: str) -> T | None:
        """Remove and return the value of that name, None if it is unknown or expired."""
        value = self.find(name)
        self._entries.pop(name, None)
        return value

    def delete(self, name: str) -> None:
        """Remove the value of that name, if any."""
        self._entries.pop(name, None)
