"""A resource in JSON, written as FHIR XML. https://hl7.org/fhir/R4/xml.html"""

import json
import re
from collections.abc import Mapping
from itertools import zip_longest
from typing import Any, Final
from xml.parsers import expat

from esante.core.domain.structures import RESOURCE_TYPES
from esante.core.domain.xml.elements import FHIR, NARRATIVE, RESOURCE, XHTML, XmlType, find_type
from socle.errors import Refusal

_DECLARATION: Final = '<?xml version="1.0" encoding="UTF-8"?>'
# What XML cannot have: U+FFFE and U+FFFF, which FHIR's strings can have, and control characters and
# lone surrogates, which a refusal can quote from an address.
_NO_XML: Final = (*range(0x20), *range(0xD800, 0xE000), 0xFFFE, 0xFFFF)
_SPECIAL: Final = str.maketrans(
    dict.fromkeys(_NO_XML, "\ufffd")
    | {
        "&": "&amp;",
        "<": "&lt;",
        ">": "&gt;",
        '"': "&quot;",
        # As themselves they would be read as spaces.
        "\t": "&#9;",
        "\n": "&#10;",
        "\r": "&#13;",
    }
)
_HAS_SPECIAL: Final = re.compile('[&<>"\x00-\x1f\ud800-\udfff\ufffe\uffff]')


class _Number(str):
    """A number as it is written."""

    __slots__ = ()


_DECODER: Final = json.JSONDecoder(parse_float=_Number, parse_int=_Number)


def xml_of_json(text: bytes, *, pretty: bool = False) -> bytes:
    """The XML of a resource in JSON, in UTF-8. Numbers stay as they are written, and the elements
    come in the order of their definitions.

    `pretty`: each element in its line; narrative stays as it is. Raises Refusal, rule
    `not-acceptable`, for a member that XML does not have.
    """
    writer = _Writer(pretty=pretty)
    writer.resource(_DECODER.decode(text.decode()), namespace=f' xmlns="{FHIR}"')
    return writer.text().encode()


class _Writer:
    def __init__(self, *, pretty: bool) -> None:
        self._parts = [_DECLARATION]
        self._pretty = pretty
        self._depth = 0

    def text(self) -> str:
        return "".join(self._parts)

    def resource(self, value: Mapping[str, Any], namespace: str = "") -> None:
        """`namespace`: the declaration of the outermost one."""
        name = value.get("resourceType")
        of = find_type(name) if name in RESOURCE_TYPES else None
        if name is None or of is None:
            raise _not_in_xml(str(name))
        members = {each: value[each] for each in value if each != "resourceType"}
        self._element(name, of, members, namespace)

    def _element(self, name: str, of: XmlType, value: Any, declared: str = "") -> None:
        """An element of a complex type. `declared`: attributes that are no members."""
        if not isinstance(value, dict):
            raise _not_in_xml(name)
        attributes = "".join(
            f' {each}="{_escaped(value[each])}"'
            for each in ("id", "url")
            if each in of.attributes and each in value
        )
        found = {each.removeprefix("_") for each in value} - of.attributes
        if unknown := found - of.places.keys():
            raise _not_in_xml(f"{name}.{min(unknown)}")
        self._open(f"{name}{declared}{attributes}")
        for each in sorted(found, key=of.places.__getitem__):
            self._member(each, of, value.get(each), value.get(f"_{each}"))
        self._close(name)

    def _member(self, name: str, of: XmlType, value: Any, other: Any) -> None:
        """The elements of a member. `other`: its ids and extensions, of a primitive."""
        if not of.elements[name].repeats:
            self._one(name, of.elements[name].type, value, other)
            return
        for each, own in zip_longest(value or (), other or ()):
            self._one(name, of.elements[name].type, each, own)

    def _one(self, name: str, type_name: str, value: Any, other: Any) -> None:
        if type_name == NARRATIVE:
            self._start(_checked_div(value))
            return
        if type_name == RESOURCE:
            self._open(name)
            self.resource(value)
            self._close(name)
            return
        complex_type = find_type(type_name)
        if complex_type is None:
            self._primitive(name, value, other or {})
        else:
            self._element(name, complex_type, value)

    def _primitive(self, name: str, value: Any, other: Mapping[str, Any]) -> None:
        if isinstance(value, dict | list):
            raise _not_in_xml(name)
        tag = name
        if "id" in other:
            tag += f' id="{_escaped(other["id"])}"'
        if value is not None:
            tag += f' value="{_escaped(value)}"'
        extensions = other.get("extension", ())
        if not extensions:
            self._start(f"<{tag}/>")
            return
        extension = find_type("Extension")
        assert extension is not None
        self._open(tag)
        for each in extensions:
            self._element("extension", extension, each)
        self._close(name)

    def _open(self, tag: str) -> None:
        self._start(f"<{tag}>")
        self._depth += 1

    def _close(self, name: str) -> None:
        self._depth -= 1
        self._start(f"</{name}>")

    def _start(self, text: str) -> None:
        if self._pretty:
            self._parts.append("\n" + "  " * self._depth)
        self._parts.append(text)


def _escaped(value: Any) -> str:
    if isinstance(value, str):
        return value.translate(_SPECIAL) if _HAS_SPECIAL.search(value) else value
    return "true" if value is True else "false"


def _checked_div(div: Any) -> str:
    """A div that can stand in XML. What was written has been judged; this only bounds what a text
    that was not could do to the XML around it."""
    parser = expat.ParserCreate("utf-8", " ")
    names: list[str] = []

    def start(name: str, _: object) -> None:
        if not names:
            names.append(name)

    def refuse(*_: object) -> None:
        raise _not_in_xml("div")

    parser.StartElementHandler = start
    parser.StartDoctypeDeclHandler = parser.XmlDeclHandler = refuse
    try:
        parser.Parse(str(div).encode(), True)
    except expat.ExpatError:
        refuse()
    if names != [f"{XHTML} div"]:
        refuse()
    return str(div)


def _not_in_xml(what: str) -> Refusal:
    return Refusal(
        "invalid",
        f"« {what[:80]} » ne s'écrit pas en XML : demandez application/fhir+json.",
        rule="not-acceptable",
        issue="not-supported",
    )
