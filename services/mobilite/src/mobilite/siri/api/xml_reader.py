"""A SIRI request in XML, read into elements.

The parser is expat. It reads no DTD, so that there are no entities to expand or to fetch.
"""

import codecs
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final
from xml.parsers import expat

from mobilite.siri.api.xml_writer import NAMESPACE
from socle.errors import Refusal

_MAX_ELEMENTS: Final = 2_000
_MAX_DEPTH: Final = 20


@dataclass(slots=True)
class XmlElement:
    """An element of the request."""

    name: str
    """Without its namespace."""
    text: str = ""
    children: list["XmlElement"] = field(default_factory=list)

    def descendants(self) -> Iterator["XmlElement"]:
        """Every element below it, in order."""
        for child in self.children:
            yield child
            yield from child.descendants()

    def find(self, name: str) -> "XmlElement | None":
        """The first child of that name."""
        return next((child for child in self.children if child.name == name), None)


def read_xml(body: bytes) -> XmlElement:
    """The root element, `Siri`. Raises Refusal("invalid") for what is not well-formed UTF-8, has a
    DOCTYPE, or is another document; Refusal("too_large") for too many or too deep elements."""
    # Expat reads UTF-16 by its first bytes, whatever the encoding that it is given.
    if 0 in body[:2] or body[:2] in (codecs.BOM_UTF16_BE, codecs.BOM_UTF16_LE):
        raise _invalid("il n'est pas en UTF-8")
    reader = _Reader()
    parser = expat.ParserCreate("utf-8", " ")
    parser.buffer_text = True
    parser.XmlDeclHandler = reader.declaration
    parser.StartDoctypeDeclHandler = reader.doctype
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.characters
    try:
        parser.Parse(body, True)
    except expat.ExpatError as error:
        raise _invalid(f"il n'est pas bien formé (ligne {error.lineno})") from error
    assert reader.root is not None  # a document without an element is not well-formed
    return reader.root


class _Reader:
    def __init__(self) -> None:
        self.root: XmlElement | None = None
        self._open: list[XmlElement] = []
        self._count = 0

    def declaration(self, _version: str, encoding: str | None, _standalone: int) -> None:
        if encoding is not None and encoding.lower() not in ("utf-8", "utf8"):
            raise _invalid("il n'est pas en UTF-8")

    def doctype(self, *_: object) -> None:
        raise _invalid("une déclaration DOCTYPE n'est pas lue")

    def start(self, name: str, _: object) -> None:
        space, _, local = name.rpartition(" ")
        self._count += 1
        if self._count > _MAX_ELEMENTS or len(self._open) >= _MAX_DEPTH:
            raise Refusal("too_large", "La demande SIRI a trop d'éléments.")
        if space != NAMESPACE or (not self._open and local != "Siri"):
            raise _invalid(f"« Siri » est attendu, dans l'espace de noms {NAMESPACE}")
        element = XmlElement(local)
        if self._open:
            self._open[-1].children.append(element)
        else:
            self.root = element
        self._open.append(element)

    def end(self, _: str) -> None:
        ended = self._open.pop()
        ended.text = ended.text.strip()

    def characters(self, data: str) -> None:
        self._open[-1].text += data


def _invalid(reason: str) -> Refusal:
    return Refusal("invalid", f"Ce XML ne se lit pas : {reason}.")
