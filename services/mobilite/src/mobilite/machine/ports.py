"""What following a file requires."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol, TypeVar

PackedT_co = TypeVar("PackedT_co", covariant=True)


class PackedStorePort(Protocol[PackedT_co]):
    """Packed files by their sources."""

    def stamp(self, sources: Sequence[Path]) -> str | None:
        """Changes when a source does; None if one cannot be read."""
        ...

    async def obtain(self, sources: Sequence[Path]) -> PackedT_co:
        """The content of sources. Raises Refusal if they cannot be read or packed."""
        ...

    async def find_former(self) -> PackedT_co | None:
        """The content that was packed last."""
        ...
