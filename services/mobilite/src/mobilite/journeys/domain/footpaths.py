"""Ways on foot between stops, for changes.

The feed's `transfers.txt` and stations come first; where they are silent and walking is allowed,
ways along streets, or the straight distance × 1.3, at a walking speed. A change at one stop is a
way to itself.

    transfer_type 0, 1   a change is possible; `min_transfer_time`, else the time to walk there
    transfer_type 2      it takes `min_transfer_time`
    transfer_type 3      there is no change, on foot neither

A row of a station is one of each of its platforms; a row of the platforms themselves wins. Rows
of one route or trip lead between points of stops (`change_rules`). In a station with pathways a
change takes at least the time of the way along them (`stations.inside`).
https://gtfs.org/documentation/schedule/reference/#transferstxt
"""

from dataclasses import dataclass, replace
from itertools import product
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from mobilite.geo.domain.distances import distances
from mobilite.geo.domain.walking import DETOUR, WALKING_SPEED
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
from mobilite.journeys.domain.stations.inside import Inside, inside_of, street_stops
from mobilite.timetable.domain.timetable import F64, I32, STATION, Bool, Timetable


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
        """The same ways walked at that speed, in metres a second. What feeds declare, and what is
        inside stations, takes as long as before."""
        changed = walk_seconds(self.metres, speed) - walk_seconds(self.metres, WALKING_SPEED)
        return replace(self, seconds=(self.seconds + changed).astype(np.int32))


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
    network: JourneyNetwork,
    rules: WalkingRules,
    walks: Walks | None = None,
    inside: Inside | None = None,
) -> Footpaths:
    """The ways between the stops of a network that trips serve. `walks`: along streets, where they
    are known; `inside`: in stations with pathways, whose entrances are then stops of `walks`."""
    inside = inside or inside_of(network, (), strict=False)
    ways = _declared_ways(network, rules, inside)
    by_distance = _by_distance(network, rules, inside, ways.source, ways.target)
    seconds = np.where(ways.seconds == BY_DISTANCE, by_distance, ways.seconds)
    rows: Columns = (ways.source, ways.target, seconds, np.zeros(len(seconds), np.int64))
    if rules.longest:
        found = walks(rules.longest) if walks else _straight_walks(network, rules.longest)
        rows = _with_walks(network, rules, inside, rows, found)
    possible = rows[2] >= 0
    rows = tuple(column[possible] for column in rows)

    def walk(*ends: int) -> int:
        both = (np.array([end], np.int32) for end in ends)
        return int(_by_distance(network, rules, inside, *both)[0])

    more = split_ways(network, rows, walk)
    columns = [np.concatenate(both).astype(np.int32) for both in zip(rows, more, strict=True)]
    columns = _along_pathways(network, inside, *columns)
    return footpaths_of(network.stops, *columns, points=len(network.point_stop))


def _with_walks(
    network: JourneyNetwork,
    rules: WalkingRules,
    inside: Inside,
    rows: Columns,
    found: tuple[I32, I32, I32],
) -> Columns:
    """The ways, and those along streets between stops that have none. `found`: of `Walks`."""
    took = np.maximum(walk_seconds(found[2], rules.speed), rules.change_seconds)
    near: Columns = inside.through_entrances(*found, took)
    declared = rows[0].astype(np.int64) * network.stops + rows[1]
    new = ~np.isin(near[0].astype(np.int64) * network.stops + near[1], declared)
    return tuple(np.concatenate([row, way[new]]) for row, way in zip(rows, near, strict=True))


def _by_distance(
    network: JourneyNetwork, rules: WalkingRules, inside: Inside, source: I32, target: I32
) -> NDArray[np.int64]:
    """The seconds of changes whose rows give no time: along pathways, else straight × 1.3."""
    straight = walk_seconds(_metres(network, source, target) * DETOUR, rules.speed)
    along = inside.seconds_between(source, target)
    seconds: NDArray[np.int64] = np.maximum(np.where(along >= 0, along, straight), 0)
    return np.maximum(seconds, rules.change_seconds)


def _along_pathways(
    network: JourneyNetwork, inside: Inside, source: I32, target: I32, seconds: I32, metres: I32
) -> list[I32]:
    """The ways, with those in stations at least as long as along pathways. One without any time,
    as between vehicles that wait for each other, stays so."""
    ends = network.point_stop[source], network.point_stop[target]
    along = inside.seconds_between(*ends)
    declared = metres == 0
    seconds = np.where(declared & (seconds > 0), np.maximum(seconds, along), seconds)
    no_way = declared & (along < 0) & inside.in_one_station(*ends) & inside.strict
    return [column[~no_way] for column in (source, target, seconds, metres)]


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
    stops = street_stops(network)
    lat, lon = network.stop_lat[stops], network.stop_lon[stops]
    source, target, metres = straight_walks(lat, lon, longest)
    return stops[source], stops[target], metres


def _declared_ways(network: JourneyNetwork, rules: WalkingRules, inside: Inside) -> _Ways:
    """A way for each pair that a feed names, within each station, and from each stop to itself."""
    along = inside.changes
    ranks = np.zeros(len(along[0]), np.int64)
    parts = [_same_stop(network, rules), _Ways(*along[:2], along[2].astype(np.int64), ranks)]
    for feed, first in zip(network.feeds, network.stop_first.tolist(), strict=False):
        described = inside.station[first : first + len(feed.stop_ids)] >= 0
        for part in (_within_stations(feed, described), _transfers(feed)):
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
    # Also where no trip calls by the schedule: real time brings trips to other stops.
    stops = np.arange(network.stops, dtype=np.int32)
    seconds = np.full(len(stops), rules.change_seconds, np.int64)
    return _Ways(stops, stops, seconds, np.zeros(len(stops), np.int64))


def _within_stations(feed: Timetable, described: Bool) -> _Ways:
    """Between any two platforms of a station, by their distance. `described`: bool[stops], those
    that pathways describe, which are left out."""
    stops = np.flatnonzero((feed.stop_parent >= 0) & ~described)
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
