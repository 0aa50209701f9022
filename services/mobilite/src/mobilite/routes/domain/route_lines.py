"""The lines of a network for a map: the ground its routes cover, simplified for a zoom level.

A route has several shapes, which share most of their way: one for each direction and branch. Of
each shape only the parts are drawn that no more frequent shape of the route covers.
"""

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from mobilite.geo.domain.ground import degrees_north
from mobilite.routes.domain.trip_path import trip_path
from mobilite.timetable.domain.feed_schedule import FeedSchedule
from mobilite.timetable.domain.timetable import F64, Timetable

LEVELS: Final = (5, 7, 9, 11, 13)
"""The zoom levels that lines are simplified for, each also for the next."""
_CELL: Final = 80.0
"""Metres: the ground is divided into squares of that side. Opposite directions share them, also
where they run on the two sides of an avenue."""
_MAX_PIECES: Final = 20_000
"""Squares along a shape from which on its points alone are looked at: 1,600 km."""
_MIN_CELLS: Final = 3
"""New squares in a row from which on a part of a shape is drawn."""
_ROWS: Final = 10_000_000
"""More than the squares from one pole to the other."""
_AROUND: Final = np.array([x * _ROWS + y for x in (-1, 0, 1) for y in (-1, 0, 1)], np.int64)
"""A square and its neighbours, added to its number."""
_TILE: Final = 512
"""Pixels of a tile: at zoom level 0 it has the whole world."""
_SMALLEST: Final = 5
"""Pixels of the larger side of a line, below which it is left out at that level."""


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class RouteLines:
    """Lines of one network; the three arrays have an entry for each."""

    routes: NDArray[np.intp]
    """Rows of the timetable."""
    lines: NDArray[np.object_]
    """shapely.LineString in degrees, longitude first."""
    bounds: F64
    """[lines, 4]: west, south, east, north."""

    def within(self, west: float, south: float, east: float, north: float) -> NDArray[np.intp]:
        """The positions of the lines whose bounds meet a box. West > east crosses the
        antimeridian."""
        left, bottom, right, top = self.bounds.T
        meets = (bottom <= north) & (top >= south)
        if west <= east:
            meets &= (left <= east) & (right >= west)
        else:
            meets &= (left <= east) | (right >= west)
        return np.flatnonzero(meets)


def pixel_degrees(zoom: float) -> float:
    """Degrees of longitude of one pixel at a zoom level."""
    return 360.0 / (_TILE * math.exp2(zoom))


def route_lines(schedule: FeedSchedule) -> RouteLines:
    """The lines of every route of a network, complete; a route without trips has none."""
    timetable = schedule.timetable
    by_route: list[list[F64]] = [[] for _ in range(len(timetable.route_ids))]
    order = np.argsort(timetable.trip_route, kind="stable")
    first = np.searchsorted(timetable.trip_route[order], np.arange(len(by_route) + 1))
    for route, parts in enumerate(by_route):
        ground: _Ground | None = None
        for points in _shapes(timetable, order[first[route] : first[route + 1]]):
            ground = ground or _Ground(latitude=float(points[0, 1]))
            parts += ground.new_parts(points)
    rows = [route for route, parts in enumerate(by_route) for _ in parts]
    lines = [shapely.LineString(part) for parts in by_route for part in parts]
    return _of(np.array(rows, np.intp), np.array(lines, np.object_))


def simplified(lines: RouteLines, level: int) -> RouteLines:
    """The lines for a map of that zoom level and the next: within half a pixel of the complete
    ones, without those that would be a dot."""
    if not len(lines.lines):
        return lines
    west, south, east, north = lines.bounds.T
    extent = np.maximum(east - west, north - south)
    wide = np.flatnonzero(extent >= _SMALLEST * pixel_degrees(level + 1))
    found = shapely.simplify(lines.lines[wide], pixel_degrees(level + 1) / 2)
    return _of(lines.routes[wide], found)


def _of(routes: NDArray[np.intp], lines: NDArray[np.object_]) -> RouteLines:
    return RouteLines(routes, lines, shapely.bounds(lines).reshape(-1, 4))


def _shapes(timetable: Timetable, trips: NDArray[np.intp]) -> Iterator[F64]:
    """float64[points, 2]: the ways of trips, the most frequent first. Of the trips without shape,
    those with the most calls stand for all with the same first and last stop."""
    shapes = Counter(timetable.trip_shape[trips].tolist())
    for shape, _ in sorted(shapes.items(), key=lambda each: (-each[1], each[0])):
        if shape >= 0 and (path := trip_path(timetable, shape, ())) is not None:
            yield np.array(path.points)
    straight: dict[tuple[int, int], tuple[int, int]] = {}
    for trip in trips[timetable.trip_shape[trips] < 0].tolist():
        calls = timetable.calls_of(trip)
        ends = timetable.call_stop[[calls.start, calls.stop - 1]].tolist()
        length = calls.stop - calls.start
        straight[ends[0], ends[1]] = max(straight.get((ends[0], ends[1]), (0, 0)), (length, trip))
    for _, trip in sorted(straight.values(), reverse=True):
        stops = timetable.call_stop[timetable.calls_of(trip)].tolist()
        if (path := trip_path(timetable, -1, stops)) is not None:
            yield np.array(path.points)


class _Ground:
    """The squares of the ground that the lines of a route cover. `latitude`: of one of them."""

    def __init__(self, latitude: float) -> None:
        height = degrees_north(_CELL)
        width = height / max(math.cos(math.radians(latitude)), 0.01)
        self._size = np.array([width, height])
        self._covered: set[int] = set()

    def new_parts(self, points: F64) -> list[F64]:
        """The parts of a way in squares that are not covered yet; then its own are, and those
        around them. A part goes on to the nearest points outside, so that it meets what is there.
        """
        starts, cells = self._cells(points)
        fresh = np.fromiter((each not in self._covered for each in cells.tolist()), np.bool_)
        self._covered.update((cells[:, None] + _AROUND).ravel().tolist())
        if fresh.all():
            return [points]
        edges = np.flatnonzero(np.diff(np.concatenate([[0], fresh.astype(np.int8), [0]])))
        return [
            points[max(starts[start] - 1, 0) : starts[end - 1] + 3]
            for start, end in edges.reshape(-1, 2).tolist()
            if end - start >= _MIN_CELLS
        ]

    def _cells(self, points: F64) -> tuple[NDArray[np.intp], NDArray[np.int64]]:
        """The squares along a way: for each the point (a position) that its piece starts at, and
        its number."""
        grid = points / self._size
        steps = np.ceil(np.abs(np.diff(grid, axis=0)).max(axis=1)).astype(np.intp)
        steps = np.maximum(steps, 1)
        if steps.sum() > _MAX_PIECES:
            steps[:] = 1
        starts = np.repeat(np.arange(len(steps)), steps)
        part = (np.arange(len(starts)) - np.repeat(np.cumsum(steps) - steps, steps)) / steps[starts]
        at = grid[starts] + (grid[starts + 1] - grid[starts]) * part[:, None]
        column, row = np.floor(at).astype(np.int64).T
        return starts, column * _ROWS + row
