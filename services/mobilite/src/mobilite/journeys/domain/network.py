"""The timetables of a region as one network: each stop, trip, route and call has one number.

A number of the network is the row of the feed plus the feed's first number. Times stay those of
the feeds: seconds of the service day. Only a day (`day_network.py`) has instants.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mobilite.journeys.domain.change_rules import ChangeRules
from mobilite.journeys.domain.in_seat.trip_links import TripLinks, join_links
from mobilite.journeys.domain.patterns import Patterns, patterns_of
from mobilite.realtime.domain.run_trip import RunTrip
from mobilite.timetable.domain.timetable import F64, I8, I32, Bool, Timetable


@dataclass(frozen=True, slots=True, eq=False)
class JourneyNetwork:
    """Several feeds as one. Computed once per combination of feed versions."""

    feeds: tuple[Timetable, ...]
    stop_first: I32
    """[feeds + 1]: the number of each feed's first stop; so for trips and routes."""
    trip_first: I32
    route_first: I32
    stop_lat: F64
    """[stops], WGS 84 degrees, NaN if unknown."""
    stop_lon: F64
    trip_call: I32
    """[trips + 1]: CSR → calls."""
    trip_pattern: I32
    """[trips] → patterns."""
    arrival: I32
    """[calls]: seconds of the service day; so are the departures."""
    departure: I32
    pattern_first: I32
    """[patterns + 1]: CSR → the entries of the three arrays below."""
    pattern_stop: I32
    """→ stops."""
    pattern_point: I32
    """→ points."""
    pattern_boardable: Bool
    pattern_alightable: Bool
    pattern_route: I32
    """[patterns] → routes."""
    pattern_wheelchair: I8
    pattern_bikes: I8
    pattern_cars: I8
    point_stop: I32
    """[points] → stops. The stops come first, each as its own point; then the points at which
    trips with rules of their own call, feed by feed (`change_rules`)."""
    point_first: I32
    """[feeds + 1]: the number of each feed's first point after the stops."""
    rules: tuple[ChangeRules, ...]
    """The rules of each feed."""
    links: TripLinks
    """Trips that vehicles go on as."""

    @property
    def stops(self) -> int:
        """The number of stops."""
        return int(self.stop_first[-1])

    @property
    def trips(self) -> int:
        """The number of trips."""
        return int(self.trip_first[-1])

    def point_at(self, feed: int, stop: int, trip: RunTrip) -> int:
        """The point of the network where a run of a trip calls; the stop is a row of its feed."""
        timetable, stops = self.feeds[feed], len(self.feeds[feed].stop_ids)
        trip_id = timetable.trip_ids[trip.row] if trip.row >= 0 else ""
        point = self.rules[feed].point_of(stop, trip.route, trip_id)
        first = self.stop_first[feed] if point < stops else self.point_first[feed] - stops
        return int(first) + point

    def feed_of_stop(self, stop: int) -> int:
        """The index of the feed of a stop."""
        return bisect_right(self.stop_first, stop) - 1

    def feed_of_trip(self, trip: int) -> int:
        """The index of the feed of a trip."""
        return bisect_right(self.trip_first, trip) - 1


def join_feeds(
    feeds: Sequence[Timetable], patterns: Sequence[Patterns] | None = None
) -> JourneyNetwork:
    """The network of these feeds. `patterns`: those of each feed, if they are already computed."""
    if patterns is None:
        patterns = [patterns_of(feed) for feed in feeds]
    stop_first = _firsts([len(feed.stop_ids) for feed in feeds])
    trip_first = _firsts([len(feed.trip_ids) for feed in feeds])
    route_first = _firsts([len(feed.route_ids) for feed in feeds])
    call_first = _firsts([len(feed.call_stop) for feed in feeds])
    pattern_first = _firsts([len(each.route) for each in patterns])
    entry_first = _firsts([len(each.point) for each in patterns])
    point_first = stop_first[-1] + _firsts([len(each.rules.points) for each in patterns])
    point_stop = _point_stops(patterns, stop_first)
    pattern_point = _pattern_points(patterns, stop_first, point_first)
    return JourneyNetwork(
        feeds=tuple(feeds),
        stop_first=stop_first,
        trip_first=trip_first,
        route_first=route_first,
        stop_lat=np.concatenate([np.empty(0), *(feed.stop_lat for feed in feeds)]),
        stop_lon=np.concatenate([np.empty(0), *(feed.stop_lon for feed in feeds)]),
        trip_call=_joined_csr([feed.trip_first for feed in feeds], call_first),
        trip_pattern=_joined([each.of_trip for each in patterns], pattern_first),
        arrival=_joined([feed.call_arrival for feed in feeds]),
        departure=_joined([feed.call_departure for feed in feeds]),
        pattern_first=_joined_csr([each.first for each in patterns], entry_first),
        pattern_stop=point_stop[pattern_point],
        pattern_point=pattern_point,
        pattern_boardable=_joined([each.boardable for each in patterns]).astype(np.bool_),
        pattern_alightable=_joined([each.alightable for each in patterns]).astype(np.bool_),
        pattern_route=_joined([each.route for each in patterns], route_first),
        pattern_wheelchair=_joined([each.wheelchair for each in patterns]).astype(np.int8),
        pattern_bikes=_joined([each.bikes for each in patterns]).astype(np.int8),
        pattern_cars=_joined([each.cars for each in patterns]).astype(np.int8),
        point_stop=point_stop,
        point_first=point_first,
        rules=tuple(each.rules for each in patterns),
        links=join_links([each.links for each in patterns], trip_first, stop_first),
    )


def _point_stops(patterns: Sequence[Patterns], stop_first: I32) -> I32:
    """`point_stop` of the network."""
    stops = [
        int(first) + stop
        for each, first in zip(patterns, stop_first, strict=False)
        for stop, _ in each.rules.points
    ]
    return np.array([*range(int(stop_first[-1])), *stops], np.int32)


def _pattern_points(patterns: Sequence[Patterns], stop_first: I32, point_first: I32) -> I32:
    """`pattern_point` of the network."""
    result = [np.empty(0, np.int32)]
    for feed, each in enumerate(patterns):
        stops = stop_first[feed + 1] - stop_first[feed]
        own = each.point + point_first[feed] - stops
        result.append(np.where(each.point < stops, each.point + stop_first[feed], own))
    return np.concatenate(result).astype(np.int32)


def _firsts(counts: Sequence[int]) -> I32:
    return np.cumsum([0, *counts]).astype(np.int32)


def _joined(columns: Sequence[I32 | I8 | Bool], firsts: I32 | None = None) -> I32:
    """The columns in one array, those of each feed increased by its entry in `firsts`."""
    shifts = [0] * len(columns) if firsts is None else firsts[:-1].tolist()
    parts = [
        column.astype(np.int32) + np.int32(shift)
        for column, shift in zip(columns, shifts, strict=True)
    ]
    return np.concatenate([np.empty(0, np.int32), *parts]).astype(np.int32)


def _joined_csr(indexes: Sequence[I32], firsts: I32) -> I32:
    """The CSR indexes of the feeds as one, with one final entry."""
    starts = _joined([index[:-1] for index in indexes], firsts)
    return np.append(starts, firsts[-1]).astype(np.int32)
