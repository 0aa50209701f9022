"""Patient/$summary. https://hl7.org/fhir/uv/ips/OperationDefinition-summary.html"""

import uuid
from typing import Final

from esante.core.api.fhir_request import FhirRequest
from esante.core.api.fhir_router import Route
from esante.core.api.formats import prefers_html
from esante.core.api.operation_parameters import operation_view, read_parameters
from esante.core.api.responses import FhirResponse
from esante.core.api.views import View, indent_json
from esante.core.domain.permissions import Access, require_permission
from esante.search.api.patient_operation import RecordAccess, patient_routes
from esante.search.domain.query.criterion_parser import SearchContext
from esante.summary.api.summary_page import HTML, page_headers, render_page
from esante.summary.domain.composition import FoundRecord, compose_summary
from esante.summary.domain.document import render_document
from esante.summary.flows.find_record import find_record

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
        wanted = dict(request.query).get("_format")
        as_page = prefers_html(request.headers.get(b"accept"), wanted)
        view = None if as_page else operation_view(request)
        context = self._record.context()
        record = await find_record(
            request.id,
            by=request.access,
            searches=self._record.searches,
            read=self._record.read,
            context=context,
        )
        body = await self._record.workers.run(
            record.size, lambda: _render(record, request.access, context, view)
        )
        if as_page:
            return FhirResponse(200, body, page_headers(), HTML)
        return FhirResponse(200, body)


def _render(record: FoundRecord, by: Access, context: SearchContext, view: View | None) -> bytes:
    """The document in that view; None: the page."""
    summary = compose_summary(record, by=by)
    if view is None:
        return render_page(summary, base=context.base, now=context.now)
    body = render_document(
        summary,
        base=context.base,
        now=context.now,
        new_uuid=uuid.uuid4,
    )
    return indent_json(body.decode()).encode() if view.pretty else body
