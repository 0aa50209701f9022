"""Patient/$match. https://hl7.org/fhir/R4/patient-operation-match.html"""

from typing import Any, Final

from esante.core.api.fhir_request import FhirRequest
from esante.core.api.fhir_router import Route
from esante.core.api.operation_parameters import operation_view, read_parameters
from esante.core.api.responses import FhirResponse
from esante.core.api.views import indent_json
from esante.core.domain.bundle import Entry, render_bundle
from esante.core.domain.permissions import require_permission
from esante.core.domain.resource import Resource
from esante.search.api.patient_operation import RecordAccess
from esante.search.domain.patient_matching import Match
from esante.search.flows.match_patients import match_patients
from socle.errors import Refusal

_DEFINITION: Final = "http://hl7.org/fhir/OperationDefinition/Patient-match"
_GRADE: Final = "http://hl7.org/fhir/StructureDefinition/match-grade"
_MOST: Final = 100
"""Greatest `count`."""
_DEFAULT: Final = 20


class MatchOperation:
    """The operation $match of patients."""

    def __init__(self, record: RecordAccess) -> None:
        self._record = record

    def routes(self) -> tuple[Route, ...]:
        """The route of the operation."""
        path = "{type}/$match"
        return (Route("POST", path, "$match", "type", self._handle, _DEFINITION, ("Patient",)),)

    async def _handle(self, request: FhirRequest) -> FhirResponse:
        require_permission(request.access, "Patient", "s")
        names = ("resource", "onlyCertainMatches", "count")
        parameters = await read_parameters(request, self._record.workers, names=names)
        sent = parameters.find_resource("resource")
        if sent is None or sent.value.get("resourceType") != "Patient":
            raise Refusal("invalid", "Un Patient est attendu (resource).", issue="required")
        only = parameters.values.get("onlyCertainMatches", [False])[0]
        if only not in (True, False, "true", "false"):
            raise Refusal("invalid", "« onlyCertainMatches » attend true ou false.")
        count = parameters.find_number("count")
        view = operation_view(request)
        found = await match_patients(
            sent.value,
            only_certain=only in (True, "true"),
            by=request.access,
            searches=self._record.searches,
            workers=self._record.workers,
            context=self._record.context(),
        )
        found = found[: min(_DEFAULT if count is None else count, _MOST)]
        entries = [_entry(each, match, self._record.base) for each, match in found]
        body = render_bundle("searchset", entries, total=len(entries))
        return FhirResponse(200, indent_json(body.decode()).encode() if view.pretty else body)


def _entry(patient: Resource, match: Match, base: str) -> Entry:
    search: dict[str, Any] = {
        "extension": [{"url": _GRADE, "valueCode": match.grade}],
        "mode": "match",
        "score": match.score / 100,
    }
    return Entry(f"{base}/Patient/{patient.id}", patient.text, {"search": search})
