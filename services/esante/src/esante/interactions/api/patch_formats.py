"""Patches as they come: JSON Patch, FHIRPath Patch in a Parameters, or the members to change as
plain JSON. https://hl7.org/fhir/R4/http.html#patch

The last is no way of R4's, but of clients that many use (fhirpy): JSON Merge Patch.
"""

import base64
from typing import Final

from esante.core.api.fhir_request import Asked
from esante.core.domain.resource import Parsed, read, read_any
from esante.core.flows.worker_pool import Aside
from esante.interactions.domain.patch.fhirpath_patch import apply_fhirpath_patch, read_operations
from esante.interactions.domain.patch.json_patch import apply_json_patch
from esante.interactions.domain.patch.merge_patch import apply_merge_patch
from esante.interactions.flows.patch import Patch
from socle.errors import Refusal

JSON_PATCH: Final = "application/json-patch+json"
MERGE_PATCH: Final = "application/merge-patch+json"
_FHIR: Final = ("Parameters", "Binary")


async def read_patch(asked: Asked, aside: Aside) -> Patch:
    """The patch in a body. Raises Refusal."""
    media = asked.content_type(JSON_PATCH, MERGE_PATCH)
    body = await asked.body()
    return await aside.do(len(body), lambda: _read(body, media))


def _read(body: bytes, media: str) -> Patch:
    if media == JSON_PATCH:
        return _json_patch(body)
    parsed = read(body)
    plain = media == "application/json" and parsed.value.get("resourceType") not in _FHIR
    if plain or media == MERGE_PATCH:
        return Patch(lambda value: apply_merge_patch(value, parsed.value), len(body))
    return patch_of(parsed)


def patch_of(resource: Parsed) -> Patch:
    """The patch that a resource carries. Raises Refusal."""
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
    operations = read_any(body)
    return Patch(lambda value: apply_json_patch(value, operations), len(body))
