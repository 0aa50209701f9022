"""What archives the data that operators sent."""

from datetime import datetime
from pathlib import Path
from typing import Protocol

from mobilite.feeds.domain.feed import Feed


class KeepRaw(Protocol):
    """Archive what an address sent, as it came. Never raises for the disk."""

    async def __call__(
        self, feed_id: str, stream: str, content: bytes, *, at: datetime
    ) -> None: ...


class KeepSchedule(Protocol):
    """Archive a schedule that was taken: a zip or a folder. Never raises for the disk."""

    async def __call__(self, feed: Feed, source: Path, *, at: datetime) -> None: ...
