"""What the XML of a type needs of its structure. https://hl7.org/fhir/R4/xml.html"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from esante.core.domain.structures import ElementDefinition, ancestors, find_structure

FHIR: Final = "http://hl7.org/fhir"
XHTML: Final = "http://www.w3.org/1999/xhtml"
RESOURCE: Final = "Resource"
"""The type of elements that contain a resource: `contained`, `Bundle.entry.resource`…"""
NARRATIVE: Final = "xhtml"
"""The type of `Narrative.div`."""


@dataclass(frozen=True, slots=True)
class XmlType:
    """A resource type, data type or backbone element."""

    elements: Mapping[str, ElementDefinition]
    """By name, those that are attributes included."""
    places: Mapping[str, int]
    """The place of each in the order that XML has."""
    attributes: frozenset[str]
    """The elements that are attributes: `id` of all but resources, `url` of extensions."""


@cache
def find_type(name: str) -> XmlType | None:
    """The type of that name; None for a primitive type, which R4's structures do not list."""
    structure = find_structure(name)
    if structure is None:
        return None
    attributes = {"id"} if "Element" in ancestors(name) else set()
    if name == "Extension":
        attributes.add("url")
    places = {each: place for place, each in enumerate(structure.elements)}
    return XmlType(structure.elements, places, frozenset(attributes))
