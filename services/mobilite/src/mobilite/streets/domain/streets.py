"""Ways on foot between places and stops: along the streets, straight × 1.3 where there are none.

Both ends of a way are on the streets, or the complete way is straight: a street is never joined
with a straight guess of the rest. A stop or a point is on the streets if one is within 300 m.
Seconds follow from metres, and the searches of this module agree: the stops near a point, the ways
between stops, and the course of one way have one length.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import numpy as np

from mobilite.geo.domain.distances import distances
from mobilite.geo.domain.walking import DETOUR, WALKING_SPEED
from mobilite.journeys.domain.footpaths import WalkingPath, straight_walks, walk_seconds
from mobilite.streets.domain.graph import StreetGraph
from mobilite.streets.domain.grid import Snap, snap
from mobilite.streets.domain.landmarks import FAR
from mobilite.streets.domain.route import Labels, labels_for, shortest_way, stops_within
from mobilite.streets.domain.shape import Point, course
from mobilite.streets.domain.stops import place_stops, snap_of
from mobilite.timetable.domain.timetable import F64, I32

LONGEST: Final = 50_000
"""Metres: no way on foot is longer."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many of a network's stops are on the streets."""

    stops: int
    on_streets: int


class Streets:
    """The streets around the stops of one network. Any number of threads can search."""

    def __init__(
        self, graph: StreetGraph, stops: I32, lat: F64, lon: F64, speed: float = WALKING_SPEED
    ) -> None:
        """`stops`: the numbers of the stops, ascending; `lat`, `lon`: their degrees, NaN where
        unknown. `speed`: metres a second."""
        self._graph = graph
        self._stops, self._speed = stops, speed
        self._lat, self._lon = np.ascontiguousarray(lat), np.ascontiguousarray(lon)
        self._placed = place_stops(graph, self._lat, self._lon)
        self._off_streets = np.flatnonzero(self._placed.edge < 0)
        self._labels: list[Labels] = []

    @property
    def coverage(self) -> Coverage:
        """How many of the stops are on the streets: none with an extract of another country."""
        stops = len(self._stops)
        return Coverage(stops, stops - len(self._off_streets))

    @property
    def distance(self) -> str:
        """How distances are found, for readers of an answer."""
        found = self.coverage.on_streets
        return "streets" if found else f"straight × {DETOUR}"

    def stops_near(self, lat: float, lon: float, budget: int) -> list[tuple[int, int, int]]:
        """The stops within `budget` metres of a point: number, seconds and metres of each."""
        origin = self._snap(lat, lon)
        rows = self._off_streets if origin.edge >= 0 else np.arange(len(self._stops))
        straight = distances(lat, lon, self._lat[rows], self._lon[rows]) * DETOUR
        near = straight <= budget
        rows, metres = rows[near], np.ceil(straight[near]).astype(np.int64)
        if origin.edge >= 0:
            found, walked = self._stops_within(origin, budget)
            rows, metres = np.concatenate([rows, found]), np.concatenate([metres, walked])
        columns = self._stops[rows], walk_seconds(metres, self._speed), metres
        return list(zip(*(column.tolist() for column in columns), strict=True))

    def path(self, start: tuple[float, float], end: tuple[float, float]) -> WalkingPath | None:
        """The way between two places (latitude, longitude); None if it is longer than LONGEST."""
        origin, destination = self._snap(*start), self._snap(*end)
        if origin.edge < 0 or destination.edge < 0:
            return self._straight(start, end)
        with self._borrowed() as labels:
            length, halves = shortest_way(self._graph, labels, origin, destination, LONGEST * 1000)
        if length == FAR:
            return None
        shape = course(self._graph, origin, destination, length, halves)
        return self._path(-(-length // 1000), shape, on_streets=True)

    def walks(self, longest: int) -> tuple[I32, I32, I32]:
        """All ordered pairs of different stops within `longest` metres, and the metres between
        them. Implements `Walks` of footpaths."""
        sources, targets, metres = [], [], []
        for row in np.flatnonzero(self._placed.edge >= 0).tolist():
            near, walked = self._stops_within(snap_of(self._placed, row), longest)
            other = near != row
            sources.append(np.full(np.count_nonzero(other), row, np.int32))
            targets.append(near[other])
            metres.append(walked[other])
        source, target, straight = straight_walks(self._lat, self._lon, longest)
        off = (self._placed.edge[source] < 0) | (self._placed.edge[target] < 0)
        return (
            self._stops[np.concatenate([*sources, source[off]])],
            self._stops[np.concatenate([*targets, target[off]])],
            np.concatenate([*metres, straight[off]]).astype(np.int32),
        )

    def _snap(self, lat: float, lon: float) -> Snap:
        # A whole number of degrees would be compiled for.
        return snap(self._graph, float(lat), float(lon))

    def _stops_within(self, origin: Snap, budget: int) -> tuple[I32, I32]:
        """The rows of the stops near a place of the streets, and the metres to each."""
        with self._borrowed() as labels:
            rows, length = stops_within(self._graph, self._placed, labels, origin, budget * 1000)
        return rows, -(-length // 1000)

    def _straight(self, start: tuple[float, float], end: tuple[float, float]) -> WalkingPath | None:
        (apart,) = distances(*start, np.array([end[0]]), np.array([end[1]])).tolist()
        metres = int(np.ceil(apart * DETOUR))
        if metres > LONGEST:
            return None
        return self._path(metres, ((start[1], start[0]), (end[1], end[0])), on_streets=False)

    def _path(self, metres: int, shape: tuple[Point, ...], *, on_streets: bool) -> WalkingPath:
        (seconds,) = walk_seconds(np.array([metres]), self._speed).tolist()
        return WalkingPath(metres, seconds, shape, on_streets)

    @contextmanager
    def _borrowed(self) -> Iterator[Labels]:
        """Labels that no other search uses meanwhile."""
        try:
            labels = self._labels.pop()
        except IndexError:
            labels = labels_for(self._graph, len(self._stops))
        yield labels
        # After an error the labels are not clear: they are not used again.
        self._labels.append(labels)
