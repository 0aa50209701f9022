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


async def read_document(
    composition_id: str, *, by: Access, read: ReadResource, base: str
) -> Sequence[Resource]:
    """The composition, then each resource of this server that it refers to, in their order.

    `base`: the FHIR base. Raises Refusal as `read` for the composition; "invalid" if a resource to
    which it refers cannot be read, since a document is complete; with the issue "too-costly" past
    `_MOST`.
    """
    composition = await read("Composition", composition_id, by=by)
    found = [composition]
    for reference in _local_references(composition, base):
        resource_type, _, resource_id = reference.partition("/")
        if resource_type not in RESOURCE_TYPES or not is_id(resource_id):
            continue
        if (resource_type, resource_id) == ("Composition", composition_id):
            continue
        if len(found) == _MOST:
            raise Refusal(
                "invalid", f"Un document a {_MOST} ressources au plus.", issue="too-costly"
            )
        try:
            found.append(await read(resource_type, resource_id, by=by))
        except Refusal as refusal:
            if refusal.category not in ("not_found", "gone", "forbidden"):
                raise
            raise Refusal(
                "invalid",
                f"Le document serait incomplet : {reference}, qu'il cite, ne vous est pas lisible.",
                issue="incomplete",
            ) from None
    return found


def _local_references(composition: Resource, base: str) -> Iterable[str]:
    """`Type/id` of each reference to this server, once."""
    local = (each.removeprefix(base + "/") for each in references(composition.text.decode()))
    return dict.fromkeys(each.partition("/_history/")[0] for each in local)
