"""Where traces are stored, as the recorder uses it."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from esante.store.ports import Change


class OwnJournal(Protocol):
    """The traces of this process that are not in the chain yet."""

    @property
    def id(self) -> str:
        """A UUID; another one once the file was replaced."""

    @property
    def waiting(self) -> Sequence[bytes]:
        """The traces, oldest first."""

    def require_room(self) -> None:
        """Raises Retry once too many wait."""

    def append(self, record: bytes) -> None:
        """Append one. Raises Retry if the file cannot be written."""

    def position(self, count: int) -> int:
        """The bytes of the file up to the end of the first `count`."""

    def forget(self, count: int) -> None:
        """The first `count` are in the chain."""


class DeadJournal(Protocol):
    """The journal of a process that has died, locked by this one."""

    @property
    def id(self) -> str:
        """A UUID."""

    def read(self, stored: int) -> tuple[list[bytes], int]:
        """The traces after the first `stored` bytes, and the bytes up to the end of the last."""

    def remove(self) -> None:
        """All of it is in the chain."""

    def release(self) -> None:
        """Leave it for later."""


class TraceChain(Protocol):
    """The chain. Every method raises Retry if the database is unreachable."""

    async def find_stored(self, journal: str) -> int:
        """How many bytes of that journal are in the chain."""

    async def append(self, records: Sequence[bytes], *, journal: str, end: int) -> None:
        """Append traces, unless the journal is stored up to `end` already."""

    async def prune(self, before: datetime) -> int:
        """Remove the traces from before that instant. Returns how many."""


@dataclass(frozen=True, slots=True)
class StoredTrace:
    """A trace of the chain."""

    number: int
    record: Mapping[str, Any]
    """The members of `Trace.canonical`."""
    patients: Sequence[str]


class RenderingBatch(Protocol):
    """One transaction, which excludes every other process that renders traces. Every method raises
    Retry as `TraceChain`."""

    async def list_next(self, count: int) -> Sequence[StoredTrace]:
        """The first ones of the chain that are not AuditEvents, in order."""

    async def list_of_patients(self, patients: Sequence[str], count: int) -> Sequence[StoredTrace]:
        """The newest ones of those patients. Some can be AuditEvents."""

    async def find_existing(self, ids: Sequence[str]) -> frozenset[str]:
        """Those of the ids that AuditEvents have."""

    async def find_texts(self, references: Sequence[str]) -> Mapping[str, bytes]:
        """The JSON of the resources that exist, by reference (`Practitioner/1`)."""

    async def write(self, events: Sequence[Change]) -> None:
        """Write new AuditEvents. They are announced if a subscription can follow them."""

    async def set_rendered(self, number: int) -> None:
        """The traces up to that number are AuditEvents."""


class UnrenderedTraces(Protocol):
    """Traces that are not AuditEvents yet. Every method raises Retry as `TraceChain`."""

    def batch(self) -> AbstractAsyncContextManager[RenderingBatch]:
        """A transaction; all of what it writes is committed at its end, or nothing."""

    async def count(self) -> int:
        """How many there are."""
