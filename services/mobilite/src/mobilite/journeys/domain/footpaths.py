"""Ways on foot between stops, for changes.

The feed's `transfers.txt` and stations come first; where they are silent and walking is allowed,
ways along streets, or the straight distance × 1.3, at a walking speed. A change at one stop is a
way to itself.

    transfer_type 0, 1   a change is possible; `min_transfer_time`, else the time to walk there
    transfer_type 2      it takes `min_transfer_time`
    transfer_type 3      there is no change, on foot neither

A row of a station is one of each of its platforms; a row of the platforms themselves wins. Rows
of one route or trip lead between points of stops (`change_rules`).
https://gtfs.org/documentation/schedule/reference/#transferstxt
"""

from dataclasses import dataclass, replace
from itertools import product
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from mobilite.geo.domain.distances import distances
from mobilite.journeys.domain.change_rules import (
    BY_DISTANCE,
    FORBIDDEN,
    IMPOSSIBLE,
    TIMED,
    platforms,
)
from mobilite.journeys.domain.lanes import expanded
from mobilite.journeys.domain.near import pairs_within
from mobilite.journeys.domain.network import JourneyNetwork
from mobilite.journeys.domain.split_ways import Columns, split_ways
from mobilite.timetable.domain.timetable import F64, I32, STATION, Timetable

DETOUR: Final = 1.3
"""Ways on the ground by the straight distance."""
WALKING_SPEED: Final = 1.25
"""Metres a second: 4.5 km/h."""


@dataclass(frozen=True, slots=True)
class WalkingRules:
    """What decides the time of a change."""

    speed: float = WALKING_SPEED
    """Metres a second."""
    longest: int = 0
    """Metres, ways included; 0: only what feeds and stations say."""
    change_seconds: int = 0
    """The least time of a change, at one stop or in a station, where the feed gives none."""


class Walks(Protocol):
    """Finds the ways between stops."""

    def __call__(self, longest: int) -> tuple[I32, I32, I32]:
        """Ordered pairs of different stops that trips serve, no further apart than `longest`
        metres, and the metres of the way, rounded up."""
        ...


@dataclass(frozen=True, slots=True)
class WalkingPath:
    """A way on foot between two places."""

    metres: int
    seconds: int
    shape: tuple[tuple[float, float], ...]
    """Longitudes and latitudes, WGS 84 degrees: the order of GeoJSON."""
    on_streets: bool = False
    """False: the straight line, and its length × 1.3."""


@dataclass(frozen=True, slots=True, eq=False)
class Footpaths:
    """Ways from each stop, and from each point of a stop, ascending in metres. Immutable."""

    stops: int
    """The number of stops; points beyond are no ends of a journey."""
    first: I32
    """[points + 1]: CSR → the ways."""
    target: I32
    """→ points."""
    seconds: I32
    metres: I32
    """0 for ways that the feed declares, of stations, and to the same stop: they are no walk that
    a budget limits."""

    def reversed(self) -> "Footpaths":
        """The same ways by their target."""
        points = len(self.first) - 1
        source = np.repeat(np.arange(points, dtype=np.int32), np.diff(self.first))
        columns = self.target, source, self.seconds, self.metres
        return footpaths_of(self.stops, *columns, points=points)

    def at_speed(self, speed: float) -> "Footpaths":
        """The same ways walked at that speed, in metres a second. Those that feeds declare, and
        those of stations, take as long as before."""
        seconds = np.where(self.metres > 0, walk_seconds(self.metres, speed), self.seconds)
        return replace(self, seconds=seconds.astype(np.int32))


@dataclass(frozen=True, slots=True)
class _Ways:
    """Ways as columns; of several between the same stops the one of the highest rank counts."""

    source: I32
    target: I32
    seconds: NDArray[np.int64]
    """Or `BY_DISTANCE`, `IMPOSSIBLE`."""
    rank: NDArray[np.int64]


def footpaths_of(
    stops: int, source: I32, target: I32, seconds: I32, metres: I32, *, points: int = 0
) -> Footpaths:
    """The ways as CSR by their source. `points`: how many, if more than there are stops."""
    order = np.lexsort((metres, source))
    first = np.concatenate([[0], np.cumsum(np.bincount(source, minlength=max(stops, points)))])
    columns = (first, target[order], seconds[order], metres[order])
    return Footpaths(stops, *(column.astype(np.int32) for column in columns))


def build_footpaths(
    network: JourneyNetwork, rules: WalkingRules, walks: Walks | None = None
) -> Footpaths:
    """The ways between the stops of a network that trips serve. `walks`: along streets, where they
    are known."""
    ways = _declared_ways(network, rules)
    between = _metres(network, ways.source, ways.target)
    by_distance = np.maximum(walk_seconds(between * DETOUR, rules.speed), rules.change_seconds)
    seconds = np.where(ways.seconds == BY_DISTANCE, by_distance, ways.seconds)
    metres = np.zeros(len(seconds), np.int64)
    source, target = ways.source, ways.target
    if rules.longest:
        near_source, near_target, walked = (
            walks(rules.longest) if walks else _straight_walks(network, rules.longest)
        )
        code = source.astype(np.int64) * network.stops + target
        new = ~np.isin(near_source.astype(np.int64) * network.stops + near_target, code)
        source = np.concatenate([source, near_source[new]])
        target = np.concatenate([target, near_target[new]])
        duration = np.maximum(walk_seconds(walked[new], rules.speed), rules.change_seconds)
        seconds = np.concatenate([seconds, duration])
        metres = np.concatenate([metres, walked[new]])
    possible = seconds >= 0
    rows: Columns = (source[possible], target[possible], seconds[possible], metres[possible])
    more = split_ways(network, rows, lambda *ends: _by_distance(network, rules, *ends))
    columns = (np.concatenate(both).astype(np.int32) for both in zip(rows, more, strict=True))
    return footpaths_of(network.stops, *columns, points=len(network.point_stop))


def _by_distance(network: JourneyNetwork, rules: WalkingRules, source: int, target: int) -> int:
    """The seconds of a change whose row gives no time."""
    between = _metres(network, np.array([source]), np.array([target]))
    return max(int(walk_seconds(between * DETOUR, rules.speed)[0]), rules.change_seconds)


def straight_walks(lat: F64, lon: F64, longest: int) -> tuple[I32, I32, I32]:
    """Ordered pairs of different places whose straight distance × 1.3 is at most `longest` metres,
    and those metres, rounded up."""
    source, target, straight = pairs_within(lat, lon, longest / DETOUR)
    return source, target, np.ceil(straight * DETOUR).astype(np.int32)


def walk_seconds(metres: NDArray[np.integer | np.floating], speed: float) -> NDArray[np.int64]:
    """The seconds to walk that far, rounded up. `metres`: of the way; `speed`: metres a second."""
    seconds: NDArray[np.int64] = np.ceil(metres / speed).astype(np.int64)
    return seconds


def served_stops(network: JourneyNetwork) -> I32:
    """The stops at which trips call, ascending."""
    return np.unique(network.pattern_stop).astype(np.int32)


def _straight_walks(network: JourneyNetwork, longest: int) -> tuple[I32, I32, I32]:
    served = served_stops(network)
    lat, lon = network.stop_lat[served], network.stop_lon[served]
    source, target, metres = straight_walks(lat, lon, longest)
    return served[source], served[target], metres


def _declared_ways(network: JourneyNetwork, rules: WalkingRules) -> _Ways:
    """A way for each pair that a feed names, within each station, and from each stop to itself."""
    parts = [_same_stop(network, rules)]
    for feed, first in zip(network.feeds, network.stop_first.tolist(), strict=False):
        for part in (_within_stations(feed), _transfers(feed)):
            shifted = (part.source + np.int32(first), part.target + np.int32(first))
            parts.append(_Ways(*shifted, part.seconds, part.rank))
    source = np.concatenate([part.source for part in parts])
    target = np.concatenate([part.target for part in parts])
    seconds = np.concatenate([part.seconds for part in parts])
    rank = np.concatenate([part.rank for part in parts])
    # Of a pair named twice at one rank, the longer time.
    order = np.lexsort((seconds, rank, target, source))
    source, target, seconds = source[order], target[order], seconds[order]
    last = np.ones(len(order), np.bool_)
    last[:-1] = (np.diff(source) != 0) | (np.diff(target) != 0)
    return _Ways(source[last], target[last], seconds[last], rank[order][last])


def _same_stop(network: JourneyNetwork, rules: WalkingRules) -> _Ways:
    served = served_stops(network)
    seconds = np.full(len(served), rules.change_seconds, np.int64)
    return _Ways(served, served, seconds, np.zeros(len(served), np.int64))


def _within_stations(feed: Timetable) -> _Ways:
    """Between any two platforms of a station, by their distance."""
    stops = np.flatnonzero(feed.stop_parent >= 0)
    stops = stops[feed.stop_kind[stops] == 0]
    stations, member = np.unique(feed.stop_parent[stops], return_inverse=True)
    source, target = _pairs_of_groups(stops.astype(np.int32), member, len(stations))
    seconds = np.full(len(source), BY_DISTANCE, np.int64)
    return _Ways(source, target, seconds, np.zeros(len(source), np.int64))


def _pairs_of_groups(stops: I32, group: NDArray[np.intp], groups: int) -> tuple[I32, I32]:
    """Every ordered pair of different stops of one group."""
    order = np.argsort(group, kind="stable")
    size = np.bincount(group, minlength=groups).astype(np.int32)
    first = (np.cumsum(size) - size).astype(np.int32)
    sorted_stops, sorted_group = stops[order], group[order]
    source = np.repeat(sorted_stops, size[sorted_group])
    target = sorted_stops[expanded(first[sorted_group], size[sorted_group])]
    different = source != target
    return source[different], target[different]


def _transfers(feed: Timetable) -> _Ways:
    """The rows of transfers.txt between two stops; a station is replaced by its platforms."""
    seconds = np.where(feed.transfer_seconds >= 0, feed.transfer_seconds, BY_DISTANCE)
    seconds[(feed.transfer_type == TIMED) & (seconds == BY_DISTANCE)] = 0
    seconds[feed.transfer_type == FORBIDDEN] = IMPOSSIBLE
    ends = zip(feed.transfer_from.tolist(), feed.transfer_to.tolist(), strict=True)
    ways: list[tuple[int, int, int, int]] = []
    for row, (origin, goal) in enumerate(ends):
        precise = 1 + (feed.stop_kind[origin] != STATION) + (feed.stop_kind[goal] != STATION)
        pairs = product(platforms(feed, origin), platforms(feed, goal))
        ways += ((source, target, row, int(precise)) for source, target in pairs)
    sources, targets, rows, ranks = np.array(ways, np.int64).reshape(-1, 4).T
    columns = sources.astype(np.int32), targets.astype(np.int32)
    return _Ways(*columns, seconds[rows].astype(np.int64), ranks)


def _metres(network: JourneyNetwork, source: I32, target: I32) -> NDArray[np.float64]:
    """The straight distances; 0 where one is unknown."""
    lat, lon = network.stop_lat, network.stop_lon
    return np.nan_to_num(distances(lat[source], lon[source], lat[target], lon[target]))
