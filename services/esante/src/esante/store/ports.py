"""The store of resources, their versions and their index entries."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from esante.store.domain.index_rows import IndexEntries

Interaction = Literal["create", "update", "patch", "delete"]


@dataclass(frozen=True, slots=True)
class ResourceState:
    """The current state of a resource: existing, deleted, or never created."""

    version: int = 0
    """0: never created."""
    updated: datetime | None = None
    text: bytes | None = None
    """Its JSON; None if it does not exist."""
    patients: tuple[str, ...] = ()
    """The Patient compartments it is in."""


NEVER_EXISTED = ResourceState()


@dataclass(frozen=True, slots=True)
class Change:
    """A version to write."""

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


@dataclass(frozen=True, slots=True)
class ResourceVersion:
    """One entry of a history."""

    type: str
    id: str
    version: int
    updated: datetime
    interaction: str
    text: bytes | None
    """None: a deletion."""


@dataclass(frozen=True, slots=True)
class HistoryQuery:
    """One page of a history, newest first."""

    type: str | None
    """None: of every type."""
    id: str | None
    """None: of every resource of the type."""
    since: datetime | None = None
    """Only versions written then or later."""
    at: tuple[datetime | None, datetime | None] = (None, None)
    """Only versions that were current at some time in [first, second); None: open."""
    before: tuple[datetime, str, str, int] | None = None
    """Only versions after this one in the order: its `updated`, type, id and version."""
    limit: int = 100


class Transaction(Protocol):
    """A database transaction."""

    async def lock(self, keys: Sequence[str]) -> None:
        """Lock those keys until the end, after every other transaction that has locked one."""

    async def find_for_update(self, identities: Sequence[tuple[str, str]]) -> list[ResourceState]:
        """The state of each resource, in that order; existing rows are locked until the end."""

    async def write(self, changes: Sequence[Change]) -> None:
        """Raises WriteConflict if the current version is not the one that a change replaces."""


class WriteConflict(Exception):
    """Another transaction has written since: read again and retry."""


class ResourceStore(Protocol):
    """Stores resources. A change and its event share a transaction."""

    async def find(self, resource_type: str, resource_id: str) -> ResourceState:
        """The state of a resource."""

    async def find_version(
        self, resource_type: str, resource_id: str, version: int
    ) -> tuple[ResourceVersion | None, ResourceState]:
        """One version of a resource (None if it never existed), and the current state."""

    async def list_history(self, page: HistoryQuery) -> tuple[Sequence[ResourceVersion], bool]:
        """One page of a history, shorter if its texts are long; and whether more follow."""

    async def write(self, changes: Sequence[Change]) -> None:
        """Write all or none. Raises WriteConflict if a replaced version is not current."""

    def transaction(self) -> AbstractAsyncContextManager[Transaction]:
        """Commits at the end, or rolls back. Raises WriteConflict, at the end too."""
