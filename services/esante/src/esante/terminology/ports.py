"""The lookup of stored code systems and value sets."""

from typing import Protocol


class Canonicals(Protocol):
    """Finds stored CodeSystem and ValueSet resources."""

    async def find(self, resource_type: str, url: str) -> bytes | None:
        """The JSON of the resource with that canonical (without version); None without one.

        Of several, the last one written.
        """

    async def find_by_id(self, resource_type: str, resource_id: str) -> bytes | None:
        """The JSON of the resource with that id; None without one."""
