"""The response to a create, an update, a patch or a delete. https://hl7.org/fhir/R4/http.html#ops"""

from typing import Final

import orjson

from esante.core.api.fhir_request import FhirRequest
from esante.core.api.responses import FhirResponse, render_resource, version_headers
from esante.core.api.usage_facts import FactInteraction, fact_headers
from esante.core.api.views import View
from esante.core.domain.outcome import Issue, operation_outcome
from esante.core.domain.resource import Resource
from esante.interactions.flows.dependencies import Dependencies

_WRITTEN: Final = "Enregistré."
_NOT_WRITTEN: Final = "Cette ressource existait déjà : rien n'a été écrit."


async def write_response(
    resource: Resource,
    request: FhirRequest,
    view: View,
    *,
    interaction: FactInteraction | None,
    dependencies: Dependencies,
) -> FhirResponse:
    """The response that the caller prefers (`Prefer: return`).

    `resource`: the version written, or the existing one. `interaction`: None if nothing was
    written: a conditional create had a match, or an update or a patch changed nothing.
    """
    request.touched.append(("", resource))
    created = interaction == "create"
    status = 201 if created else 200
    facts = fact_headers(interaction, resource)
    headers = version_headers(resource.version, resource.updated) + facts
    place = (
        f"{dependencies.base}/{resource.type}/{resource.id}/_history/{resource.version}".encode()
    )
    headers.append((b"location" if created else b"content-location", place))
    match request.prefer.get("return"):
        case "minimal":
            return FhirResponse(status, b"", headers)
        case "OperationOutcome":
            text = _NOT_WRITTEN if interaction is None else _WRITTEN
            done = Issue("information", "informational", text)
            outcome = operation_outcome([done, *resource.warnings])
            return FhirResponse(status, orjson.dumps(outcome), headers)
    return FhirResponse(
        status, await render_resource(resource, view, dependencies.workers), headers
    )


def delete_response(version: int | None) -> FhirResponse:
    """204. `version`: the one that the deletion is; None if there was nothing to delete."""
    return FhirResponse(204, b"", [] if version is None else [(b"etag", b'W/"%d"' % version)])
