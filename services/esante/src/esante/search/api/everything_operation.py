"""Patient/$everything, page by page.
https://hl7.org/fhir/R4/patient-operation-everything.html
"""

from collections.abc import Collection
from dataclasses import replace
from typing import Final

from esante.core.api.fhir_request import FhirRequest, require_json
from esante.core.api.fhir_router import Route
from esante.core.api.operation_parameters import VIEW_PARAMETERS, read_parameters
from esante.core.api.responses import FhirResponse
from esante.core.api.views import parse_view
from esante.core.domain.structures import RESOURCE_TYPES
from esante.search.api.patient_operation import RecordAccess, patient_routes
from esante.search.api.searchset import searchset
from esante.search.domain.query.record_query import RecordParameters, is_in_record, record_query
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
        view = parse_view([pair for pair in request.query if pair[0] in VIEW_PARAMETERS])
        require_json(request.headers.get(b"accept"), view.format)
        context = self._record.context()
        query = record_query(request.id, parameters, context=context)
        page = await self._record.searches.search(query, access=request.access, context=context)
        page = _only_types(page, parameters.types)
        size = sum(len(each.text) for each in (*page.matches, *page.included))
        path = f"Patient/{request.id}/$everything"
        body = await self._record.workers.run(
            view.processed_size(size),
            lambda: searchset(query, page, base=self._record.base, view=view, path=path),
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


def _only_types(page: SearchPage, types: Collection[str]) -> SearchPage:
    """The page with those types alone; empty: all.

    A resource that is included, of a type that belongs to patients, is of another patient's record.
    """
    wanted = types or RESOURCE_TYPES
    included = [e for e in page.included if e.type in wanted and not is_in_record(e.type)]
    return replace(page, matches=[e for e in page.matches if e.type in wanted], included=included)
