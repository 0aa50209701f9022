"""Ways inside the stations of a network, for one traveller: between platforms, and through
entrances.

Streets lead to entrances, pathways from there to platforms. A platform that pathways join with an
entrance is reached through entrances only, unless the feed states that it is on the street
(`stop_access`). Where pathways join a platform with no entrance, the feed is incomplete: streets
lead to the platform itself.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mobilite.journeys.domain.lanes import expanded
from mobilite.journeys.domain.network import JourneyNetwork
from mobilite.pathways.domain.station_paths import StationWays
from mobilite.timetable.domain.timetable import ENTRANCE, I32, Bool

ON_STREET = 1
"""The stop_access of a platform that is reached from the street without pathways."""
Rows = Iterable[tuple[int, int, int]]
"""From, to, seconds; numbers of the network."""


class DescribedStation(NamedTuple):
    """A graph of pathways in the network."""

    first: int
    """The number of the first stop of its feed."""
    platforms: tuple[int, ...]
    """Rows of the feed."""
    ways: StationWays
    """Those of the traveller."""
    any_ways: StationWays
    """Those of a person on foot while all lifts work."""


class Steps(NamedTuple):
    """Where one is after each stop of the streets: the stop itself, or platforms behind an
    entrance; for the way out, before it. CSR by stop of the streets."""

    first: I32
    stop: I32
    seconds: I32

    def of(self, stop: int) -> list[tuple[int, int]]:
        """The stops, with the seconds to each."""
        rows = slice(int(self.first[stop]), int(self.first[stop + 1]))
        return list(zip(self.stop[rows].tolist(), self.seconds[rows].tolist(), strict=True))

    def leading_to(self, stop: int) -> list[tuple[int, int]]:
        """The stops of the streets from which one is there, with the seconds from each."""
        rows = np.flatnonzero(self.stop == stop)
        streets = np.searchsorted(self.first, rows, side="right") - 1
        return list(zip(streets.tolist(), self.seconds[rows].tolist(), strict=True))


@dataclass(frozen=True, slots=True, eq=False)
class Inside:
    """The ways of one traveller inside all stations. Immutable. Stops are numbers of the
    network."""

    stops: int
    strict: bool
    """Whether a change that pathways do not allow is none, whatever transfers.txt states: for
    wheelchairs."""
    station: I32
    """[stops]: the station of each platform that pathways describe; -1 for all others."""
    incomplete: I32
    """[stops]: the same, of the platforms without an entrance only."""
    change_code: NDArray[np.int64]
    """From × stops + to, ascending, of the ways between two platforms."""
    change_seconds: I32
    entering: Steps
    leaving: Steps

    @property
    def changes(self) -> tuple[I32, I32, I32]:
        """The ways between two platforms: from, to, seconds."""
        source, target = np.divmod(self.change_code, max(self.stops, 1))
        return source.astype(np.int32), target.astype(np.int32), self.change_seconds

    def seconds_between(self, source: I32, target: I32) -> I32:
        """The seconds between pairs of platforms; -1 where there is no way."""
        code = source.astype(np.int64) * self.stops + target
        if not len(self.change_code):
            return np.full(len(code), -1, np.int32)
        place = np.minimum(np.searchsorted(self.change_code, code), len(self.change_code) - 1)
        found: I32 = np.where(self.change_code[place] == code, self.change_seconds[place], -1)
        return found

    def in_one_station(self, source: I32, target: I32) -> Bool:
        """Whether pathways describe the station of both, if they are two."""
        one, other = self.station[source], self.station[target]
        same: Bool = (one >= 0) & (one == other) & (source != target)
        return same

    def through_entrances(
        self, source: I32, target: I32, metres: I32, street_seconds: NDArray[np.int64]
    ) -> tuple[I32, I32, NDArray[np.int64], I32]:
        """Ways along streets, between stops of the streets, as ways between platforms: from, to,
        seconds with those in stations, and metres along streets. The fastest of each pair."""
        row, source, before = _stepped(self.leaving, source)
        target, metres, seconds = target[row], metres[row], street_seconds[row] + before
        row, target, after = _stepped(self.entering, target)
        source, metres, seconds = source[row], metres[row], seconds[row] + after
        code = source.astype(np.int64) * self.stops + target
        order = np.lexsort((metres, seconds, code))
        first = np.ones(len(order), np.bool_)
        first[1:] = np.diff(code[order]) != 0
        best = order[first]
        # Between two platforms of a station that no entrance is joined with there is no street.
        one, other = self.incomplete[source[best]], self.incomplete[target[best]]
        best = best[(source[best] != target[best]) & ((one < 0) | (one != other))]
        return source[best], target[best], seconds[best], metres[best]


def street_stops(network: JourneyNetwork) -> I32:
    """The stops that streets can lead to, ascending: those that trips serve, and the entrances of
    stations where feeds have pathways."""
    entrances = [
        np.flatnonzero(feed.stop_kind == ENTRANCE) + first
        for feed, first in zip(network.feeds, network.stop_first.tolist(), strict=False)
        if feed.notes.has("pathways")
    ]
    return np.unique(np.concatenate([network.pattern_stop, *entrances])).astype(np.int32)


def inside_of(
    network: JourneyNetwork, stations: Sequence[DescribedStation], *, strict: bool
) -> Inside:
    """The ways of one traveller in all stations of a network."""
    stops = network.stops
    station = np.full(stops, -1, np.int32)
    behind = np.zeros(stops, np.bool_)
    changes: list[tuple[int, int, int]] = []
    entering: list[tuple[int, int, int]] = []
    leaving: list[tuple[int, int, int]] = []
    for first, platforms, ways, any_ways in stations:
        numbers = np.array(platforms, np.int32) + np.int32(first)
        station[numbers] = _stations(network, first, platforms)
        joined = {row[1] for row in any_ways.entering} | {row[0] for row in any_ways.leaving}
        behind[[first + platform for platform in joined]] = True
        changes += _shifted(ways.changes, first)
        entering += _shifted(ways.entering, first)
        leaving += ((to, source, time) for source, to, time in _shifted(ways.leaving, first))
    incomplete = np.where(behind | _on_street(network), -1, station).astype(np.int32)
    behind &= ~_on_street(network)
    alone = np.flatnonzero(~behind & ~_entrances(network)).astype(np.int32)
    rows = np.array(sorted(changes), np.int64).reshape(-1, 3)
    return Inside(
        stops,
        strict,
        station,
        incomplete,
        rows[:, 0] * stops + rows[:, 1],
        rows[:, 2].astype(np.int32),
        _steps(stops, alone, entering),
        _steps(stops, alone, leaving),
    )


def _stations(network: JourneyNetwork, first: int, platforms: Sequence[int]) -> list[int]:
    """The number of the station of each platform; its own if it has none."""
    parents = network.feeds[network.feed_of_stop(first)].stop_parent
    return [first + (int(parents[each]) if parents[each] >= 0 else each) for each in platforms]


def _on_street(network: JourneyNetwork) -> Bool:
    access = [feed.stop_access for feed in network.feeds]
    on_street: Bool = np.concatenate([np.empty(0, np.int8), *access]) == ON_STREET
    return on_street


def _entrances(network: JourneyNetwork) -> Bool:
    types = [feed.stop_kind for feed in network.feeds]
    entrances: Bool = np.concatenate([np.empty(0, np.int8), *types]) == ENTRANCE
    return entrances


def _shifted(rows: Rows, first: int) -> list[tuple[int, int, int]]:
    return [(first + source, first + target, seconds) for source, target, seconds in rows]


def _steps(stops: int, alone: I32, rows: Rows) -> Steps:
    table = np.array([*rows], np.int32).reshape(-1, 3)
    at = np.concatenate([alone, table[:, 0]])
    order = np.argsort(at, kind="stable")
    first = np.concatenate([[0], np.cumsum(np.bincount(at, minlength=stops))]).astype(np.int32)
    stop = np.concatenate([alone, table[:, 1]])[order]
    seconds = np.concatenate([np.zeros(len(alone), np.int32), table[:, 2]])[order]
    return Steps(first, stop, seconds)


def _stepped(steps: Steps, at: I32) -> tuple[NDArray[np.intp], I32, I32]:
    """For each entry of `at` and each stop after it: the index of the entry, the stop, seconds."""
    size = steps.first[at + 1] - steps.first[at]
    entries = expanded(steps.first[at], size)
    return np.repeat(np.arange(len(at)), size), steps.stop[entries], steps.seconds[entries]
