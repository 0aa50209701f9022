"""Patient/$everything, page by page.
https://hl7.org/fhir/R4/patient-operation-everything.html
"""

from dataclasses import replace
from typing import Final

from esante.core.api.fhir_request import FhirRequest
from esante.core.api.fhir_router import Route
from esante.core.api.operation_parameters import operation_view, read_parameters
from esante.core.api.responses import FhirResponse
from esante.search.api.patient_operation import RecordAccess, patient_routes
from esante.search.api.searchset import searchset
from esante.search.domain.query.record_query import (
    RecordParameters,
    belongs_with,
    counting_query,
    is_returned,
    record_query,
)
from esante.search.ports import SearchPage

_DEFINITION: Final = "http://hl7.org/fhir/OperationDefinition/Patient-everything"
_NAMES: Final = ("_type", "_since", "start", "end", "_count", "_cursor")


class EverythingOperation:
    """The operation $everything of a patient."""

    def __init__(self, record: RecordAccess) -> None:
        self._record = record

    def routes(self) -> tuple[Route, ...]:
        """The routes of the operation."""
        return patient_routes("$everything", self._handle, _DEFINITION)

    async def _handle(self, request: FhirRequest) -> FhirResponse:
        await self._record.read("Patient", request.id, by=request.access)
        parameters = await self._parameters(request)
        view = operation_view(request)
        context = self._record.context()
        query = record_query(request.id, parameters, context=context)
        if view.summary == "count":
            query = counting_query(query, parameters)
        page = await self._record.searches.search(query, access=request.access, context=context)
        request.touched += [("", each) for each in (*page.matches, *page.included)]
        size = sum(len(each.text) for each in (*page.matches, *page.included))
        path = f"Patient/{request.id}/$everything"
        body = await self._record.workers.run(
            size,
            lambda: searchset(
                query,
                _returned(page, request.id, parameters),
                base=self._record.base,
                view=view,
                path=path,
            ),
        )
        return FhirResponse(200, body)

    async def _parameters(self, request: FhirRequest) -> RecordParameters:
        """Raises Refusal for a malformed request."""
        found = await read_parameters(request, self._record.workers, names=_NAMES)
        types = tuple(
            each for text in found.list_texts("_type") for each in text.split(",") if each
        )
        count = found.find_number("_count")
        return RecordParameters(
            types,
            found.find_text("_since"),
            found.find_text("start"),
            found.find_text("end"),
            None if count is None else str(count),
            found.find_text("_cursor"),
        )


def _returned(page: SearchPage, patient: str, parameters: RecordParameters) -> SearchPage:
    matches = [each for each in page.matches if is_returned(each.type, parameters)]
    included = [
        each
        for each in page.included
        if is_returned(each.type, parameters) and belongs_with(each, patient)
    ]
    return replace(page, matches=matches, included=included)
