"""Names as people type them: case, accents and punctuation aside, French abbreviations spelt out.

"Gare d’Orléans – St-Marceau" and "gare d orleans saint marceau" are the same words.
"""

import re
import unicodedata
from typing import Final

_SPLIT: Final = re.compile(r"[^0-9a-z]+")
_LETTERS: Final = str.maketrans({"œ": "oe", "æ": "ae", "ß": "ss", "ø": "o", "đ": "d", "ł": "l"})
_SPELT_OUT: Final = {
    "st": "saint",
    "ste": "sainte",
    "sts": "saints",
    "stes": "saintes",
    "av": "avenue",
    "ave": "avenue",
    "bd": "boulevard",
    "bld": "boulevard",
    "blvd": "boulevard",
    "boul": "boulevard",
    "pl": "place",
    "rte": "route",
    "imp": "impasse",
    "fg": "faubourg",
    "fbg": "faubourg",
    "sq": "square",
    "hop": "hopital",
    "univ": "universite",
    "gal": "general",
    "mal": "marechal",
    "cdt": "commandant",
    "dr": "docteur",
    "pdt": "president",
    "prof": "professeur",
    "nd": "notre dame",
}


def words(text: str) -> tuple[str, ...]:
    """The words of a name, in order: lower case, without accents, abbreviations spelt out."""
    decomposed = unicodedata.normalize("NFKD", text.casefold().translate(_LETTERS))
    plain = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    spelt = (_SPELT_OUT.get(word, word) for word in _SPLIT.split(plain) if word)
    return tuple(" ".join(spelt).split())
