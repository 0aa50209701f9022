"""A day in layers, in which every journey rides in one of the lanes that a traveller prefers.

Each point has a double in three layers: before any preferred ride, at preferred lanes, after one.
A preferred lane is ridden in the middle layer alone, from which no way leads back to the first; a
journey starts in the first two, and ends in the last two. So the search itself is the same.
"""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

import numpy as np

from mobilite.journeys.domain.day_network import DayNetwork
from mobilite.journeys.domain.footpaths import Footpaths, footpaths_of
from mobilite.journeys.domain.lanes import Lanes, index_by_stop
from mobilite.timetable.domain.timetable import I32, Bool

BEFORE, AT, AFTER = range(3)
_LAYERS: Final = 3
_STEPS: Final = ((BEFORE, BEFORE), (BEFORE, AT), (AT, AT), (AT, AFTER), (AFTER, AT), (AFTER, AFTER))
"""The layers that ways lead from and to."""
_BY_LANE: Final = frozenset({"first", "size", "stop_first"})
_BY_ENTRY: Final = frozenset(
    {"stop", "boardable", "alightable", "since_start", "least_ride", "least_stop"}
)
_BY_STOP: Final = frozenset({"at_first", "at_lane", "at_position"})
_BY_SLOT: Final = frozenset({"slot_call", "slot_zero", "slot_start", "slot_run"})
_TIMES: Final = frozenset({"arrival", "departure", "live_arrival", "live_departure"})
assert {*_BY_LANE, *_BY_ENTRY, *_BY_STOP, *_BY_SLOT, *_TIMES} == {*Lanes._fields}, (
    "the first three have to be in layers, the others not"
)


@dataclass(frozen=True, eq=False)
class Layers:
    """A day, and the ways in it, with the lanes that are preferred."""

    flat: DayNetwork
    footpaths: Footpaths
    preferred: Bool
    """[lanes]"""

    @cached_property
    def day(self) -> DayNetwork:
        """The day in layers. Its lanes are those of the flat day twice: in the first or the middle
        layer, then in the last one."""
        flat, lanes, points = self.flat, self.flat.lanes, self._points
        network = replace(flat.network, point_stop=np.tile(flat.network.point_stop, _LAYERS))
        stop_first = np.concatenate([lanes.stop_first, lanes.stop_first[1:] + len(lanes.stop)])
        layer = np.concatenate([AT * self._at_preferred, np.full(len(lanes.stop), AFTER)])
        stop = (np.tile(lanes.stop, 2) + layer * points).astype(np.int32)
        at_first, at_lane, at_position = index_by_stop(stop_first, stop, _LAYERS * points)
        layered = lanes._replace(
            first=np.tile(lanes.first, 2),
            size=np.tile(lanes.size, 2),
            stop_first=stop_first,
            stop=stop,
            boardable=np.tile(lanes.boardable, 2),
            alightable=np.tile(lanes.alightable, 2),
            since_start=np.tile(lanes.since_start, 2),
            least_ride=np.tile(lanes.least_ride, 2),
            least_stop=np.tile(lanes.least_stop, 2),
            at_first=at_first,
            at_lane=at_lane,
            at_position=at_position,
        )
        pattern = np.tile(flat.lane_pattern, 2)
        return replace(flat, network=network, lanes=layered, lane_pattern=pattern)

    @cached_property
    def onwards(self) -> Footpaths:
        """The ways in layers."""
        ways, points = self.footpaths, self._points
        source = np.repeat(np.arange(points, dtype=np.int32), np.diff(ways.first))
        at = np.zeros(points, np.bool_)
        at[self.flat.lanes.stop[self._at_preferred]] = True
        parts = []
        for start, end in _STEPS:
            used = (at[source] if start == AT else True) & (at[ways.target] if end == AT else True)
            rows = np.flatnonzero(np.broadcast_to(used, len(source)))
            ends = source[rows] + start * points, ways.target[rows] + end * points
            parts.append((*ends, ways.seconds[rows], ways.metres[rows]))
        source, target, seconds, metres = (
            np.concatenate(column) for column in zip(*parts, strict=True)
        )
        return footpaths_of(ways.stops, source, target, seconds, metres, points=_LAYERS * points)

    @cached_property
    def back(self) -> Footpaths:
        """The same ways by their target."""
        return self.onwards.reversed()

    def open_lanes(self, accepted: Bool | None) -> Bool:
        """Which lanes can be used. `accepted`: which of the flat day; all if None."""
        flat = np.ones(len(self.preferred), np.bool_) if accepted is None else accepted
        return np.concatenate([flat, flat & ~self.preferred])

    def is_end(self, points: I32, *, origin: bool) -> Bool:
        """Which points a journey can start at (`origin`), or else end at."""
        found: Bool = points < AFTER * self._points if origin else points >= AT * self._points
        return found

    @cached_property
    def _at_preferred(self) -> Bool:
        """[entries of `Lanes.stop`]: whether it is one of a preferred lane."""
        found: Bool = np.repeat(self.preferred, np.diff(self.flat.lanes.stop_first))
        return found

    @property
    def _points(self) -> int:
        """How many points the flat day has."""
        return len(self.flat.network.point_stop)
