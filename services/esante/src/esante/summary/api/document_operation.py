"""Composition/$document. https://hl7.org/fhir/R4/composition-operation-document.html"""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from esante.core.api.fhir_request import FhirRequest
from esante.core.api.fhir_router import Route
from esante.core.api.operation_parameters import operation_view, read_parameters
from esante.core.api.responses import FhirResponse
from esante.core.api.views import View, indent_json
from esante.core.domain.bundle import Entry, render_bundle
from esante.core.domain.resource import Resource, format_instant
from esante.search.api.patient_operation import RecordAccess
from esante.summary.flows.compose_document import read_document
from socle.errors import Refusal

_PATH: Final = "{type}/{id}/$document"
_DEFINITION: Final = "http://hl7.org/fhir/OperationDefinition/Composition-document"


class DocumentOperation:
    """The operation $document of a composition."""

    def __init__(self, record: RecordAccess) -> None:
        self._record = record

    def routes(self) -> tuple[Route, ...]:
        """The routes of the operation."""
        return tuple(
            Route(
                method, _PATH, "$document", "instance", self._handle, _DEFINITION, ("Composition",)
            )
            for method in ("GET", "POST")
        )

    async def _handle(self, request: FhirRequest) -> FhirResponse:
        parameters = await read_parameters(
            request, self._record.workers, names=("persist", "graph")
        )
        if parameters.values.get("persist", ["false"])[0] not in ("false", False):
            raise Refusal(
                "invalid",
                "Un document n'est pas enregistré ici : envoyez le Bundle à /Bundle.",
                issue="not-supported",
            )
        view = operation_view(request)
        context = self._record.context()
        found = await read_document(
            request.id, by=request.access, read=self._record.read, base=context.base
        )
        body = await self._record.workers.run(
            sum(len(each.text) for each in found),
            lambda: _render(found, context.base, context.now, view),
        )
        return FhirResponse(200, body)


def _render(found: Sequence[Resource], base: str, now: datetime, view: View) -> bytes:
    """The JSON of the document Bundle, with the stored texts."""
    entries = [Entry(f"{base}/{each.type}/{each.id}", each.text) for each in found]
    identifier = {"system": "urn:ietf:rfc:3986", "value": f"urn:uuid:{uuid.uuid4()}"}
    members = {"identifier": identifier, "timestamp": format_instant(now)}
    body = render_bundle("document", entries, members=members)
    return indent_json(body.decode()).encode() if view.pretty else body
