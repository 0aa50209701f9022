"""What pilots need of the outside."""

from collections.abc import Callable
from typing import Protocol

from gateway.pilots.domain.pilots import Pilots

OnLost = Callable[[str], None]
"""Called with the topic of an event that was dropped."""


class PilotRecorder(Protocol):
    """The metrics of the pilots."""

    def update(self, pilots: Pilots) -> None:
        """Record the current pilots. Never raises."""
        ...
