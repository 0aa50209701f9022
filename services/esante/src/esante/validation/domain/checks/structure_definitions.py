"""StructureDefinitions: their elements exist in the type that they constrain, and only narrow it.

https://hl7.org/fhir/R4/structuredefinition.html, https://hl7.org/fhir/R4/profiling.html
"""

from typing import Final

from esante.core.domain.json_values import objects_in
from esante.core.domain.structures import RESOURCE_TYPES, ElementDefinition, find_structure
from esante.fhirpath.domain.parser import fhirpath_problem
from esante.validation.domain.checks.questionnaires import value_type
from esante.validation.domain.findings import Findings, Place
from esante.validation.domain.invariants import Node

_STRUCTURES: Final = "http://hl7.org/fhir/StructureDefinition/"
_OPEN: Final = frozenset({"Resource", "Element", "BackboneElement"})


def check_structure_definition(node: Node, place: Place, found: Findings) -> None:
    """Add the issues of a StructureDefinition."""
    constrained = str(node.get("type"))
    is_profile = node.get("derivation") == "constraint" and find_structure(constrained) is not None
    if is_profile:
        _check_base(node, constrained, place, found)
    for name in ("snapshot", "differential"):
        part = node.get(name)
        elements = part.get("element") if isinstance(part, dict) else None
        seen: set[str] = set()
        for index, element in enumerate(elements if isinstance(elements, list) else ()):
            if not isinstance(element, dict):
                continue
            below: Place = ((place, name, None), "element", index)
            _check_id(element, seen, below, found)
            _check_constraints(element, below, found)
            _check_value_types(element, below, found)
            if is_profile:
                _check_narrowing(element, constrained, below, found)
            if is_profile and constrained == "Extension":
                _check_extension_url(element, str(node.get("url")), below, found)


def _check_base(node: Node, constrained: str, place: Place, found: Findings) -> None:
    base = node.get("baseDefinition")
    base_type = base.removeprefix(_STRUCTURES) if isinstance(base, str) else ""
    if find_structure(base_type) is not None and base_type not in (constrained, "SimpleQuantity"):
        words = f"Un profil de {base_type} est du type {base_type}, pas {constrained}."
        found.error("value", (place, "type", None), words)
    kind = "resource" if constrained in RESOURCE_TYPES else "complex-type"
    abstract = ("Resource", "DomainResource")
    if node.get("kind") not in (kind, None) and constrained not in abstract:
        # A warning: one of R4's own examples has another.
        words = f"{constrained} est du genre {kind}, pas {node.get('kind')}."
        found.warning("value", (place, "kind", None), words, "definition")


def _check_id(element: Node, seen: set[str], place: Place, found: Findings) -> None:
    identity = element.get("id")
    if isinstance(identity, str):
        if identity in seen:
            words = f"« {identity[:80]} » est déjà l’id d’un autre élément."
            found.error("value", (place, "id", None), words)
        seen.add(identity)


def _check_constraints(element: Node, place: Place, found: Findings) -> None:
    keys: set[str] = set()
    constraints = element.get("constraint")
    for index, each in enumerate(constraints if isinstance(constraints, list) else ()):
        if not isinstance(each, dict):
            continue
        below: Place = (place, "constraint", index)
        key, expression = str(each.get("key")), each.get("expression")
        if key in keys:
            words = f"La règle {key[:80]} est écrite deux fois."
            found.error("value", (below, "key", None), words)
        keys.add(key)
        problem = fhirpath_problem(expression) if isinstance(expression, str) else None
        if problem is not None:
            found.error("value", (below, "expression", None), problem)


def _check_value_types(element: Node, place: Place, found: Findings) -> None:
    """A fixed value, pattern or default is of a type of the element."""
    types = {str(each.get("code")) for each in objects_in(element.get("type"))}
    types = {each.rpartition("/")[2].removeprefix("System.") for each in types}
    if not types or any(each[:1].isupper() and each == "String" for each in types):
        return
    for name in ("fixed", "pattern", "defaultValue", "minValue", "maxValue"):
        given = value_type(element, name)
        if given and not any(given.lower() == each.lower() for each in types):
            words = f"L’élément est du type {', '.join(sorted(types))}, pas {given}."
            found.error("value", (place, f"{name}{given}", None), words)


def _check_narrowing(element: Node, constrained: str, place: Place, found: Findings) -> None:
    path = element.get("path")
    if not isinstance(path, str) or "." not in path or not path.startswith(f"{constrained}."):
        return
    bases = _definitions(path)
    if bases is None:
        return
    if not bases:
        words = f"« {path[:120]} » n’existe pas dans FHIR R4."
        found.error("structure", (place, "path", None), words)
        return
    if element.get("max") == "*" and not any(each.repeats for each in bases):
        words = f"« {path} » ne se répète pas : un profil n’y change rien."
        found.error("structure", (place, "max", None), words)
    least, most = element.get("min"), str(element.get("max"))
    is_slice = "sliceName" in element or ":" in str(element.get("id", ""))
    if least == 0 and not is_slice and any(each.minimum > 0 for each in bases):
        words = f"« {path} » est obligatoire : un profil n’y change rien."
        found.error("structure", (place, "min", None), words)
    if isinstance(least, int) and most.isdigit() and least > int(most):
        return  # eld-2
    allowed = {each.type for each in bases}
    for index, each in enumerate(objects_in(element.get("type"))):
        code = str(each.get("code"))
        if not _is_allowed(code, allowed):
            words = f"« {path} » n’a pas le type {code}."
            found.error("structure", (((place, "type", index)), "code", None), words)


def _is_allowed(code: str, allowed: set[str]) -> bool:
    if code.startswith("http") or allowed & _OPEN or "." in next(iter(allowed), ""):
        return True
    general = {"SimpleQuantity": "Quantity"}
    known = {general.get(each, each) for each in allowed}
    quantities = {"Age", "Count", "Distance", "Duration", "MoneyQuantity", "SimpleQuantity"}
    return code in known or ("Quantity" in known and code in quantities)


def _definitions(path: str) -> list[ElementDefinition] | None:
    """The elements of R4 with that path, one for each type of a choice; none if it does not exist.

    None if that is not known here, as below an element of any type.
    """
    head, *steps = path.split(".")
    types, found = [head], list[ElementDefinition]()
    for step in steps:
        # A primitive has the members of Element, and its value.
        structures = [
            each
            for each in (find_structure("Element" if t[:1].islower() else t) for t in types)
            if each is not None
        ]
        if len(structures) < len(types) or _OPEN & set(types):
            return None
        # A slice of a choice can be written with its type: `valueQuantity`.
        found = [
            element
            for structure in structures
            for element in structure.elements.values()
            if step in (element.name, element.path.rpartition(".")[2])
        ]
        if not found:
            return None if step == "value" else []
        types = [element.type for element in found]
    return found


def _check_extension_url(element: Node, url: str, place: Place, found: Findings) -> None:
    fixed = element.get("fixedUri")
    if element.get("path") == "Extension.url" and isinstance(fixed, str) and fixed != url:
        words = f"L’adresse d’une extension est celle de sa définition, {url[:120]}."
        found.error("value", (place, "fixedUri", None), words)
