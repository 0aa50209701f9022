"""Names as search words: lower case, no accents or punctuation, French abbreviations expanded.

"Gare d’Orléans – St-Marceau" and "gare d orleans saint marceau" give the same words.
"""

import re
import unicodedata
from typing import Final

_SPLIT: Final = re.compile(r"[^0-9a-z]+")
# Letters that have no decomposition in Unicode. (casefold makes "ss" of "ß".)
_LETTERS: Final = str.maketrans({"œ": "oe", "æ": "ae", "ø": "o", "đ": "d", "ł": "l"})
_ABBREVIATIONS: Final = {
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


def search_words(text: str) -> tuple[str, ...]:
    """The search words of a name, in order."""
    decomposed = unicodedata.normalize("NFKD", text.casefold().translate(_LETTERS))
    plain = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    expanded = (_ABBREVIATIONS.get(word, word) for word in _SPLIT.split(plain) if word)
    return tuple(" ".join(expanded).split())  # an abbreviation can stand for two words
