"""What importing schedules needs of the outside."""

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
    """A GTFS zip or folder on disk. `tag` names this content; give it back to ask for a newer."""

    path: Path
    tag: str


class FetchSchedule(Protocol):
    """Fetch a feed's schedule onto disk for as long as the context lasts.

    None: it is still the content tagged `known`. Raises SourceFault.
    """

    def __call__(
        self, feed: Feed, known: str | None
    ) -> AbstractAsyncContextManager[FetchedSchedule | None]: ...


class PackSchedule(Protocol):
    """Pack a zip or folder into the shelf. Raises Refusal; `unavailable` may work later."""

    async def __call__(self, source: Path, feed_id: FeedId) -> FeedVersion: ...


class ImportStore(Protocol):
    """Where imports are remembered and announced."""

    async def load(self) -> Mapping[FeedId, ImportRecord]:
        """The record of every feed. Raises Retry."""
        ...

    async def keep(self, record: ImportRecord, announcement: TimetableV1) -> None:
        """Remember and announce in one transaction. Raises Retry."""
        ...

    async def forget(self, feed_id: FeedId) -> None:
        """Remove the feed and delete its announcement, in one transaction. Raises Retry."""
        ...

    async def shelved(self, versions: int) -> frozenset[str]:
        """The packed files (sha256) of the last `versions` versions of each remembered feed."""
        ...


class Shelf(Protocol):
    """The folder of packed files."""

    def holds(self, sha256: str) -> bool:
        """Whether the file is there, in the format this program reads."""
        ...

    def address_of(self, sha256: str) -> str:
        """Where replicas fetch the file."""
        ...

    def tidy(self, keep: frozenset[str]) -> None:
        """Remove every other file."""
        ...
