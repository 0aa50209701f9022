"""What the flows of mobilité ask of the outside."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


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


@dataclass(frozen=True, slots=True)
class FetchedSchedule:
    """A GTFS zip or folder on disk. `tag` names this content; give it back to ask for a newer."""

    path: Path
    tag: str
