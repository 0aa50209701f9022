"""What the flows of pilots ask of the outside."""

from collections.abc import Callable
from typing import Protocol

from gateway.pilots.domain.pilots import Pilots

Lost = Callable[[str], None]
"""Told the topic of a fact that will never be told."""


class PilotRecorder(Protocol):
    """What those who run the platform see of the pilots."""

    def told(self, pilots: Pilots) -> None:
        """The pilots as they are now. Never raises."""
        ...
