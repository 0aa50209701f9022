"""The steps of every write: parse, check type and id, stamp, validate, index."""

from typing import Final

from esante.access.flows.authorization import require_writable
from esante.access.flows.record_rules import (
    author_of_new,
    check_access_rules,
    created_record,
    version_author,
)
from esante.core.domain.json_parser import JsonObject, parse_object
from esante.core.domain.permissions import Access, require_permission
from esante.core.domain.resource import Resource, is_id
from esante.core.domain.stamping import is_subset, stamp
from esante.interactions.flows.admit_definition import admit_definition
from esante.interactions.flows.dependencies import Dependencies
from esante.search.domain.indexing import index
from esante.search.domain.uploaded_definition import SEARCH_PARAMETER
from esante.store.domain.instants import next_instant
from esante.store.ports import NEVER_EXISTED, Change, Interaction, ResourceState
from esante.subscriptions.domain.subscription import SUBSCRIPTION
from socle.errors import Refusal

PATIENT: Final = "Patient"


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
    """Parse a resource sent to an address of that type and id. Raises Refusal("invalid")."""
    return check_resource_id(parse_resource(body, resource_type), resource_type, resource_id)


def check_resource_type(parsed: JsonObject, resource_type: str) -> JsonObject:
    """Return the resource if it has that `resourceType`; otherwise raise Refusal("invalid")."""
    declared = parsed.value.get("resourceType")
    if declared != resource_type:
        raise Refusal(
            "invalid",
            f"{_difference('resourceType', declared)} ; cette adresse attend {resource_type}.",
            expression=["resourceType"],
        )
    return parsed


def check_resource_id(parsed: JsonObject, resource_type: str, resource_id: str) -> JsonObject:
    """Return the resource if it has that `id`; otherwise raise Refusal("invalid")."""
    if not is_id(resource_id):
        raise Refusal(
            "invalid",
            "L'identifiant de l'adresse est mal formé : 1 à 64 lettres, chiffres, « - », « . ».",
            issue="value",
        )
    declared = parsed.value.get("id")
    if declared != resource_id:
        raise Refusal(
            "invalid",
            f"{_difference('id', declared)} ; l'adresse dit {resource_id}.",
            expression=[f"{resource_type}.id"],
        )
    return parsed


def prepare_change(
    parsed: JsonObject,
    resource_type: str,
    resource_id: str,
    *,
    previous: ResourceState,
    interaction: Interaction,
    by: Access,
    dependencies: Dependencies,
) -> Change:
    """The change that writes the next version of a resource: stamped, validated, indexed.

    `parsed`: its new content. `previous`: the current version. Raises Refusal if it is invalid or
    incomplete, and for a Subscription or a SearchParameter that cannot be served.
    """
    _require_complete(parsed, resource_type)
    updated = next_instant(previous.updated, dependencies.clock.now())
    parsed, attached = _register(
        parsed, resource_type, resource_id, previous, by=by, dependencies=dependencies
    )
    version, is_new = previous.version + 1, previous.text is None
    text = stamp(parsed, resource_id=resource_id, version=version, updated=updated)
    value = {**parsed.value, "id": resource_id}
    warnings = dependencies.validator.admit(value, text)
    indexed = index(value, base=dependencies.base)
    check_access_rules(resource_type, value, indexed.patients, previous, by=by)
    return Change(
        resource_type,
        resource_id,
        version,
        updated,
        interaction,
        text.encode(),
        indexed,
        0 if is_new else previous.version,
        attached=attached or (created_record(resource_type, by) if is_new else None),
        replaced_digests=previous.index_digests,
        author=author_of_new(by) if is_new else previous.author,
        version_author=version_author(by),
        warnings=warnings,
    )


def _register(
    parsed: JsonObject,
    resource_type: str,
    resource_id: str,
    previous: ResourceState,
    *,
    by: Access,
    dependencies: Dependencies,
) -> tuple[JsonObject, object | None]:
    """The content to write, and what is written with it (`Change.attached`). Raises Refusal."""
    if resource_type not in (SUBSCRIPTION, SEARCH_PARAMETER):
        return parsed, None
    dependencies.validator.admit({**parsed.value, "id": resource_id}, None)
    if resource_type == SEARCH_PARAMETER:
        return parsed, admit_definition(parsed.value, previous, by)
    admitted = dependencies.subscriptions.admit(parsed, previous, by)
    return admitted.parsed, admitted.registration


def prepare_create(
    parsed: JsonObject,
    resource_type: str,
    *,
    by: Access,
    dependencies: Dependencies,
    resource_id: str | None = None,
) -> Change:
    """The change that creates a resource.

    `resource_id`: an unused id; None for a new one. Raises Refusal if it is invalid or not
    permitted.
    """
    own = resource_id or dependencies.new_id()
    by = with_new_patient(by, resource_type, own, NEVER_EXISTED)
    permitted = require_permission(by, resource_type, "c")
    change = prepare_change(
        parsed,
        resource_type,
        own,
        previous=NEVER_EXISTED,
        interaction="create",
        by=by,
        dependencies=dependencies,
    )
    require_writable(permitted, change, server=dependencies)
    return change


def with_new_patient(
    by: Access, resource_type: str, resource_id: str, state: ResourceState
) -> Access:
    """The permissions of the caller, to whom the record of a Patient that never existed is open
    once they create it."""
    is_new = resource_type == PATIENT and not state.version
    return by.with_created([resource_id]) if is_new else by


def written_resource(change: Change) -> Resource:
    """The resource that a change (not a deletion) has written."""
    assert change.text is not None
    patients = () if change.indexed is None else tuple(change.indexed.patients)
    return Resource(
        change.type,
        change.id,
        change.version,
        change.updated,
        change.text,
        patients,
        change.warnings,
    )


def _require_complete(parsed: JsonObject, resource_type: str) -> None:
    """Raises Refusal for a copy with a part of the elements, which would erase the others.
    https://hl7.org/fhir/R4/search.html#elements"""
    if is_subset(parsed.value):
        raise Refusal(
            "invalid",
            "Cette copie est partielle (étiquette SUBSETTED, de _summary ou de _elements) et ne "
            "peut pas être écrite : relisez la ressource entière.",
            rule="unprocessable",
            issue="business-rule",
            expression=[f"{resource_type}.meta.tag"],
        )


def _difference(name: str, value: object) -> str:
    """What is wrong with an element that is not what the address says."""
    if value is None:
        return f"« {name} » manque"
    if not isinstance(value, str):
        return f"« {name} » n'est pas un texte"
    return f"« {name} » dit « {value[:64]} »"
