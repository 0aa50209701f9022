"""$everything of a patient or of an encounter, page by page.

https://hl7.org/fhir/R4/patient-operation-everything.html
https://hl7.org/fhir/R4/encounter-operation-everything.html
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Final

from esante.core.api.fhir_request import FhirRequest
from esante.core.api.fhir_router import Route
from esante.core.api.operation_parameters import operation_view, read_parameters
from esante.core.api.responses import FhirResponse
from esante.core.domain.resource import Resource
from esante.search.api.patient_operation import RecordAccess
from esante.search.api.searchset import searchset
from esante.search.domain.query.record_query import (
    RecordParameters,
    belongs_with,
    belongs_with_encounter,
    counting_query,
    encounter_query,
    is_returned,
    record_query,
)
from esante.search.ports import SearchPage

_PATH: Final = "{type}/{id}/$everything"
_DEFINITION: Final = "http://hl7.org/fhir/OperationDefinition/{type}-everything"
_ENCOUNTER: Final = "Encounter"
_TYPES: Final = (_ENCOUNTER, "Patient")
_NAMES: Final = ("_type", "_since", "_count", "_cursor")
_DATES: Final = ("start", "end")
"""Only of a patient."""


class EverythingOperation:
    """The operation $everything of a patient or of an encounter."""

    def __init__(self, record: RecordAccess) -> None:
        self._record = record

    def routes(self) -> tuple[Route, ...]:
        """The routes of the operation."""
        return tuple(
            Route(each, _PATH, "$everything", "instance", self._handle, _DEFINITION, _TYPES)
            for each in ("GET", "POST")
        )

    async def _handle(self, request: FhirRequest) -> FhirResponse:
        start = await self._record.read(request.type, request.id, by=request.access)
        parameters = await self._parameters(request)
        view = operation_view(request)
        context = self._record.context()
        if request.type == _ENCOUNTER:
            patients, base = start.patients, self._record.base
            query = encounter_query(request.id, patients, parameters, context=context)
            belongs = partial(belongs_with_encounter, patients=patients, base=base)
        else:
            query = record_query(request.id, parameters, context=context)
            belongs = partial(belongs_with, patient=request.id)
        if view.summary == "count":
            query = counting_query(query, parameters)
        page = await self._record.searches.search(query, access=request.access, context=context)
        request.touched += [("", each) for each in (*page.matches, *page.included)]
        size = sum(len(each.text) for each in (*page.matches, *page.included))
        path = f"{request.type}/{request.id}/$everything"
        body = await self._record.workers.run(
            size,
            lambda: searchset(
                query,
                _returned(page, belongs, parameters),
                base=self._record.base,
                view=view,
                path=path,
            ),
        )
        return FhirResponse(200, body)

    async def _parameters(self, request: FhirRequest) -> RecordParameters:
        """Raises Refusal for a malformed request."""
        names = _NAMES if request.type == _ENCOUNTER else (*_NAMES, *_DATES)
        found = await read_parameters(request, self._record.workers, names=names)
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


def _returned(
    page: SearchPage, belongs: Callable[[Resource], bool], parameters: RecordParameters
) -> SearchPage:
    matches = [each for each in page.matches if is_returned(each.type, parameters)]
    included = [e for e in page.included if is_returned(e.type, parameters) and belongs(e)]
    return replace(page, matches=matches, included=included)
