"""One feed's timetable with derived data for boards and real time.

Everything is derived from the timetable; the caches change no result.
"""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mobilite.gtfs.domain.service_date import ServiceDate
from mobilite.timetable.domain.scheduled_calls import ScheduledCalls, run_start
from mobilite.timetable.domain.timetable import Timetable

NO_PICKUP = 1
"""The pickup_type "no pickup available"."""
_DAY_SECONDS = 86_400
_CACHED_COLUMNS = 8192
"""Entries in each cache by stop."""
_MAX_TOWARDS = 3
"""Headsigns listed for a stop."""
_MAX_TERMINI = 4
"""Headsigns listed for a route."""


class DayColumn(NamedTuple):
    """The departures of one group of stops on one service day, ascending."""

    times: NDArray[np.int64]
    """Scheduled departures in POSIX seconds."""
    calls: NDArray[np.int32]
    """The call (row of the timetable) of each departure."""

    def first_from(self, instant: int) -> int:
        """The position of the first departure at or after an instant."""
        return bisect_left(self.times, instant)


class FeedSchedule:
    """A timetable and its derived data. Immutable for callers."""

    def __init__(self, timetable: Timetable) -> None:
        self.timetable = timetable
        self.days_back = self._days_back()
        """How many service days before a date can have runs that are still under way on it."""
        self.route_rank: Sequence[int] = self._ranked_routes()
        """The display rank of each route among the routes of the feed; 0 is the first."""
        # Cached: the methods of these names with an underscore document them.
        self.column = lru_cache(_CACHED_COLUMNS)(self._column)
        self.lines_at = lru_cache(_CACHED_COLUMNS)(self._lines_at)
        self.towards = lru_cache(_CACHED_COLUMNS)(self._towards)
        self._termini = lru_cache(1)(self._termini_by_route)
        self.services_on = lru_cache(32)(self._services_on)
        self.zone_starts = lru_cache(32)(self._zone_starts)
        self.stop_id = lru_cache(None)(timetable.stop_ids.__getitem__)
        """The local id of a stop (a row)."""

    def station_of(self, stop_id: str) -> str | None:
        """The parent of a stop, by local ids; None if it is unknown or has none."""
        row = self.timetable.stop_ids.index_of(stop_id)
        parent = -1 if row is None else int(self.timetable.stop_parent[row])
        return self.stop_id(parent) if parent >= 0 else None

    def listed_stop(self, row: int) -> int:
        """The stop displayed for a row: the station of a platform, entrance or area, or the stop
        itself."""
        parents = self.timetable.stop_parent
        while (parent := int(parents[row])) >= 0:
            row = parent
        return row

    def boarding_stops(self, row: int) -> tuple[int, ...]:
        """The stops a board covers: the stop itself and its children. Those of a station are its
        platforms, and entrances, which have no calls."""
        return (row, *(int(child) for child in self.timetable.children_of(row)))

    def start_of(self, trip: int) -> int:
        """The start of a trip, in seconds of its service day."""
        timetable = self.timetable
        start = int(timetable.trip_start[trip])
        return start if start >= 0 else int(timetable.call_departure[timetable.trip_first[trip]])

    def run_calls(self, trip: int, day: int) -> ScheduledCalls:
        """The scheduled calls of a run: a trip row and a service day (an ordinal)."""
        timetable, calls = self.timetable, self.timetable.calls_of(trip)
        start = run_start(timetable, trip, day)
        return ScheduledCalls(
            stop_ids=[self.stop_id(stop) for stop in timetable.call_stop[calls].tolist()],
            sequences=timetable.call_sequence[calls].tolist(),
            arrivals=[start + seconds for seconds in timetable.call_arrival[calls].tolist()],
            departures=[start + seconds for seconds in timetable.call_departure[calls].tolist()],
        )

    def boardings(self, trip: int) -> list[tuple[int, int]]:
        """The boardable calls of a trip, as (stop row, position); never its last call."""
        calls = self.timetable.calls_of(trip)
        stops = self.timetable.call_stop[calls].tolist()
        pickups = self.timetable.call_pickup[calls].tolist()
        return [
            (stop, position)
            for position, (stop, pickup) in enumerate(zip(stops[:-1], pickups, strict=False))
            if pickup != NO_PICKUP
        ]

    def _lines_at(self, stop: int) -> frozenset[tuple[int, int]]:
        """The routes that call at this stop (not its children) on any day, each with its
        direction."""
        trips = self.timetable.call_trip[self.timetable.calls_at(stop)]
        routes = self.timetable.trip_route[trips].tolist()
        return frozenset(zip(routes, self.timetable.trip_direction[trips].tolist(), strict=True))

    def _towards(self, stops: tuple[int, ...]) -> tuple[str, ...]:
        """The most frequent headsigns of trips boardable at these stops, at most `_MAX_TOWARDS`.
        A trip without a headsign counts under the name of its last stop."""
        timetable = self.timetable
        calls = self._boardable(np.concatenate([timetable.calls_at(stop) for stop in stops]))
        trips, headsign = timetable.call_trip[calls], timetable.call_headsign[calls]
        texts = np.where(headsign >= 0, headsign, timetable.trip_headsign[trips])
        last = timetable.call_stop[timetable.trip_first[trips + 1] - 1]
        ends = np.where(texts >= 0, -1, last)
        headsigns: Counter[str] = Counter()
        for (text, end), count in Counter(zip(texts.tolist(), ends.tolist(), strict=True)).items():
            headsigns[timetable.text(text) or timetable.stop_names[end]] += count
        return tuple(sorted(headsigns, key=lambda text: (-headsigns[text], text))[:_MAX_TOWARDS])

    def termini_of(self, route: int) -> tuple[str, ...]:
        """Where the trips of a route go: their most frequent headsigns, at most `_MAX_TERMINI`. A
        trip without a headsign counts under the name of its last stop."""
        return self._termini().get(route, ())

    def _termini_by_route(self) -> Mapping[int, tuple[str, ...]]:
        timetable = self.timetable
        ends = timetable.call_stop[timetable.trip_first[1:] - 1].astype(np.int64)
        texts = timetable.trip_headsign.astype(np.int64)
        # A headsign is a text; a last stop is written as a negative number.
        pairs = np.stack((timetable.trip_route, np.where(texts >= 0, texts, -1 - ends)), axis=1)
        found: dict[int, Counter[str]] = {}
        for (route, end), count in zip(*np.unique(pairs, axis=0, return_counts=True), strict=True):
            name = timetable.text(int(end)) or timetable.stop_names[-1 - int(end)]
            found.setdefault(int(route), Counter())[name] += int(count)
        return {
            route: tuple(sorted(names, key=lambda name: (-names[name], name))[:_MAX_TERMINI])
            for route, names in found.items()
        }

    def never_boards(self, stop: int) -> bool:
        """Whether no trip of the timetable is boardable at this stop."""
        return not len(self._boardable(self.timetable.calls_at(stop)))

    def _boardable(self, calls: NDArray[np.int32]) -> NDArray[np.int32]:
        """Those of the calls that allow boarding and are not the last of their trip."""
        timetable = self.timetable
        last = timetable.trip_first[timetable.call_trip[calls] + 1] - 1
        boardable: NDArray[np.int32] = calls[
            (timetable.call_pickup[calls] != NO_PICKUP) & (calls != last)
        ]
        return boardable

    def _column(self, stops: tuple[int, ...], day: int) -> DayColumn:
        """Every boardable departure of `stops` on the service day (an ordinal), in order."""
        timetable = self.timetable
        calls = self._boardable(np.concatenate([timetable.calls_at(stop) for stop in stops]))
        services = timetable.trip_service[timetable.call_trip[calls]]
        running = self.services_on(day)[services]
        calls, services = calls[running], services[running]
        times = self.zone_starts(day)[timetable.service_zone[services]]
        times = times + timetable.call_departure[calls]
        order = np.argsort(times, kind="stable")
        return DayColumn(times[order], calls[order])

    def _services_on(self, day: int) -> NDArray[np.bool_]:
        """bool[services]: which services run on a date (an ordinal)."""
        return self.timetable.services_on(ServiceDate(date.fromordinal(day)))

    def day_start(self, day: int) -> int:
        """POSIX seconds of the earliest start of a service day (an ordinal) in the feed's zones."""
        return int(self.zone_starts(day).min())

    def _zone_starts(self, day: int) -> NDArray[np.int64]:
        """POSIX seconds of the start of a service day in each of the feed's zones."""
        zones = range(len(self.timetable.timezones))
        date_ = ServiceDate(date.fromordinal(day))
        starts = [int(date_.start(self.timetable.zone(zone)).timestamp()) for zone in zones]
        return np.asarray(starts, dtype=np.int64)

    def _days_back(self) -> int:
        latest = int(self.timetable.call_departure.max(initial=0))
        # One day more than the times need: the zones of one feed may differ by a date.
        return latest // _DAY_SECONDS + 1

    def _ranked_routes(self) -> list[int]:
        timetable = self.timetable
        rows = sorted(range(len(timetable.route_ids)), key=lambda row: _route_order(timetable, row))
        ranks = [0] * len(rows)
        for rank, row in enumerate(rows):
            ranks[row] = rank
        return ranks


def _route_order(timetable: Timetable, row: int) -> tuple[object, ...]:
    """route_sort_order first, then the short name with numeric order: 2 before 10."""
    sort = int(timetable.route_sort[row])
    parts = re.split(
        r"([0-9]+)", timetable.route_name(row).casefold()
    )  # the numbers have odd indexes
    natural = tuple((int(p) if i % 2 else 0, "" if i % 2 else p) for i, p in enumerate(parts))
    return (sort < 0, sort, natural, timetable.route_ids[row])
