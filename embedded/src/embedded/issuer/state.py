"""What the issuer remembers while it runs: requests under way, codes, sessions, refresh tokens.

In memory: a restart forgets who is logged in, as a demo may.
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
    """An authorization request that was found good."""

    realm: str
    client_id: str
    redirect_uri: str
    scope: str
    state: str
    nonce: str
    challenge: str


@dataclass(slots=True)
class Session:
    """A login session, and the clients that received tokens of it."""

    sid: str
    account: Account
    began: float
    clients: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Grant:
    """What a code, then each refresh token in its turn, gives."""

    request: Request
    session: Session
    refreshed: list[str] = field(default_factory=list)


class Once(Generic[T]):
    """Things found once, by a name nobody guesses, within their time. `now`: seconds."""

    def __init__(self, seconds: float, now: Callable[[], float]) -> None:
        self._seconds, self._now = seconds, now
        self._entries: dict[str, tuple[float, T]] = {}

    def store(self, thing: T, seconds: float | None = None) -> str:
        """Its name."""
        self._entries = {
            name: entry for name, entry in self._entries.items() if entry[0] > self._now()
        }
        name = secrets.token_urlsafe(32)
        self._entries[name] = (self._now() + (seconds or self._seconds), thing)
        return name

    def look(self, name: str) -> T | None:
        """The thing, which stays."""
        entry = self._entries.get(name)
        return entry[1] if entry is not None and entry[0] > self._now() else None

    def take(self, name: str) -> T | None:
        """The thing, which is there no more."""
        thing = self.look(name)
        self._entries.pop(name, None)
        return thing

    def forget(self, name: str) -> None:
        """Be done with it."""
        self._entries.pop(name, None)
