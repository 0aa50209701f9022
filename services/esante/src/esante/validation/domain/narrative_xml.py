"""Narrative read as XML: well-formed, with allowed elements only, and cheap to read as HTML."""

from collections.abc import Callable
from typing import Final
from xml.parsers import expat

from esante.validation.domain.narrative_elements import (
    XHTML,
    NarrativeRefused,
    check_attribute,
    check_element,
    check_sizes,
    excerpt,
)
from esante.validation.domain.narrative_sizes import ROOT

_XML: Final = "http://www.w3.org/XML/1998/namespace"
_VOID: Final = frozenset({"br", "col", "hr", "img"})
# Those that HTML opens again in each block, until they are closed ("formatting").
_FORMATTING: Final = frozenset({"a", "b", "big", "code", "em", "i", "small", "strong", "tt"})
# Those that HTML closes at the next one of them.
_CLOSED_BY_NEXT: Final = frozenset(
    {"a", "caption", "colgroup", "dd", "dt", "li", "p", "tbody", "td", "tfoot", "th", "thead", "tr"}
)
_DEEPEST: Final = 100
_MAX_COST: Final = 500_000  # the official examples: 70,000
_MAX_STYLES: Final = 200_000  # the official examples: 7,500


class XmlReader:
    """Parses a div with expat and checks it. `has_content`: whether it has text or an image.

    It also bounds the tree that an HTML parser builds, before one is run: HTML leaves `<b/>` open,
    and copies open formatting elements into each paragraph, so few bytes can become a large tree.
    """

    def __init__(self) -> None:
        self.has_content = False
        self._depth = 0
        self._fonts = [ROOT]
        self._formats = 0
        self._left_open = 0
        self._cost = 0
        self._styles: set[str] = set()
        self._styles_length = 0
        self._is_start = False
        self._text = b""
        self._parser = expat.ParserCreate("utf-8", " ")

    def read(self, div: str) -> None:
        """Raise NarrativeRefused, or `expat.ExpatError` if it is not well-formed."""
        self._text = div.encode("utf-8", "surrogatepass")
        parser = self._parser
        parser.XmlDeclHandler = _refuse("une déclaration XML")
        parser.StartDoctypeDeclHandler = _refuse("une déclaration DOCTYPE")
        parser.ProcessingInstructionHandler = _refuse("une instruction de traitement")
        parser.StartCdataSectionHandler = _refuse("une section CDATA")
        parser.CommentHandler = _comment
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.Parse(self._text, True)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        space, _, local = name.rpartition(" ")
        if space != XHTML:
            raise NarrativeRefused(f"« {excerpt(local)} » n’est pas dans l’espace de noms XHTML.")
        if self._depth == 0 and local != "div":
            raise NarrativeRefused("Le texte commence par un élément div.")
        check_element(local)
        self._depth += 1
        if local in _FORMATTING:
            self._formats += 1
        self._add_cost()
        self._is_start = True
        if local == "img":
            self.has_content = True
        for attribute, value in attributes.items():
            if attribute == "style":
                self._add_style(value)
            check_attribute(local, _written(attribute), value)
        self._fonts.append(check_sizes(local, attributes.get("style", ""), self._fonts[-1]))

    def _end(self, name: str) -> None:
        local = name[len(XHTML) + 1 :]
        self._depth -= 1
        self._fonts.pop()
        if self._is_start and local not in _VOID and self._is_self_closed():
            # HTML reads it as a start tag.
            if local not in _CLOSED_BY_NEXT:
                self._left_open += 1
            elif local in _FORMATTING:
                self._formats -= 1
        elif local in _FORMATTING:
            self._formats -= 1
        self._is_start = False
        self._add_cost()

    def _is_self_closed(self) -> bool:
        end = self._parser.CurrentByteIndex
        return self._text[end - 2 : end] == b"/>"

    def _add_cost(self) -> None:
        """Count the elements that HTML can copy here, and those it searches through."""
        if self._depth > _DEEPEST:
            raise NarrativeRefused(f"Le texte a plus de {_DEEPEST} éléments l’un dans l’autre.")
        self._cost += 1 + self._formats + (self._depth + self._left_open) // 16
        if self._cost > _MAX_COST:
            raise NarrativeRefused(
                "Lu en HTML, le texte a trop d’éléments ouverts : fermez « <b/> » par « </b> »,"
                " ou raccourcissez-le."
            )

    def _add_style(self, style: str) -> None:
        """Count what is parsed as CSS: each style once."""
        if style not in self._styles:
            self._styles.add(style)
            self._styles_length += len(style)
            if self._styles_length > _MAX_STYLES:
                raise NarrativeRefused(
                    f"Les styles du texte ont plus de {_MAX_STYLES} caractères, chacun compté une"
                    " fois."
                )

    def _characters(self, data: str) -> None:
        if not self.has_content and data.strip():
            self.has_content = True


def _written(name: str) -> str:
    """The name of an attribute with its prefix; expat gives its namespace."""
    space, _, local = name.rpartition(" ")
    if not space:
        return local
    return f"xml:{local}" if space == _XML else f"{space}:{local}"


def _refuse(what: str) -> Callable[..., None]:
    def refuse(*_arguments: object) -> None:
        raise NarrativeRefused(
            f"Un texte ne porte pas {what} : elle se lit autrement en HTML et en XML."
        )

    return refuse


def _comment(text: str) -> None:
    if "<" in text or ">" in text:
        raise NarrativeRefused(
            "Un commentaire ne contient ni « < » ni « > » : il finit autrement en HTML et en XML."
        )
