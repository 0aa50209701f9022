"""What the lab's pages need of the rest of the platform."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class WatchedSource:
    """A service, or the feeds of a network."""

    name: str
    healthy: bool


@dataclass(frozen=True, slots=True)
class PlatformHealth:
    """The state of the platform. Each part is None if its service does not answer."""

    services: Sequence[WatchedSource] | None
    feeds: Sequence[WatchedSource] | None
    """The networks that publish real time."""


class HealthSource(Protocol):
    """Reads the state of the platform at its public addresses."""

    async def read(self) -> PlatformHealth:
        """The state now. Raises nothing: what does not answer is None."""
        ...
