"""Patient/[id]/$emergency-access, and Patient/$emergency-access with an identifier."""

from typing import Any, Final

from esante.core.api.fhir_request import FhirRequest
from esante.core.api.fhir_router import Route
from esante.core.api.operation_parameters import read_parameters
from esante.core.api.responses import FhirResponse, json_response
from esante.core.domain.resource import format_instant
from esante.interactions.flows.emergency_access import EmergencyDependencies, open_in_emergency
from esante.interactions.flows.prepare_write import PATIENT
from socle.errors import Refusal

_CODE: Final = "$emergency-access"
_DEFINITION: Final = "urn:regionlab:emergency-access"
_TRACED: Final = 1000
"""Characters of a reason in the trace, also of one that is refused."""


class EmergencyOperation:
    """The operation that opens a record in an emergency."""

    def __init__(self, dependencies: EmergencyDependencies) -> None:
        self._dependencies = dependencies

    def routes(self) -> tuple[Route, ...]:
        """The routes of the operation: of a patient, and by an identifier."""
        of = _DEFINITION, (PATIENT,)
        return (
            Route("POST", "{type}/{id}/" + _CODE, _CODE, "instance", self._handle, *of),
            Route("POST", "{type}/" + _CODE, _CODE, "type", self._handle, *of),
        )

    async def _handle(self, request: FhirRequest) -> FhirResponse:
        names = ("reason",) if request.id else ("reason", "identifier")
        workers = self._dependencies.interactions.workers
        parameters = await read_parameters(request, workers, names=names)
        if request.query:
            # Addresses are logged; a reason and an identifier are not.
            raise Refusal(
                "invalid",
                "Les paramètres de cette opération s'envoient dans le corps (Parameters).",
            )
        reason = parameters.find_text("reason")
        request.reason = " ".join((reason or "").split())[:_TRACED]
        identifier = None if request.id else parameters.find_text("identifier") or ""
        opened = await open_in_emergency(
            patient_id=request.id or None,
            identifier=identifier,
            reason=reason,
            by=request.access,
            dependencies=self._dependencies,
        )
        found: list[dict[str, Any]] = [
            {"name": "patient", "valueReference": {"reference": f"{PATIENT}/{opened.patient}"}},
            {"name": "until", "valueDateTime": format_instant(opened.until)},
            {
                "name": "communication",
                "valueReference": {"reference": f"Communication/{opened.communication}"},
            },
        ]
        if opened.name is not None:
            found.insert(1, {"name": "name", "valueString": opened.name})
        return json_response({"resourceType": "Parameters", "parameter": found}, request)
