"""Ports to operators' addresses and to the bus."""

from dataclasses import dataclass
from typing import Protocol

from socle.events import Event, Tombstone


class SourceFault(Exception):
    """Nothing can be read from an address this time.

    `code` is stable. `message` is French, for a person who can act on it. `retry_after` is the
    pause in seconds that the server requested, if any.
    """

    def __init__(self, code: str, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Body:
    """The content of an address."""

    content: bytes
    tag: str
    """Identifies this version: `Source.read` with it returns only a newer one."""


class Source(Protocol):
    """One address of a feed (GTFS-RT or GBFS): over HTTP, or a file."""

    @property
    def address(self) -> str:
        """The address for people: without credentials and query."""
        ...

    async def read(self, known: str | None) -> Body | None:
        """The current content; None if it is still the version tagged `known`.

        Raises SourceFault if it cannot be read within the limits of size and time.
        """
        ...

    async def pause(self, *, interval: float, failures: int) -> None:
        """Wait until the next read: about `interval` seconds after a success.

        For a file it ends early, as soon as the file has changed; for a server it grows with the
        `failures` in a row.
        """
        ...


class Announce(Protocol):
    """Publishes the items; returns once the broker has acknowledged them. Raises Retry if the
    broker is unavailable."""

    async def __call__(self, *items: Event | Tombstone) -> None: ...


DESK_FEED_PATH = "/internal/desk"
"""Path of the desk role that serves each feed's notices: `<path>/<feed>.pb`."""

DESK_NAME = "guichet de publication"
"""Display name of the desk's address, which does not belong to an operator."""

ESTIMATES_FEED_PATH = "/internal/estimates"
"""Path of the indicators role that serves the estimates of a feed: `<path>/<feed>.pb`."""

ESTIMATES_NAME = "estimation par la position des véhicules"
"""Display name of the address of estimates, which does not belong to an operator."""
