"""An element of XML whose end has not been read, and the JSON that it becomes."""

import re
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

import orjson

from esante.core.domain.structures import ElementDefinition
from esante.core.domain.xml.elements import XmlType

EXTENSION: Final = ElementDefinition(
    "extension", "Element.extension", "Extension", minimum=0, repeats=True
)
"""The element that primitives have."""
_NUMBERS: Final = frozenset({"decimal", "integer", "positiveInt", "unsignedInt"})
_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_BOOLEANS: Final = MappingProxyType({"true": True, "false": False})


@dataclass(slots=True)
class OpenElement:
    """An element that has not ended."""

    name: str
    definition: ElementDefinition | None
    """None for a resource, whose element has the name of its type."""
    type: XmlType | None
    """None for a primitive, and for an element that contains a resource."""
    members: dict[str, Any]
    """Of a primitive: its id and extensions."""
    value: Any = None
    """Of a primitive; of an element that contains a resource, its text."""
    lists: dict[str, list[Any]] = field(default_factory=dict)
    """The ids and extensions of repeated primitives, by name, with None for those without."""

    def add(self, definition: ElementDefinition, value: Any) -> None:
        """Add the value of an element in it; None for a primitive without one."""
        if definition.repeats:
            self.members.setdefault(definition.name, []).append(value)
        elif value is not None:
            self.members[definition.name] = value

    def add_primitive(self, ended: "OpenElement", definition: ElementDefinition) -> None:
        """Add a primitive in it, with its id and extensions."""
        self.add(definition, ended.value)
        if definition.repeats:
            self.lists.setdefault(ended.name, []).append(ended.members or None)
        elif ended.members:
            self.members[f"_{ended.name}"] = ended.members

    def complete_lists(self) -> None:
        """Write the ids and extensions of repeated primitives beside their values."""
        for name, others in self.lists.items():
            if any(others):
                self.members[f"_{name}"] = others
            if all(each is None for each in self.members[name]):
                del self.members[name]


def primitive_value(primitive: str, text: str) -> Any:
    """The JSON value of a primitive. What is no value of that type stays a string."""
    if primitive == "boolean":
        return _BOOLEANS.get(text, text)
    if primitive in _NUMBERS and _NUMBER.fullmatch(text):
        return orjson.Fragment(text)
    return text
