"""FHIRPath Patch: operations in a Parameters resource. https://hl7.org/fhir/R4/fhirpatch.html"""

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from esante.core.domain.structures import ElementDefinition
from esante.interactions.domain.patch.fhirpath_place import (
    Place,
    choice_elements,
    find_member,
    find_places,
)
from esante.interactions.domain.patch.json_patch import MAX_OPERATIONS, count_values
from socle.errors import Refusal

_MAX_WORK: Final = 20_000_000
"""Limit of the number of operations times `count_values` of the resource."""
_TYPES: Final = ("add", "insert", "delete", "replace", "move")


@dataclass(frozen=True, slots=True)
class Operation:
    """One `operation` parameter."""

    place: int
    """Its index."""
    type: str
    """One of `_TYPES`."""
    path: str
    """FHIRPath, as received: not yet parsed."""
    parts: Mapping[str, Mapping[str, Any]]
    """All of its parts, by name."""

    def integer_part(self, name: str) -> int:
        """A part that is a non-negative integer. Raises Refusal."""
        value = self.parts.get(name, {}).get("valueInteger")
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise self.refuse(f"« {name} » manque ou n'est pas un entier à partir de 0")
        return value

    def refuse(self, why: str, **details: Any) -> Refusal:
        """A Refusal("invalid") of this operation. `why`: in French, without a period."""
        return Refusal("invalid", f"Opération {self.place} ({self.type}) : {why}.", **details)

    def not_applicable(self, why: str) -> Refusal:
        """The Refusal of a well-formed operation that cannot be applied to this resource."""
        return self.refuse(why, rule="unprocessable", issue="processing")


def read_operations(parameters: Mapping[str, Any]) -> list[Operation]:
    """Parse the operations of a Parameters resource; none if two resources have no difference.
    Raises Refusal."""
    parameter = parameters.get("parameter", [])
    if not isinstance(parameter, list) or len(parameter) > MAX_OPERATIONS:
        raise Refusal("invalid", f"Un patch a {MAX_OPERATIONS} « operation » au plus.")
    return [_operation(at, each) for at, each in enumerate(parameter)]


def _operation(at: int, parameter: Any) -> Operation:
    found: dict[str, Mapping[str, Any]] = {}
    parts = parameter.get("part") if isinstance(parameter, dict) else None
    if not isinstance(parts, list) or parameter.get("name") != "operation":
        raise Refusal("invalid", f"Paramètre {at} : « operation » avec ses « part » est attendu.")
    for part in parts:
        if not isinstance(part, dict) or not isinstance(part.get("name"), str):
            raise Refusal("invalid", f"Opération {at} : une « part » n'a pas de nom.")
        found[part["name"]] = part
    operation_type = found.get("type", {}).get("valueCode")
    path = found.get("path", {}).get("valueString")
    if operation_type not in _TYPES or not isinstance(path, str):
        raise Refusal(
            "invalid", f"Opération {at} : « type » ({', '.join(_TYPES)}) et « path » sont attendus."
        )
    return Operation(at, operation_type, path, found)


def apply_fhirpath_patch(resource: dict[str, Any], operations: list[Operation]) -> dict[str, Any]:
    """Apply every operation in order to a copy of the resource; returns the copy.

    Raises Refusal, rule `unprocessable` if a well-formed operation cannot be applied.
    """
    if len(operations) * count_values(resource, _MAX_WORK) > _MAX_WORK:
        raise Refusal(
            "invalid", "Ce patch est trop long pour une si grande ressource.", issue="too-costly"
        )
    changed = copy.deepcopy(resource)
    for operation in operations:
        match operation.type:
            case "add":
                _add(changed, operation)
            case "delete":
                _delete(changed, operation)
            case "replace":
                _replace(changed, operation)
            case _:
                _rearrange(changed, operation)
    return changed


def _add(resource: dict[str, Any], operation: Operation) -> None:
    place = _single_place(resource, operation, operation.path)
    name = operation.parts.get("name", {}).get("valueString")
    if not isinstance(name, str) or not isinstance(place.value, dict):
        raise operation.refuse("« name » manque, ou « path » ne désigne pas un objet")
    element, value = _read_value(operation, place.type, name, _value(operation))
    holder = place.value
    if element.repeats:
        holder.setdefault(element.name, []).append(value)
    elif (
        any(each.name in holder for each in choice_elements(place.type, name))
        or element.name in holder
    ):
        raise operation.not_applicable(f"« {name} » a déjà une valeur")
    else:
        holder[element.name] = value


def _delete(resource: dict[str, Any], operation: Operation) -> None:
    found = find_places(resource, operation.path)
    if len(found) > 1:
        raise operation.not_applicable("« path » désigne plusieurs éléments")
    for place in found:
        _remove(resource, place, operation)


def _remove(resource: dict[str, Any], place: Place, operation: Operation) -> None:
    if place.key == "":
        raise operation.not_applicable("la ressource entière ne peut être retirée")
    del place.holder[place.key]
    if isinstance(place.holder, dict):
        place.holder.pop(f"_{place.key}", None)
    _remove_empty(resource)


def _remove_empty(value: Any) -> None:
    """Remove empty lists and objects, which FHIR does not allow."""
    items = list(value.items()) if isinstance(value, dict) else list(enumerate(value))
    for key, each in reversed(items):
        if isinstance(each, dict | list):
            _remove_empty(each)
            if not each:
                del value[key]


def _replace(resource: dict[str, Any], operation: Operation) -> None:
    place = _single_place(resource, operation, operation.path)
    if place.key == "":
        raise operation.not_applicable("la ressource entière ne peut être remplacée")
    part = _value(operation)
    if isinstance(place.key, int):
        place.holder[place.key] = _json_value(operation, place.type, part)
        return
    parent = _single_place(resource, operation, operation.path.rpartition(".")[0] or ".")
    name = operation.path.rpartition(".")[2]
    element, value = _read_value(operation, parent.type, name, part)
    if element.name != place.key:
        # Of another type: only this member changes its position.
        _remove(resource, place, operation)
    else:
        place.holder.pop(f"_{place.key}", None)
    place.holder[element.name] = value


def _rearrange(resource: dict[str, Any], operation: Operation) -> None:
    """Apply insert or move, within one list."""
    found = find_places(resource, operation.path)
    lists = {id(each.holder): each.holder for each in found if isinstance(each.key, int)}
    if len(lists) != 1 or len(found) != len(next(iter(lists.values()))):
        raise operation.not_applicable("« path » ne désigne pas une liste")
    holder: list[Any] = next(iter(lists.values()))
    if operation.type == "insert":
        at, value = (
            operation.integer_part("index"),
            _json_value(operation, found[0].type, _value(operation)),
        )
        if at > len(holder):
            raise operation.not_applicable(f"la liste n'a que {len(holder)} éléments")
    else:
        source, at = operation.integer_part("source"), operation.integer_part("destination")
        if max(source, at) >= len(holder):
            raise operation.not_applicable(f"la liste n'a que {len(holder)} éléments")
        value = holder.pop(source)
    holder.insert(at, value)


def _single_place(resource: dict[str, Any], operation: Operation, path: str) -> Place:
    found = (
        find_places(resource, path)
        if path != "."
        else find_places(resource, resource["resourceType"])
    )
    if len(found) != 1:
        raise operation.not_applicable(f"« {path} » désigne {len(found)} éléments, et non un seul")
    return found[0]


def _value(operation: Operation) -> Mapping[str, Any]:
    part = operation.parts.get("value")
    if part is None:
        raise operation.refuse("« value » manque")
    return part


def _read_value(
    operation: Operation, type_name: str, name: str, part: Mapping[str, Any]
) -> tuple[ElementDefinition, Any]:
    """The element with that name in a type, and its JSON value; a choice (`value[x]`) is resolved
    by the type of the value. Raises Refusal."""
    value_member = next((key for key in part if key.startswith("value")), None)
    element = find_member(type_name, name)
    if element is None and value_member is not None:
        element = find_member(
            type_name, name.removesuffix("[x]") + value_member.removeprefix("value")
        )
    if element is None:
        raise operation.not_applicable(f"{type_name} n'a pas d'élément « {name[:64]} » de ce type")
    return element, _json_value(operation, element.type, part)


def _json_value(operation: Operation, type_name: str, part: Mapping[str, Any]) -> Any:
    """The JSON of a value: a resource, a `value[x]`, or an object built from parts."""
    if "resource" in part:
        return part["resource"]
    for key, value in part.items():
        if key.startswith("value"):
            return value
    built: dict[str, Any] = {}
    inner = part.get("part")
    if not isinstance(inner, list):
        raise operation.refuse("« value » n'a pas de valeur")
    for each in inner:
        if not isinstance(each, dict) or not isinstance(each.get("name"), str):
            raise operation.refuse("une « part » de la valeur n'a pas de nom")
        element, value = _read_value(operation, type_name, each["name"], each)
        if element.repeats:
            built.setdefault(element.name, []).append(value)
        else:
            built[element.name] = value
    return built
