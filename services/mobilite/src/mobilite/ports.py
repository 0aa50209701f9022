"""What the flows of mobilité ask of the outside."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from mobilite.domain.feed import Feed, FeedId
from mobilite.domain.feed_message import FeedMessage, ReadUpdate, Record
from mobilite.domain.feed_version import FeedVersion
from mobilite.domain.import_record import ImportRecord
from mobilite.domain.merged_network import MergedVersion
from mobilite.domain.notice import Notice
from mobilite.domain.timetable import Timetable
from mobilite.events import AlertV1, EntitySelector, TimetableV1, TripUpdateV1, VehiclePositionV1
from socle.errors import Refusal
from socle.events import Event, Tombstone


class SourceFault(Exception):
    """Nothing can be taken from an address this time.

    `code` is stable, `message` is French and for a person who can act on it. `retry_after` is the
    pause in seconds the server asked for, if it did.
    """

    def __init__(self, code: str, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Body:
    """What an address answered. `tag` names this version; give it back to ask for a newer one."""

    content: bytes
    tag: str


class Source(Protocol):
    """One GTFS-RT address: over HTTP, or a file."""

    @property
    def address(self) -> str:
        """The address for people: without credentials and query."""
        ...

    async def read(self, known: str | None) -> Body | None:
        """The present content; None when it is still the version tagged `known`.

        Raises SourceFault. Never holds more than the size limit, never outlasts the time limit.
        """
        ...

    async def pause(self, *, interval: float, failures: int) -> None:
        """Wait until the next read makes sense: about `interval` seconds after a success.

        A file returns as soon as it is another than the one read last; a server is left in peace
        for longer after each of `failures` in a row.
        """
        ...


Told = TripUpdateV1 | VehiclePositionV1 | AlertV1
"""What a poll tells on, one record a run, a vehicle or an alert."""


class DecodeMessage(Protocol):
    """From the bytes of a message to what it says of each record; raises SourceFault.

    `repeated` are the entity ids that named several alerts in the message before of the same
    address, `known` what its entities came to.
    """

    def __call__(
        self,
        body: bytes,
        *,
        feed_id: str,
        source: int,
        repeated: frozenset[str] = frozenset(),
        known: Mapping[bytes, ReadUpdate] = ...,
    ) -> FeedMessage: ...


class WalkEntity(Protocol):
    """From a serialised entity to its event, with the doubts it raises by code."""

    def __call__(
        self, record: Record, content: bytes, *, feed_id: str, source: int
    ) -> tuple[Told, Counter[str]]: ...


class KeepRaw(Protocol):
    """Archive what an address sent, as it came. Never raises for the disk."""

    async def __call__(
        self, feed_id: str, stream: str, content: bytes, *, at: datetime
    ) -> None: ...


class KeepSchedule(Protocol):
    """Archive a schedule that was taken: a zip or a folder. Never raises for the disk."""

    async def __call__(self, feed: Feed, source: Path, *, at: datetime) -> None: ...


class Announce(Protocol):
    """Publish; returns once acknowledged."""

    async def __call__(self, *items: Event | Tombstone) -> None: ...


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


class TimetableFolder(Protocol):
    """The replica's own folder of packed files."""

    async def obtain(self, sha256: str, address: str) -> Timetable:
        """Map the file, fetched and checked where it is not there yet. Raises SourceFault."""
        ...

    async def tidy(self, keep: frozenset[str]) -> None:
        """Remove the files of every other version."""
        ...


PACKED_FILES = "/internal/timetables"
"""Where the import role hands packed files to the replicas, under its base address: `<sha256>`."""
DESK_FEEDS = "/internal/desk"
"""Where the desk tells each feed's notices, under its base address: `<feed>.pb`."""
DESK_SHOWN = "guichet de publication"
"""What people and tables are told of such an address, which is none of the operator's."""


@dataclass(frozen=True, slots=True)
class DeskKey:
    """Who publishes notices, and for which feeds. `name` is kept with what they publish."""

    name: str
    feeds: frozenset[FeedId]

    def allow(self, feed_id: FeedId) -> None:
        """Raise Refusal("forbidden") for any other feed, whether it exists or not."""
        if feed_id not in self.feeds:
            raise Refusal("forbidden", f"Votre clé ne donne pas accès au réseau « {feed_id} ».")


class NoticeStore(Protocol):
    """Where notices are kept. Every call may raise Retry."""

    async def add(self, notice: Notice, *, once: str | None, most_told: int) -> Notice:
        """Keep a new notice; the former one where `once` was used for the same content.

        Raises Refusal: "conflict" where `once` was used for another, "too_many" past `most_told`.
        """
        ...

    async def replace(self, notice: Notice) -> None:
        """Keep the next version of a notice. Raises Refusal("conflict") where it has moved on."""
        ...

    async def find(
        self, feed_id: FeedId, notice_id: str, *, feeds: frozenset[FeedId]
    ) -> Notice | None:
        """One notice of a feed, where it is one of `feeds`."""
        ...

    async def list(
        self,
        feed_id: FeedId,
        *,
        feeds: frozenset[FeedId],
        told_at: datetime | None,
        after: tuple[datetime, str] | None,
        limit: int,
    ) -> Sequence[Notice]:
        """The newest notices of a feed, after a place; those told at an instant, or all."""
        ...


class WriteEntities(Protocol):
    """What operators say, as serialised FeedEntities with global ids."""

    def trip_update(self, event: TripUpdateV1) -> bytes:
        """Every word of a trip update."""
        ...

    def decided(self, entity: bytes) -> bytes:
        """A trip update written before, with the stops it says not to be served and without what it
        predicts."""
        ...

    def undated(self, entity: bytes) -> bytes:
        """A trip update or vehicle written before, without the instant it was measured at."""
        ...

    def vehicle(self, event: VehiclePositionV1, *, trip: bool, stop: bool) -> bytes:
        """A vehicle, with its trip and its stop where these may go out."""
        ...

    def alert(self, event: AlertV1, informed: Iterable[EntitySelector]) -> bytes:
        """An alert about `informed` (ids still local)."""
        ...


class WriteMessages(Protocol):
    """A FULL_DATASET message of such entities; `version` is that of the schedule it goes with."""

    def protobuf(self, entities: Sequence[bytes], *, timestamp: int, version: str) -> bytes:
        """As protobuf."""
        ...

    def json(self, kind: str, entities: Sequence[bytes], *, timestamp: int, version: str) -> bytes:
        """As the standard JSON of the same message."""
        ...


class MergedShelf(Protocol):
    """Where merged schedules are made and kept."""

    def find(self, version: str) -> Path | None:
        """The file of a version, if it is there."""
        ...

    def latest(self) -> Path | None:
        """The file made last, if there is any."""
        ...

    async def make(self, version: MergedVersion) -> Path:
        """Make the file of a version. Raises Refusal("unavailable")."""
        ...
