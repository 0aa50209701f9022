"""The languages of the pages, and the choice among them (RFC 9110 §12.5.4)."""

from typing import Final, Literal

Language = Literal["fr", "en"]
LANGUAGES: Final[tuple[Language, ...]] = ("fr", "en")
"""The first one is used if a browser accepts none."""


def preferred_language(accept_language: str) -> Language:
    """The language that the header `Accept-Language` prefers.

    Regions are ignored (`en-GB` is `en`). `*` is a language that is not listed. Of equal weights,
    the first listed wins. Invalid parts are ignored.
    """
    weights: dict[str, float] = {}
    for part in accept_language.split(","):
        tag, _, parameter = part.partition(";")
        weights.setdefault(tag.strip().lower().partition("-")[0], _weight(parameter))
    others = [each for each in LANGUAGES if each not in weights]
    if "*" in weights and others:
        weights[others[0]] = weights["*"]
    best = max((each for each in weights if each in LANGUAGES), key=weights.__getitem__, default="")
    return next((each for each in LANGUAGES if each == best and weights[best] > 0), LANGUAGES[0])


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
