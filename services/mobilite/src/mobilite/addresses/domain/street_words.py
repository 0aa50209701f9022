"""The words by which a street is found, and how well it fits a query."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from mobilite.addresses.domain.address import Street
from mobilite.addresses.domain.house_numbers import AddressQuery
from mobilite.text_search.domain.link_words import LINK_WORDS
from mobilite.text_search.domain.search_words import search_words
from mobilite.text_search.domain.word_index import ABSENT, TYPO

# fmt: off
STREET_TYPES: Final = frozenset((
    "rue", "avenue", "boulevard", "chemin", "route", "place", "allee", "allees", "impasse", "cours",
    "quai", "square", "passage", "ruelle", "sentier", "voie", "esplanade", "faubourg",
    "lotissement", "residence", "hameau",
))
# fmt: on
"""Words of many streets. People confuse them: a search with typos does without."""
_JOINED: Final = frozenset({"d", "l", "saint", "sainte"})
"""Words that people write as one with the next (« dorleans », « saintjean »)."""
_MAX_WORDS: Final = 12
"""Words of a query that are searched."""
_BEGINNING: Final = 1
_ELSEWHERE: Final = 3
_OTHER_TYPE: Final = 20

Alternatives = Mapping[str, Mapping[str, int]]
"""By word of a query: the words that resemble it, and by how many typos."""


class StreetWords(NamedTuple):
    """The search words of a street."""

    name: Sequence[str]
    joined: Sequence[str]
    """Two words of the name, written as one."""
    area: Sequence[str]
    """Of its commune, the former one, and the postcode."""

    @classmethod
    def of(cls, street: Street) -> "StreetWords":
        """The words of a street."""
        words = search_words(street.name)
        joined = tuple(one + other for one, other in pairwise(words) if one in _JOINED)
        area = (*search_words(f"{street.commune} {street.former_commune}"), street.postcode)
        return cls(words, joined, area)


def required_words(query: AddressQuery) -> tuple[str, ...]:
    """The words that a street must have: not « de », « la »…, if there are others. The last one
    stays the last."""
    words = [word for word in query.words if word not in LINK_WORDS] or query.words
    return tuple(reversed(dict.fromkeys(reversed(words))))[:_MAX_WORDS]


def rank(
    query: AddressQuery, words: Sequence[str], street: StreetWords, close: Alternatives
) -> tuple[int, int, int]:
    """How well a street fits: typos, whether its name has other words, distance. Lower is better;
    the first is `ABSENT` if it does not fit. `words`: `required_words(query)`."""
    total = 0
    for word in words:
        last = word == words[-1]
        cost = min(
            _cost(word, (*street.name, *street.joined), close, last=last),
            _cost(word, street.area, close, last=last) + _ELSEWHERE,
        )
        if cost >= ABSENT and word in STREET_TYPES:
            cost = _OTHER_TYPE
        total += cost
    if total >= ABSENT:
        return ABSENT, 0, 0
    own = set(street.name) - LINK_WORDS - STREET_TYPES
    typos, distance = divmod(total, TYPO)
    return typos, int(not own <= {*query.words, *query.number_words}), distance


def is_in_name(query: AddressQuery, street: StreetWords) -> bool:
    """Whether the number of the query is a word of the name, given once (« 8 mai 1945 »)."""
    number = str(query.number)
    return number in street.name and number not in query.words


def _cost(word: str, words: Sequence[str], close: Alternatives, *, last: bool) -> int:
    if word in words:
        return 0
    if any(each.startswith(word) for each in words) and (last or word in close):
        return _BEGINNING
    near = close.get(word, {})
    return min((TYPO * near[each] for each in words if each in near), default=ABSENT)
