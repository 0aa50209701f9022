"""The operation $export and its background work, assembled."""

import uuid
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Final

from esante.access.domain.access_filter import access_filter
from esante.bulk_data.adapters.export_jobs import PostgresExportJobs
from esante.bulk_data.adapters.export_work import PostgresExportWork
from esante.bulk_data.api.async_jobs import AsyncJobs, access_of_request
from esante.bulk_data.api.async_search import AsyncSearch
from esante.bulk_data.api.export_operation import ExportDependencies, ExportOperation
from esante.bulk_data.flows.advance_exports import ExportWorker
from esante.core.domain.permissions import Access, Grant, Permitted
from esante.core.ports import ReadResource
from esante.interactions.flows.create import create
from esante.interactions.flows.dependencies import Dependencies
from esante.search.adapters.search_store import POOL_SETTINGS
from esante.search.ports import Searches
from esante.settings import EsanteSettings
from socle.clock import Clock
from socle.postgres import Pool, open_pool

_SETTLING: Final = timedelta(seconds=2)
"""How long a write can take from its instant to its transaction. An export waits for that, and
then for the transactions that are open."""
_STATEMENT_SECONDS: Final = 600.0
"""Limit of the statement that selects what an export contains."""
_AUDIT_EVENT: Final = "AuditEvent"
_AUDITOR: Final = Access({(_AUDIT_EVENT, "c"): Permitted((Grant(),))})


def wire_exports(
    settings: EsanteSettings,
    dependencies: Dependencies,
    pool: Pool,
    searches: Searches,
    read: ReadResource,
) -> tuple[ExportOperation, AsyncJobs, AsyncSearch]:
    """The operation, the interactions with what is executed in the background, and the start of
    searches there."""
    exports = ExportDependencies(
        jobs=PostgresExportJobs(pool),
        searches=searches,
        access_filter=access_filter,
        read=read,
        record_audit=_record_audit(dependencies),
        new_id=lambda: str(uuid.uuid4()),
        lifetime=timedelta(hours=settings.export_hours),
        base=dependencies.base,
        clock=dependencies.clock,
        workers=dependencies.workers,
    )
    return ExportOperation(exports), AsyncJobs(exports), AsyncSearch(exports)


async def open_export_worker(
    settings: EsanteSettings,
    clock: Clock,
    stack: AsyncExitStack,
    *,
    name: str,
    settling: timedelta = _SETTLING,
) -> ExportWorker:
    """The background work, with connections of its own.

    `name`: the application name of the sessions that write resources.
    """
    pool = await stack.enter_async_context(
        open_pool(
            settings.postgres.get_secret_value(),
            application_name=f"{name}-export",
            max_size=2,
            statement_timeout=_STATEMENT_SECONDS,
            settings=POOL_SETTINGS,
        )
    )
    work = PostgresExportWork(
        pool,
        access_filter,
        writers=name,
        lifetime=timedelta(hours=settings.export_hours),
        max_file=settings.export_file_bytes,
        max_stored=settings.export_stored_bytes,
    )
    return ExportWorker(work, access_of_request, base=settings.base, clock=clock, settling=settling)


def _record_audit(dependencies: Dependencies) -> Callable[[bytes], Awaitable[None]]:
    async def record(event: bytes) -> None:
        await create(event, _AUDIT_EVENT, by=_AUDITOR, dependencies=dependencies)

    return record
