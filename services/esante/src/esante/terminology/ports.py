"""The lookup of stored definitions: code systems, value sets, profiles, questionnaires."""

from typing import Protocol


class Canonicals(Protocol):
    """Finds stored resources by their canonical or their id."""

    async def find(self, resource_type: str, url: str) -> bytes | None:
        """The JSON of the resource with that canonical (without version); None without one.

        Of several, the last one written.
        """

    async def find_by_id(self, resource_type: str, resource_id: str) -> bytes | None:
        """The JSON of the resource with that id; None without one."""
