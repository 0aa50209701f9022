"""Search of stops by name and around a point, in one feed.

Results are stations, and stops without a station. A station represents its platforms, entrances and
areas, which are also found by their own names. Every word of the query must be a word of the name,
or the beginning of one. A stop where trains call is a « gare »: it is found by that word too, which
its name seldom contains ("Tours" is the stop of « gare de Tours »).
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mobilite.geo.domain.distances import distances
from mobilite.gtfs.domain.route_types import RAIL, basic_type
from mobilite.text_search.domain.search_words import search_words
from mobilite.timetable.domain.feed_schedule import FeedSchedule
from mobilite.timetable.domain.timetable import STATION

_MAX_RANKED = 1000
"""Matches by name that are ranked."""
_GARE: Final = "gare"
_STATION_WORDS: Final = frozenset({_GARE, "sncf", "de", "d", "du", "des"})
"""The words of « gare SNCF de … » that a railway station answers to."""


@dataclass(frozen=True, slots=True)
class NameMatch:
    """A stop found by name."""

    stop: int
    """Its row."""
    rank: tuple[int, int, int, str]
    """Lower is better (`StopSearch._rank`)."""


@dataclass(frozen=True, slots=True)
class NearbyStop:
    """A stop found around a point."""

    stop: int
    """Its row."""
    distance: float
    """Great-circle metres to it, or to the nearest of those it represents."""


class StopSearch:
    """The search index of one feed's stops, built once for a timetable."""

    def __init__(self, schedule: FeedSchedule) -> None:
        timetable = schedule.timetable
        self._listed = np.fromiter(
            map(schedule.listed_stop, range(len(timetable.stop_ids))), np.int32
        )
        self._lats, self._lons = timetable.stop_lat, timetable.stop_lon
        served = np.diff(timetable.stop_call_first)
        self._calls = np.bincount(self._listed, weights=served, minlength=len(self._listed))
        self._stations = timetable.stop_kind == STATION
        self._railway = self._railway_stations(schedule)
        self._names: dict[int, tuple[str, ...]] = {}
        rows_by_word: dict[str, set[int]] = {}
        for row, name in enumerate(timetable.stop_names):
            stop = int(self._listed[row])
            known = search_words(name)
            if row == stop:
                self._names[stop] = known
            code = search_words(timetable.stop_codes[row])
            generic = _STATION_WORDS if self._railway[stop] else ()
            for word in (*known, *code, *generic):
                rows_by_word.setdefault(word, set()).add(stop)
        self._words: Sequence[str] = sorted(rows_by_word)
        self._rows = [np.fromiter(sorted(rows_by_word[word]), np.int32) for word in self._words]

    def _railway_stations(self, schedule: FeedSchedule) -> NDArray[np.bool_]:
        """By listed stop, whether trains call there."""
        timetable = schedule.timetable
        types = timetable.route_type.tolist()
        by_train = np.fromiter((basic_type(each) == RAIL for each in types), np.bool_, len(types))
        calls = by_train[timetable.trip_route[timetable.call_trip]]
        railway = np.zeros(len(self._listed), np.bool_)
        railway[self._listed[timetable.call_stop[calls]]] = True
        return railway

    def named(self, query_words: tuple[str, ...]) -> list[NameMatch]:
        """The stops whose name or code has every query word (`search_words`) as a word or the
        beginning of one; best first."""
        if not query_words:
            return []
        found = self._rows_with_prefix(query_words[0])
        for word in query_words[1:]:
            found = np.intersect1d(found, self._rows_with_prefix(word), assume_unique=True)
        if len(found) > _MAX_RANKED:
            # One letter is a prefix of half the names: only the most served stops are ranked.
            found = found[np.argsort(-self._calls[found], kind="stable")[:_MAX_RANKED]]
        ranked = (NameMatch(stop, self._rank(stop, query_words)) for stop in found.tolist())
        return sorted(ranked, key=lambda each: (each.rank, each.stop))

    def near(self, lat: float, lon: float, radius: float) -> list[NearbyStop]:
        """The stops within `radius` metres, nearest first."""
        all_distances = distances(lat, lon, self._lats, self._lons)
        nearest: dict[int, float] = {}
        for row in np.flatnonzero(all_distances <= radius).tolist():
            stop, distance = int(self._listed[row]), float(all_distances[row])
            nearest[stop] = min(distance, nearest.get(stop, distance))
        found = [NearbyStop(stop, distance) for stop, distance in nearest.items()]
        return sorted(found, key=lambda each: (each.distance, each.stop))

    def _rows_with_prefix(self, prefix: str) -> NDArray[np.int32]:
        """The stops that have a word with that prefix, ascending."""
        first = bisect_left(self._words, prefix)
        spread = range(first, len(self._words))
        several = [
            self._rows[at]
            for at in takewhile(lambda at: self._words[at].startswith(prefix), spread)
        ]
        return np.unique(np.concatenate(several)) if several else np.empty(0, np.int32)

    def _rank(self, stop: int, query_words: tuple[str, ...]) -> tuple[int, int, int, str]:
        """The rank of a match: the exact name, then a prefix of the name, then exact words, then
        prefixes of words; railway stations, then other stations, then stops; more served before
        less served ones. « Gare » and « gare Tours » are names of the railway station "Tours"."""
        name, prefix = self._names.get(stop, ()), " ".join(query_words)
        names, words, order = [name], set(name), 1 if self._stations[stop] else 2
        if self._railway[stop]:
            words, order = words | _STATION_WORDS, 0
            if _GARE in query_words:
                names += [(_GARE,), (_GARE, *name)]
        if query_words in names:
            fit = 0
        elif any(" ".join(each).startswith(prefix) for each in names):
            fit = 1
        else:
            fit = 2 if words.issuperset(query_words) else 3
        return (fit, order, -int(self._calls[stop]), " ".join(name))
