"""The most served stops in a box."""

from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from mobilite.geo.domain.places import Box, PlaceIndex
from mobilite.gtfs.domain.ids import FeedId
from mobilite.stops.ports import StopsState
from mobilite.timetable.domain.feed_schedule import FeedSchedule


@dataclass(frozen=True, slots=True)
class MappedStop:
    """A stop of the map."""

    feed_id: FeedId
    schedule: FeedSchedule
    stop: int
    """Its row: a station, or a stop without one."""
    calls: int
    """How many stop times of the timetable are there."""


class StopMaps:
    """The stops of each schedule that trips call at, as long as it is in service."""

    def __init__(self) -> None:
        self._served: WeakKeyDictionary[FeedSchedule, _ServedStops] = WeakKeyDictionary()

    def of(self, schedule: FeedSchedule) -> "_ServedStops":
        """The served stops of a schedule, derived at first use."""
        found = self._served.get(schedule)
        if found is None:
            found = self._served[schedule] = _ServedStops(schedule)
        return found


class _ServedStops:
    """The stops that trips call at, with their platforms as one stop."""

    def __init__(self, schedule: FeedSchedule) -> None:
        timetable = schedule.timetable
        own = np.bincount(timetable.call_stop, minlength=len(timetable.stop_ids))
        calls = np.zeros_like(own)
        served = np.flatnonzero(own)
        listed = [schedule.listed_stop(stop) for stop in served.tolist()]
        np.add.at(calls, listed, own[served])
        self.rows: NDArray[np.intp] = np.flatnonzero(calls)
        self.calls: NDArray[np.intp] = calls[self.rows]
        places = zip(
            timetable.stop_lat[self.rows].tolist(),
            timetable.stop_lon[self.rows].tolist(),
            strict=True,
        )
        self.places = PlaceIndex([*places])


def map_stops(
    state: StopsState, maps: StopMaps, *, box: Box | None, limit: int
) -> tuple[list[MappedStop], bool]:
    """The stops in the box, the most served first, at most `limit`; and whether these are all."""
    found: list[MappedStop] = []
    total = 0
    for feed_id, feed in sorted(state.snapshot.feeds.items()):
        if feed.schedule is None:
            continue
        served = maps.of(feed.schedule)
        world = (-180.0, -90.0, 180.0, 90.0)
        within = served.places.within(box or world)
        total += len(within)
        most = within[np.argsort(-served.calls[within], kind="stable")[:limit]]
        for row, calls in zip(served.rows[most].tolist(), served.calls[most].tolist(), strict=True):
            found.append(MappedStop(feed_id, feed.schedule, row, calls))
    found.sort(key=lambda each: -each.calls)
    return found[:limit], total <= limit
