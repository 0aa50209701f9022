"""FHIRPath Patch: operations in a Parameters. https://hl7.org/fhir/R4/fhirpatch.html"""

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from esante.core.domain.structures import Element
from esante.interactions.domain.patch.fhirpath_place import Place, choice, member, places
from esante.interactions.domain.patch.json_patch import MOST_OPERATIONS, weight
from socle.errors import Refusal

_MOST_WORK: Final = 20_000_000
"""Operations times what the resource holds (`weight`): each of them may look at all of it."""
_TYPES: Final = ("add", "insert", "delete", "replace", "move")


@dataclass(frozen=True, slots=True)
class Operation:
    """One `operation` parameter. `parts`: the others, by name, as parameters."""

    place: int
    type: str
    path: str
    parts: Mapping[str, Mapping[str, Any]]

    def whole(self, name: str) -> int:
        """A part that is a number from 0. Raises Refusal."""
        told = self.parts.get(name, {}).get("valueInteger")
        if not isinstance(told, int) or isinstance(told, bool) or told < 0:
            raise self.refuse(f"« {name} » manque ou n'est pas un entier à partir de 0")
        return told

    def refuse(self, why: str, **details: Any) -> Refusal:
        """A refusal of this operation."""
        return Refusal("invalid", f"Opération {self.place} ({self.type}) : {why}.", **details)

    def undoable(self, why: str) -> Refusal:
        """It is well formed, and cannot be done to this resource."""
        return self.refuse(why, rule="unprocessable", issue="processing")


def read_operations(parameters: Mapping[str, Any]) -> list[Operation]:
    """The operations of a Parameters. Raises Refusal."""
    told = parameters.get("parameter")
    if not isinstance(told, list) or not told or len(told) > MOST_OPERATIONS:
        raise Refusal("invalid", f"Un patch a de 1 à {MOST_OPERATIONS} « operation ».")
    return [_operation(at, each) for at, each in enumerate(told)]


def _operation(at: int, told: Any) -> Operation:
    found: dict[str, Mapping[str, Any]] = {}
    parts = told.get("part") if isinstance(told, dict) else None
    if not isinstance(parts, list) or told.get("name") != "operation":
        raise Refusal("invalid", f"Paramètre {at} : « operation » avec ses « part » est attendu.")
    for part in parts:
        if not isinstance(part, dict) or not isinstance(part.get("name"), str):
            raise Refusal("invalid", f"Opération {at} : une « part » n'a pas de nom.")
        found[part["name"]] = part
    kind = found.get("type", {}).get("valueCode")
    path = found.get("path", {}).get("valueString")
    if kind not in _TYPES or not isinstance(path, str):
        raise Refusal(
            "invalid", f"Opération {at} : « type » ({', '.join(_TYPES)}) et « path » sont attendus."
        )
    return Operation(at, kind, path, found)


def apply_fhirpath_patch(resource: dict[str, Any], operations: list[Operation]) -> dict[str, Any]:
    """The resource after every operation, in order; the one given is left as it was. Raises
    Refusal, rule `unprocessable` where a well-formed operation cannot be done."""
    if len(operations) * weight(resource, _MOST_WORK) > _MOST_WORK:
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
    place = _one(resource, operation, operation.path)
    name = operation.parts.get("name", {}).get("valueString")
    if not isinstance(name, str) or not isinstance(place.value, dict):
        raise operation.refuse("« name » manque, ou « path » ne désigne pas un objet")
    element, value = _read(operation, place.type, name, _value(operation))
    holder = place.value
    if element.many:
        holder.setdefault(element.name, []).append(value)
    elif any(each.name in holder for each in choice(place.type, name)) or element.name in holder:
        raise operation.undoable(f"« {name} » a déjà une valeur")
    else:
        holder[element.name] = value


def _delete(resource: dict[str, Any], operation: Operation) -> None:
    found = places(resource, operation.path)
    if len(found) > 1:
        raise operation.undoable("« path » désigne plusieurs éléments")
    for place in found:
        _remove(resource, place, operation)


def _remove(resource: dict[str, Any], place: Place, operation: Operation) -> None:
    if place.key == "":
        raise operation.undoable("la ressource entière ne peut être retirée")
    del place.holder[place.key]
    if isinstance(place.holder, dict):
        place.holder.pop(f"_{place.key}", None)
    _tidy(resource)


def _tidy(value: Any) -> None:
    """No empty list or object is left behind: FHIR has none."""
    items = list(value.items()) if isinstance(value, dict) else list(enumerate(value))
    for key, each in reversed(items):
        if isinstance(each, dict | list):
            _tidy(each)
            if not each:
                del value[key]


def _replace(resource: dict[str, Any], operation: Operation) -> None:
    place = _one(resource, operation, operation.path)
    if place.key == "":
        raise operation.undoable("la ressource entière ne peut être remplacée")
    part = _value(operation)
    if isinstance(place.key, int):
        place.holder[place.key] = _plain(operation, place.type, part)
        return
    parent = _one(resource, operation, operation.path.rpartition(".")[0] or ".")
    name = operation.path.rpartition(".")[2]
    element, value = _read(operation, parent.type, name, part)
    if element.name != place.key:
        # Of another type: the order of members is kept for all the others.
        _remove(resource, place, operation)
    else:
        place.holder.pop(f"_{place.key}", None)
    place.holder[element.name] = value


def _rearrange(resource: dict[str, Any], operation: Operation) -> None:
    """insert and move, within one list."""
    found = places(resource, operation.path)
    lists = {id(each.holder): each.holder for each in found if isinstance(each.key, int)}
    if len(lists) != 1 or len(found) != len(next(iter(lists.values()))):
        raise operation.undoable("« path » ne désigne pas une liste")
    holder: list[Any] = next(iter(lists.values()))
    if operation.type == "insert":
        at, value = operation.whole("index"), _plain(operation, found[0].type, _value(operation))
        if at > len(holder):
            raise operation.undoable(f"la liste n'a que {len(holder)} éléments")
    else:
        source, at = operation.whole("source"), operation.whole("destination")
        if max(source, at) >= len(holder):
            raise operation.undoable(f"la liste n'a que {len(holder)} éléments")
        value = holder.pop(source)
    holder.insert(at, value)


def _one(resource: dict[str, Any], operation: Operation, path: str) -> Place:
    found = places(resource, path) if path != "." else places(resource, resource["resourceType"])
    if len(found) != 1:
        raise operation.undoable(f"« {path} » désigne {len(found)} éléments, et non un seul")
    return found[0]


def _value(operation: Operation) -> Mapping[str, Any]:
    part = operation.parts.get("value")
    if part is None:
        raise operation.refuse("« value » manque")
    return part


def _read(
    operation: Operation, type_name: str, name: str, part: Mapping[str, Any]
) -> tuple[Element, Any]:
    """The element a name stands for, by the type of the value where it has several; the value."""
    told = next((key for key in part if key.startswith("value")), None)
    element = member(type_name, name)
    if element is None and told is not None:
        element = member(type_name, name.removesuffix("[x]") + told.removeprefix("value"))
    if element is None:
        raise operation.undoable(f"{type_name} n'a pas d'élément « {name[:64]} » de ce type")
    return element, _plain(operation, element.type, part)


def _plain(operation: Operation, type_name: str, part: Mapping[str, Any]) -> Any:
    """The JSON of a value: of its own type, or told part by part."""
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
        element, value = _read(operation, type_name, each["name"], each)
        if element.many:
            built.setdefault(element.name, []).append(value)
        else:
            built[element.name] = value
    return built
