"""Search of places by name: as one types, with typos, without accents, by commune or postcode.

Typos are looked for only if nothing is found as written. Best first: fewer typos; the complete
name, then names that begin with the query, then names with all its words; then `order` of the place
(trains first, most departures first). Around a point, what is near it precedes what is not: a
station or a commune of exactly that name still comes first. The words of the query that are not in
the name can be those of the commune or its postcode (« mairie blois »).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from mobilite.geo.domain.distances import distances
from mobilite.places.domain.places import CommunePlace, Place
from mobilite.text_search.domain.close_texts import CloseTexts
from mobilite.text_search.domain.link_words import LINK_WORDS
from mobilite.text_search.domain.search_words import search_words
from mobilite.text_search.domain.word_index import ABSENT, TYPO, Costs, WordIndex, beginning_range
from mobilite.timetable.domain.timetable import F64

_ELSEWHERE: Final = 3
"""The cost of a word that is not in the name, but in that of a platform, a code or the commune."""
_MAX_RANKED: Final = 200
_NEAR_METRES: Final = 30_000.0
_TOWN: Final = 1
"""The first part of the order of a place of trains, or of a commune, at most."""


@dataclass(frozen=True, slots=True)
class PlaceMatches:
    """The places that fit a query."""

    places: tuple[Place, ...] = ()
    """Best first."""
    typos: bool = False
    """Whether they only resemble the query."""


class PlaceSearch:
    """The search index of the region's places. Immutable for callers."""

    def __init__(self, places: Iterable[Place] = ()) -> None:
        # The best places have the lowest rows: the first rows of a long list are its best ones.
        self._places: Sequence[Place] = sorted(
            places, key=lambda each: (*each.order, each.place.name, each.place.id)
        )
        names = [list(dict.fromkeys(each.names)) for each in self._places]
        self._lat, self._lon = _coordinates(self._places)
        towns = _names_of_main_stations(self._places)
        self._compact = [
            frozenset(_compact_forms([*each, *towns.get(place.place.id, ())]))
            for each, place in zip(names, self._places, strict=True)
        ]
        self._names = WordIndex(names)
        self._elsewhere = WordIndex(map(_words_elsewhere, self._places))
        pairs = sorted({(text, row) for row, each in enumerate(self._compact) for text in each})
        self._texts = [text for text, _ in pairs]
        self._text_rows = np.array([row for _, row in pairs], np.int32)
        self._close_names = CloseTexts(self._texts)

    def search(self, text: str, near: tuple[float, float] | None = None) -> PlaceMatches:
        """The places that fit the text, at most `_MAX_RANKED`. None for a text without letters or
        digits. `near`: the point around which people search, latitude and longitude."""
        words = search_words(text)
        if not words:
            return PlaceMatches()
        compact = frozenset(_compact_forms([words]))
        costs = np.minimum(self._by_words(words, typos=False), self._by_beginning(compact))
        typos = bool(costs.min(initial=ABSENT) == ABSENT)
        if typos:
            costs = np.minimum(self._by_words(words, typos=True), self._by_close_name(compact))
        found = np.flatnonzero(costs < ABSENT)
        best = found[np.argsort(costs[found] // TYPO, kind="stable")[:_MAX_RANKED]]
        far = np.zeros(len(best), np.bool_)
        if near is not None:
            far = ~(distances(*near, self._lat[best], self._lon[best]) <= _NEAR_METRES)
        ranked = [
            (self._rank(row, int(costs[row]), compact, far=away), row)
            for row, away in zip(best.tolist(), far.tolist(), strict=True)
        ]
        return PlaceMatches(tuple(self._places[row] for _, row in sorted(ranked)), typos)

    def _rank(self, row: int, cost: int, compact: frozenset[str], *, far: bool) -> tuple[int, ...]:
        """Lower is better."""
        typos, distance = divmod(cost, TYPO)
        names = self._compact[row]
        if not compact.isdisjoint(names):
            fit = 0
        elif any(name.startswith(each) for each in compact for name in names):
            fit = 1
        else:
            fit = 2 + distance
        order = self._places[row].order
        remote = int(far and not (fit == 0 and order[0] <= _TOWN))
        return (typos, max(0, fit - 1), remote, fit, *order)

    def _by_words(self, words: Sequence[str], *, typos: bool) -> Costs:
        """The places that have every word, with the sum of its costs."""
        total = np.zeros(len(self._places), np.int32)
        # A word given again only counts where it was last: it is perhaps not complete there.
        positions = {word: at for at, word in enumerate(words)}
        for word, at in positions.items():
            if word in LINK_WORDS and not LINK_WORDS.issuperset(words):
                continue
            if total.min(initial=ABSENT) >= ABSENT:
                break
            last = at == len(words) - 1
            own = self._names.costs(word, typos=typos, last=last)
            other = self._elsewhere.costs(word, typos=typos, last=last) + _ELSEWHERE
            total += np.minimum(own, other)
        return np.minimum(total, ABSENT)

    def _by_beginning(self, compact: Iterable[str]) -> Costs:
        """The places with a name that begins with the query, blanks ignored (« garedorl »)."""
        costs = np.full(len(self._places), ABSENT, np.int32)
        for each in compact:
            first, end = beginning_range(self._texts, each)
            costs[self._text_rows[first:end]] = 0
        return costs

    def _by_close_name(self, compact: Iterable[str]) -> Costs:
        """The places whose complete name is the query with some typos."""
        costs = np.full(len(self._places), ABSENT, np.int32)
        near: list[tuple[int, int]] = []
        for each in compact:
            near += self._close_names.find(each)
        for typos, at in sorted(near, reverse=True):
            costs[self._text_rows[at]] = TYPO * typos
        return costs


def _names_of_main_stations(places: Sequence[Place]) -> dict[str, list[tuple[str, ...]]]:
    """The search words of its commune, by the id of the main railway station of each: « Blois » is
    Blois-Chambord. Not where a railway station of the commune has that name itself."""
    named = {words for each in places if each.order[0] < _TOWN for words in each.names}
    found = dict[str, list[tuple[str, ...]]]()
    for each in places:
        words = search_words(each.place.name)
        main = next(iter(each.stations), None) if isinstance(each, CommunePlace) else None
        if main is not None and main.place.railway and words not in named:
            found.setdefault(main.place.id, []).append(words)
    return found


def _coordinates(places: Sequence[Place]) -> tuple[F64, F64]:
    """The latitudes and the longitudes, NaN where they are unknown."""
    points = np.array([(each.place.lat, each.place.lon) for each in places], np.float64)
    lat, lon = points.reshape(-1, 2).T
    return lat, lon


def _compact_forms(names: Iterable[Sequence[str]]) -> Iterable[str]:
    """The names without blanks, and without « de », « la »…, too."""
    for words in names:
        yield "".join(words)
        yield "".join(word for word in words if word not in LINK_WORDS) or "".join(words)


def _words_elsewhere(place: Place) -> list[Sequence[str]]:
    texts: list[Sequence[str]] = [(word,) for stop in place.stops for word in stop.other_words]
    if place.place_type != "commune" and place.commune is not None:
        texts.append(search_words(place.commune.name))
        texts += [(postcode,) for postcode in place.commune.postcodes]
    return texts
