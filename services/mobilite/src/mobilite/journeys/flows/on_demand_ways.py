"""The demand-responsive rides from and to the places of a query.

A ride leads to stops with a timetable, or to the other place, out of reach on foot. People walk to
a stop where they are picked up, and from one where they are dropped off; in a zone they do not.
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import NamedTuple

import numpy as np

from mobilite.geo.domain.distances import distances
from mobilite.gtfs.domain.ids import global_id
from mobilite.gtfs.domain.service_date import ServiceDate
from mobilite.journeys.domain.filters import stops_without_wheelchairs
from mobilite.journeys.domain.footpaths import DETOUR
from mobilite.journeys.domain.journey import POINT, Leg, OnDemandLeg, WalkLeg
from mobilite.journeys.flows.approaches import Approach, Way
from mobilite.journeys.flows.journey_query import Wishes
from mobilite.journeys.flows.places import Place
from mobilite.journeys.flows.planning_state import PlanningState
from mobilite.journeys.flows.stations.station_walking import StationWalking
from mobilite.on_demand.domain.rides import OfferedRide, offered_rides
from mobilite.on_demand.domain.trips import OnDemandCall
from mobilite.timetable.domain.timetable import Bool

_DAY = timedelta(days=1)
_SLACK = 4 * 3600
"""Seconds: more than people walk to a vehicle, or the zones of a feed differ."""


class _End(NamedTuple):
    """Where people get in or out, and their way on foot between there and a place or a stop."""

    stop: int
    """→ stops of the network; `POINT`: at the place itself."""
    point: tuple[float, float]
    seconds: int = 0
    metres: int = 0
    beyond: int = POINT
    """The stop at the other end of the way on foot; `POINT`: the place."""


class OnDemandWays:
    """The rides that can still be booked at one instant, as one traveller accepts them."""

    def __init__(
        self, planning: PlanningState, walking: StationWalking, wishes: Wishes, *, now: int
    ) -> None:
        """`walking`: at the speed of the traveller. `now`: POSIX seconds."""
        self._planning, self._wishes, self._now = planning, wishes, now
        self._network, self._trips = planning.timetables.network, planning.timetables.on_demand
        self._walking = walking
        self._closed = frozenset[int]()
        if wishes.wheelchair:
            self._closed = frozenset(stops_without_wheelchairs(self._network).tolist())

    def from_place(self, place: Place, first: int, last: int) -> Iterator[Approach]:
        """The ways from a place that can start between two instants (POSIX seconds)."""
        for feed, ride in self._rides(first, last):
            start = self._at_place(feed, ride.pick_up, place)
            if start is not None:
                ends = [*self._at_stops(feed, ride.drop_off, place)]
                ways = [
                    self._way(feed, ride, start, end, end.beyond, metres)
                    for end, metres in zip(ends, _metres(start, ends), strict=True)
                ]
                yield from _approach(ways, first, last, backwards=False)

    def to_place(self, place: Place, first: int, last: int) -> Iterator[Approach]:
        """The ways to a place that can start between two instants (POSIX seconds)."""
        for feed, ride in self._rides(first, last):
            end = self._at_place(feed, ride.drop_off, place)
            if end is not None:
                starts = [*self._at_stops(feed, ride.pick_up, place, leaving=True)]
                ways = [
                    self._way(feed, ride, start, end, start.beyond, metres)
                    for start, metres in zip(starts, _metres(end, starts), strict=True)
                ]
                yield from _approach(ways, first, last, backwards=True)

    def between(self, origin: Place, destination: Place, first: int, last: int) -> Iterator[Way]:
        """The ways from place to place that can start between two instants (POSIX seconds)."""
        for feed, ride in self._rides(first, last):
            start = self._at_place(feed, ride.pick_up, origin)
            end = self._at_place(feed, ride.drop_off, destination)
            if start is not None and end is not None and self._are_far(start.point, [end.point])[0]:
                way = self._way(feed, ride, start, end, POINT, *_metres(start, [end]))
                if way is not None and way.first <= last and way.last >= first:
                    yield way

    def _rides(self, first: int, last: int) -> Iterator[tuple[int, OfferedRide]]:
        """The rides whose pick-up can be between two instants, or soon before or after, with the
        index of their feed."""
        dates = self._planning.timetables.date_of
        for on in _days(dates(first) - _DAY, dates(last)):
            for feed, trips in self._trips.feeds.items():
                rides = offered_rides(
                    trips,
                    ServiceDate(on),
                    wheelchair=self._wishes.wheelchair,
                    bicycle=self._wishes.bicycle_aboard,
                )
                start = int(ServiceDate(on).start(trips.timetable.zone(0)).timestamp())
                for ride in rides:
                    opens, closes = start + ride.pick_up.opens, start + ride.pick_up.closes
                    near = opens <= last + _SLACK and closes >= first - _SLACK
                    if near and not self._is_banned(ride):
                        yield feed, ride

    def _is_banned(self, ride: OfferedRide) -> bool:
        timetable = ride.trips.timetable
        route = global_id(timetable.feed_id, timetable.route_ids[ride.trip.route])
        return route in self._wishes.banned_routes

    def _at_place(self, feed: int, call: OnDemandCall, place: Place) -> _End | None:
        """Where a trip picks people up from a place, or drops them off for it."""
        if place.point is None:
            return None
        if call.zone is not None:
            return _End(POINT, place.point) if call.zone.contains(*place.point) else None
        ends = []
        for stop, point in self._stops(feed, call):
            if stop in place.stops:
                return _End(stop, point)
            path = self._walking.path(place.point, point)
            if path is not None and path.metres <= self._wishes.max_walk:
                ends.append(_End(stop, point, path.seconds, path.metres))
        return min(ends, key=lambda end: end.seconds, default=None)

    def _at_stops(
        self, feed: int, call: OnDemandCall, place: Place, *, leaving: bool = False
    ) -> Iterator[_End]:
        """Where a trip picks people up, or drops them off, for the stops of the network that a
        place is not within reach of on foot. `leaving`: people come from these."""
        if call.zone is not None:
            ends = [
                _End(stop, self._point(stop), beyond=stop)
                for stop in self._trips.stops_in(call.zone).tolist()
            ]
        else:
            stops = self._stops(feed, call)
            ends = [end for each in stops for end in self._around(*each, leaving=leaving)]
        if not ends or place.point is None:
            return
        far = self._are_far(place.point, [self._point(end.beyond) for end in ends])
        for end, is_far in zip(ends, far.tolist(), strict=True):
            if is_far and end.beyond not in place.stops:
                yield end

    def _are_far(self, point: tuple[float, float], others: Sequence[tuple[float, float]]) -> Bool:
        """bool[others]: which points people do not walk to."""
        lat, lon = np.array(others).T
        far: Bool = distances(*point, lat, lon) * DETOUR > self._wishes.max_walk
        return far

    def _around(self, stop: int, point: tuple[float, float], *, leaving: bool) -> Iterator[_End]:
        """The stops with a timetable that people walk to, or from."""
        if stop in self._trips.served:
            yield _End(stop, point, beyond=stop)
        near_stops = self._walking.stops_near(*point, self._wishes.max_walk, leaving=leaving)
        for near, seconds, metres in near_stops:
            if near != stop:
                yield _End(stop, point, seconds, metres, near)

    def _stops(self, feed: int, call: OnDemandCall) -> Iterator[tuple[int, tuple[float, float]]]:
        """The stops of a call that are somewhere and open to the traveller, as numbers of the
        network."""
        for row in call.stops:
            stop = int(self._network.stop_first[feed]) + row
            point = self._point(stop)
            if stop not in self._closed and point[0] == point[0]:  # NaN is not equal to itself
                yield stop, point

    def _point(self, stop: int) -> tuple[float, float]:
        return float(self._network.stop_lat[stop]), float(self._network.stop_lon[stop])

    def _way(
        self, feed: int, ride: OfferedRide, start: _End, end: _End, stop: int, metres: int
    ) -> Way | None:
        """The way to or from a stop; None if it cannot be booked any more. `metres`: in the
        vehicle."""
        taken = ride.seconds(metres)
        times = ride.pick_ups(taken, now=self._now)
        if times is None:
            return None
        boarded, left = start.seconds, start.seconds + taken
        leg = OnDemandLeg(feed, ride, start.stop, end.stop, boarded, left, metres)
        legs: list[Leg] = [leg]
        if start.seconds:
            legs.insert(0, WalkLeg(start.beyond, start.stop, 0, boarded, start.metres))
        if end.seconds:
            legs.append(WalkLeg(end.stop, end.beyond, left, left + end.seconds, end.metres))
        # Who walks to the vehicle leaves before it comes, but not before now.
        first = max(times.first - boarded, self._now)
        return Way(stop, tuple(legs), first, times.last - boarded)


def _metres(one: _End, others: Sequence[_End]) -> list[int]:
    """The metres of a ride between one place and each of the others."""
    if not others:
        return []
    lat, lon = np.array([other.point for other in others]).T
    found: list[int] = np.ceil(distances(*one.point, lat, lon) * DETOUR).astype(int).tolist()
    return found


def _approach(
    ways: list[Way | None], first: int, last: int, *, backwards: bool
) -> Iterator[Approach]:
    """The ways that can start between two instants, if there are any."""
    known = [way for way in ways if way is not None]
    known = [way for way in known if way.first <= min(way.last, last) and way.last >= first]
    if known:
        yield Approach.of(known, backwards=backwards)


def _days(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += _DAY
