"""A demand-responsive ride of a journey's reference, in the current timetables."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import numpy as np

from mobilite.gtfs.domain.ids import FeedId, split_global_id
from mobilite.gtfs.domain.service_date import ServiceDate
from mobilite.journeys.domain.journey import POINT, OnDemandLeg
from mobilite.journeys.flows.bicycle_ways import way_metres
from mobilite.journeys.flows.followed.find_ride import absent_ride, find_feed
from mobilite.journeys.flows.followed.journey_reference import OnDemandReference
from mobilite.journeys.flows.journey_query import Wishes
from mobilite.journeys.flows.places import Place
from mobilite.journeys.flows.planning_state import PlanningState, Timetables
from mobilite.on_demand.domain.rides import Interval, OfferedRide, offered_rides
from mobilite.on_demand.domain.trips import OnDemandCall

_BEFORE_ALL_DEADLINES: Final = 0
"""An instant at which every ride can be booked."""
_DAY: Final = 24 * 3600


@dataclass(frozen=True, slots=True, eq=False)
class FoundOnDemand:
    """A ride of a reference. Stops are numbers of the network, or `POINT`."""

    leg: OnDemandLeg

    @property
    def from_stop(self) -> int:
        return self.leg.from_stop

    @property
    def to_stop(self) -> int:
        return self.leg.to_stop

    @property
    def book_until(self) -> int:
        """The last instant to book it, POSIX seconds."""
        return self.leg.ride.booking(self.leg.departure).until


class _End:
    """Where people get in or out, by the id of the stop, or the place of the query."""

    def __init__(self, timetables: Timetables, stop_id: str | None, place: Place) -> None:
        self.stop = POINT if stop_id is None else _stop(timetables, stop_id)
        self.point = place.point
        if stop_id is not None:
            known = self.stop != POINT
            self.point = timetables.network.coordinates(self.stop) if known else None

    def is_served(self, first_stop: int, call: OnDemandCall) -> bool:
        """Whether people get in or out there. `first_stop`: the number of the feed's first one."""
        if call.zone is not None:
            return self.point is not None and call.zone.contains(*self.point)
        return self.stop - first_stop in call.stops


def find_on_demand(
    planning: PlanningState,
    step: OnDemandReference,
    places: Sequence[Place],
    wishes: Wishes,
    *,
    now: datetime,
) -> FoundOnDemand:
    """The ride of a reference, whether it can still be booked or not. `places`: those of the
    query. Raises Refusal as `find_ride`; also if it is no longer offered there and then."""
    feed, local = find_feed(planning, step, now=now)
    timetables = planning.timetables
    start = _End(timetables, step.from_stop, places[0])
    end = _End(timetables, step.to_stop, places[-1])
    if start.point is not None and end.point is not None:
        metres = way_metres(start.point, end.point)
        first_stop = int(timetables.network.stop_first[feed])
        for ride in _rides(timetables, feed, local, step, wishes):
            seconds = _seconds(ride, step.departure, metres)
            served = start.is_served(first_stop, ride.pick_up)
            if seconds is not None and served and end.is_served(first_stop, ride.drop_off):
                times = step.departure, step.departure + seconds
                return FoundOnDemand(OnDemandLeg(feed, ride, start.stop, end.stop, *times, metres))
    raise absent_ride(planning, step, now=now)


def _rides(
    timetables: Timetables, feed: int, trip_id: str, step: OnDemandReference, wishes: Wishes
) -> Iterator[OfferedRide]:
    """The rides of a trip on the day of a reference, as the traveller accepts them."""
    trips, day = timetables.on_demand.feeds.get(feed), ServiceDate.parse(step.start_date)
    if trips is None or day is None:
        return
    during = Interval(step.departure - _DAY, step.departure + _DAY)
    where = np.array([ride.trip.trip_id == trip_id for ride in trips.rides])
    wheelchair, bicycle = wishes.wheelchair, wishes.bicycle_aboard
    yield from offered_rides(trips, day, during, where, wheelchair=wheelchair, bicycle=bicycle)


def _seconds(ride: OfferedRide, pick_up: int, metres: int) -> int | None:
    """How long a ride takes that starts at `pick_up` (POSIX seconds); None if it does not start
    then."""
    seconds = ride.seconds(np.array([metres]))
    times = ride.pick_ups(seconds, now=_BEFORE_ALL_DEADLINES)
    if times is None or not times[0][0] <= pick_up <= times[1][0]:
        return None
    return int(seconds[0])


def _stop(timetables: Timetables, stop_id: str) -> int:
    """The number of a stop; POINT if there is none of that id."""
    feed_id, local = split_global_id(stop_id) or (FeedId(""), "")
    feed = timetables.feeds.get(feed_id)
    row = None if feed is None else timetables.network.feeds[feed].stop_ids.index_of(local)
    if feed is None or row is None:
        return POINT
    return int(timetables.network.stop_first[feed]) + row
