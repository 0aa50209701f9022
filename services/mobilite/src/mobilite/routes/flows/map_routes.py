"""The lines of the networks in a box, simplified for a zoom level."""

import asyncio
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from mobilite.alerts.ports import AlertsState
from mobilite.feeds.flows.known_feeds import known_feed
from mobilite.geo.domain.places import Box
from mobilite.gtfs.domain.ids import FeedId
from mobilite.routes.domain.route_lines import LEVELS, RouteLines, route_lines, simplified
from mobilite.timetable.domain.feed_schedule import FeedSchedule

_WIDEST: Final = 16
"""Tiles across a box, above which its lines are simplified as for a lower zoom level."""
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
    state: AlertsState, maps: RouteMaps, *, feed: str | None, box: Box | None, zoom: float
) -> list[MappedRoutes]:
    """The lines in the box, by network; without a box all, simplified for the region. Raises
    Refusal("not_found") for an unknown feed."""
    if feed is not None:
        known_feed(state, feed)
    level = _level(box, zoom)
    found = []
    for feed_id, snapshot in sorted(state.snapshot.feeds.items()):
        if snapshot.schedule is None or feed not in (None, feed_id):
            continue
        lines = await maps.of(snapshot.schedule, level)
        chosen = np.arange(len(lines.lines)) if box is None else lines.within(*box)
        found.append(MappedRoutes(feed_id, snapshot.schedule, lines, chosen))
    return found


def _every_level(schedule: FeedSchedule) -> Mapping[int, RouteLines]:
    complete = route_lines(schedule)
    return {level: simplified(complete, level) for level in LEVELS}


def _level(box: Box | None, zoom: float) -> int:
    """The highest level that is not above the zoom, nor above what a box of that width needs."""
    highest = float(_WITHOUT_BOX)
    if box is not None:
        west, south, east, north = box
        width = max((east - west) % 360, north - south, 1e-6)
        highest = math.log2(360 * _WIDEST / width)
    return max((each for each in LEVELS if each <= min(zoom, highest)), default=LEVELS[0])
