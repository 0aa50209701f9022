"""The trace of a FHIR request: implements `RequestTracing` of the router."""

from collections.abc import Callable
from typing import Final
from urllib.parse import urlencode

from esante.core.api.fhir_request import FhirRequest
from esante.core.api.responses import FhirResponse
from esante.core.domain.append_only import APPEND_ONLY
from esante.traces.domain.trace import Trace, TracedCaller, patients_in, patients_of_trace
from esante.traces.flows.render_audit_events import AuditEventRenderer
from esante.traces.flows.trace_recorder import TraceRecorder
from socle.clock import Clock

_SEARCHES: Final = frozenset({"search-type", "history-type"})
_TRANSACTION: Final = "transaction"
_MAX_SCANNED: Final = 4 * 1024 * 1024
"""Bytes of an answer that names the patients of an operation."""


class RequestTracing:
    """Makes and records the traces of requests. `new_id`: returns an unused logical id."""

    def __init__(
        self,
        recorder: TraceRecorder,
        renderer: AuditEventRenderer,
        clock: Clock,
        new_id: Callable[[], str],
    ) -> None:
        self._recorder, self._renderer = recorder, renderer
        self._clock, self._new_id = clock, new_id

    async def prepare(self, request: FhirRequest, code: str) -> None:
        """Raises Retry if the request cannot be traced.

        Before AuditEvents are searched, those of the patients that the request names are made.
        """
        self._recorder.require_room()
        if APPEND_ONLY in (request.type, request.name) and code in _SEARCHES:
            named = {
                "type": request.type,
                "resource": request.id,
                "query": request.raw_query.decode("latin-1"),
                "role": request.caller.role,
                "self": request.caller.patient,
            }
            await self._recorder.flush()
            patients = patients_of_trace({name: each for name, each in named.items() if each})
            await self._renderer.render_for(patients)

    def record(
        self, request: FhirRequest, code: str, status: int, response: FhirResponse | None
    ) -> None:
        """Record the trace of a request. Raises Retry if it cannot be written.

        `response`: None if the request was refused. A transaction has one trace for each resource
        that it has written; the entries that read, and those of a batch, are requests of their own.
        """
        touched = request.touched
        if code == _TRANSACTION and response is not None:
            for interaction, resource in touched:
                found = (resource.type, resource.id, str(resource.version))
                patients = resource.patients or patients_in((resource.text,))
                self._record(request, interaction, status, found, patients)
            return
        version = request.version
        texts, patients = [], list[str]()
        for _, resource in touched:
            if resource.patients:
                patients += resource.patients
            elif resource.type == "Patient":
                patients.append(resource.id)
            else:
                texts.append(resource.text)
        if code.startswith("$") and response is not None and len(response.body) < _MAX_SCANNED:
            texts.append(response.body)
        if request.type != APPEND_ONLY:  # who reads traces is traced once, not for each record
            patients += patients_in(texts)
        resource_id = request.id
        if len(touched) == 1 and touched[0][1].type == request.type and not request.name:
            resource_id, version = touched[0][1].id, str(touched[0][1].version)
        self._record(request, code, status, (request.type, resource_id, version), patients)

    def _record(
        self,
        request: FhirRequest,
        code: str,
        status: int,
        resource: tuple[str, str, str],
        patients: list[str] | tuple[str, ...],
    ) -> None:
        caller, records = request.caller, request.access.records
        query = request.raw_query.decode("latin-1")
        if request.form:
            query = urlencode(request.form)
        emergencies: tuple[str, ...] = ()
        if records is not None and records.has_emergencies():
            named = {"type": resource[0], "resource": resource[1], "query": query}
            named = {name: each for name, each in named.items() if each}
            concerned = patients_of_trace({**named, "patients": patients})
            emergencies = tuple(each for each in concerned if records.is_emergency(each))
        self._recorder.record(
            Trace(
                self._new_id(),
                self._clock.now(),
                TracedCaller(
                    caller.subject,
                    caller.role,
                    caller.client,
                    caller.directory_entry,
                    caller.organisation,
                    caller.patient,
                ),
                code,
                *resource,
                query,
                status,
                tuple(dict.fromkeys(patients)),
                request.reason,
                emergencies,
            )
        )
