"""The elements of every R4 type: data types, cardinality, required binding, reference targets.

From `r4/structures.txt`, which `services/esante/tools/compile_validation.py` writes from the
official StructureDefinitions:

    Patient < DomainResource
     gender 0..1 code !http://hl7.org/fhir/ValueSet/administrative-gender
     deceased[x] 0..1 boolean dateTime
     contact 0..* Patient.contact
     managingOrganization 0..1 Reference(Organization)
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Final

_TYPE = re.compile(r"([A-Za-z0-9.]+)(?:\(([A-Za-z,]*)\))?")


@dataclass(frozen=True, slots=True)
class ElementDefinition:
    """One JSON member of a type."""

    name: str
    """The JSON name, with the type of a choice: `deceasedBoolean`."""
    path: str
    """Of the ElementDefinition: `Patient.deceased[x]`."""
    type: str
    """A data type, `Resource`, or the path of a backbone element."""
    minimum: int
    """Its minimum cardinality."""
    repeats: bool
    """Whether it is an array."""
    binding: str | None = None
    """The value set of a required binding."""
    targets: frozenset[str] = frozenset()
    """The resource types of a Reference; empty: any."""


@dataclass(frozen=True, slots=True)
class TypeStructure:
    """The elements of a resource type, data type or backbone element."""

    name: str
    base: str | None
    """The type that it specialises."""
    elements: Mapping[str, ElementDefinition] = field(default_factory=dict)
    """By JSON name, inherited ones included."""


def find_structure(type_name: str) -> TypeStructure | None:
    """The structure of a resource type, data type or backbone element; None if R4 has none."""
    if type_name not in _table():
        return None
    return _structure(type_name)


def ancestors(type_name: str) -> Iterator[str]:
    """The type itself and the types that it specialises (Patient, DomainResource, Resource)."""
    at: str | None = type_name
    while at is not None and at in _table():
        yield at
        at = _table()[at][0]


@cache
def mandatory_members(resource_type: str) -> frozenset[str]:
    """The mandatory members of a type, each with the member of its extensions (`_status`)."""
    structure = find_structure(resource_type)
    names = [name for name, e in structure.elements.items() if e.minimum] if structure else []
    return frozenset(member for name in names for member in (name, f"_{name}"))


@cache
def _table() -> dict[str, tuple[str | None, tuple[str, ...]]]:
    """The lines of each type, not yet parsed: (base type, lines)."""
    text = files("esante.core.domain").joinpath("r4/structures.txt").read_text("utf-8")
    found: dict[str, tuple[str | None, tuple[str, ...]]] = {}
    for block in re.split(r"\n(?=\S)", text.strip("\n")):
        head, *lines = block.split("\n")
        if head.startswith("#"):
            continue
        name, _, base = head.partition(" < ")
        found[name] = (base or None, tuple(lines))
    return found


@cache
def _structure(type_name: str) -> TypeStructure:
    base, lines = _table()[type_name]
    elements = dict(_structure(base).elements) if base else {}
    for line in lines:
        for element in _elements(type_name, line):
            elements[element.name] = element
    return TypeStructure(type_name, base, elements)


def _elements(type_name: str, line: str) -> Iterator[ElementDefinition]:
    name, cardinality, *types = line.split()
    binding = None
    if types and types[-1].startswith("!"):
        binding = types.pop()[1:]
    minimum, _, maximum = cardinality.partition("..")
    for written in types:
        match = _TYPE.fullmatch(written)
        assert match is not None, line
        code, targets = match.groups()
        json_type = "Quantity" if code == "SimpleQuantity" else code
        capital = json_type[0].upper() + json_type[1:]
        yield ElementDefinition(
            name=name.replace("[x]", capital),
            path=f"{type_name}.{name}",
            type=code,
            minimum=int(minimum),
            repeats=maximum != "1",
            binding=binding,
            targets=frozenset(targets.split(",")) if targets else frozenset(),
        )


RESOURCE_TYPES: Final[frozenset[str]] = frozenset(
    name for name in _table() if "Resource" in ancestors(name)
) - {"Resource", "DomainResource"}
"""Every resource type of R4, without the abstract ones."""
