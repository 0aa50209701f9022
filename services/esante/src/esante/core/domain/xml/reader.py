"""FHIR XML, read into JSON. https://hl7.org/fhir/R4/xml.html

The parser is expat. It reads no DTD, so that there are no entities to expand or to fetch.
"""

import codecs
from collections.abc import Callable, Sequence
from types import MappingProxyType
from typing import Any, Final, NoReturn
from xml.parsers import expat

import orjson

from esante.core.domain.json_parser import MAX_DEPTH, MAX_VALUES
from esante.core.domain.structures import RESOURCE_TYPES, ElementDefinition
from esante.core.domain.xml.elements import FHIR, NARRATIVE, RESOURCE, find_type
from esante.core.domain.xml.narrative_text import NarrativeText
from esante.core.domain.xml.open_element import EXTENSION, OpenElement, primitive_value
from socle.errors import Refusal

_SCHEMA_INSTANCE: Final = "http://www.w3.org/2001/XMLSchema-instance "
_REASONS: Final = MappingProxyType(
    {
        "no element found": "il est vide, ou finit trop tôt",
        "unclosed token": "une balise n'est pas fermée",
        "mismatched tag": "une balise n'en ferme aucune",
        "undefined entity": "une entité n'est pas définie (écrivez le caractère, ou son numéro)",
        "duplicate attribute": "un attribut vient deux fois",
        "unbound prefix": "un préfixe n'est pas déclaré",
        "junk after document element": "il continue après sa fin",
        "partial character": "un caractère n'est pas de l'UTF-8",
        "XML declaration not well-formed": "sa déclaration est mal formée",
        "XML or text declaration not at start of entity": "sa déclaration n'est pas au début",
    }
)
"""The messages of expat in French; others are reported in general."""


def json_of_xml(body: bytes, *, max_elements: int = MAX_VALUES) -> bytes:
    """The JSON of a resource in XML, in UTF-8. Numbers stay as they are written.

    What is no value of its type stays a string, so that the validator refuses it as it does in
    JSON. Comments outside of narrative have no place in JSON. Raises Refusal("invalid") with line
    and column for what is not well-formed, has a DTD, another encoding, or elements and attributes
    that FHIR does not have there; Refusal("too_large") past `max_elements`.
    """
    return _Reader(body, max_elements).read()


class _Reader:
    def __init__(self, body: bytes, max_elements: int) -> None:
        self._body, self._max_elements = body, max_elements
        self._parser = expat.ParserCreate("utf-8", " ")
        self._open: list[OpenElement] = []
        self._narrative: NarrativeText | None = None
        self._count = 0
        self._is_start = False
        self._result = b""

    def read(self) -> bytes:
        parser = self._parser
        # Expat reads UTF-16 by its first bytes, whatever the encoding that it is given.
        first = self._body[:2]
        if 0 in first or first in (codecs.BOM_UTF16_BE, codecs.BOM_UTF16_LE):
            self._refuse("Ce XML n'est pas de l'UTF-8")
        parser.buffer_text = True
        parser.ordered_attributes = True
        parser.XmlDeclHandler = self._declaration
        parser.StartDoctypeDeclHandler = self._no("Une déclaration DOCTYPE n'est pas lue.")
        parser.ProcessingInstructionHandler = self._instruction
        parser.StartCdataSectionHandler = self._cdata
        parser.CommentHandler = self._comment
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        try:
            parser.Parse(self._body, True)
        except expat.ExpatError as error:
            message = expat.errors.messages.get(error.code, "")
            reason = _REASONS.get(message, "il n'est pas bien formé")
            self._refuse(f"Ce XML ne se lit pas : {reason}", error.lineno, error.offset)
        finally:
            # The parser refers to its handlers, which would retain the body until a collection.
            del self._parser
        return self._result

    def _refuse(self, sentence: str, line: int = 0, column: int = -1) -> NoReturn:
        """Refuse the body. `column`: from 0, as of expat."""
        line = line or self._parser.CurrentLineNumber
        column = (self._parser.CurrentColumnNumber if column < 0 else column) + 1
        details: dict[str, Any] = {"issue": "structure"}
        # The path of a nested resource has its element (`resource`), and not its type.
        names = [each.name for each in self._open if each.definition or each is self._open[0]]
        if names:
            details["expression"] = [".".join(names)]
        sentence = sentence.rstrip(".")
        raise Refusal("invalid", f"{sentence} (ligne {line}, colonne {column}).", **details)

    def _no(self, sentence: str) -> Callable[..., None]:
        def refuse(*_arguments: object) -> None:
            self._refuse(sentence)

        return refuse

    def _declaration(self, _version: str, encoding: str | None, _standalone: int) -> None:
        if encoding is not None and encoding.lower() not in ("utf-8", "utf8"):
            self._refuse(f"L'encodage « {encoding[:40]} » n'est pas lu : UTF-8")

    def _instruction(self, _target: str, _data: str) -> None:
        # One that is refused in JSON is refused here too.
        if self._narrative is not None:
            self._refuse("Un texte ne porte pas une instruction de traitement")

    def _cdata(self) -> None:
        if self._narrative is not None:
            self._refuse("Un texte ne porte pas une section CDATA")

    def _comment(self, text: str) -> None:
        if self._narrative is not None:
            self._is_start = False
            self._narrative.comment(text)

    def _characters(self, text: str) -> None:
        if self._narrative is not None:
            self._is_start = False
            self._narrative.characters(text)
        elif text.strip(" \t\r\n"):
            self._refuse("Du texte est hors d'un attribut « value »")

    def _start(self, name: str, attributes: Sequence[str]) -> None:
        self._count += 1
        if self._count > self._max_elements:
            raise Refusal("too_large", f"Le contenu a plus de {self._max_elements} éléments.")
        self._is_start = True
        if self._narrative is not None:
            self._start_narrative(name, attributes)
            return
        space, _, local = name.rpartition(" ")
        if len(self._open) >= MAX_DEPTH:
            self._refuse(f"Le contenu est imbriqué sur plus de {MAX_DEPTH} niveaux")
        if not self._open:
            self._open.append(self._resource(space, local, attributes))
            return
        parent = self._open[-1]
        if parent.definition is not None and parent.definition.type == RESOURCE:
            if parent.value is not None:
                self._refuse(f"« {parent.name} » contient plus d'une ressource")
            self._open.append(self._resource(space, local, attributes))
        else:
            self._start_element(parent, space, name, attributes)

    def _resource(self, space: str, name: str, attributes: Sequence[str]) -> OpenElement:
        if space != FHIR or name not in RESOURCE_TYPES:
            self._refuse(
                f"« {name[:40]} » n'est pas une ressource de FHIR R4, dans l'espace de noms {FHIR}"
            )
        for attribute in attributes[::2]:
            # A schema's address is no content.
            if not attribute.startswith(_SCHEMA_INSTANCE):
                self._refuse_attribute(name, attribute)
        return OpenElement(name, None, find_type(name), {"resourceType": name})

    def _start_element(
        self, parent: OpenElement, space: str, name: str, attributes: Sequence[str]
    ) -> None:
        local = name.rpartition(" ")[2]
        definition = self._definition(parent, local)
        if definition.type == NARRATIVE:
            self._narrative = NarrativeText()
            self._open.append(OpenElement(local, definition, None, {}))
            self._start_narrative(name, attributes)
            return
        if space != FHIR:
            self._refuse(f"« {local} » n'est pas dans l'espace de noms {FHIR}")
        of = None if definition.type == RESOURCE else find_type(definition.type)
        opened = OpenElement(local, definition, of, {})
        for attribute, value in zip(attributes[::2], attributes[1::2], strict=True):
            if definition.type == RESOURCE:
                self._refuse_attribute(local, attribute)
            if of is None and attribute == "value":
                opened.value = primitive_value(definition.type, value)
            elif attribute == "id" or (of is not None and attribute in of.attributes):
                opened.members[attribute] = value
            else:
                self._refuse_attribute(local, attribute)
        self._open.append(opened)

    def _definition(self, parent: OpenElement, name: str) -> ElementDefinition:
        """Of the element of that name in `parent`."""
        if parent.type is None:
            # A primitive has extensions alone.
            found = EXTENSION if name == "extension" else None
        elif name in parent.type.attributes:
            self._refuse(f"« {name} » est un attribut de « {parent.name} », et non un élément")
        else:
            found = parent.type.elements.get(name)
        if found is None:
            self._refuse(f"« {parent.name} » n'a pas d'élément « {name[:40]} »")
        if not found.repeats and (name in parent.members or f"_{name}" in parent.members):
            self._refuse(f"« {name} » vient deux fois dans « {parent.name} »")
        return found

    def _refuse_attribute(self, element: str, attribute: str) -> NoReturn:
        local = attribute.rpartition(" ")[2]
        self._refuse(f"« {element} » n'a pas d'attribut « {local[:40]} »")

    def _start_narrative(self, name: str, attributes: Sequence[str]) -> None:
        assert self._narrative is not None
        try:
            self._narrative.start(name, attributes)
        except ValueError as error:
            self._refuse(str(error))

    def _end(self, name: str) -> None:
        if self._narrative is not None:
            at = self._parser.CurrentByteIndex
            is_empty_tag = self._is_start and self._body[at - 2 : at] == b"/>"
            self._is_start = False
            self._narrative.end(name, is_empty_tag=is_empty_tag)
            if not self._narrative.is_complete:
                return
            self._open[-1].value, self._narrative = self._narrative.text, None
        ended = self._open[-1]
        ended.complete_lists()
        if ended.definition is None:
            self._end_resource(ended)
        elif ended.type is None:
            self._end_value(ended, ended.definition)
        else:
            self._open.pop()
            self._open[-1].add(ended.definition, ended.members)

    def _end_resource(self, ended: OpenElement) -> None:
        text = orjson.dumps(ended.members)
        self._open.pop()
        if self._open:
            # Its text takes a tenth of the memory of its values.
            self._open[-1].value = orjson.Fragment(text)
        else:
            self._result = text

    def _end_value(self, ended: OpenElement, definition: ElementDefinition) -> None:
        """A primitive or the element of a resource ends."""
        if ended.value is None and not ended.members:
            what = "aucune ressource" if definition.type == RESOURCE else "ni valeur ni extension"
            self._refuse(f"« {ended.name} » n'a {what}")
        self._open.pop()
        if definition.type == RESOURCE:
            self._open[-1].add(definition, ended.value)
        else:
            self._open[-1].add_primitive(ended, definition)
