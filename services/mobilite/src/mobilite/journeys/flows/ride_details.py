"""What readers need to know of a ride: its calls, its path, its alerts."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Final
from weakref import WeakKeyDictionary

import numpy as np

from mobilite.alerts.flows.list_alerts import ListedAlert, listed
from mobilite.alerts.flows.visible_alerts import visible_alerts
from mobilite.gtfs.domain.enumerations import Access
from mobilite.journeys.domain.journey import RideLeg
from mobilite.journeys.flows.planning_state import PlanningState
from mobilite.realtime.domain.feed_snapshot import FeedSnapshot
from mobilite.realtime.domain.run import Run
from mobilite.realtime.domain.run_calls import RunCall, get_run_trip, list_calls
from mobilite.realtime.domain.run_trip import RunTrip, TimetableTrip
from mobilite.routes.domain.ride_path import Point, metres_along_shape, ride_metres, ride_path
from mobilite.routes.domain.trip_path import shape_of
from mobilite.timetable.domain.feed_schedule import FeedSchedule
from mobilite.timetable.domain.timetable import F64

AlongShapes = WeakKeyDictionary[
    FeedSchedule, Callable[[int, tuple[int, ...], tuple[float, ...] | None], F64 | None]
]
"""`metres_along_shape` of the timetable of each schedule in service, with cached results."""
_CACHED_TRIPS: Final = 8192
"""Results cached for each schedule: real time gives trips ever other stops."""
_ACCESS: tuple[Access, ...] = ("unknown", "yes", "no")
"""By the value of wheelchair_boarding or wheelchair_accessible."""


@dataclass(frozen=True, slots=True)
class RideDetails:
    """A ride with what its timetable and real time say of it."""

    leg: RideLeg
    feed: FeedSnapshot
    schedule: FeedSchedule
    trip: RunTrip
    run: Run | None
    """Its real time; None without a trip update."""
    calls: tuple[RunCall, ...]
    """From boarding to alighting."""
    path: tuple[Point, ...]
    """Empty if it has fewer than two known points."""
    metres: float | None
    """None if the place of a stop is not known."""
    alerts: tuple[ListedAlert, ...]
    """Those of the run at the stops of boarding and alighting, and those of its line or of itself
    between them; active meanwhile."""

    @property
    def vehicle_access(self) -> Access:
        """Whether the vehicle takes wheelchairs: as reported, else by the timetable."""
        reported = "unknown" if self.run is None else self.run.update.vehicle_access
        return _ACCESS[self.trip.wheelchair] if reported == "unknown" else reported

    @property
    def access(self) -> Access:
        """Whether the vehicle, and the stops where people board and alight, take wheelchairs.
        Unknown where an alert reports an obstacle, as a lift out of order: there may be another
        way."""
        obstacle = any(each.alert.effect == "ACCESSIBILITY_ISSUE" for each in self.alerts)
        return weakest_access([self.usual_access, "unknown" if obstacle else "yes"])

    @property
    def usual_access(self) -> Access:
        """The same without the alerts."""
        stops = self.schedule.timetable.stop_wheelchair
        aboard = (self.leg.stays_seated, self.leg.stays_on)
        calls = zip((self.calls[0], self.calls[-1]), aboard, strict=True)
        ends = [_ACCESS[stops[call.stop]] for call, stays in calls if not stays]
        return weakest_access([self.vehicle_access, *ends])


def weakest_access(parts: list[Access]) -> Access:
    """ "no" if one part is "no", "yes" if all are "yes", else "unknown"."""
    if "no" in parts:
        return "no"
    return "yes" if parts and all(part == "yes" for part in parts) else "unknown"


def ride_details(
    planning: PlanningState, leg: RideLeg, cache: AlongShapes, *, now: int
) -> RideDetails:
    """The details of a ride at `now` (POSIX seconds). `cache`: gets the metres along its shape."""
    feed_id = planning.timetables.network.feeds[leg.feed].feed_id
    feed = planning.live.snapshot.feed(feed_id)
    assert feed.schedule is not None
    trip = get_run_trip(feed, leg.run)
    every = [call for call in list_calls(feed, leg.run, now=now) if call.position >= 0]
    calls = tuple(every[leg.board : leg.alight + 1])
    stops = [call.stop for call in calls]
    schedule, shape = feed.schedule, shape_of(feed.schedule.timetable, trip)
    along = _along(schedule, trip, shape, [call.stop for call in every], cache)
    return RideDetails(
        leg,
        feed,
        schedule,
        trip,
        feed.runs.get(leg.run),
        calls,
        ride_path(schedule.timetable, shape, along, stops, leg.board),
        ride_metres(schedule.timetable, along, stops, leg.board),
        _alerts(planning, feed, trip, leg, calls, now),
    )


def _along(
    schedule: FeedSchedule, trip: RunTrip, shape: int, stops: list[int], cache: AlongShapes
) -> F64 | None:
    if shape < 0:
        return None
    timetable, metres_to_calls = schedule.timetable, cache.get(schedule)
    if metres_to_calls is None:
        cached = lru_cache(_CACHED_TRIPS)(partial(metres_along_shape, timetable))
        metres_to_calls = cache.setdefault(schedule, cached)
    stated = None
    if isinstance(trip, TimetableTrip):
        given = timetable.call_distance[timetable.calls_of(trip.row)]
        stated = tuple(given.tolist()) if np.isfinite(given).all() else None
    return metres_to_calls(shape, tuple(stops), stated)


def _alerts(
    planning: PlanningState,
    feed: FeedSnapshot,
    trip: RunTrip,
    leg: RideLeg,
    calls: tuple[RunCall, ...],
    now: int,
) -> tuple[ListedAlert, ...]:
    index = planning.live.alert_index(feed.feed_id)
    if not index.alerts:
        return ()
    day = leg.run.day
    ends = [index.of_call(trip, day, call.stop) for call in (calls[0], calls[-1])]
    # Works on the line between both ends slow the ride down; a lift there concerns nobody aboard.
    passed = [index.specific.of_call(trip, day, call.stop) for call in calls[1:-1]]
    between = frozenset(
        key
        for key in frozenset().union(*passed)
        if index.alerts[key].effect != "ACCESSIBILITY_ISSUE"
    )
    return tuple(
        listed(planning.live, alert)
        for alert in visible_alerts(index, ends[0] | ends[1] | between, now)
        if alert.affects(leg.departure, leg.arrival + 1)
    )
