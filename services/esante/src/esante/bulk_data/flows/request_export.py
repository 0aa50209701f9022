"""Kick-off: store an export, which is executed in the background.
https://hl7.org/fhir/uv/bulkdata/STU2/export.html#bulk-data-kick-off-request
"""

from collections.abc import Callable
from datetime import timedelta

from esante.bulk_data.domain.audit_event import export_audit_event
from esante.bulk_data.domain.export_job import ExportJob
from esante.bulk_data.domain.export_query import export_query
from esante.bulk_data.domain.export_request import ExportRequest
from esante.bulk_data.ports import ExportJobs, RecordAudit
from esante.core.domain.permissions import Access
from esante.search.domain.query.criterion_parser import SearchContext
from esante.search.domain.query.narrowing import narrow_query
from esante.search.ports import AccessFilter
from socle.auth import Caller


def owner_of(caller: Caller) -> str:
    """Who owns an export: the application and the account that requested it."""
    return f"{caller.client or ''} {caller.subject}"


async def request_export(
    request: ExportRequest,
    caller: Caller,
    *,
    by: Access,
    jobs: ExportJobs,
    access_filter: AccessFilter,
    record_audit: RecordAudit,
    new_id: Callable[[], str],
    lifetime: timedelta,
    context: SearchContext,
) -> ExportJob:
    """Store an export; returns it, or the same one if it is already in progress.

    `context`: of now. `lifetime`: how long its files are stored. Raises Refusal: "forbidden" if the
    caller cannot search a named type or any, "too_many" and "unavailable" past a limit.
    """
    query = export_query(request, context=context)
    narrow_query(query, lambda each: access_filter(each, by, context))
    now = context.now.replace(microsecond=context.now.microsecond // 1000 * 1000)
    job = ExportJob(new_id(), owner_of(caller), request, "accepted", now, now + lifetime)
    stored = await jobs.add(job)
    if stored.id == job.id:
        await record_audit(
            export_audit_event(
                "E",
                client=caller.client,
                account=caller.subject,
                at=now,
                name=f"export {job.id}",
                details={"request": request.url},
            )
        )
    return stored
