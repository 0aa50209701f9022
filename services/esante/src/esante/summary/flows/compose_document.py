"""Composition/$document: a composition and everything that it refers to.

https://hl7.org/fhir/R4/composition-operation-document.html
"""

from collections.abc import Iterable, Sequence
from typing import Final

from esante.core.domain.permissions import Access
from esante.core.domain.references import references
from esante.core.domain.resource import Resource, is_id
from esante.core.domain.structures import RESOURCE_TYPES
from esante.core.ports import ReadResource
from socle.errors import Refusal

_MOST: Final = 500
"""Resources of one document."""
_MAX_BYTES: Final = 32 * 1024 * 1024
"""Bytes of their texts."""


async def read_document(
    composition_id: str, *, by: Access, read: ReadResource, base: str
) -> Sequence[Resource]:
    """The composition, then each resource of this server that it refers to, in their order.

    `base`: the FHIR base. Raises Refusal as `read` for the composition; "invalid" if a resource to
    which it refers cannot be read, since a document is complete; with the issue "too-costly" past
    `_MOST` and `_MAX_BYTES`.
    """
    composition = await read("Composition", composition_id, by=by)
    found = [composition]
    size = len(composition.text)
    for reference in _local_references(composition, base):
        resource_type, _, resource_id = reference.partition("/")
        if resource_type not in RESOURCE_TYPES or not is_id(resource_id):
            continue
        if (resource_type, resource_id) == ("Composition", composition_id):
            continue
        if len(found) == _MOST:
            raise _too_costly(f"Un document a {_MOST} ressources au plus.")
        cited = await _read_cited(resource_type, resource_id, by=by, read=read)
        size += len(cited.text)
        if size > _MAX_BYTES:
            raise _too_costly(f"Un document a {_MAX_BYTES >> 20} Mio au plus.")
        found.append(cited)
    return found


async def _read_cited(
    resource_type: str, resource_id: str, *, by: Access, read: ReadResource
) -> Resource:
    """Raises Refusal("invalid") if the resource cannot be read."""
    try:
        return await read(resource_type, resource_id, by=by)
    except Refusal as refusal:
        if refusal.category not in ("not_found", "gone", "forbidden"):
            raise
        raise Refusal(
            "invalid",
            f"Le document serait incomplet : {resource_type}/{resource_id}, qu'il cite, ne vous "
            "est pas lisible.",
            issue="incomplete",
        ) from None


def _too_costly(sentence: str) -> Refusal:
    return Refusal("invalid", sentence, issue="too-costly")


def _local_references(composition: Resource, base: str) -> Iterable[str]:
    """`Type/id` of each reference to this server, once."""
    local = (each.removeprefix(base + "/") for each in references(composition.text.decode()))
    return dict.fromkeys(each.partition("/_history/")[0] for each in local)
