"""The sizes of letters in a narrative: those in `em` and `%` multiply from element to element.

A large size covers the lines around it, and the link in it what is below.
https://www.w3.org/TR/css-fonts-3/#font-size-prop
"""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, Final, NamedTuple

import tinycss2

from esante.validation.domain.narrative_style import BOUNDED

ROOT: Final = 16.0
"""Pixels of the letters where a narrative is displayed, by default."""
LARGEST: Final = 200.0
"""Pixels of letters, and of lengths that depend on them."""
_PIXELS: Final[Mapping[str, float]] = {
    "px": 1,
    "pt": 4 / 3,
    "pc": 16,
    "in": 96,
    "cm": 96 / 2.54,
    "mm": 96 / 25.4,
    "rem": ROOT,
}
_LETTERS: Final[Mapping[str, float]] = {"em": 1, "ex": 0.5, "ch": 0.5}
"""Units that are multiples of the size of letters, approximately."""
_WORDS: Final[Mapping[str, float]] = {"xx-large": 32, "xxx-large": 48}
"""Pixels; the smaller words matter to no limit."""
_LARGER: Final = 1.2
_ELEMENTS: Final[Mapping[str, float]] = {"big": _LARGER, "h1": 2, "h2": 1.5, "h3": 1.17}
"""How many times larger the letters of an element are, by the style sheet of browsers."""
_CACHED_LENGTH: Final = 500


class Sizes(NamedTuple):
    """What a style states about sizes."""

    font: tuple[float, float] | None
    """Of letters: (pixels, multiple of those around); None if it states none."""
    multiple: float
    """The longest other length, as a multiple of the letters."""


_NONE: Final = Sizes(None, 0.0)


def font_size(element: str, style: str, around: float) -> float:
    """The largest size of letters that an element can have (pixels). `around`: of its parent."""
    stated = _sizes(style).font
    if stated is not None:
        return stated[0] + stated[1] * around
    return around * _ELEMENTS.get(element, 1.0)


def size_problem(style: str, size: float) -> str | None:
    """Why those sizes are not allowed, in French; None if they are. `size`: from `font_size`."""
    if max(size, size * _sizes(style).multiple) <= LARGEST:
        return None
    return (
        "les tailles se multiplient d’un élément à l’autre, et celle-ci couvre ce qui entoure le"
        " texte."
    )


def _sizes(style: str) -> Sizes:
    if not style:
        return _NONE
    return _cached(style) if len(style) <= _CACHED_LENGTH else _parse(style)


def _parse(style: str) -> Sizes:
    fonts: list[tuple[float, float]] = []
    multiples = [0.0]
    for node in tinycss2.parse_blocks_contents(style, skip_comments=True, skip_whitespace=True):
        if node.type != "declaration":
            continue
        if node.lower_name in ("font", "font-size"):
            fonts += _font_sizes(node.value)
        elif node.lower_name.startswith(BOUNDED):
            lengths = [each for each in node.value if each.type == "dimension"]
            multiples += [abs(e.value) * _LETTERS.get(e.lower_unit, 0) for e in lengths]
    font = max(fonts, key=lambda each: each[0] + each[1] * ROOT) if fonts else None
    return Sizes(font, max(multiples))


_cached: Final = lru_cache(maxsize=2048)(_parse)


def _font_sizes(value: list[Any]) -> Iterator[tuple[float, float]]:
    """The sizes of letters in a value: (pixels, multiple of those around)."""
    for token in value:
        if token.type == "percentage":
            yield 0.0, token.value / 100
        elif token.type == "dimension" and token.lower_unit in _LETTERS:
            yield 0.0, token.value * _LETTERS[token.lower_unit]
        elif token.type == "dimension":
            yield token.value * _PIXELS.get(token.lower_unit, 0), 0.0
        elif token.type == "ident" and token.lower_value == "larger":
            yield 0.0, _LARGER
        elif token.type == "ident" and token.lower_value in _WORDS:
            yield _WORDS[token.lower_value], 0.0
