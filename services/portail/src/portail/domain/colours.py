"""The contrast between the number of a line and its background colour.

https://www.w3.org/TR/WCAG21/#dfn-contrast-ratio
"""

import re
from typing import Final, Literal

MIN_CONTRAST: Final = 4.5
"""The minimum contrast between a text and its background (WCAG 2.1, 1.4.3, level AA)."""
BLACK: Final = "000000"
WHITE: Final = "FFFFFF"
PLAIN: Final = "3A3F55"
"""The background of a line without a colour."""

Ink = Literal["dark", "light"]
"""The colour of a text: black or white."""
_HEX: Final = re.compile(r"[0-9A-Fa-f]{6}")


def colour_or_plain(declared: str | None) -> str:
    """The colour of a line, six hexadecimal digits; `PLAIN` if `declared` is absent or invalid."""
    return declared.upper() if declared is not None and _HEX.fullmatch(declared) else PLAIN


def ink_on(background: str, wished: str | None = None) -> Ink:
    """The text colour for a background.

    `wished`: the operator's, used if it is black or white and has enough contrast. Otherwise the
    one with more contrast, which is always enough: on the worst grey, both have 4.58.
    """
    colour = (wished or "").upper()
    if colour in (BLACK, WHITE) and contrast(colour, background) >= MIN_CONTRAST:
        return "dark" if colour == BLACK else "light"
    return "dark" if contrast(BLACK, background) >= contrast(WHITE, background) else "light"


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours of six hexadecimal digits, from 1 to 21."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(int(colour[at : at + 2], 16) / 255) for at in (0, 2, 4))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
