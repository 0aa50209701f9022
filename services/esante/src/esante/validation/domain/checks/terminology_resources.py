"""CodeSystems, ValueSets and ConceptMaps: the codes, properties and systems that they name.

https://hl7.org/fhir/R4/codesystem.html, https://hl7.org/fhir/R4/valueset.html,
https://hl7.org/fhir/R4/conceptmap.html
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from esante.core.domain.json_values import objects_in
from esante.terminology.domain.r4_terminology import find_code_system
from esante.validation.domain.checks.codings import code_problem, system_problem
from esante.validation.domain.checks.questionnaires import value_type
from esante.validation.domain.findings import Findings, Place
from esante.validation.domain.invariants import Node

# Properties that any code system can have. https://hl7.org/fhir/R4/codesystem-concept-properties.html
_STANDARD_PROPERTIES: Final = frozenset(
    {
        *("inactive", "deprecated", "notSelectable", "parent", "child", "status", "subsumedBy"),
        *("effectiveDate", "retirementDate", "deprecationDate"),
    }
)
_CODES: Final = frozenset({"parent", "child", "subsumedBy"})
"""Properties whose value is a code of the same code system."""


def check_code_system(node: Node, place: Place, found: Findings) -> None:
    """Add the issues of a CodeSystem."""
    concepts = list(_concepts(node, place))
    content, count = node.get("content"), node.get("count")
    if isinstance(count, int) and content == "complete" and concepts and count != len(concepts):
        words = f"Ce système de codes dit {count} codes, et en a {len(concepts)}."
        found.warning("value", (place, "count", None), words, "definition")
    if content == "not-present" and concepts:
        words = "Les codes sont dits absents (content), et sont là."
        found.warning("value", (place, "content", None), words, "definition")
    if (content == "supplement") != ("supplements" in node):
        words = "Un complément dit ce qu’il complète (content, supplements)."
        found.warning("value", (place, "supplements", None), words, "definition")
    types = {
        str(each.get("code")): str(each.get("type")) for each in objects_in(node.get("property"))
    }
    codes = {str(concept.get("code")) for concept, _ in concepts}
    complete = content == "complete"
    for concept, below in concepts:
        for index, each in enumerate(objects_in(concept.get("property"))):
            at: Place = (below, "property", index)
            _check_property(each, types, at, found)
            target = str(each.get("valueCode"))
            is_code = complete and str(each.get("code")) in _CODES and "valueCode" in each
            if is_code and target not in codes:
                words = f"« {target[:80]} » n’est pas un code de ce système."
                found.warning("code-invalid", (at, "valueCode", None), words, "definition")


def _concepts(node: Node, place: Place) -> Iterator[tuple[Mapping[str, Any], Place]]:
    concepts = node.get("concept")
    for index, concept in enumerate(concepts if isinstance(concepts, list) else ()):
        if isinstance(concept, dict):
            below: Place = (place, "concept", index)
            yield concept, below
            yield from _concepts(concept, below)


def _check_property(each: Node, types: Mapping[str, str], place: Place, found: Findings) -> None:
    code, given = str(each.get("code")), value_type(each)
    declared = types.get(code)
    if declared is None:
        if code not in _STANDARD_PROPERTIES:
            words = f"La propriété « {code[:80]} » n’est pas déclarée (property)."
            found.warning("value", (place, "code", None), words, "definition")
    elif given and given.lower() != declared.lower():
        words = f"La propriété « {code} » est du type {declared}, pas {given}."
        found.warning("value", (place, f"value{given}", None), words, "definition")


def check_value_set(node: Node, place: Place, found: Findings) -> None:
    """Add the issues of a ValueSet."""
    compose = node.get("compose")
    if not isinstance(compose, dict):
        return
    for name in ("include", "exclude"):
        for index, part in enumerate(objects_in(compose.get(name))):
            below: Place = ((place, "compose", None), name, index)
            _check_part(part, below, found)
            imported = part.get("valueSet")
            for at, url in enumerate(imported if isinstance(imported, list) else ()):
                if isinstance(url, str) and url.partition("|")[0] == node.get("url"):
                    words = "Un jeu de valeurs ne se contient pas lui-même."
                    found.warning("value", (below, "valueSet", at), words, "definition")


def _check_part(part: Node, place: Place, found: Findings) -> None:
    system = part.get("system")
    if not isinstance(system, str):
        return
    code_system = find_code_system(system)
    if code_system is None:
        problem = system_problem(system)
        if problem is not None and not system.startswith("#"):
            found.warning("value", (place, "system", None), problem, "definition")
        return
    if not code_system.complete or part.get("version") not in (None, code_system.version):
        return
    for index, concept in enumerate(objects_in(part.get("concept"))):
        problem = code_problem(code_system, str(concept.get("code")))
        if problem is not None:
            found.warning(
                "code-invalid", ((place, "concept", index), "code", None), problem, "definition"
            )
    for index, each in enumerate(objects_in(part.get("filter"))):
        subsuming = each.get("op") in ("is-a", "descendent-of", "is-not-a")
        problem = code_problem(code_system, str(each.get("value"))) if subsuming else None
        if problem is not None:
            found.warning(
                "code-invalid", ((place, "filter", index), "value", None), problem, "definition"
            )


def check_concept_map(node: Node, place: Place, found: Findings) -> None:
    """Add the issues of a ConceptMap."""
    for index, group in enumerate(objects_in(node.get("group"))):
        below: Place = (place, "group", index)
        for name in ("source", "target"):
            system = group.get(name)
            known = isinstance(system, str) and find_code_system(system) is not None
            problem = None if known or not isinstance(system, str) else system_problem(system)
            if problem is not None:
                found.warning("value", (below, name, None), problem, "definition")
        for at, element in enumerate(objects_in(group.get("element"))):
            inner: Place = (below, "element", at)
            _check_code(group, "source", element, inner, found)
            for position, target in enumerate(objects_in(element.get("target"))):
                at_target: Place = (inner, "target", position)
                _check_code(group, "target", target, at_target, found)


def _check_code(group: Node, name: str, node: Node, place: Place, found: Findings) -> None:
    system, code = group.get(name), node.get("code")
    code_system = find_code_system(system) if isinstance(system, str) else None
    versioned = f"{name}Version" in group
    if code_system is None or not code_system.complete or versioned or not isinstance(code, str):
        return
    problem = code_problem(code_system, code)
    if problem is not None:
        found.warning("code-invalid", (place, "code", None), problem, "definition")
