"""Where resources, their versions and what they are found by are stored."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from esante.store.domain.index_rows import Indexed

Interaction = Literal["create", "update", "patch", "delete"]


@dataclass(frozen=True, slots=True)
class State:
    """What is known of a resource now. `version` 0: it never was; `text` None: it is not, or no
    more. `patients`: the Patient compartments it is in."""

    version: int = 0
    updated: datetime | None = None
    text: bytes | None = None
    patients: tuple[str, ...] = ()


NEVER = State()


@dataclass(frozen=True, slots=True)
class Change:
    """A version to be written over what was found. `text` and `indexed` None: a deletion.
    `replaces`: the living version it replaces, 0 where none lives."""

    type: str
    id: str
    version: int
    updated: datetime
    interaction: Interaction
    text: bytes | None
    indexed: Indexed | None
    replaces: int


@dataclass(frozen=True, slots=True)
class Version:
    """One line of a history. `text` None: a deletion."""

    type: str
    id: str
    version: int
    updated: datetime
    interaction: str
    text: bytes | None


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """Which part of a history is asked for: newest first, from before `before` on (`updated`, type,
    id and version of the last one seen). `since`: written then or later; `at`: current at some
    moment from the first on and before the second, None where open."""

    type: str | None
    id: str | None
    since: datetime | None = None
    at: tuple[datetime | None, datetime | None] = (None, None)
    before: tuple[datetime, str, str, int] | None = None
    limit: int = 100


class Transaction(Protocol):
    """Several changes that are written together or not at all."""

    async def exclude_others(self, keys: Sequence[str]) -> None:
        """Wait until no other transaction holds one of those keys, and hold them to the end."""

    async def find_for_change(self, identities: Sequence[tuple[str, str]]) -> list[State]:
        """The state of each, in that order; what lives is nobody else's until the end."""

    async def write(self, changes: Sequence[Change]) -> None:
        """Raises Stale where what is current is not what a change replaces."""


class Stale(Exception):
    """Somebody else wrote in between: what was found is no more."""


class ResourceStore(Protocol):
    """Where resources are kept. A change and its announcement share a transaction."""

    async def find(self, resource_type: str, resource_id: str) -> State:
        """The state of a resource."""

    async def find_version(
        self, resource_type: str, resource_id: str, version: int
    ) -> tuple[Version | None, State]:
        """One version of a resource, and what is known of it now."""

    async def list_history(self, page: HistoryPage) -> tuple[Sequence[Version], bool]:
        """One page of a history, shorter where its texts are long; whether more follow."""

    async def write(self, changes: Sequence[Change]) -> None:
        """All of them or none. Raises Stale where what is current is not what one replaces."""

    def transaction(self) -> AbstractAsyncContextManager[Transaction]:
        """Committed at the end, undone by an exception. May raise Stale at its end: try again."""
