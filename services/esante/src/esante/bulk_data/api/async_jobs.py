"""Requests that are executed in the background: their state, cancellation, and files.
https://hl7.org/fhir/uv/bulkdata/STU2/export.html#bulk-data-status-request
https://hl7.org/fhir/R4/async.html
"""

from email.utils import format_datetime
from typing import Final

import orjson

from esante.access.domain.smart_scopes import access_of
from esante.bulk_data.api.export_files import FileReader
from esante.bulk_data.api.export_operation import ExportDependencies
from esante.bulk_data.domain.audit_event import export_audit_event
from esante.bulk_data.domain.export_access import require_same_access
from esante.bulk_data.domain.export_job import ExportFile, ExportJob, file_number, manifest
from esante.bulk_data.domain.export_request import ExportRequest
from esante.bulk_data.flows.request_export import owner_of
from esante.core.api.fhir_request import FhirRequest
from esante.core.api.fhir_router import ASYNC_JOBS, Route
from esante.core.api.responses import FhirResponse
from esante.core.domain.outcome import Issue, operation_outcome
from esante.core.domain.permissions import Access
from socle.errors import Refusal
from socle.http.problems import Headers

_JSON: Final = b"application/json"


def access_of_request(request: ExportRequest) -> Access:
    """The permissions with which an export was requested."""
    return access_of(frozenset(request.scopes), role=request.role, patient=request.record)


class AsyncJobs:
    """The interactions with exports that were requested."""

    def __init__(self, dependencies: ExportDependencies) -> None:
        self._dependencies = dependencies

    def routes(self) -> tuple[Route, ...]:
        """The routes of these interactions."""
        job = f"{ASYNC_JOBS}/{{job}}"
        return (
            Route("GET", job, "async-status", "system", self._status),
            Route("DELETE", job, "async-cancel", "system", self._cancel),
            Route("GET", f"{job}/{{file}}", "async-file", "system", self._download),
        )

    async def _status(self, request: FhirRequest) -> FhirResponse:
        job = await self._find(request)
        if job.state == "failed":
            issue = Issue("fatal", "exception", job.failure or "")
            return FhirResponse(500, orjson.dumps(operation_outcome([issue])))
        if job.state != "completed":
            return await self._in_progress(job)
        files = await self._dependencies.jobs.list_files(job.id)
        body = orjson.dumps(manifest(job, files, address=self._dependencies.address(job.id)))
        headers = [(b"expires", format_datetime(job.expires, usegmt=True).encode())]
        return FhirResponse(200, body, headers, _JSON)

    async def _in_progress(self, job: ExportJob) -> FhirResponse:
        """202, or Refusal("too_many") for a request that comes too early."""
        now = self._dependencies.clock.now()
        seconds = await self._dependencies.jobs.poll(job.id, now=now)
        if seconds is None:
            raise Refusal(
                "too_many",
                "L'état de cet export vient d'être demandé : attendez ce que dit Retry-After.",
                retry_after=1,
            )
        headers: Headers = [
            (b"retry-after", str(seconds).encode()),
            (b"x-progress", job.progress.encode("ascii")),
        ]
        return FhirResponse(202, headers=headers)

    async def _cancel(self, request: FhirRequest) -> FhirResponse:
        job = await self._find(request)
        await self._dependencies.jobs.cancel(job.id)
        return FhirResponse(202)

    async def _download(self, request: FhirRequest) -> FhirResponse:
        job = await self._find(request)
        require_same_access(request.access, access_of_request(job.request))
        file = await self._find_file(job, request.name)
        await self._audit(request, job, file)
        return await FileReader(self._dependencies.jobs, job.id, file).response(
            accept_encoding=request.headers.get(b"accept-encoding", b""),
            requested_range=request.headers.get(b"range"),
            if_range=request.headers.get(b"if-range"),
        )

    async def _find(self, request: FhirRequest) -> ExportJob:
        """The export of the address. Raises Refusal("not_found") also for that of another client,
        whose existence is not revealed."""
        if request.lease is None:
            raise Refusal("unsupported", "Un export ne se suit pas dans un Bundle.")
        found = await self._dependencies.jobs.find(request.id, now=self._dependencies.clock.now())
        if found is None or found.owner != owner_of(request.caller):
            raise Refusal(
                "not_found",
                "Cet export n'existe pas : il a été supprimé, il a expiré ou il n'est pas à vous.",
            )
        return found

    async def _find_file(self, job: ExportJob, name: str) -> ExportFile:
        """The file of that name. Raises Refusal("not_found")."""
        number = file_number(name) if job.state == "completed" else None
        files = await self._dependencies.jobs.list_files(job.id) if number else ()
        for each in files:
            if each.number == number and each.name == name:
                return each
        raise Refusal("not_found", f"Cet export n'a pas de fichier « {name[:80]} ».")

    async def _audit(self, request: FhirRequest, job: ExportJob, file: ExportFile) -> None:
        """Store who downloads what, before the first byte is sent."""
        await self._dependencies.record_audit(
            export_audit_event(
                "R",
                client=request.caller.client,
                account=request.caller.subject,
                at=self._dependencies.clock.now(),
                name=file.name,
                details={"export": job.id, "request": job.request.url},
            )
        )
