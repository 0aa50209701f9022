"""The ports of schedule imports."""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from mobilite.events import TimetableV1
from mobilite.feeds.domain.feed import Feed
from mobilite.gtfs.domain.ids import FeedId
from mobilite.imports.domain.import_record import ImportRecord
from mobilite.packing.domain.feed_version import FeedVersion


@dataclass(frozen=True, slots=True)
class FetchedSchedule:
    """A GTFS zip or folder on disk. `tag` identifies this content; pass it back to fetch a newer
    one."""

    path: Path
    tag: str


class FetchSchedule(Protocol):
    """Fetch a feed's schedule to disk, for the lifetime of the context.

    None: it is still the content tagged `known`. Raises SourceFault.
    """

    def __call__(
        self, feed: Feed, known: str | None
    ) -> AbstractAsyncContextManager[FetchedSchedule | None]: ...


class PackSchedule(Protocol):
    """Pack a zip or folder. Raises Refusal; `unavailable` is temporary."""

    async def __call__(self, source: Path, feed_id: FeedId) -> FeedVersion: ...


class ImportStore(Protocol):
    """The store of import records and their announcements."""

    async def load(self) -> Mapping[FeedId, ImportRecord]:
        """The record of every feed. Raises Retry."""
        ...

    async def save(self, record: ImportRecord, announcement: TimetableV1) -> None:
        """Store and announce in one transaction. Raises Retry."""
        ...

    async def forget(self, feed_id: FeedId) -> None:
        """Delete the feed and its announcement in one transaction. Raises Retry."""
        ...

    async def recent_files(self, versions: int) -> frozenset[str]:
        """The packed files (sha256) of the last `versions` versions of each feed."""
        ...


class PackedFileStore(Protocol):
    """The folder of packed files."""

    def holds(self, sha256: str) -> bool:
        """Whether the file exists in the current format."""
        ...

    def address_of(self, sha256: str) -> str:
        """The URL for replicas."""
        ...

    def remove_others(self, retained: frozenset[str]) -> None:
        """Remove every other file."""
        ...
