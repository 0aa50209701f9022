"""Text as string searches compare it by default: without case, accents and outer space.

https://hl7.org/fhir/R4/search.html#string
"""

import unicodedata
from functools import lru_cache


def fold(text: str) -> str:
    """`  Éloïse  LE GOFF ` → `eloise le goff`: compatibility forms and combining marks gone, case
    folded, each run of white space one space."""
    return _fold_short(text) if len(text) < 64 else _fold(text)


def _fold(text: str) -> str:
    if text.isascii():
        return " ".join(text.lower().split())
    apart = unicodedata.normalize("NFKD", text)
    bare = "".join(each for each in apart if not unicodedata.combining(each))
    return " ".join(unicodedata.normalize("NFKD", bare.casefold()).split())


# Names come again and again; long texts do not, and memory is bounded.
_fold_short = lru_cache(maxsize=20_000)(_fold)
