"""The steps of every write: parse, check type and id, stamp, validate, index."""

from datetime import datetime, timedelta
from typing import Final

from esante.core.domain.json_parser import JsonObject, parse_object
from esante.core.domain.resource import Resource, is_id
from esante.core.domain.stamping import stamp
from esante.interactions.flows.dependencies import Dependencies
from esante.search.domain.indexing import index
from esante.store.ports import Change, Interaction, ResourceState
from socle.errors import Refusal

_STEP: Final = timedelta(milliseconds=1)


def parse_resource(body: bytes, resource_type: str) -> JsonObject:
    """Parse a resource sent to an address of that type. Raises Refusal("invalid")."""
    if not body:
        raise Refusal(
            "invalid",
            f"Le corps de la demande est vide : une ressource {resource_type} y est attendue.",
            issue="required",
        )
    return check_resource_type(parse_object(body), resource_type)


def parse_identified_resource(body: bytes, resource_type: str, resource_id: str) -> JsonObject:
    """As `parse_resource`, with the `id` of the address."""
    return check_resource_id(parse_resource(body, resource_type), resource_type, resource_id)


def check_resource_type(parsed: JsonObject, resource_type: str) -> JsonObject:
    """Raises Refusal unless it has that `resourceType`; returns it."""
    declared = parsed.value.get("resourceType")
    if declared != resource_type:
        raise Refusal(
            "invalid",
            f"« resourceType » dit {_excerpt(declared)} ; cette adresse attend {resource_type}.",
            expression=["resourceType"],
        )
    return parsed


def check_resource_id(parsed: JsonObject, resource_type: str, resource_id: str) -> JsonObject:
    """Raises Refusal unless it has that `id`; returns it."""
    if not is_id(resource_id):
        raise Refusal(
            "invalid",
            "L'identifiant de l'adresse est mal formé : 1 à 64 lettres, chiffres, « - », « . ».",
            issue="value",
        )
    declared = parsed.value.get("id")
    if declared != resource_id:
        problem = "« id » manque" if declared is None else f"« id » dit {_excerpt(declared)}"
        raise Refusal(
            "invalid",
            f"{problem} ; l'adresse dit {resource_id}.",
            expression=[f"{resource_type}.id"],
        )
    return parsed


def prepare_change(
    parsed: JsonObject,
    resource_type: str,
    resource_id: str,
    *,
    over: ResourceState,
    interaction: Interaction,
    dependencies: Dependencies,
) -> Change:
    """The change that writes the next version: stamped, validated, indexed. Raises Refusal."""
    version, updated = over.version + 1, next_instant(over, dependencies.clock.now())
    text = stamp(parsed, resource_id=resource_id, version=version, updated=updated)
    value = {**parsed.value, "id": resource_id}
    dependencies.validator.admit(value, text)
    replaces = over.version if over.text is not None else 0
    return Change(
        resource_type,
        resource_id,
        version,
        updated,
        interaction,
        text.encode(),
        index(value, base=dependencies.base),
        replaces,
    )


def next_instant(over: ResourceState, now: datetime) -> datetime:
    """`meta.lastUpdated` of the next version: after the previous one, even if clocks differ."""
    rounded = now.replace(microsecond=now.microsecond // 1000 * 1000)
    return rounded if over.updated is None or rounded > over.updated else over.updated + _STEP


def written_resource(change: Change) -> Resource:
    """The resource that a change (not a deletion) has written."""
    assert change.text is not None
    return Resource(change.type, change.id, change.version, change.updated, change.text)


def _excerpt(value: object) -> str:
    return f"« {str(value)[:64]} »" if isinstance(value, str) else "autre chose qu'un texte"
