"""The trace of a FHIR request: implements `RequestTracing` of the router."""

from collections.abc import Callable, Iterator, Sequence
from typing import Final
from urllib.parse import urlencode

from esante.core.api.fhir_request import FhirRequest
from esante.core.api.responses import FhirResponse
from esante.core.domain.append_only import APPEND_ONLY
from esante.core.domain.resource import Resource
from esante.traces.domain.trace import Trace, TracedCaller, patients_in, patients_of_trace
from esante.traces.flows.render_audit_events import AuditEventRenderer
from esante.traces.flows.trace_recorder import TraceRecorder
from socle.auth import Caller
from socle.clock import Clock

_SEARCHES: Final = frozenset({"search-type", "history-type"})
_TRANSACTION: Final = "transaction"
_ACCEPTANCE: Final = "$accept-invitation"
_MAX_SCANNED: Final = 4 * 1024 * 1024
"""Bytes of an answer that names the patients of an operation."""
_MAX_RESOURCES: Final = 100
"""Resources of one trace of a transaction."""


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

        `response`: None if the request was refused. A transaction has one trace for what it has
        written for the same patients in the same way; the entries that read, and those of a batch,
        are requests of their own.
        """
        touched = request.touched
        if code == _TRANSACTION and response is not None:
            for interaction, concerned, (first, *others) in _written_together(touched):
                found = (first.type, first.id, str(first.version))
                names = tuple(f"{each.type}/{each.id}/_history/{each.version}" for each in others)
                self._record(request, interaction, status, found, concerned, names)
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

    def prepare_acceptance(self) -> None:
        """Raises Retry if an acceptance cannot be traced."""
        self._recorder.require_room()

    def record_acceptance(
        self, caller: Caller, status: int, *, related_person: str = "", patient: str = ""
    ) -> None:
        """Record that somebody has accepted an invitation, or tried to: no FHIR request, but a
        link to a record. Raises Retry if it cannot be written.

        `related_person`, `patient`: ids of what they are linked to. The trace is in the record of
        that patient, and neither names nor concerns a record of the person's own.
        """
        role, user = caller.role, None
        if related_person:
            role, user = "carer", f"RelatedPerson/{related_person}"
        who = TracedCaller(caller.subject, role, caller.client, user, None, None)
        self._recorder.record(
            Trace(
                self._new_id(),
                self._clock.now(),
                who,
                _ACCEPTANCE,
                "RelatedPerson",
                related_person,
                "",
                "",
                status,
                (patient,) if patient else (),
            )
        )

    def _record(
        self,
        request: FhirRequest,
        code: str,
        status: int,
        resource: tuple[str, str, str],
        patients: list[str] | tuple[str, ...],
        others: tuple[str, ...] = (),
    ) -> None:
        caller, records = request.caller, request.access.records
        query = request.raw_query.decode("latin-1")
        if request.form:
            query = urlencode(request.form)
        emergencies: dict[str, str] = {}
        if records is not None and records.has_emergencies():
            named = {"type": resource[0], "resource": resource[1], "query": query}
            named = {name: each for name, each in named.items() if each}
            concerned = patients_of_trace({**named, "patients": patients})
            reasons = ((each, records.emergency_reason(each)) for each in concerned)
            emergencies = {each: reason for each, reason in reasons if reason is not None}
        self._recorder.record(
            Trace(
                self._new_id(),
                self._clock.now(),
                _traced(caller),
                code,
                *resource,
                query,
                status,
                tuple(dict.fromkeys(patients)),
                request.reason,
                emergencies,
                others,
            )
        )


def _traced(caller: Caller) -> TracedCaller:
    return TracedCaller(
        caller.subject,
        caller.role,
        caller.client,
        caller.directory_entry,
        caller.organisation,
        caller.patient,
    )


def _written_together(
    touched: Sequence[tuple[str, Resource]],
) -> Iterator[tuple[str, tuple[str, ...], list[Resource]]]:
    """The interaction, the patients and the resources of each trace of a transaction.

    A Patient has a trace of its own: its id is not for the others that it refers to.
    """
    groups: dict[tuple[str, tuple[str, ...], str], list[Resource]] = {}
    for interaction, each in touched:
        patients = each.patients or tuple(patients_in((each.text,)))
        own = each.id if each.type == "Patient" else ""
        groups.setdefault((interaction, patients, own), []).append(each)
    for (interaction, patients, _), resources in groups.items():
        for some in range(0, len(resources), _MAX_RESOURCES):
            yield interaction, patients, resources[some : some + _MAX_RESOURCES]
