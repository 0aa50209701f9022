"""Normalisation of text for string searches: without case and accents, white space collapsed.

https://hl7.org/fhir/R4/search.html#string
"""

import unicodedata
from functools import lru_cache


def fold(text: str) -> str:
    """`  Éloïse  LE GOFF ` → `eloise le goff`.

    Decomposes compatibility forms, removes combining marks, folds case, collapses white space.
    """
    return _fold_short(text) if len(text) < 64 else _fold(text)


def _fold(text: str) -> str:
    if text.isascii():
        return " ".join(text.lower().split())
    decomposed = unicodedata.normalize("NFKD", text)
    base_letters = "".join(each for each in decomposed if not unicodedata.combining(each))
    return " ".join(unicodedata.normalize("NFKD", base_letters.casefold()).split())


# Short texts (names) repeat; long ones are not cached, so that memory stays bounded.
_fold_short = lru_cache(maxsize=20_000)(_fold)
