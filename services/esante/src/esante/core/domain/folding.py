"""Normalisation of text for string searches: without case and accents, white space collapsed.

https://hl7.org/fhir/R4/search.html#string
"""

import unicodedata
from functools import lru_cache
from typing import Final

_PART: Final = 100
"""Characters that are normalised at once."""


def fold(text: str) -> str:
    """`  Éloïse  LE GOFF ` → `eloise le goff`.

    Decomposes compatibility forms, removes combining marks, folds case, collapses white space.
    """
    return _fold_short(text) if len(text) < 64 else _fold(text)


def _fold(text: str) -> str:
    if text.isascii():
        return " ".join(text.lower().split())
    base_letters = "".join(each for each in _decomposed(text) if not unicodedata.combining(each))
    return " ".join(_decomposed(base_letters.casefold()).split())


def _decomposed(text: str) -> str:
    """In parts: normalisation sorts a run of combining marks in quadratic time."""
    parts = (text[at : at + _PART] for at in range(0, len(text), _PART))
    return "".join(unicodedata.normalize("NFKD", each) for each in parts)


# Short texts (names) repeat; long ones are not cached, so that memory stays bounded.
_fold_short = lru_cache(maxsize=20_000)(_fold)
