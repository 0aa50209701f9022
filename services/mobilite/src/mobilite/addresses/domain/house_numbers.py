"""House numbers as sources write them and as people type them: « 30 », « 30 bis », « 30B »."""

import re
from dataclasses import dataclass
from typing import Final

from mobilite.addresses.domain.address import NO_NUMBER
from mobilite.text_search.domain.link_words import LINK_WORDS
from mobilite.text_search.domain.search_words import search_words

_SUFFIXES: Final = frozenset({"bis", "ter", "quater", "quinquies"})
_TYPED: Final = re.compile(r"([0-9]{1,4})([a-z]|bis|ter|quater|quinquies)?")
_WRITTEN: Final = re.compile(r"[^0-9]*([0-9]{1,5})\W*([a-z0-9]*)")
_SUFFIX: Final = re.compile(r"[a-z][a-z0-9]{0,9}")
_MAX_NUMBERS: Final = 3
"""Words of a query that are tried as the house number."""
_WITHOUT: Final = frozenset({0, 99_999})
"""Numbers by which sources mean that a place has none: 99999 is that of the Base adresse locale."""


@dataclass(frozen=True, slots=True)
class AddressQuery:
    """A text that somebody types, read as a house number and words."""

    number: int
    """`NO_NUMBER` if there is none."""
    suffix: str
    words: tuple[str, ...]
    """The other search words; the last one is perhaps not complete."""
    number_words: tuple[str, ...] = ()
    """The words that the number was read from."""


def read_number(number: str, suffix: str = "") -> tuple[int, str] | None:
    """The number and the suffix of a line. « 12-14 » is 12. `NO_NUMBER` where it states none; None
    if it is not a number."""
    found = _WRITTEN.match(number.strip().casefold())
    if found is None:
        return None if number.strip() else (NO_NUMBER, "")
    value = int(found[1])
    if value in _WITHOUT:
        return NO_NUMBER, ""
    joined = "".join(search_words(suffix)) or found[2]
    return value, joined if _SUFFIX.fullmatch(joined) else ""


def readings(text: str) -> list[AddressQuery]:
    """The ways to read a query, the likeliest first: with the number before the street, or without
    one; then with a number elsewhere (« rue Gambetta 30 »). None without words."""
    words = search_words(text)
    numbers = [at for at, word in enumerate(words) if _TYPED.fullmatch(word)]
    first = [] if numbers[:1] == [0] else [AddressQuery(NO_NUMBER, "", words)]
    found = first + [_with_number(words, at) for at in numbers[:_MAX_NUMBERS]]
    return [each for each in found if any(not word.isdigit() for word in each.words)]


def _with_number(words: tuple[str, ...], at: int) -> AddressQuery:
    found = _TYPED.fullmatch(words[at])
    assert found is not None
    end, suffix = at + 1, found[2] or ""
    after = words[end] if end < len(words) else ""
    letter = len(after) == 1 and after.isalpha() and after not in LINK_WORDS
    if not suffix and (after in _SUFFIXES or letter) and end + 1 < len(words):
        end, suffix = end + 1, after
    return AddressQuery(int(found[1]), suffix, words[:at] + words[end:], words[at:end])
