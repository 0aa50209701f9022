"""Patient/$summary. https://hl7.org/fhir/uv/ips/OperationDefinition-summary.html"""

import uuid
from typing import Final

from esante.core.api.fhir_request import FhirRequest, require_json
from esante.core.api.fhir_router import Route
from esante.core.api.operation_parameters import VIEW_PARAMETERS, read_parameters
from esante.core.api.responses import FhirResponse
from esante.core.api.views import indent_json, parse_view
from esante.core.domain.permissions import require_permission
from esante.search.api.patient_operation import RecordAccess, patient_routes
from esante.summary.domain.document import render_document
from esante.summary.flows.summarize import compose_summary, find_record

_DEFINITION: Final = "http://hl7.org/fhir/uv/ips/OperationDefinition/summary"


class SummaryOperation:
    """The operation $summary of a patient."""

    def __init__(self, record: RecordAccess) -> None:
        self._record = record

    def routes(self) -> tuple[Route, ...]:
        """The routes of the operation."""
        return patient_routes("$summary", self._handle, _DEFINITION)

    async def _handle(self, request: FhirRequest) -> FhirResponse:
        require_permission(request.access, "Patient", "r")
        await read_parameters(request, self._record.workers, names=("profile", "graph"))
        view = parse_view([pair for pair in request.query if pair[0] in VIEW_PARAMETERS])
        require_json(request.headers.get(b"accept"), view.format)
        context = self._record.context()
        record = await find_record(
            request.id,
            by=request.access,
            searches=self._record.searches,
            read=self._record.read,
            context=context,
        )
        body = await self._record.workers.run(
            record.size,
            lambda: render_document(
                compose_summary(record, by=request.access),
                base=context.base,
                now=context.now,
                new_uuid=uuid.uuid4,
            ),
        )
        return FhirResponse(200, indent_json(body.decode()).encode() if view.pretty else body)
