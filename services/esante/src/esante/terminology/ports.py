"""The lookup of stored code systems and value sets."""

from typing import Protocol


class Canonicals(Protocol):
    """Finds stored CodeSystem and ValueSet resources."""

    async def find(self, resource_type: str, url: str) -> bytes | None:
        """The JSON of the last written resource with that canonical; None if there is none."""
