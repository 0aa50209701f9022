"""What authorization needs of the server around it."""

from typing import Protocol

from socle.clock import Clock


class Server(Protocol):
    """The server whose resources are accessed."""

    @property
    def base(self) -> str:
        """The FHIR base as callers see it: an absolute reference below it is to a resource here."""

    @property
    def clock(self) -> Clock:
        """The clock that dates of a granted query are read against."""
