"""Where stored code systems and value sets are found."""

from typing import Protocol


class Canonicals(Protocol):
    """Where code systems and value sets that were stored are found."""

    async def find(self, resource_type: str, url: str) -> bytes | None:
        """The one of that canonical url written last, as JSON; None where there is none."""
