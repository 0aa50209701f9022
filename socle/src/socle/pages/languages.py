"""The languages of the pages, and the choice among them (RFC 9110 §12.5.4)."""

from typing import Final, Literal

Language = Literal["fr", "en"]
LANGUAGES: Final[tuple[Language, ...]] = ("fr", "en")
"""The first one is used if a browser accepts none."""


def preferred_language(accept_language: str) -> Language:
    """The language that the header `Accept-Language` prefers.

    Regions are ignored (`en-GB` is `en`). Of equal weights, the first listed wins. Invalid parts
    are ignored.
    """
    best, best_weight = LANGUAGES[0], 0.0
    for part in accept_language.split(","):
        tag, _, parameter = part.partition(";")
        primary = tag.strip().lower().partition("-")[0]
        language = next((each for each in LANGUAGES if primary in (each, "*")), None)
        weight = _weight(parameter)
        if language is not None and weight > best_weight:
            best, best_weight = language, weight
    return best


def _weight(parameter: str) -> float:
    """The weight in `q=0.8`: from 0 to 1; 1 without one, 0 if it is invalid."""
    name, _, value = parameter.strip().partition("=")
    if not name:
        return 1.0
    try:
        weight = float(value) if name.strip().lower() == "q" else 0.0
    except ValueError:
        return 0.0
    return weight if 0.0 <= weight <= 1.0 else 0.0
