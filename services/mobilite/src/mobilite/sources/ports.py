"""What flows that read operators' addresses need of the outside."""

from dataclasses import dataclass
from typing import Protocol

from socle.events import Event, Tombstone


class SourceFault(Exception):
    """Nothing can be taken from an address this time.

    `code` is stable, `message` is French and for a person who can act on it. `retry_after` is the
    pause in seconds the server asked for, if it did.
    """

    def __init__(self, code: str, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Body:
    """What an address answered. `tag` names this version; give it back to ask for a newer one."""

    content: bytes
    tag: str


class Source(Protocol):
    """One GTFS-RT address: over HTTP, or a file."""

    @property
    def address(self) -> str:
        """The address for people: without credentials and query."""
        ...

    async def read(self, known: str | None) -> Body | None:
        """The present content; None when it is still the version tagged `known`.

        Raises SourceFault. Never holds more than the size limit, never outlasts the time limit.
        """
        ...

    async def pause(self, *, interval: float, failures: int) -> None:
        """Wait until the next read makes sense: about `interval` seconds after a success.

        A file returns as soon as it is another than the one read last; a server is left in peace
        for longer after each of `failures` in a row.
        """
        ...


class Announce(Protocol):
    """Publish; returns once acknowledged."""

    async def __call__(self, *items: Event | Tombstone) -> None: ...


DESK_FEEDS = "/internal/desk"
"""Where the desk tells each feed's notices, under its base address: `<feed>.pb`."""

DESK_SHOWN = "guichet de publication"
"""What people and tables are told of such an address, which is none of the operator's."""
