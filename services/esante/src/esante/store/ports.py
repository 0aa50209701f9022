"""The store of resources, their versions and their index entries."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

from esante.core.domain.idempotency_key import IdempotencyKey
from esante.core.domain.outcome import Issue
from esante.core.domain.permissions import RevisionCheck
from esante.store.domain.index_rows import IndexEntries

Interaction = Literal["create", "update", "patch", "delete"]


@dataclass(frozen=True, slots=True)
class ResourceState:
    """The current state of a resource: existing, deleted, or never created."""

    version: int = 0
    """The last version, which can be a deletion; 0 if it was never created."""
    updated: datetime | None = None
    """When that version was written; None if there is none."""
    text: bytes | None = None
    """Its JSON; None if it was deleted or never created."""
    patients: tuple[str, ...] = ()
    """The ids of the Patient compartments it is in."""
    index_digests: bytes | None = None
    """The digests of its index rows; None: unknown."""
    author: int | None = None
    """The `author_key` of who created it; None: unknown."""


NEVER_EXISTED = ResourceState()


@dataclass(frozen=True, slots=True)
class BinaryContent:
    """The content of a Binary that was sent as bytes."""

    id: str
    """A UUID."""
    size: int
    """Bytes."""
    sha1: bytes


@dataclass(frozen=True, slots=True)
class Change:
    """A version of a resource to write."""

    type: str
    id: str
    version: int
    updated: datetime
    interaction: Interaction
    text: bytes | None
    """None: a deletion."""
    indexed: IndexEntries | None
    """None: a deletion."""
    replaces: int
    """The current version that it replaces; 0 if the resource does not exist."""
    content: BinaryContent | None = None
    """Of a Binary, stored in chunks; None if its data is in the text, or there is none."""
    attached: object | None = None
    """What another capability writes in the same transaction (`AttachedRows`)."""
    replaced_digests: bytes | None = None
    """The `index_digests` of the state that it replaces."""
    author: int | None = None
    """Of a new resource: the `author_key` of a professional who creates it."""
    version_author: str | None = None
    """Who writes the version: as `ResourceVersion.author`."""
    warnings: tuple[Issue, ...] = ()
    """What its validation warned about; not stored."""


@dataclass(frozen=True, slots=True)
class ResourceVersion:
    """One entry of a history."""

    type: str
    id: str
    version: int
    updated: datetime
    interaction: str
    """An `Interaction`."""
    text: bytes | None
    """None: a deletion."""
    author: str | None = None
    """Who wrote it: a FHIR reference, or `account:` and a pseudonym. None: the server itself, or
    unknown."""


@dataclass(frozen=True, slots=True)
class HistoryQuery:
    """One page of a history, newest first."""

    type: str | None
    """None: every type."""
    id: str | None
    """None: every resource of the type."""
    since: datetime | None = None
    """Only versions written then or later."""
    at: tuple[datetime | None, datetime | None] = (None, None)
    """Only versions that were current at some time in this range [start, end); None: open."""
    before: tuple[datetime, str, str, int] | None = None
    """Only versions that come after this one, the last of the previous page: its `updated`, type,
    id and version. Those of one instant are in the order of type, id and version."""
    limit: int = 100
    """Greatest number of versions on the page."""


@dataclass(frozen=True, slots=True)
class RecordedVersion:
    """The version of a resource that answers a request."""

    place: int
    """The index of its entry in a transaction, else 0."""
    type: str
    id: str
    version: int
    """0: there is none."""
    written: bool = field(kw_only=True)
    """Whether the request has written it."""


@dataclass(frozen=True, slots=True)
class WriteRecord:
    """What a request with an Idempotency-Key has written. Neither its body nor its answer is
    stored: the answer is made of the versions again."""

    key: IdempotencyKey
    versions: tuple[RecordedVersion, ...] = ()


class Transaction(Protocol):
    """A database transaction."""

    async def lock(self, keys: Sequence[str]) -> None:
        """Lock those keys until the end of the transaction.

        Waits for other transactions that have locked one of them. Raises Retry if there are too
        many locks.
        """

    async def find_for_update(self, identities: Sequence[tuple[str, str]]) -> list[ResourceState]:
        """The state of each resource, in the same order; existing ones are locked until the end.

        `identities`: (type, id).
        """

    async def write(self, changes: Sequence[Change]) -> None:
        """Write those changes and their events.

        Raises WriteConflict if the current version is not the one that a change replaces, or has
        been indexed again.
        """

    async def record(self, record: WriteRecord) -> bool:
        """Store the record of the request; False if another request has stored one for its key."""


class WriteConflict(Exception):
    """Another transaction has written one of the resources meanwhile: read it again and retry."""


class ResourceStore(Protocol):
    """Stores resources. A change and its event share a transaction.

    Every method raises Retry if the database is unreachable.
    """

    async def find(
        self, resource_type: str, resource_id: str, check: RevisionCheck | None = None
    ) -> ResourceState:
        """The state of a resource. `check`: confirmed by the same statement if the resource exists.
        Raises AccessChanged."""

    async def find_version(
        self, resource_type: str, resource_id: str, version: int
    ) -> tuple[ResourceVersion | None, ResourceState]:
        """One version of a resource (None if there is none of that number), and the state."""

    async def list_history(self, page: HistoryQuery) -> tuple[Sequence[ResourceVersion], bool]:
        """One page of a history, shorter if its texts are long; and whether more follow."""

    async def write(self, changes: Sequence[Change], *, ids_are_assigned: bool = False) -> None:
        """Write all changes and their events, or none.

        `changes`: one at least. `ids_are_assigned`: whether all of them are new resources whose ids
        the server has just assigned, so that no other transaction has them. Raises
        WriteConflict if a replaced version is not current, or has been indexed again.
        """

    async def find_records(self, account: str, key: str) -> Sequence[WriteRecord]:
        """The records of a key that have not expired: one for each entry of a batch."""

    async def discard_expired_records(self) -> None:
        """Remove the records that have expired, after 24 hours."""

    def transaction(self) -> AbstractAsyncContextManager[Transaction]:
        """A transaction that commits at the end of the context, or rolls back after an exception.

        Raises WriteConflict, also at the end.
        """


class BinaryContents(Protocol):
    """Stores contents of Binary resources in chunks.

    A content is visible once a `Change` with it is written. Every method raises Retry if the
    database is unreachable.
    """

    async def open(self, content_id: str) -> None:
        """Start a content. `content_id`: an unused UUID."""

    async def write_chunk(self, content_id: str, place: int, data: bytes) -> None:
        """Store the chunk at that place (from 0). Raises Retry if the content was discarded."""

    async def discard(self, content_id: str) -> None:
        """Remove the chunks of a content that no version has."""

    async def discard_abandoned(self) -> None:
        """Remove the chunks of contents whose requests ended without a write."""

    async def find(self, resource_id: str, version: int) -> BinaryContent | None:
        """The content of a version of a Binary; None if it is not stored in chunks."""

    async def read_chunk(self, content_id: str, place: int) -> bytes:
        """The chunk at that place. Raises LookupError if there is none."""
