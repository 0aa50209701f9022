"""What the erasure of facts needs of the database."""

from datetime import datetime
from typing import Protocol


class Retention(Protocol):
    """Erases facts by their retention period, and old invitations to roles."""

    async def erase_due(self, now: datetime) -> list[str]:
        """Erase the facts of the pilots whose retention period is over, and store a proof of it in
        the same transaction; delete old invitations. Returns the ids of these pilots. Raises
        Retry."""
        ...
