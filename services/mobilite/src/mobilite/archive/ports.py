"""Ports to the archive of raw operator data."""

from datetime import datetime
from pathlib import Path
from typing import Protocol

from mobilite.feeds.domain.feed import Feed


class StoreRawMessage(Protocol):
    """Archives a message of a stream (`rt-0`, `gbfs-station_status`…) as it was received `at`.
    Errors of the disk are not raised."""

    async def __call__(
        self, feed_id: str, stream: str, content: bytes, *, at: datetime
    ) -> None: ...


class StoreSchedule(Protocol):
    """Archives a schedule that was imported `at`. `source`: a zip or a folder. Errors of the disk
    are not raised."""

    async def __call__(self, feed: Feed, source: Path, *, at: datetime) -> None: ...
