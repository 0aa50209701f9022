"""The demand-responsive rides from and to the places of a query.

A ride leads to stops with a timetable, or to the other place, out of reach on foot. People walk to
a stop where they are picked up, and from one where they are dropped off; in a zone they do not.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from typing import Final

import numpy as np

from mobilite.geo.domain.distances import distances
from mobilite.geo.domain.walking import DETOUR
from mobilite.gtfs.domain.ids import global_id
from mobilite.gtfs.domain.service_date import ServiceDate
from mobilite.journeys.domain.access import Access, AccessTimes
from mobilite.journeys.domain.journey import Leg, OnDemandLeg, WalkLeg
from mobilite.journeys.flows.approaches import Approach, Legs, Way
from mobilite.journeys.flows.journey_query import Wishes
from mobilite.journeys.flows.on_demand_ends import OnDemandEnds, RideEnd, RideEnds
from mobilite.journeys.flows.places import Place
from mobilite.journeys.flows.planning_state import PlanningState
from mobilite.journeys.flows.stations.station_walking import StationWalking
from mobilite.on_demand.domain.rides import Interval, OfferedRide, offered_rides
from mobilite.timetable.domain.timetable import F64, I64, Bool

MOST_RIDES: Final = 200
"""Rides at a place of which a query computes the times: those that begin first, or end last."""
_DAY = timedelta(days=1)
_SLACK = 4 * 3600
"""Seconds: more than people walk to a vehicle, or the zones of a feed differ."""


class OnDemandWays:
    """The rides that can still be booked at one instant, as one traveller accepts them."""

    def __init__(
        self, planning: PlanningState, walking: StationWalking, wishes: Wishes, *, now: int
    ) -> None:
        """`walking`: at the speed of the traveller. `now`: POSIX seconds."""
        self._planning, self._wishes, self._now = planning, wishes, now
        self._trips = planning.timetables.on_demand
        self._ends = OnDemandEnds(planning, walking, wishes)

    def from_place(
        self, place: Place, first: int, last: int, *, latest: bool
    ) -> Iterator[Approach]:
        """The ways from a place that can start between two instants (POSIX seconds). `latest`: the
        last ones if there are many, else the first."""
        for feed, ride in self._rides(first, last, (place, None), latest=latest):
            start = self._ends.at_place(feed, place)[ride.pick_up.area]
            ends = self._ends.at_stops(feed, ride.drop_off.area, place, leaving=False)
            yield from self._approach(feed, ride, start, ends, first, last, backwards=False)

    def to_place(self, place: Place, first: int, last: int, *, latest: bool) -> Iterator[Approach]:
        """The ways to a place that can start between two instants, likewise."""
        for feed, ride in self._rides(first, last, (None, place), latest=latest):
            end = self._ends.at_place(feed, place)[ride.drop_off.area]
            starts = self._ends.at_stops(feed, ride.pick_up.area, place, leaving=True)
            yield from self._approach(feed, ride, end, starts, first, last, backwards=True)

    def between(
        self, origin: Place, destination: Place, first: int, last: int, *, latest: bool
    ) -> Iterator[Way]:
        """The ways from place to place that can start between two instants, likewise."""
        for feed, ride in self._rides(first, last, (origin, destination), latest=latest):
            start = self._ends.at_place(feed, origin)[ride.pick_up.area]
            end = self._ends.at_place(feed, destination)[ride.drop_off.area]
            metres = _metres(start.point, *np.array([end.point]).T)
            times = self._times(ride, metres, np.array([start.seconds]))
            if metres[0] > self._wishes.max_walk and times is not None:
                taken, begins, ends = (int(each[0]) for each in times)
                if begins <= min(ends, last) and ends >= first:
                    yield Way(_legs(feed, ride, start, end, taken, int(metres[0])), begins, ends)

    def _rides(
        self, first: int, last: int, places: tuple[Place | None, Place | None], *, latest: bool
    ) -> Sequence[tuple[int, OfferedRide]]:
        """The rides between two places, or between one and anywhere, whose pick-up can be between
        two instants, or soon before or after, with the index of their feed."""
        dates, during = self._planning.timetables.date_of, Interval(first - _SLACK, last + _SLACK)
        wheelchair, bicycle = self._wishes.wheelchair, self._wishes.bicycle_aboard
        where = {feed: self._between(feed, *places) for feed in self._trips.feeds}
        rides = (
            (feed, ride)
            for on in _days(dates(first) - _DAY, dates(last))
            for feed, trips in self._trips.feeds.items()
            for ride in offered_rides(
                trips,
                ServiceDate(on),
                during,
                where[feed],
                wheelchair=wheelchair,
                bicycle=bicycle,
            )
            if not self._is_banned(ride)
        )
        return _closest(rides, latest=latest)

    def _between(self, feed: int, origin: Place | None, destination: Place | None) -> Bool:
        """Which rides of a feed start at one place and end at the other."""
        trips = self._trips.feeds[feed]
        found = np.ones(len(trips.rides), np.bool_)
        for place, areas in ((origin, trips.pick_up_areas), (destination, trips.drop_off_areas)):
            if place is not None:
                there = self._ends.at_place(feed, place)
                found &= np.array([area in there for area in trips.areas])[areas]
        return found

    def _is_banned(self, ride: OfferedRide) -> bool:
        if not self._wishes.banned_routes:
            return False
        timetable = ride.trips.timetable
        route = global_id(timetable.feed_id, timetable.route_ids[ride.trip.route])
        return route in self._wishes.banned_routes

    def _approach(
        self,
        feed: int,
        ride: OfferedRide,
        one: RideEnd,
        others: RideEnds,
        first: int,
        last: int,
        *,
        backwards: bool,
    ) -> Iterator[Approach]:
        """The ways that can start between two instants, if there are any. `one`: at the place."""
        before = others.seconds if backwards else np.full_like(others.seconds, one.seconds)
        metres = _metres(one.point, others.lat, others.lon)
        times = self._times(ride, metres, before)
        if times is None:
            return
        taken, begins, ends = times
        seconds, walked = taken + one.seconds + others.seconds, one.metres + others.metres
        rows = np.flatnonzero((begins <= np.minimum(ends, last)) & (ends >= first))
        rows = rows[_shortest(others.beyond[rows], seconds[rows], walked[rows])]
        if not len(rows):
            return
        shift = seconds[rows] if backwards else np.zeros_like(seconds[rows])
        stops, durations, on_foot = (
            each[rows].astype(np.int32) for each in (others.beyond, seconds, walked)
        )
        span = AccessTimes(begins[rows] + shift, ends[rows] + shift)

        def legs(row: int) -> Legs:
            number = int(rows[row])
            other = others.end(number)
            start, end = (other, one) if backwards else (one, other)
            return _legs(feed, ride, start, end, int(taken[number]), int(metres[number]))

        yield Approach(Access(stops, durations, on_foot, span), legs)

    def _times(self, ride: OfferedRide, metres: I64, before: I64) -> tuple[I64, I64, I64] | None:
        """How long people are in the vehicle on ways with so many metres, and the first and last
        instant at which they start, so many seconds before; the first is later where a ride cannot
        be booked any more. None if none can."""
        taken = ride.seconds(metres)
        times = ride.pick_ups(taken, now=self._now)
        if times is None:
            return None
        first, last = times
        # Who walks to the vehicle leaves before it comes, but not before now.
        return taken, np.maximum(first - before, self._now), last - before


def _legs(
    feed: int, ride: OfferedRide, start: RideEnd, end: RideEnd, taken: int, metres: int
) -> Legs:
    """The legs of a way. `taken`, `metres`: in the vehicle."""
    boarded, left = start.seconds, start.seconds + taken
    legs: list[Leg] = [OnDemandLeg(feed, ride, start.stop, end.stop, boarded, left, metres)]
    if start.seconds:
        legs.insert(0, WalkLeg(start.beyond, start.stop, 0, boarded, start.metres))
    if end.seconds:
        legs.append(WalkLeg(end.stop, end.beyond, left, left + end.seconds, end.metres))
    return tuple(legs)


def _metres(point: tuple[float, float], lat: F64, lon: F64) -> I64:
    """The metres of a ride between one point and each of the others."""
    metres: I64 = np.ceil(distances(*point, lat, lon) * DETOUR).astype(np.int64)
    return metres


def _shortest(stops: I64, seconds: I64, metres: I64) -> I64:
    """The rows of the shortest way to each stop, by the first row of the stop."""
    order = np.lexsort((metres, seconds, stops))
    _, best = np.unique(stops[order], return_index=True)
    _, first = np.unique(stops, return_index=True)
    return order[best][np.argsort(first)]


def _closest(
    rides: Iterable[tuple[int, OfferedRide]], *, latest: bool
) -> list[tuple[int, OfferedRide]]:
    """The rides whose pick-up begins first, or with `latest` ends last, if there are many."""

    def instant(each: tuple[int, OfferedRide]) -> int:
        _, ride = each
        clock = -ride.pick_up.closes if latest else ride.pick_up.opens
        days = ride.day.day.toordinal() * 24 * 3600
        return clock - days if latest else clock + days

    found = [*rides]
    return found if len(found) <= MOST_RIDES else sorted(found, key=instant)[:MOST_RIDES]


def _days(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += _DAY
