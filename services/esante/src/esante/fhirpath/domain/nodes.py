"""The values that FHIRPath expressions are evaluated on: JSON values with their R4 types, and those
of FHIRPath itself (`System.String`).

https://hl7.org/fhir/R4/fhirpath.html#types
"""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from functools import cache, lru_cache
from typing import Any, Final, NamedTuple

from esante.core.domain.structures import (
    RESOURCE_TYPES,
    ElementDefinition,
    ancestors,
    find_structure,
)
from esante.fhirpath.domain.expressions import CannotEvaluate
from esante.fhirpath.domain.quantities import Quantity

PRIMITIVE_BASES: Final[Mapping[str, str]] = {
    "code": "string",
    "id": "string",
    "markdown": "string",
    "url": "uri",
    "canonical": "uri",
    "oid": "uri",
    "uuid": "uri",
    "positiveInt": "integer",
    "unsignedInt": "integer",
    "boolean": "Element",
    "integer": "Element",
    "string": "Element",
    "decimal": "Element",
    "uri": "Element",
    "base64Binary": "Element",
    "instant": "Element",
    "date": "Element",
    "dateTime": "Element",
    "time": "Element",
    "xhtml": "Element",
}
"""The primitive types of R4, each with the type that it specialises."""
SYSTEM_TYPES: Final = frozenset(
    {"Boolean", "String", "Integer", "Decimal", "Date", "DateTime", "Time", "Quantity"}
)
"""https://hl7.org/fhirpath/N1/#literals"""
TEXTS: Final = frozenset({"System.String", "string", "code", "id", "markdown", "xhtml"}) | {
    "uri",
    "url",
    "canonical",
    "oid",
    "uuid",
    "base64Binary",
}
"""The types that are converted to a String."""
DATES: Final = frozenset({"date", "dateTime", "instant", "System.Date", "System.DateTime"})
TIMES: Final = frozenset({"time", "System.Time"})
UNRESOLVED: Final = "#"
"""The type of the target of a reference, followed by its R4 type if that is known."""
TYPE_INFO: Final = "System.TypeInfo"
"""The type of the results of type(): {namespace, name}."""


class Node(NamedTuple):
    """One value of a collection. A tuple, since an evaluation makes thousands."""

    value: Any
    """JSON, parsed with Decimal, or a Quantity; None for a primitive that has only extensions."""
    type: str
    """A type of R4, the path of a backbone element, or a type of FHIRPath (`System.String`)."""
    extras: Any = None
    """Of a primitive, the object with its id and extensions."""


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


def system_node(value: Any) -> Node:
    """The node of a value of FHIRPath: a boolean, text, number or Quantity."""
    if isinstance(value, bool):
        return Node(value, "System.Boolean")
    if isinstance(value, int):
        return Node(value, "System.Integer")
    if isinstance(value, Decimal):
        return Node(value, "System.Decimal")
    return Node(value, "System.Quantity" if isinstance(value, Quantity) else "System.String")


def children(node: Node, name: str) -> Iterable[Node]:
    """The values of an element, by its name without the type of a choice."""
    value = node.value
    if isinstance(value, dict):
        holder, type_name = value, node.type
    else:
        if node.type[:1] == UNRESOLVED:
            raise CannotEvaluate("Une référence n’est pas suivie ici.")
        if isinstance(value, Quantity):
            return _quantity_members(value, name)
        if not isinstance(node.extras, dict):
            return ()
        holder, type_name = node.extras, "Element"
    if type_name == TYPE_INFO:
        return (system_node(holder[name]),) if name in holder else ()
    found: list[Node] = []
    for element in _elements(type_name).get(name, ()):
        below, extras = holder.get(element.name), holder.get("_" + element.name)
        if below is None and extras is None:
            continue
        if isinstance(below, list) or isinstance(extras, list):
            found += _list_nodes(below, extras, element)
        else:
            found.append(element_node(below, element, extras))
    return found


def all_children(node: Node) -> Iterator[Node]:
    """The values of every element."""
    if node.type[:1] == UNRESOLVED:
        raise CannotEvaluate("Une référence n’est pas suivie ici.")
    for name in element_names(node.type if isinstance(node.value, dict) else "Element"):
        yield from children(node, name)


def element_names(type_name: str) -> Iterable[str]:
    """The names of the elements of a type, without the type of a choice."""
    return _elements(type_name)


def element_types(type_name: str, name: str) -> tuple[ElementDefinition, ...]:
    """The elements of that name, one for each type of a choice; none if the type has none."""
    return _elements(type_name).get(name, ())


def has_type(node: Node, name: str, *, exactly: bool = False) -> bool:
    """Whether a value is of a type (`code`, `FHIR.code`, `System.String`), or of one that
    specialises it. `exactly`: not of one that specialises it, for primitive types.

    Raises CannotEvaluate for an unknown type.
    """
    namespace, _, local = name.rpartition(".")
    if not is_type(name):
        raise CannotEvaluate(f"« {name[:60]} » n’est pas un type de FHIR R4 ni de FHIRPath.")
    if node.type[:7] == "System.":
        return namespace != "FHIR" and node.type[7:] == local
    if namespace == "System":
        return False
    own = node.type.removeprefix(UNRESOLVED)
    if own == local:
        return True
    if exactly and local in PRIMITIVE_BASES:
        return False
    return local in _supertypes(own)


@lru_cache(maxsize=1_000)
def is_type(name: str) -> bool:
    """Whether a name, with or without namespace, is one of a type."""
    namespace, _, local = name.rpartition(".")
    if namespace not in ("", "System", "FHIR"):
        return False
    if namespace != "FHIR" and local in SYSTEM_TYPES:
        return True
    # The System namespace is open: no value is of another type of it.
    return namespace == "System" or local in PRIMITIVE_BASES or find_structure(local) is not None


def type_info(node: Node) -> Node:
    """The result of type(). https://hl7.org/fhirpath/N1/#reflection"""
    if node.type[:7] == "System.":
        namespace, name = "System", node.type[7:]
    elif node.type[:1] == UNRESOLVED:
        raise CannotEvaluate("Une référence n’est pas suivie ici.")
    else:
        namespace = "FHIR"
        # A backbone element has no name of its own in R4.
        name = "BackboneElement" if "." in node.type else node.type
    return Node({"namespace": namespace, "name": name}, TYPE_INFO)


@cache
def _supertypes(type_name: str) -> frozenset[str]:
    base = PRIMITIVE_BASES.get(type_name)
    if base is not None:
        return frozenset({type_name}) | _supertypes(base)
    return frozenset(ancestors(type_name))


def _quantity_members(quantity: Quantity, name: str) -> Iterable[Node]:
    if name == "value":
        return (Node(quantity.value, "System.Decimal"),)
    return (Node(quantity.unit, "System.String"),) if name in ("unit", "code") else ()


def _list_nodes(value: Any, extras: Any, element: ElementDefinition) -> Iterator[Node]:
    values = value if isinstance(value, list) else []
    if extras is None:
        for item in values:
            if item is not None:
                yield element_node(item, element)
        return
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
