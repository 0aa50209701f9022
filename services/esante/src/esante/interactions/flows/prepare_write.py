"""What every written resource goes through: read, recognised, stamped, validated, indexed."""

from datetime import datetime, timedelta
from typing import Final

from esante.core.domain.resource import Parsed, Resource, is_id, read
from esante.core.domain.stamping import stamp
from esante.interactions.flows.dependencies import Needs
from esante.search.domain.indexing import index
from esante.store.ports import Change, Interaction, State
from socle.errors import Refusal

_STEP: Final = timedelta(milliseconds=1)


def incoming(body: bytes, resource_type: str) -> Parsed:
    """The resource sent to an address of that type. Raises Refusal("invalid")."""
    if not body:
        raise Refusal(
            "invalid",
            f"Le corps de la demande est vide : une ressource {resource_type} y est attendue.",
            issue="required",
        )
    return recognised(read(body), resource_type)


def incoming_as(body: bytes, resource_type: str, resource_id: str) -> Parsed:
    """The same, where the address names the resource: its `id` must be that one."""
    return recognised_as(incoming(body, resource_type), resource_type, resource_id)


def recognised(parsed: Parsed, resource_type: str) -> Parsed:
    """The same object, of the type its address says. Raises Refusal."""
    told = parsed.value.get("resourceType")
    if told != resource_type:
        raise Refusal(
            "invalid",
            f"« resourceType » dit {_short(told)} ; cette adresse attend {resource_type}.",
            expression=["resourceType"],
        )
    return parsed


def recognised_as(parsed: Parsed, resource_type: str, resource_id: str) -> Parsed:
    """The same resource, under the id its address says. Raises Refusal."""
    if not is_id(resource_id):
        raise Refusal(
            "invalid",
            "L'identifiant de l'adresse est mal formé : 1 à 64 lettres, chiffres, « - », « . ».",
            issue="value",
        )
    told = parsed.value.get("id")
    if told != resource_id:
        said = "« id » manque" if told is None else f"« id » dit {_short(told)}"
        raise Refusal(
            "invalid", f"{said} ; l'adresse dit {resource_id}.", expression=[f"{resource_type}.id"]
        )
    return parsed


def change_of(
    parsed: Parsed,
    resource_type: str,
    resource_id: str,
    *,
    over: State,
    interaction: Interaction,
    needs: Needs,
) -> Change:
    """The next version, admitted, stamped and indexed. Raises Refusal."""
    version, updated = over.version + 1, next_instant(over, needs.clock.now())
    text = stamp(parsed, resource_id=resource_id, version=version, updated=updated)
    value = {**parsed.value, "id": resource_id}
    needs.validator.admit(value, text)
    replaces = over.version if over.text is not None else 0
    return Change(
        resource_type,
        resource_id,
        version,
        updated,
        interaction,
        text.encode(),
        index(value, base=needs.base),
        replaces,
    )


def next_instant(over: State, now: datetime) -> datetime:
    """When the next version is written: later than the one before, whatever a replica's clock."""
    told = now.replace(microsecond=now.microsecond // 1000 * 1000)
    return told if over.updated is None or told > over.updated else over.updated + _STEP


def written(change: Change) -> Resource:
    """What a change made. It is no deletion."""
    assert change.text is not None
    return Resource(change.type, change.id, change.version, change.updated, change.text)


def _short(told: object) -> str:
    return f"« {str(told)[:64]} »" if isinstance(told, str) else "autre chose qu'un texte"
