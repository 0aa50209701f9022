"""Search of stops by name and around a point, in one feed.

Results are stations, and stops without a station. A station represents its platforms, entrances and
areas, which are also found by their own names. Every word of the query must be a word of the name,
or the beginning of one.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile

import numpy as np
from numpy.typing import NDArray

from mobilite.geo.domain.distances import distances
from mobilite.stops.domain.search_words import search_words
from mobilite.timetable.domain.feed_schedule import FeedSchedule
from mobilite.timetable.domain.timetable import STATION

_MAX_RANKED = 1000
"""Matches by name that are ranked."""


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
        self._names: dict[int, tuple[str, ...]] = {}
        rows_by_word: dict[str, set[int]] = {}
        for row, name in enumerate(timetable.stop_names):
            stop = int(self._listed[row])
            known = search_words(name)
            if row == stop:
                self._names[stop] = known
            code = search_words(timetable.stop_codes[row])
            for word in (*known, *code):
                rows_by_word.setdefault(word, set()).add(stop)
        self._words: Sequence[str] = sorted(rows_by_word)
        self._rows = [np.fromiter(sorted(rows_by_word[word]), np.int32) for word in self._words]

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
        prefixes of words; stations before stops, more served before less served ones."""
        name = self._names.get(stop, ())
        text, prefix = " ".join(name), " ".join(query_words)
        if name == query_words:
            fit = 0
        elif text.startswith(prefix):
            fit = 1
        else:
            fit = 2 if set(query_words) <= set(name) else 3
        return (fit, not self._stations[stop], -int(self._calls[stop]), text)
