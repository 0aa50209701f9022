"""SearchParameters, OperationDefinitions, and the canonicals of all conformance resources.

https://hl7.org/fhir/R4/conformance-module.html
"""

import re
from typing import Final

from esante.core.domain.json_values import objects_in
from esante.core.domain.structures import RESOURCE_TYPES, find_structure
from esante.fhirpath.domain.parser import fhirpath_problem
from esante.validation.domain.findings import Findings, Place
from esante.validation.domain.invariants import Node

_ABSOLUTE: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:\S+")
_MAXIMUM: Final = re.compile(r"\*|[0-9]+")
_PLAIN_PATH: Final = re.compile(r"[A-Z][A-Za-z]*(\.[a-z][A-Za-z]*)+")

CANONICAL_TYPES: Final = tuple(
    sorted(
        name
        for name in RESOURCE_TYPES
        if (structure := find_structure(name)) is not None
        and {"url", "version", "status", "experimental"} <= structure.elements.keys()
    )
)
"""The types whose resources have a canonical."""


def check_canonical(node: Node, place: Place, found: Findings) -> None:
    """Add the issue of the canonical of a conformance resource."""
    url = node.get("url")
    if isinstance(url, str) and not _ABSOLUTE.fullmatch(url):
        words = f"« {url[:80]} » n’est pas une adresse absolue : une définition en a une."
        found.error("value", (place, "url", None), words)


def check_search_parameter(node: Node, place: Place, found: Findings) -> None:
    """Add the issues of a SearchParameter."""
    parameter_type, expression = node.get("type"), node.get("expression")
    components = objects_in(node.get("component"))
    if parameter_type == "composite" and len(components) < 2:
        words = "Un paramètre composite a deux composantes ou plus."
        found.warning("required", (place, "component", None), words, "definition")
    if parameter_type != "composite" and components:
        words = "Seul un paramètre composite a des composantes."
        found.warning("structure", (place, "component", None), words, "definition")
    if parameter_type != "reference" and "target" in node:
        words = "Seul un paramètre de type reference a des cibles."
        found.warning("structure", (place, "target", None), words, "definition")
    for index, component in enumerate(components):
        below: Place = ((place, "component", index), "expression", None)
        _check_expression(component.get("expression"), below, found)
    if _check_expression(expression, (place, "expression", None), found):
        _check_paths(str(expression), (place, "expression", None), found)


def _check_expression(expression: object, place: Place, found: Findings) -> bool:
    if not isinstance(expression, str):
        return False
    problem = fhirpath_problem(expression)
    if problem is not None:
        found.error("value", place, problem)
    return problem is None


def _check_paths(expression: str, place: Place, found: Findings) -> None:
    """The plain paths of an expression (`Patient.name.family`) exist in R4."""
    for part in expression.split("|"):
        path = part.strip()
        if not _PLAIN_PATH.fullmatch(path):
            continue
        head, *steps = path.split(".")
        types = {head} if find_structure(head) else set()
        for step in steps:
            structures = [each for each in map(find_structure, types) if each is not None]
            if len(structures) < len(types) or not types or "Resource" in types:
                break
            types = {
                element.type
                for structure in structures
                for element in structure.elements.values()
                if step in (element.name, element.path.rpartition(".")[2].removesuffix("[x]"))
            }
            if not types:
                words = f"« {path[:120]} » n’existe pas dans FHIR R4."
                found.warning("value", place, words, "definition")


def check_operation_definition(node: Node, place: Place, found: Findings) -> None:
    """Add the issues of an OperationDefinition."""
    if not any(node.get(each) is True for each in ("system", "type", "instance")):
        words = "Une opération se demande au serveur, à un type ou à une ressource."
        found.warning("value", place, words, "definition")
    _check_parameters(node, "parameter", place, found)


def _check_parameters(node: Node, member: str, place: Place, found: Findings) -> None:
    names: set[tuple[str, str]] = set()
    for index, parameter in enumerate(objects_in(node.get(member))):
        below: Place = (place, member, index)
        name = (str(parameter.get("use")), str(parameter.get("name")))
        if name in names:
            words = f"Le paramètre « {name[1][:80]} » est défini deux fois."
            found.warning("value", (below, "name", None), words, "definition")
        names.add(name)
        if ("type" in parameter) == ("part" in parameter):
            words = "Un paramètre a soit un type, soit des parties."
            report = found.warning if "type" in parameter else found.error
            report("structure", (below, "type", None), words)
        _check_cardinality(parameter, below, found)
        _check_parameters(parameter, "part", below, found)


def _check_cardinality(parameter: Node, place: Place, found: Findings) -> None:
    least, most = parameter.get("min"), str(parameter.get("max"))
    if not _MAXIMUM.fullmatch(most):
        found.error("value", (place, "max", None), "Un maximum est un nombre, ou « * ».")
    elif most != "*" and isinstance(least, int) and least > int(most):
        found.error("value", (place, "max", None), "Le maximum n’est pas inférieur au minimum.")
