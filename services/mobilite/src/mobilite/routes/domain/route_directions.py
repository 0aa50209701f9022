"""A route by direction: its stops in order, headsigns and path.

The trips of a route differ: the most frequent pattern gives the order, and a stop served only by
other trips is placed after the stop that precedes it on those trips (`merge_patterns`).
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from mobilite.routes.domain.stop_rows import merge_patterns
from mobilite.routes.domain.trip_path import TripPath, trip_path
from mobilite.timetable.domain.feed_schedule import FeedSchedule
from mobilite.timetable.domain.timetable import Timetable


@dataclass(frozen=True, slots=True)
class RouteStop:
    """A stop of one direction."""

    stop: int
    """The row of a station, or of a stop without one."""
    trips: int
    """How many trips of the direction call there."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """Trips of one direction with the same stops."""

    trips: int
    """The number of them."""
    rows: tuple[int, ...]
    """Where they call: places in `Direction.stops`, ascending."""


@dataclass(frozen=True, slots=True)
class Direction:
    """One direction of a route."""

    direction: int
    """0 or 1; -1 if the feed gives none."""
    trips: int
    """The number of its trips."""
    headsigns: tuple[str, ...]
    """The most frequent first."""
    stops: tuple[RouteStop, ...]
    """In order of the journey."""
    patterns: tuple[Pattern, ...]
    """The most frequent first."""
    path: TripPath | None
    """The path of the most frequent pattern."""


def directions_of(schedule: FeedSchedule, route: int) -> tuple[Direction, ...]:
    """The directions of a route (a row) in ascending order; empty if the route has no trips."""
    timetable = schedule.timetable
    trips = np.flatnonzero(timetable.trip_route == route)
    directions = timetable.trip_direction[trips]
    return tuple(
        _direction(schedule, direction, trips[directions == direction].tolist())
        for direction in np.unique(directions).tolist()
    )


def _direction(schedule: FeedSchedule, direction: int, trips: list[int]) -> Direction:
    timetable = schedule.timetable
    patterns = _patterns(timetable, trips)
    # Of equally frequent patterns the longest first, then in a deterministic order.
    by_frequency = sorted(patterns, key=lambda each: (-len(patterns[each]), -len(each), each))
    merged = merge_patterns([listed_stops(schedule, pattern) for pattern in by_frequency])
    served: Counter[int] = Counter()
    listed: Counter[tuple[int, ...]] = Counter()
    for pattern, rows in zip(by_frequency, merged.patterns, strict=True):
        listed[rows] += len(patterns[pattern])
        for row in rows:
            served[row] += len(patterns[pattern])
    main = patterns[by_frequency[0]]
    shape = Counter(timetable.trip_shape[main].tolist()).most_common(1)[0][0]
    return Direction(
        direction,
        len(trips),
        _headsigns(timetable, trips),
        tuple(RouteStop(stop, served[row]) for row, stop in enumerate(merged.stops)),
        tuple(Pattern(count, rows) for rows, count in listed.most_common()),
        trip_path(timetable, shape, by_frequency[0]),
    )


def _patterns(timetable: Timetable, trips: list[int]) -> dict[tuple[int, ...], list[int]]:
    """The trips (rows) by the stops (rows) that they call at: the patterns."""
    found: dict[bytes, list[int]] = {}
    for trip in trips:
        found.setdefault(timetable.call_stop[timetable.calls_of(trip)].tobytes(), []).append(trip)
    return {tuple(np.frombuffer(key, np.int32).tolist()): rows for key, rows in found.items()}


def listed_stops(schedule: FeedSchedule, pattern: Iterable[int]) -> list[int]:
    """The stops of a pattern, each replaced by its station if it has one; successive platforms of
    a station count once."""
    stops = [schedule.listed_stop(stop) for stop in pattern]
    return [stop for place, stop in enumerate(stops) if not place or stops[place - 1] != stop]


def _headsigns(timetable: Timetable, trips: list[int]) -> tuple[str, ...]:
    """The headsigns of the trips at their start; the name of the last stop if there is none."""
    headsigns = Counter(
        timetable.headsign(int(timetable.trip_first[trip]))
        or timetable.stop_names[int(timetable.call_stop[timetable.trip_first[trip + 1] - 1])]
        for trip in trips
    )
    return tuple(sorted(headsigns, key=lambda text: (-headsigns[text], text)))
