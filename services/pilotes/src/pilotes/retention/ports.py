"""What the erasure of facts needs of the database."""

from datetime import datetime
from typing import Protocol


class Retention(Protocol):
    """Erases facts by their retention period."""

    async def erase_due(self, now: datetime) -> list[str]:
        """Erase the facts of pilots whose retention period is over, with a proof in the same
        transaction. Returns those pilots. Raises Retry."""
        ...
