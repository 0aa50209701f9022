"""The response to a create, an update or a patch. https://hl7.org/fhir/R4/http.html#ops"""

from typing import Final

import orjson

from esante.core.api.fhir_request import Asked
from esante.core.api.responses import Answer, render_resource, version_headers
from esante.core.api.usage_facts import Did, told
from esante.core.api.views import View
from esante.core.domain.outcome import Issue, outcome
from esante.core.domain.resource import Resource
from esante.interactions.flows.dependencies import Needs

_CREATED: Final = "Enregistré."


async def written_answer(
    resource: Resource, asked: Asked, view: View, *, did: Did | None, needs: Needs
) -> Answer:
    """What a create or an update answers, as the caller prefers. `did`: None where nothing was
    to be done."""
    created = did == "create"
    status = 201 if created else 200
    headers = version_headers(resource.version, resource.updated) + told(did, resource)
    place = f"{needs.base}/{resource.type}/{resource.id}/_history/{resource.version}".encode()
    headers.append((b"location" if created else b"content-location", place))
    match asked.prefer.get("return"):
        case "minimal":
            return Answer(status, b"", headers)
        case "OperationOutcome":
            done = outcome([Issue("information", "informational", _CREATED)])
            return Answer(status, orjson.dumps(done), headers)
    return Answer(status, await render_resource(resource, view, needs.aside), headers)
