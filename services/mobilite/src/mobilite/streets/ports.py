"""What following an extract requires."""

from pathlib import Path
from typing import Protocol

from mobilite.streets.domain.graph import StreetGraph


class StreetStorePort(Protocol):
    """Street graphs by their extracts."""

    def stamp(self, extract: Path) -> str | None:
        """Changes when the extract does; None if it cannot be read."""
        ...

    async def obtain(self, extract: Path) -> StreetGraph:
        """The graph of an extract. Raises Refusal if it cannot be read or packed."""
        ...
