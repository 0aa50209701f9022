"""What forgetting asks of the outside."""

from datetime import datetime
from typing import Protocol


class Retention(Protocol):
    """People's facts, by how long they may be kept."""

    async def forget_due(self, now: datetime) -> list[str]:
        """Forget all that people did in the pilots whose time is over, and keep a proof of it in
        the same transaction; those pilots. Raises Retry."""
        ...
