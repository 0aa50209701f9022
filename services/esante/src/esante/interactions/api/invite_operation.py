"""RelatedPerson/[id]/$invite: the code by which a carer or a legal representative gets access."""

from typing import Final

from esante.access.domain.carers import RELATED_PERSON
from esante.access.ports import CarerLinks
from esante.core.api.fhir_request import FhirRequest
from esante.core.api.fhir_router import Route
from esante.core.api.operation_parameters import read_parameters
from esante.core.api.responses import FhirResponse, json_response
from esante.core.domain.resource import format_instant
from esante.interactions.flows.dependencies import Dependencies
from esante.interactions.flows.invite_carer import invite_carer
from socle.errors import Refusal

_CODE: Final = "$invite"
_DEFINITION: Final = "urn:regionlab:invite"


class InviteOperation:
    """The operation that invites the person that a RelatedPerson is."""

    def __init__(self, dependencies: Dependencies, links: CarerLinks) -> None:
        self._dependencies, self._links = dependencies, links

    def routes(self) -> tuple[Route, ...]:
        """The route of the operation."""
        of = _DEFINITION, (RELATED_PERSON,)
        return (Route("POST", "{type}/{id}/" + _CODE, _CODE, "instance", self._handle, *of),)

    async def _handle(self, request: FhirRequest) -> FhirResponse:
        workers = self._dependencies.workers
        parameters = await read_parameters(request, workers, names=("kind",))
        kind = parameters.find_text("kind") or "carer"
        if kind not in ("carer", "representative"):
            raise Refusal("invalid", "Le paramètre « kind » vaut carer ou representative.")
        made = await invite_carer(
            request.id,
            "representative" if kind == "representative" else "carer",
            by=request.access,
            dependencies=self._dependencies,
            links=self._links,
        )
        found = [
            # Who reads the trace of this request learns whose record it concerned.
            {"name": "patient", "valueReference": {"reference": f"Patient/{made.patient}"}},
            {"name": "code", "valueString": made.code},
            {"name": "until", "valueDateTime": format_instant(made.until)},
        ]
        return json_response({"resourceType": "Parameters", "parameter": found}, request)
