"""Style attributes of narrative: they format the text in its place, and nothing else.

The text stays where it is, covers nothing around it, loads nothing and runs nothing. Parsed by
tinycss2 (CSS Syntax Level 3), as browsers parse it.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

import tinycss2

from esante.validation.domain.narrative_addresses import is_embedded

_PROPERTY_NAMES: Final = """
    background background-attachment background-clip background-color background-image
    background-origin background-position background-repeat background-size
    border border-bottom border-bottom-color border-bottom-style border-bottom-width border-collapse
    border-color border-left border-left-color border-left-style border-left-width border-radius
    border-right border-right-color border-right-style border-right-width border-spacing
    border-style border-top border-top-color border-top-style border-top-width border-width
    box-sizing break-after break-before break-inside caption-side clear color direction display
    empty-cells float font font-family font-size font-size-adjust font-stretch font-style
    font-variant font-weight height hyphens letter-spacing line-height list-style list-style-image
    list-style-position list-style-type margin margin-bottom margin-left margin-right margin-top
    max-height max-width min-height min-width opacity orphans overflow overflow-wrap overflow-x
    overflow-y padding padding-bottom padding-left padding-right padding-top page-break-after
    page-break-before page-break-inside quotes table-layout text-align text-align-last
    text-decoration text-decoration-color text-decoration-line text-decoration-style text-indent
    text-overflow text-transform unicode-bidi vertical-align visibility white-space widows width
    word-break word-spacing word-wrap
"""
_PROPERTIES: Final = frozenset(_PROPERTY_NAMES.split())
_WITH_IMAGE: Final = frozenset({"background", "background-image", "list-style", "list-style-image"})
_SIGNED: Final = frozenset(
    {"background", "background-position", "letter-spacing", "text-indent"}
    | {"vertical-align", "word-spacing"}
)
BOUNDED: Final = (
    "border",
    "font",
    "letter-spacing",
    "line-height",
    "padding",
    "text-decoration",
    "text-indent",
    "vertical-align",
    "word-spacing",
)
"""Beginnings of the properties whose size is bounded: an inline box with a large one covers the
lines around it."""
_LARGEST: Final[Mapping[str, float]] = {
    "px": 200,
    "pt": 150,
    "pc": 12,
    "in": 2,
    "cm": 5,
    "mm": 50,
    "em": 12,
    "rem": 12,
    "ex": 24,
    "ch": 24,
}
_LARGEST_PERCENTAGE: Final = 400
_LARGEST_NUMBER: Final = 1000  # font-weight
_COLOR_FUNCTIONS: Final = frozenset({"rgb", "rgba", "hsl", "hsla"})
_INERT: Final = frozenset({"whitespace", "ident", "hash", "string"})
_SEPARATORS: Final = frozenset({",", "/"})

# What old browsers run, or what hides it in the text of a style.
_ACTIVE: Final = ("expression(", "@import", "javascript:", "behavior:", "-moz-binding", "\\", "/*")
_URL: Final = re.compile(r"url\(['\"]?([^)'\"]*)['\"]?\)?")
_BRACKETS: Final = re.compile(r"[(){}\[\]@'\"]")
_CACHED_LENGTH: Final = 500

_REASONS: Final[Mapping[str, str]] = {
    name: reason
    for reason, names in {
        "elle sort le texte de sa place et peut couvrir la page": (
            "bottom clip clip-path grid-area inset inset-block inset-inline left offset offset-path"
            " perspective position right rotate scale top transform translate z-index zoom"
        ),
        "elle peint hors du texte": (
            "backdrop-filter border-image border-image-source box-shadow filter mask mask-image"
            " mix-blend-mode outline outline-width text-shadow"
        ),
        "elle exécute du code": "-moz-binding behavior",
        "elle va chercher ou ajoute un contenu": "content cursor shape-outside src",
        "elle fait bouger le texte": (
            "animation animation-name scroll-behavior transition transition-property"
        ),
        "elle agit sur ce qui entoure le texte": "all appearance pointer-events resize user-select",
    }.items()
    for name in names.split()
}
_NOT_FORMATTING: Final = "elle n’est pas de celles qui mettent un texte en forme"


def style_problem(style: str) -> str | None:
    """Why a style is not allowed, in French; None if it is."""
    return _cached(style) if len(style) <= _CACHED_LENGTH else _style_problem(style)


def _style_problem(style: str) -> str | None:
    plain = "".join(style.split()).lower()
    for active in _ACTIVE:
        if active in plain:
            return f"« {active} » peut exécuter du code ou le cacher."
    for address in _URL.findall(plain):
        if not is_embedded(address):
            return "« url » va chercher une image ailleurs."
    for node in tinycss2.parse_blocks_contents(style, skip_comments=True, skip_whitespace=True):
        if node.type == "declaration":
            problem = _declaration_problem(node.lower_name, node.value)
        elif node.type == "error":
            # Browsers leave it out, up to the next semicolon: certain only without brackets.
            unclear = _BRACKETS.search(_URL.sub("", plain)) is not None
            problem = "une déclaration n’est pas lisible." if unclear else None
        else:
            problem = "une règle (« @ », « { ») n’a pas sa place dans un style."
        if problem is not None:
            return problem
    return None


_cached: Final = lru_cache(maxsize=2048)(_style_problem)


def _declaration_problem(name: str, value: list[Any]) -> str | None:
    if name not in _PROPERTIES:
        reason = _REASONS.get(name, _NOT_FORMATTING)
        return f"la propriété « {name[:40]} » n’est pas permise, {reason}."
    for token in value:
        broken = _token_reason(name, token)
        if broken is not None:
            return f"la valeur de « {name} » n’est pas permise, {broken}."
    return None


def _token_reason(name: str, token: Any) -> str | None:
    """Why a component of the value of a property is not allowed, in French; None if it is."""
    if token.type in _INERT or (token.type == "literal" and token.value in _SEPARATORS):
        return None
    if token.type in ("number", "percentage", "dimension"):
        return _size_reason(name, token)
    if token.type == "url" or (token.type == "error" and token.kind == "bad-url"):
        # Browsers leave out a declaration with a malformed url; its text is checked above.
        return None if name in _WITH_IMAGE else "« url » va chercher un fichier"
    if token.type == "function":
        return _function_reason(name, token)
    return "elle n’est pas lisible"


def _function_reason(name: str, function: Any) -> str | None:
    if function.lower_name == "url" and name in _WITH_IMAGE:
        return None  # its address is checked as text
    if function.lower_name not in _COLOR_FUNCTIONS:
        return f"« {function.lower_name[:40]}() » calcule ou va chercher un contenu"
    allowed = {"whitespace", "number", "percentage", "dimension", "ident", "literal"}
    return (
        None if {each.type for each in function.arguments} <= allowed else "la couleur est fausse"
    )


def _size_reason(name: str, token: Any) -> str | None:
    if token.value < 0 and name not in _SIGNED:
        return "une longueur négative sort le texte de sa place"
    largest: float = _LARGEST_NUMBER if name in ("font", "font-weight") else _LARGEST["px"]
    if token.type == "percentage":
        largest = _LARGEST_PERCENTAGE
    elif token.type == "dimension":
        if token.lower_unit not in _LARGEST:
            return f"l’unité « {token.lower_unit[:40]} » dépend de la page"
        largest = _LARGEST[token.lower_unit]
    if (name.startswith(BOUNDED) or token.value < 0) and abs(token.value) > largest:
        return "elle est si grande qu’elle couvre ce qui entoure le texte"
    return None
