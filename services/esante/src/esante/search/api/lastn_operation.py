"""Observation/$lastn. https://hl7.org/fhir/R4/observation-operation-lastn.html"""

from dataclasses import replace
from typing import Final

from esante.core.api.fhir_request import FhirRequest
from esante.core.api.fhir_router import Route
from esante.core.api.operation_parameters import operation_view, read_parameters
from esante.core.api.responses import FhirResponse
from esante.core.domain.permissions import require_permission
from esante.search.api.patient_operation import RecordAccess
from esante.search.api.searchset import searchset
from esante.search.domain.definitions import parameters_of
from esante.search.flows.lastn import last_observations
from esante.search.flows.load_codes import CodeLoader
from esante.search.ports import SearchPage
from socle.errors import Refusal

_OBSERVATION: Final = "Observation"
_PATH: Final = "{type}/$lastn"
_DEFINITION: Final = "http://hl7.org/fhir/OperationDefinition/Observation-lastn"
_MOST: Final = 100
"""Greatest `max`."""


class LastnOperation:
    """The operation $lastn of observations."""

    def __init__(self, record: RecordAccess, codes: CodeLoader) -> None:
        self._record, self._codes = record, codes

    def routes(self) -> tuple[Route, ...]:
        """The routes of the operation."""
        return tuple(
            Route(method, _PATH, "$lastn", "type", self._handle, _DEFINITION, (_OBSERVATION,))
            for method in ("GET", "POST")
        )

    async def _handle(self, request: FhirRequest) -> FhirResponse:
        require_permission(request.access, _OBSERVATION, "s")
        # In the query string, the search itself refuses what it does not know.
        names = {"max", *parameters_of(_OBSERVATION), *(name for name, _ in request.query)}
        parameters = await read_parameters(request, self._record.workers, names=names)
        most = parameters.find_number("max")
        if most is not None and not 1 <= most <= _MOST:
            raise Refusal("invalid", f"« max » est un nombre de 1 à {_MOST}.")
        pairs = [
            (name, value)
            for name in parameters.values
            if name != "max"
            for value in parameters.list_texts(name)
        ]
        view = operation_view(request)
        query, found = await last_observations(
            pairs,
            1 if most is None else most,
            by=request.access,
            searches=self._record.searches,
            codes=self._codes,
            workers=self._record.workers,
            context=self._record.context(),
        )
        own = tuple(pairs) + ((("max", str(most)),) if most is not None else ())
        body = await self._record.workers.run(
            sum(len(each.text) for each in found),
            lambda: searchset(
                replace(query, applied=own),
                SearchPage(found, (), len(found), None),
                base=self._record.base,
                view=view,
                path=f"{_OBSERVATION}/$lastn",
            ),
        )
        return FhirResponse(200, body)
