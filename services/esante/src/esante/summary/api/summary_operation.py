"""Patient/$summary. https://hl7.org/fhir/uv/ips/OperationDefinition-summary.html"""

import uuid
from typing import Final

from esante.core.api.fhir_request import FhirRequest, require_json
from esante.core.api.fhir_router import Route
from esante.core.api.operation_parameters import VIEW_PARAMETERS, read_parameters
from esante.core.api.responses import FhirResponse
from esante.core.api.views import indent_json, parse_view
from esante.core.domain.permissions import require_permission
from esante.core.flows.worker_pool import WorkerPool
from esante.core.ports import ReadResource
from esante.search.domain.query.criterion_parser import SearchContext
from esante.search.ports import Searches
from esante.summary.domain.document import render_document
from esante.summary.flows.summarize import summarize
from socle.clock import Clock

_DEFINITION: Final = "http://hl7.org/fhir/uv/ips/OperationDefinition/summary"


class SummaryOperation:
    """The operation $summary of a patient."""

    def __init__(
        self,
        searches: Searches,
        *,
        read: ReadResource,
        base: str,
        clock: Clock,
        workers: WorkerPool,
    ) -> None:
        self._searches, self._read, self._base = searches, read, base
        self._clock, self._workers = clock, workers

    def routes(self) -> tuple[Route, ...]:
        """The routes of the operation."""
        return tuple(
            Route(
                method,
                "{type}/{id}/$summary",
                "$summary",
                "instance",
                self._handle,
                _DEFINITION,
                ("Patient",),
            )
            for method in ("GET", "POST")
        )

    async def _handle(self, request: FhirRequest) -> FhirResponse:
        require_permission(request.access, "Patient", "r")
        await read_parameters(request, self._workers, names=("profile", "graph"))
        view = parse_view([pair for pair in request.query if pair[0] in VIEW_PARAMETERS])
        require_json(request.headers.get(b"accept"), view.format)
        now = self._clock.now()
        summary = await summarize(
            request.id,
            by=request.access,
            searches=self._searches,
            read=self._read,
            context=SearchContext(self._base, now),
        )
        body = render_document(summary, base=self._base, now=now, new_uuid=uuid.uuid4)
        return FhirResponse(200, indent_json(body.decode()).encode() if view.pretty else body)
