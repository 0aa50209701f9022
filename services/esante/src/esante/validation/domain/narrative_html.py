"""Narrative read as HTML, as a browser reads `innerHTML` (WHATWG parsing, by Lexbor)."""

from selectolax.lexbor import LexborHTMLParser, LexborNode

from esante.validation.domain.narrative_elements import (
    XHTML,
    NarrativeRefused,
    check_attribute,
    check_element,
    check_sizes,
)
from esante.validation.domain.narrative_sizes import ROOT


def check_html(div: str) -> None:
    """Raise NarrativeRefused if HTML makes of it anything but one div with allowed elements.

    The context of the fragment is a div, where applications display it.
    """
    root = LexborHTMLParser(div, is_fragment=True).root
    try:
        if root is None or _top_elements(root) != ["div"]:
            raise NarrativeRefused("Le texte n’est pas un seul élément div.")
        fonts: dict[int, float] = {}
        for node in root.traverse():
            if node.tag != "-comment":
                _check(node)
                around = ROOT if node.parent is None else fonts.get(node.parent.mem_id, ROOT)
                style = node.attributes.get("style") or ""
                fonts[node.mem_id] = check_sizes(node.tag or "?", style, around)
    except NarrativeRefused as refused:
        message = str(refused)
        raise NarrativeRefused(f"Lu en HTML : {message[0].lower()}{message[1:]}") from None


def _top_elements(first: LexborNode) -> list[str]:
    """The elements of a fragment that are in no other, from its first node."""
    names = []
    node: LexborNode | None = first
    while node is not None:
        name = node.tag or ""
        if not name.startswith("-"):
            names.append(name)
        node = node.next
    return names


def _check(node: LexborNode) -> None:
    element = node.tag or "?"
    check_element(element)
    for name, value in node.attributes.items():
        if name == "xmlns":
            if value != XHTML:
                raise NarrativeRefused(f"« {element} » n’est pas dans l’espace de noms XHTML.")
        elif not name.startswith("xmlns:"):
            check_attribute(element, name, value or "")
