"""$meta of a type and of the system: every label that the caller's resources have.
https://hl7.org/fhir/R4/resource-operation-meta.html
"""

from collections.abc import Iterable
from typing import Any, Final

from esante.core.api.fhir_request import FhirRequest
from esante.core.api.fhir_router import Route
from esante.core.api.operation_parameters import (
    make_parameters,
    operation_response,
    read_parameters,
)
from esante.core.api.responses import FhirResponse
from esante.core.flows.worker_pool import WorkerPool
from esante.search.domain.query.criterion_parser import SearchContext
from esante.search.domain.query.model import Scope
from esante.search.domain.query.query_parser import parse_query
from esante.search.ports import Searches
from socle.clock import Clock

_DEFINITION: Final = "http://hl7.org/fhir/OperationDefinition/Resource-meta"


class LabelsOperation:
    """The operation $meta where it names no resource."""

    def __init__(self, searches: Searches, *, base: str, clock: Clock, workers: WorkerPool) -> None:
        self._searches, self._base = searches, base
        self._clock, self._workers = clock, workers

    def routes(self) -> tuple[Route, ...]:
        """The routes of the operation."""
        return (
            Route("GET", "$meta", "$meta", "system", self._of_system, _DEFINITION),
            Route("GET", "{type}/$meta", "$meta", "type", self._of_type, _DEFINITION),
        )

    async def _of_system(self, request: FhirRequest) -> FhirResponse:
        return await self._respond(request, Scope())

    async def _of_type(self, request: FhirRequest) -> FhirResponse:
        return await self._respond(request, Scope(request.type))

    async def _respond(self, request: FhirRequest, scope: Scope) -> FhirResponse:
        await read_parameters(request, self._workers, names=())
        context = SearchContext(self._base, self._clock.now())
        query = parse_query((), scope, context=context)
        labels = await self._searches.list_labels(query, access=request.access, context=context)
        return operation_response(make_parameters(("return", "valueMeta", _meta(labels))), request)


def _meta(labels: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Each label once: codings by system and code, in their order."""
    profiles: set[str] = set()
    codings: dict[str, dict[tuple[str, str], Any]] = {"security": {}, "tag": {}}
    for kind, label in labels:
        if isinstance(label, str):
            profiles.add(label)
        elif isinstance(label, dict) and kind in codings:
            identity = str(label.get("system", "")), str(label.get("code", ""))
            known = codings[kind].setdefault(identity, label)
            # Of several displays, the same one each time.
            if str(label.get("display", "")) < str(known.get("display", "")):
                codings[kind][identity] = label
    found = {kind: [of[each] for each in sorted(of)] for kind, of in codings.items()}
    return {name: value for name, value in {"profile": sorted(profiles), **found}.items() if value}
