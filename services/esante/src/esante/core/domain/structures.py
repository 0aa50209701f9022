"""Every element of R4: its types, required binding and reference targets.

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
class Element:
    """One JSON member of a type. `name`: with its type for a choice (`deceasedBoolean`); `type`: a
    data type, `Resource`, or the path of a backbone; `path`: of its definition."""

    name: str
    path: str
    type: str
    minimum: int
    many: bool
    binding: str | None = None
    targets: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Shape:
    """One type: its members by JSON name, those of the types above included."""

    name: str
    above: str | None
    elements: Mapping[str, Element] = field(default_factory=dict)


def shape_of(type_name: str) -> Shape | None:
    """The shape of a resource type, data type or backbone; None where R4 has none of that name."""
    if type_name not in _written():
        return None
    return _shape(type_name)


def ancestors(type_name: str) -> Iterator[str]:
    """The type itself and those it specialises (Patient, DomainResource, Resource)."""
    at: str | None = type_name
    while at is not None and at in _written():
        yield at
        at = _written()[at][0]


@cache
def _written() -> dict[str, tuple[str | None, tuple[str, ...]]]:
    """Each type's own lines, as written: (type above, lines)."""
    text = files("esante.core.domain").joinpath("r4/structures.txt").read_text("utf-8")
    found: dict[str, tuple[str | None, tuple[str, ...]]] = {}
    for block in re.split(r"\n(?=\S)", text.strip("\n")):
        head, *lines = block.split("\n")
        if head.startswith("#"):
            continue
        name, _, above = head.partition(" < ")
        found[name] = (above or None, tuple(lines))
    return found


@cache
def _shape(type_name: str) -> Shape:
    above, lines = _written()[type_name]
    elements = dict(_shape(above).elements) if above else {}
    for line in lines:
        for element in _elements(type_name, line):
            elements[element.name] = element
    return Shape(type_name, above, elements)


def _elements(type_name: str, line: str) -> Iterator[Element]:
    name, cardinality, *types = line.split()
    binding = None
    if types and types[-1].startswith("!"):
        binding = types.pop()[1:]
    minimum, _, maximum = cardinality.partition("..")
    for told in types:
        match = _TYPE.fullmatch(told)
        assert match is not None, line
        code, targets = match.groups()
        told_type = "Quantity" if code == "SimpleQuantity" else code
        capital = told_type[0].upper() + told_type[1:]
        yield Element(
            name=name.replace("[x]", capital),
            path=f"{type_name}.{name}",
            type=code,
            minimum=int(minimum),
            many=maximum != "1",
            binding=binding,
            targets=frozenset(targets.split(",")) if targets else frozenset(),
        )


RESOURCE_TYPES: Final[frozenset[str]] = frozenset(
    name for name in _written() if "Resource" in ancestors(name)
) - {"Resource", "DomainResource"}
"""Every resource type of R4, without the abstract ones."""
