"""The store of exports, as requests and the background work use it."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol

from esante.bulk_data.domain.export_job import ExportFile, ExportJob
from esante.core.domain.permissions import Access
from esante.search.domain.query.criterion_parser import SearchContext

RecordAudit = Callable[[bytes], Awaitable[None]]
"""Stores an AuditEvent, given its JSON. Raises Retry without the database."""


class ExportCancelled(Exception):
    """The export was cancelled, or has expired, while a step was executed."""


class ExportJobs(Protocol):
    """The exports that callers request. Every method raises Retry without the database."""

    async def add(self, job: ExportJob) -> ExportJob:
        """Store an export; returns it, or the one in progress of the same owner and request.

        Raises Refusal("too_many") if the owner has too many, "unavailable" if all together have.
        """

    async def find(self, job_id: str, *, now: datetime) -> ExportJob | None:
        """An export; None if there is none of that id, if it was cancelled or has expired."""

    async def poll(self, job_id: str, *, now: datetime) -> int | None:
        """Count a request for the state of an export, and return the seconds until the next one;
        None, without counting it, if it comes too early."""

    async def cancel(self, job_id: str) -> None:
        """Cancel an export. Its files are deleted later, by `ExportWork.purge`."""

    async def list_files(self, job_id: str) -> Sequence[ExportFile]:
        """The files of an export, in order."""

    async def read_chunk(self, job_id: str, file: int, number: int) -> bytes | None:
        """The compressed content of a chunk of a file, numbered from 1; None if it is deleted."""

    async def find_chunk(self, job_id: str, file: int, offset: int) -> tuple[int, int]:
        """The number of the chunk with that byte of a file, and the first byte of the chunk."""


class HeldExport(Protocol):
    """An export in progress that this process alone advances. Every method raises Retry without the
    database, and ExportCancelled."""

    @property
    def job(self) -> ExportJob:
        """The export, as it was when it was acquired."""

    async def select(self, access: Access, context: SearchContext) -> None:
        """Store which versions the export contains: those of one snapshot of the database.

        `access`: only what the caller can search. Raises Refusal.
        """

    async def write(self, *, now: datetime) -> None:
        """Write the next chunk of a file; after the last one, complete the export.

        Raises Refusal if the files of its owner are too large together.
        """

    async def fail(self, sentence: str) -> None:
        """End the export. `sentence`: in French."""


class ExportWork(Protocol):
    """The exports in progress. Every method raises Retry without the database."""

    def acquire(self, *, now: datetime) -> AbstractAsyncContextManager[HeldExport | None]:
        """The export that has advanced the least, held until the end of the context; None if no
        other is in progress. An end of this process frees it."""

    async def purge(self, *, now: datetime) -> bool:
        """Delete a cancelled or expired export with its files. Whether there was one."""
