"""The operation $export: at the system, of patients, of a group.
https://hl7.org/fhir/uv/bulkdata/STU2/export.html#bulk-data-kick-off-request
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Final

from esante.bulk_data.domain.export_access import require_export
from esante.bulk_data.domain.export_request import (
    PARAMETERS,
    ExportLevel,
    ExportRequest,
    check_format,
    group_members,
    read_elements,
    read_filters,
    read_instant,
    read_patients,
    read_types,
)
from esante.bulk_data.flows.request_export import request_export
from esante.bulk_data.ports import ExportJobs, RecordAudit
from esante.core.api.fhir_request import FhirRequest
from esante.core.api.fhir_router import ASYNC_JOBS, Handler, Level, Route
from esante.core.api.formats import require_json
from esante.core.api.operation_parameters import OperationParameters, read_parameters
from esante.core.api.responses import FhirResponse
from esante.core.domain.json_parser import parse_json
from esante.core.flows.worker_pool import WorkerPool
from esante.core.ports import ReadResource
from esante.search.domain.query.criterion_parser import SearchContext
from esante.search.domain.query.model import Scope
from esante.search.domain.query.query_parser import parse_query
from esante.search.ports import AccessFilter, Searches
from socle.clock import Clock
from socle.errors import Refusal

_DEFINITIONS: Final = "http://hl7.org/fhir/uv/bulkdata/OperationDefinition/"
_GROUP: Final = ("Group",)
# A group has to be named: its type alone is answered with how.
_TYPES: Final = ("Group", "Patient")


@dataclass(frozen=True, slots=True)
class ExportDependencies:
    """What the operation calls."""

    jobs: ExportJobs
    searches: Searches
    access_filter: AccessFilter
    read: ReadResource
    record_audit: RecordAudit
    new_id: Callable[[], str]
    lifetime: timedelta
    """How long the files of an export are stored."""
    base: str
    """The FHIR base as callers see it."""
    clock: Clock
    workers: WorkerPool

    def address(self, job_id: str) -> str:
        """The address of an export."""
        return f"{self.base}/{ASYNC_JOBS}/{job_id}"


class ExportOperation:
    """The operation $export."""

    def __init__(self, dependencies: ExportDependencies) -> None:
        self._dependencies = dependencies

    def routes(self) -> tuple[Route, ...]:
        """The routes of the operation, by GET and by POST."""
        return (
            *_routes("$export", "system", "export", self._of_system),
            *_routes("{type}/$export", "type", "patient-export", self._of_type, _TYPES),
            *_routes("{type}/{id}/$export", "instance", "group-export", self._of_group, _GROUP),
        )

    async def _of_system(self, request: FhirRequest) -> FhirResponse:
        return await self._request(request, "system")

    async def _of_type(self, request: FhirRequest) -> FhirResponse:
        if request.type == "Group":
            require_export(request.access)
            raise Refusal("invalid", "Nommez le groupe : /fhir/Group/{id}/$export.")
        return await self._request(request, "patient")

    async def _of_group(self, request: FhirRequest) -> FhirResponse:
        return await self._request(request, "group")

    async def _request(self, request: FhirRequest, level: ExportLevel) -> FhirResponse:
        _check_request(request)
        given = self._dependencies
        parameters = await read_parameters(request, given.workers, names=PARAMETERS)
        context = SearchContext(given.base, given.clock.now())
        export = await self._read(request, level, parameters, context)
        return await start_export(export, request, given, context)

    async def _read(
        self,
        request: FhirRequest,
        level: ExportLevel,
        parameters: OperationParameters,
        context: SearchContext,
    ) -> ExportRequest:
        """Parse the request. Raises Refusal."""
        caller, now = request.caller, context.now
        check_format(parameters.list_texts("_outputFormat"))
        types = read_types(parameters.list_texts("_type"), level)
        # Parameters of the view are not among those of the operation if they are in the address.
        elements = [value for name, value in request.query if name == "_elements"]
        return ExportRequest(
            url=_address(request, self._dependencies.base),
            level=level,
            role=caller.role,
            scopes=tuple(sorted(caller.scopes)),
            record=caller.patient,
            types=types,
            since=read_instant("_since", parameters.list_texts("_since"), now=now),
            until=read_instant("_until", parameters.list_texts("_until"), now=now),
            filters=read_filters(parameters.list_texts("_typeFilter"), types, context=context),
            elements=read_elements([*elements, *parameters.list_texts("_elements")]),
            patients=await self._patients(request, level, parameters, context),
        )

    async def _patients(
        self,
        request: FhirRequest,
        level: ExportLevel,
        parameters: OperationParameters,
        context: SearchContext,
    ) -> tuple[str, ...] | None:
        """The patients that are exported; None: all. Raises Refusal for an unknown one."""
        members = None
        if level == "group":
            group = await self._dependencies.read("Group", request.id, by=request.access)
            members = group_members(parse_json(group.text))
        values = parameters.values.get("patient")
        if not values:
            return members
        if level == "system" or request.method != "POST":
            raise _misplaced_patients()
        named = read_patients(values, base=context.base)
        known = frozenset(members or ())
        if members is None:
            known = await self._existing(named, request, context)
        if unknown := [each for each in named if each not in known]:
            listed = ", ".join(f"Patient/{each}" for each in unknown[:20])
            raise Refusal(
                "invalid", f"« patient » : {listed} n'en fait pas partie.", parameter="patient"
            )
        return named

    async def _existing(
        self, named: tuple[str, ...], request: FhirRequest, context: SearchContext
    ) -> frozenset[str]:
        """Those patients that the caller can find."""
        found: set[str] = set()
        for start in range(0, len(named), 100):
            some = ",".join(named[start : start + 100])
            pairs = [("_id", some), ("_count", "100")]
            query = parse_query(pairs, Scope("Patient"), context=context)
            page = await self._dependencies.searches.search(
                query, access=request.access, context=context
            )
            found.update(each.id for each in page.matches)
        return frozenset(found)


async def start_export(
    export: ExportRequest, request: FhirRequest, given: ExportDependencies, context: SearchContext
) -> FhirResponse:
    """Store an export; returns the response with the address of its state. Raises Refusal as
    `request_export`."""
    job = await request_export(
        export,
        request.caller,
        by=request.access,
        jobs=given.jobs,
        access_filter=given.access_filter,
        record_audit=given.record_audit,
        new_id=given.new_id,
        lifetime=given.lifetime,
        context=context,
    )
    return FhirResponse(202, headers=[(b"content-location", given.address(job.id).encode())])


def _routes(
    path: str, level: Level, definition: str, handler: Handler, types: tuple[str, ...] = ()
) -> tuple[Route, ...]:
    make = partial(
        Route,
        path_template=path,
        code="$export",
        level=level,
        handler=handler,
        definition=_DEFINITIONS + definition,
        types=types,
    )
    return make(method="GET"), make(method="POST")


def _check_request(request: FhirRequest) -> None:
    """Check what does not depend on the parameters, before the body is read. Raises Refusal."""
    require_export(request.access)
    if request.lease is None:
        raise Refusal("unsupported", "Un export ne se demande pas dans un Bundle.")
    require_json(request.headers.get(b"accept"))
    if "respond-async" not in request.prefer:
        raise Refusal(
            "invalid",
            "Un export se prépare en arrière-plan : demandez-le avec Prefer: respond-async.",
            issue="required",
        )


def _address(request: FhirRequest, base: str) -> str:
    """The address of the request, as callers see it."""
    parts = [base, *(each for each in (request.type, request.id) if each), "$export"]
    query = f"?{request.raw_query.decode('latin-1')}" if request.raw_query else ""
    return "/".join(parts) + query


def _misplaced_patients() -> Refusal:
    return Refusal(
        "invalid",
        "« patient » ne se donne que par POST, pour un export de patients ou d'un groupe.",
        parameter="patient",
    )
