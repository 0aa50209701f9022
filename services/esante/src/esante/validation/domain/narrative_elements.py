"""The elements, attributes and addresses that narrative allows.

https://hl7.org/fhir/R4/narrative.html, rule txt-1.
"""

from collections.abc import Mapping
from typing import Final

from esante.validation.domain.narrative_addresses import address_scheme, is_embedded, is_link
from esante.validation.domain.narrative_sizes import font_size, size_problem
from esante.validation.domain.narrative_style import style_problem

XHTML: Final = "http://www.w3.org/1999/xhtml"

# HTML 4.0, chapters 7 to 11 (except 9.4) and 15, as FHIR requires, without deprecated elements.
_ELEMENT_NAMES: Final = """
    a abbr acronym address b big blockquote br caption cite code col colgroup dd dfn div dl dt em h1
    h2 h3 h4 h5 h6 hr i img kbd li ol p pre q samp small span strong sub sup table tbody td tfoot
    th thead tr tt ul var
"""
_ATTRIBUTE_NAMES: Final = """
    abbr accesskey align alt axis bgcolor border cellhalign cellpadding cellspacing cellvalign char
    charoff charset class colspan compact coords dir frame headers height hreflang hspace id lang
    nowrap rel rev rowspan rules scope shape span start style summary tabindex title type valign
    value vspace width xml:lang xml:space
"""
_ELEMENTS: Final = frozenset(_ELEMENT_NAMES.split())
_ATTRIBUTES: Final = frozenset(_ATTRIBUTE_NAMES.split())
# `name` of an image would replace a property of `document` (DOM clobbering).
_ATTRIBUTES_OF: Final[Mapping[str, frozenset[str]]] = {
    "cite": frozenset({"blockquote", "q"}),
    "href": frozenset({"a"}),
    "longdesc": frozenset({"img"}),
    "name": frozenset({"a"}),
    "src": frozenset({"img"}),
}
_LINKS: Final = frozenset({"href", "cite", "longdesc"})

_ELEMENT_REASONS: Final[Mapping[str, str]] = {
    name: reason
    for reason, names in {
        "il exécute du code": "script applet",
        "il met une autre page dans le texte": (
            "embed fencedframe frame frameset iframe object portal"
        ),
        "il recueille ou envoie des données": (
            "button datalist fieldset form input isindex keygen label legend meter optgroup option"
            " output progress select textarea"
        ),
        "il agit sur toute la page": "base basefont body head html link meta style title",
        "son contenu se lit autrement en HTML et en XML": (
            "annotation-xml foreignobject listing math mglyph noembed noframes noscript plaintext"
            " svg template xmp"
        ),
        "il va chercher un fichier": "audio bgsound image picture source track video",
        "il est déprécié": "center dir font menu nobr s strike u",
        "il bouge": "blink marquee",
    }.items()
    for name in names.split()
}
_NOT_IN_FHIR: Final = "il n’est pas de ceux que FHIR permet (HTML 4.0, chapitres 7 à 11 et 15)"
_FETCHING_NAMES: Final = """
    action archive background classid codebase data dynsrc formaction imagesrcset longdesc lowsrc
    manifest ping poster profile src srcdoc srcset usemap
"""
_FETCHING: Final = frozenset(_FETCHING_NAMES.split())


class NarrativeRefused(Exception):
    """Content that is not allowed; the message is in French."""


def excerpt(text: str) -> str:
    """A text to quote in a message: its first 40 characters."""
    return text if len(text) <= 40 else text[:40] + "…"


def check_element(name: str) -> None:
    """Raise NarrativeRefused for an element that narrative does not allow."""
    if name not in _ELEMENTS:
        reason = _ELEMENT_REASONS.get(name.lower(), _NOT_IN_FHIR)
        raise NarrativeRefused(
            f"L’élément « {excerpt(name)} » n’est pas permis dans un texte : {reason}."
        )


def check_sizes(element: str, style: str, around: float) -> float:
    """The size of the letters of an element (pixels). `around`: of those around it.

    Raises NarrativeRefused if it, or a length that depends on it, is too large.
    """
    size = font_size(element, style, around)
    problem = size_problem(style, size)
    if problem is not None:
        raise NarrativeRefused(f"Style de l’élément « {element} » : {problem}")
    return size


def check_attribute(element: str, name: str, value: str) -> None:
    """Raise NarrativeRefused for an attribute that an allowed element must not have.

    `name`: as written, with its prefix (`xml:lang`).
    """
    if name == "style":
        problem = style_problem(value)
        if problem is not None:
            raise NarrativeRefused(f"Style de l’élément « {element} » : {problem}")
        return
    if name in _ATTRIBUTES:
        return
    if element not in _ATTRIBUTES_OF.get(name, ()):
        raise NarrativeRefused(
            f"L’attribut « {excerpt(name)} » de l’élément « {element} » n’est pas permis dans"
            f" un texte : {_attribute_reason(name.lower())}."
        )
    if name in _LINKS and not is_link(value):
        raise NarrativeRefused(
            f"L’attribut « {name} » de l’élément « {element} » n’est pas un lien permis :"
            f" « {excerpt(address_scheme(value))} » peut exécuter du code ou ouvrir"
            " un programme."
        )
    if name == "src" and not is_embedded(value):
        raise NarrativeRefused(
            "L’attribut « src » de l’élément « img » va chercher une image ailleurs : elle est dans"
            " la ressource (« # », « data:image/ ») ou à côté d’elle."
        )


def _attribute_reason(name: str) -> str:
    if name.startswith("on"):
        return "il exécute du code"
    if name in _FETCHING or name.endswith(":href"):
        return "il va chercher une autre adresse"
    if name in _ATTRIBUTES_OF:
        return "il n’est permis que pour " + ", ".join(sorted(_ATTRIBUTES_OF[name]))
    return "il n’est pas de ceux que FHIR permet"
