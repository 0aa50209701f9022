"""The lines of the networks in a box, simplified for a zoom level."""

import asyncio
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from weakref import WeakKeyDictionary

import numpy as np
import shapely
from numpy.typing import NDArray

from mobilite.alerts.ports import AlertsState
from mobilite.feeds.flows.known_feeds import known_feed
from mobilite.geo.domain.places import Box
from mobilite.gtfs.domain.ids import FeedId
from mobilite.routes.domain.route_lines import LEVELS, RouteLines, route_lines, simplified
from mobilite.timetable.domain.feed_schedule import FeedSchedule

_WIDEST: Final = 16
"""Tiles across a box, above which its lines are simplified as for a lower zoom level."""
_MOST_POINTS: Final = 200_000
"""Points of all lines of an answer, above which they are simplified more."""
_WITHOUT_BOX: Final = 7
"""The highest level of all lines of the region."""


@dataclass(frozen=True, slots=True)
class MappedRoutes:
    """Lines of one network."""

    feed_id: FeedId
    schedule: FeedSchedule
    lines: RouteLines
    chosen: NDArray[np.intp]
    """The positions of those in the box."""


class RouteMaps:
    """The lines of each schedule at every level. They are derived at first use, in a thread, and
    cached as long as the schedule is in service."""

    def __init__(self) -> None:
        self._levels: WeakKeyDictionary[FeedSchedule, Mapping[int, RouteLines]] = (
            WeakKeyDictionary()
        )
        self._deriving = asyncio.Lock()

    async def of(self, schedule: FeedSchedule, level: int) -> RouteLines:
        """The lines of a schedule for a level of `LEVELS`."""
        found = self._levels.get(schedule)
        if found is None:
            async with self._deriving:
                found = self._levels.get(schedule)
                if found is None:
                    found = await asyncio.to_thread(_every_level, schedule)
                    self._levels[schedule] = found
        return found[level]


async def map_routes(
    state: AlertsState,
    maps: RouteMaps,
    *,
    feed: str | None,
    box: Box | None,
    zoom: float,
    most_points: int = _MOST_POINTS,
) -> list[MappedRoutes]:
    """The lines in the box, by network that has some; without a box all, simplified for the region.
    Above `most_points` they are simplified more. Raises Refusal("not_found") for an unknown
    feed."""
    if feed is not None:
        known_feed(state, feed)
    found = list[MappedRoutes]()
    highest = _level(box, zoom)
    for level in reversed([each for each in LEVELS if each <= highest]):
        found = await _at_level(state, maps, level, feed=feed, box=box)
        if sum(map(_points, found)) <= most_points:
            break
    return found


async def _at_level(
    state: AlertsState, maps: RouteMaps, level: int, *, feed: str | None, box: Box | None
) -> list[MappedRoutes]:
    found = list[MappedRoutes]()
    for feed_id, snapshot in sorted(state.snapshot.feeds.items()):
        if snapshot.schedule is None or feed not in (None, feed_id):
            continue
        lines = await maps.of(snapshot.schedule, level)
        chosen = np.arange(len(lines.lines)) if box is None else lines.within(*box)
        if len(chosen):
            found.append(MappedRoutes(feed_id, snapshot.schedule, lines, chosen))
    return found


def _points(mapped: MappedRoutes) -> int:
    return int(shapely.get_num_coordinates(mapped.lines.lines[mapped.chosen]).sum())


def _every_level(schedule: FeedSchedule) -> Mapping[int, RouteLines]:
    complete = route_lines(schedule)
    return {level: simplified(complete, level) for level in LEVELS}


def _level(box: Box | None, zoom: float) -> int:
    """The highest level that is not above the zoom, nor above what a box of that width needs."""
    highest = float(_WITHOUT_BOX)
    if box is not None:
        west, south, east, north = box
        # West > east crosses the antimeridian.
        width = east - west if west <= east else east - west + 360
        width = max(width, north - south, 1e-6)
        highest = math.log2(360 * _WIDEST / width)
    return max((each for each in LEVELS if each <= min(zoom, highest)), default=LEVELS[0])
