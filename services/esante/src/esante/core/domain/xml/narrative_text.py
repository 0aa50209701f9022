"""A narrative div within XML, written as the text that `Narrative.div` has in JSON."""

from collections.abc import Sequence
from typing import Final

from esante.core.domain.xml.elements import XHTML

_XML: Final = "http://www.w3.org/XML/1998/namespace"
_TEXT: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})
_VALUE: Final = str.maketrans(
    {"&": "&amp;", "<": "&lt;", '"': "&quot;", "\t": "&#9;", "\n": "&#10;", "\r": "&#13;"}
)


class NarrativeText:
    """Collects the events of one div. `is_complete`: whether it has ended.

    What it writes is what the parser has read: whether its narrative is allowed is judged later,
    as of narrative in JSON. The div declares its namespace itself, since it has to stand alone.
    """

    def __init__(self) -> None:
        self.is_complete = False
        self._parts: list[str] = []
        self._depth = 0

    @property
    def text(self) -> str:
        """The div."""
        return "".join(self._parts)

    def start(self, name: str, attributes: Sequence[str]) -> None:
        """An element starts. `name`: with its namespace before a space, as in `attributes`: names
        and values in turn. Raises ValueError, with a sentence, for another namespace."""
        space, _, local = name.rpartition(" ")
        if space != XHTML:
            raise ValueError(
                f"« {local[:40]} » n'est pas dans l'espace de noms de XHTML ({XHTML})."
            )
        self._parts.append(f"<{local}")
        if not self._depth:
            self._parts.append(f' xmlns="{XHTML}"')
        for attribute, value in zip(attributes[::2], attributes[1::2], strict=True):
            self._parts.append(f' {_attribute_name(attribute)}="{value.translate(_VALUE)}"')
        self._parts.append(">")
        self._depth += 1

    def end(self, name: str, *, is_empty_tag: bool) -> None:
        """An element ends. `is_empty_tag`: whether it is written `<br/>`, which stays so, since a
        browser reads `<b/>` and `<b></b>` differently."""
        self._depth -= 1
        self.is_complete = not self._depth
        if is_empty_tag:
            self._parts[-1] = "/>"
        else:
            self._parts.append(f"</{name.rpartition(' ')[2]}>")

    def characters(self, text: str) -> None:
        """Text within an element."""
        self._parts.append(text.translate(_TEXT))

    def comment(self, text: str) -> None:
        """A comment, which is part of what was sent."""
        self._parts.append(f"<!--{text}-->")


def _attribute_name(name: str) -> str:
    space, _, local = name.rpartition(" ")
    if space and space != _XML:
        raise ValueError(f"L'attribut « {local[:40]} » n'est pas de XHTML.")
    return f"xml:{local}" if space else local
