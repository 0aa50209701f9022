"""The values that FHIRPath expressions are evaluated on: JSON values with their R4 types.

https://hl7.org/fhir/R4/fhirpath.html#types
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from esante.core.domain.structures import (
    RESOURCE_TYPES,
    ElementDefinition,
    ancestors,
    find_structure,
)
from esante.validation.domain.fhirpath.expressions import CannotEvaluate

_TEXTS: Final = frozenset({"string", "code", "id", "markdown", "xhtml"})
_ADDRESSES: Final = frozenset({"uri", "url", "canonical", "oid", "uuid", "base64Binary"})
_INTEGERS: Final = frozenset({"integer", "positiveInt", "unsignedInt"})
# The types of FHIRPath, and those of FHIR that are converted to them.
_SYSTEM: Final[Mapping[str, frozenset[str]]] = {
    "Boolean": frozenset({"boolean"}),
    "String": _TEXTS | _ADDRESSES,
    "Integer": _INTEGERS,
    "Decimal": frozenset({"decimal"}),
    "Date": frozenset({"date"}),
    "DateTime": frozenset({"dateTime", "instant"}),
    "Time": frozenset({"time"}),
    "string": _TEXTS - {"xhtml"},
    "uri": _ADDRESSES - {"base64Binary"},
    "integer": _INTEGERS,
}


@dataclass(frozen=True, slots=True)
class Node:
    """One value of a collection."""

    value: Any
    """JSON, parsed with Decimal; None for a primitive that has only extensions."""
    type: str
    """A type of R4, or the path of a backbone element."""
    extras: Any = None
    """Of a primitive, the object with its id and extensions."""


@dataclass(frozen=True, slots=True)
class Unresolved(Node):
    """The target of a reference, of which only the type is known."""


def resource_node(resource: Any) -> Node:
    """The node of a resource."""
    declared = resource.get("resourceType") if isinstance(resource, dict) else None
    known = isinstance(declared, str) and declared in RESOURCE_TYPES
    return Node(resource, str(declared) if known else "Resource")


def element_node(value: Any, element: ElementDefinition, extras: Any = None) -> Node:
    """The node of a value of an element. `extras`: as in `Node`."""
    if element.type == "Resource":
        return resource_node(value)
    return Node(value, "Quantity" if element.type == "SimpleQuantity" else element.type, extras)


def children(node: Node, name: str) -> Iterator[Node]:
    """The values of an element, by its name without the type of a choice."""
    if isinstance(node, Unresolved):
        raise CannotEvaluate("Une référence n’est pas suivie ici.")
    holder = node.value if isinstance(node.value, dict) else node.extras
    if not isinstance(holder, dict):
        return
    type_name = node.type if isinstance(node.value, dict) else "Element"
    for element in _elements(type_name).get(name, ()):
        value, extras = holder.get(element.name), holder.get(f"_{element.name}")
        if value is not None or extras is not None:
            yield from _nodes(value, extras, element)


def all_children(node: Node) -> Iterator[Node]:
    """The values of every element."""
    for name in _elements(node.type if isinstance(node.value, dict) else "Element"):
        yield from children(node, name)


def has_type(node: Node, name: str) -> bool:
    """Whether a value is of a type of FHIR or FHIRPath, or of one that specialises it."""
    if node.type == name or node.type in _SYSTEM.get(name, ()):
        return True
    return name in ancestors(node.type)


def _nodes(value: Any, extras: Any, element: ElementDefinition) -> Iterator[Node]:
    if not isinstance(value, list) and not isinstance(extras, list):
        yield element_node(value, element, extras)
        return
    values = value if isinstance(value, list) else []
    others = extras if isinstance(extras, list) else []
    for at in range(max(len(values), len(others))):
        item = values[at] if at < len(values) else None
        extra = others[at] if at < len(others) else None
        if item is not None or extra is not None:
            yield element_node(item, element, extra)


@cache
def _elements(type_name: str) -> Mapping[str, tuple[ElementDefinition, ...]]:
    """The elements of a type by their name without the type of a choice."""
    structure = find_structure(type_name)
    found: dict[str, list[ElementDefinition]] = {}
    for element in structure.elements.values() if structure else ():
        name = element.path.rpartition(".")[2].removesuffix("[x]")
        found.setdefault(name, []).append(element)
    return {name: tuple(each) for name, each in found.items()}
