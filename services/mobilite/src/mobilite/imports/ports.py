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
    """A fetched feed on disk."""

    path: Path
    """A GTFS zip or folder."""
    tag: str
    """Identifies this content: `FetchSchedule` with it returns only a newer one."""


class FetchSchedule(Protocol):
    """Fetches a feed's schedule to disk, for as long as the context lasts.

    None: it is still the content tagged `known`. Raises SourceFault.
    """

    def __call__(
        self, feed: Feed, known: str | None
    ) -> AbstractAsyncContextManager[FetchedSchedule | None]: ...


class PackSchedule(Protocol):
    """Packs a zip or folder. Raises Refusal; the category `unavailable` is temporary."""

    async def __call__(self, source: Path, feed_id: FeedId) -> FeedVersion: ...


class ImportStore(Protocol):
    """The store of import records and their announcements."""

    async def load(self) -> Mapping[FeedId, ImportRecord]:
        """The record of every feed. Raises Retry."""
        ...

    async def save(self, record: ImportRecord, announcement: TimetableV1) -> None:
        """Store and announce in one transaction. Raises Retry."""
        ...

    async def delete(self, feed_id: FeedId) -> None:
        """Delete the feed and announce a tombstone in one transaction. Raises Retry."""
        ...

    async def recent_files(self, versions: int) -> frozenset[str]:
        """The SHA-256 of the packed files of the last `versions` versions of each feed, and of the
        versions in use. Raises Retry."""
        ...


class PackedFileStore(Protocol):
    """The folder of packed files."""

    def holds(self, sha256: str) -> bool:
        """Whether that version exists in the current format."""
        ...

    def address_of(self, sha256: str) -> str:
        """The URL at which replicas fetch a version."""
        ...

    def remove_others(self, retained: frozenset[str]) -> None:
        """Remove the versions that are not in `retained`."""
        ...
