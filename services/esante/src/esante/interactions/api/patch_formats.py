"""The formats of patches: JSON Patch, FHIRPath Patch (Parameters), JSON Merge Patch.

R4 does not define the last one; common clients (fhirpy) send it.
https://hl7.org/fhir/R4/http.html#patch
"""

import base64
from typing import Final

from esante.core.api.fhir_request import FhirRequest
from esante.core.domain.json_parser import JsonObject, parse_any, parse_object
from esante.core.flows.worker_pool import WorkerPool
from esante.interactions.domain.patch.fhirpath_patch import apply_fhirpath_patch, read_operations
from esante.interactions.domain.patch.json_patch import apply_json_patch
from esante.interactions.domain.patch.merge_patch import apply_merge_patch
from esante.interactions.flows.patch import Patch
from socle.errors import Refusal

JSON_PATCH: Final = "application/json-patch+json"
MERGE_PATCH: Final = "application/merge-patch+json"
_PATCH_RESOURCES: Final = ("Parameters", "Binary")


async def read_patch(request: FhirRequest, workers: WorkerPool) -> Patch:
    """Parse the patch in the body of a request. Raises Refusal if its format is unsupported or it
    is malformed."""
    media = request.content_type(JSON_PATCH, MERGE_PATCH)
    body = await request.json_body(JSON_PATCH, MERGE_PATCH)
    return await workers.run(len(body), lambda: _read(body, media))


def _read(body: bytes, media: str) -> Patch:
    if media == JSON_PATCH:
        return _json_patch(body)
    parsed = parse_object(body)
    # Plain JSON that is no patch in a resource is what fhirpy sends: members to set.
    plain = media == "application/json" and parsed.value.get("resourceType") not in _PATCH_RESOURCES
    if plain or media == MERGE_PATCH:
        return Patch(lambda value: apply_merge_patch(value, parsed.value), len(body))
    return patch_from_resource(parsed)


def patch_from_resource(resource: JsonObject) -> Patch:
    """Parse the patch in a Parameters resource, or in a Binary with a JSON Patch.

    Raises Refusal for another resource, or if it is malformed.
    """
    value = resource.value
    if value.get("resourceType") == "Binary" and value.get("contentType") == JSON_PATCH:
        try:
            return _json_patch(base64.b64decode(str(value.get("data", "")), validate=True))
        except ValueError:  # no base64, or no ASCII
            raise Refusal("invalid", "« data » n'est pas du base64.") from None
    if value.get("resourceType") == "Parameters":
        operations = read_operations(value)
        size = len(resource.text)
        return Patch(lambda value: apply_fhirpath_patch(value, operations), size)
    raise Refusal(
        "unsupported",
        f"Un patch est un JSON Patch ({JSON_PATCH}, porté par un Binary dans un Bundle), un "
        f"FHIRPath Patch (Parameters) ou un JSON Merge Patch ({MERGE_PATCH}).",
    )


def _json_patch(body: bytes) -> Patch:
    operations = parse_any(body)
    return Patch(lambda value: apply_json_patch(value, operations), len(body))
