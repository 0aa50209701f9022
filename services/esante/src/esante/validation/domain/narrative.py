"""Validation of narrative: only the XHTML that FHIR allows, nothing active, no external resources.

Narrative is refused or stored unchanged, never rewritten.
https://hl7.org/fhir/R4/narrative.html
"""

import re
from collections.abc import Callable
from typing import Final
from xml.parsers import expat

XHTML: Final = "http://www.w3.org/1999/xhtml"
_XML: Final = "http://www.w3.org/XML/1998/namespace"

# HTML 4.0, chapters 7 to 11 (except 9.4) and 15, as FHIR requires, without deprecated elements.
_ELEMENT_NAMES: Final = """
    a abbr acronym address b big blockquote br caption cite code col colgroup dd dfn div dl dt em h1
    h2 h3 h4 h5 h6 hr i img kbd li ol p pre q samp small span strong sub sup table tbody td tfoot
    th thead tr tt ul var
"""
_ATTRIBUTE_NAMES: Final = """
    abbr accesskey align alt axis bgcolor border cellhalign cellpadding cellspacing cellvalign char
    charoff charset cite class colspan compact coords dir frame headers height href hreflang hspace
    id lang longdesc name nowrap rel rev rowspan rules scope shape span src start style summary
    tabindex title type valign value vspace width
"""
_ELEMENTS: Final = frozenset(_ELEMENT_NAMES.split())
_ATTRIBUTES: Final = frozenset(_ATTRIBUTE_NAMES.split())
EMPTY: Final = "Le texte est vide (txt-2)."
"""The problem of a narrative without text and images."""
_LINK_SCHEMES: Final = ("http:", "https:", "ftp:", "mailto:", "tel:")
_ACTIVE_STYLES: Final = ("expression(", "@import", "javascript:", "behavior:", "-moz-binding", "\\")
_STYLE_URL: Final = re.compile(r"url\(['\"]?([^)'\"]*)")


class _Refused(Exception):
    """Content that is not allowed; the message is in French."""


def narrative_problem(div: str) -> str | None:
    """Why `text.div` is invalid, in French; None if it is valid. `EMPTY` without content."""
    reader = _Reader()
    try:
        reader.read(div)
    except _Refused as refused:
        return str(refused)
    except expat.ExpatError as error:
        return f"Ce n’est pas du XHTML bien formé : {error}."
    if not reader.has_content:
        return EMPTY
    return None


class _Reader:
    """Parses a div with expat and checks it. `has_content`: whether it has text or an image."""

    def __init__(self) -> None:
        self.has_content = False
        self._depth = 0

    def read(self, div: str) -> None:
        parser = expat.ParserCreate("utf-8", " ")
        parser.StartDoctypeDeclHandler = _refuse("une déclaration DOCTYPE")
        parser.ProcessingInstructionHandler = _refuse("une instruction de traitement")
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.Parse(div.encode("utf-8", "surrogatepass"), True)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        space, _, local = name.rpartition(" ")
        if space != XHTML:
            raise _Refused(f"« {local} » n’est pas dans l’espace de noms XHTML.")
        if self._depth == 0 and local != "div":
            raise _Refused("Le texte commence par un élément div.")
        if local not in _ELEMENTS:
            raise _Refused(f"L’élément « {local} » n’est pas permis dans un texte.")
        self._depth += 1
        if local == "img":
            self.has_content = True
        for attribute, value in attributes.items():
            _attribute(local, attribute, value)

    def _end(self, _name: str) -> None:
        self._depth -= 1

    def _characters(self, data: str) -> None:
        if not self.has_content and data.strip():
            self.has_content = True


def _refuse(what: str) -> Callable[..., None]:
    def refuse(*_arguments: object) -> None:
        raise _Refused(f"Un texte ne porte pas {what}.")

    return refuse


def _attribute(element: str, name: str, value: str) -> None:
    space, _, local = name.rpartition(" ")
    if space == _XML:
        return
    if space or local not in _ATTRIBUTES:
        raise _Refused(f"L’attribut « {local} » n’est pas permis dans un texte.")
    plain = "".join(value.split()).lower()
    if local == "style" and _is_active(plain):
        raise _Refused("Un style ne va rien chercher dehors et n’exécute rien.")
    if local in ("href", "cite", "longdesc") and _scheme(plain) not in ("", *_LINK_SCHEMES):
        raise _Refused(f"Un lien « {_scheme(plain)} » n’est pas permis.")
    if local == "src" and not _is_embedded(element, plain):
        raise _Refused("Une image est dans la ressource (« # », « data:image/ ») ou à côté d’elle.")


def _is_active(style: str) -> bool:
    """Whether a style is active or loads something. Comments could hide that: they count as active.

    `style`: in lower case, without white space.
    """
    if "/*" in style or any(act in style for act in _ACTIVE_STYLES):
        return True
    return not all(_is_embedded("img", address) for address in _STYLE_URL.findall(style))


def _scheme(address: str) -> str:
    """The scheme of an address (`https:`), empty for a relative one; "//host" is absolute."""
    if address.startswith("//"):
        return "https:"
    head, colon, _ = address.partition(":")
    return head + colon if colon and not set(head) & set("/?#") else ""


def _is_embedded(element: str, address: str) -> bool:
    """Whether an element can load from an address: only `img`, from a relative address, which is in
    the resource or beside it, or from an embedded image (`data:image/`)."""
    if element != "img" or address.startswith("//"):
        return False
    scheme = _scheme(address)
    return scheme == "" or (scheme == "data:" and address.startswith("data:image/"))
