"""Ports to the archive of raw operator data."""

from datetime import datetime
from pathlib import Path
from typing import Protocol

from mobilite.feeds.domain.feed import Feed


class StoreRawMessage(Protocol):
    """Archive a message as received. Never raises for the disk."""

    async def __call__(
        self, feed_id: str, stream: str, content: bytes, *, at: datetime
    ) -> None: ...


class StoreSchedule(Protocol):
    """Archive an imported schedule, a zip or a folder. Never raises for the disk."""

    async def __call__(self, feed: Feed, source: Path, *, at: datetime) -> None: ...
