"""The ways of a journey that a search adds to those with a timetable: to rental stations and
demand-responsive rides on foot, from car parks, and by the traveller's own bicycle. They are those
of the search (`bicycle_ways.py`, `on_demand_ways.py`, `park_and_ride_ways.py`)."""

from math import ceil
from typing import Final

from mobilite.journeys.domain.journey import POINT
from mobilite.journeys.flows.bicycle_ways import (
    FROM_STATION,
    LONGEST,
    LONGEST_DIRECT,
    Point,
    cycle_seconds,
    way_metres,
)
from mobilite.journeys.flows.followed.find_on_demand import FoundOnDemand
from mobilite.journeys.flows.followed.find_ride import FoundRide
from mobilite.journeys.flows.journey_query import Wishes, walking_of
from mobilite.journeys.flows.places import Place
from mobilite.journeys.flows.planning_state import PlanningState

_Way = tuple[int, int] | None
"""Seconds and metres."""
_AT_ONCE: Final = (0, 0)


class FirstAndLastWays:
    """Finds these ways with the wishes of a journey. None: there is no way."""

    def __init__(self, planning: PlanningState, wishes: Wishes) -> None:
        self._walking = walking_of(planning.timetables, wishes).anywhere
        self._network, self._wishes = planning.timetables.network, wishes

    def to_station(self, end: Place | int, station: Point) -> _Way:
        """On foot between a place, or a stop of the network, and a rental station."""
        if isinstance(end, Place):
            return self._path(end.point, station)
        point = self._network.coordinates(end)
        if point is None:
            return None
        metres = way_metres(point, station)
        # It is rounded up, so one of the search can be longer by one.
        if metres > min(FROM_STATION, self._wishes.max_walk) + 1:
            return None
        return ceil(metres / self._wishes.walk_speed), metres

    def to_pick_up(self, node: Place | FoundRide, ride: FoundOnDemand) -> _Way:
        """On foot to where a demand-responsive ride starts."""
        if isinstance(node, Place):
            return self._at_place(node, ride.from_stop)
        return self._between(node.to_stop, ride.from_stop, leaving=True)

    def from_drop_off(self, ride: FoundOnDemand, node: Place | FoundRide) -> _Way:
        """On foot from where one ends."""
        if isinstance(node, Place):
            return self._at_place(node, ride.to_stop)
        return self._between(node.from_stop, ride.to_stop, leaving=False)

    def from_car_park(self, car_park: Point, ride: FoundRide) -> _Way:
        """On foot from a car park to the stop of a ride."""
        return self._near(car_park, ride.from_stop, leaving=False)

    def by_bicycle(self, one: Place | FoundRide, other: Place | FoundRide) -> _Way:
        """By the own bicycle between two places or rides."""
        known = self._network.coordinates
        start = one.point if isinstance(one, Place) else known(one.to_stop)
        end = other.point if isinstance(other, Place) else known(other.from_stop)
        if start is None or end is None:
            return None
        metres = way_metres(start, end)
        rides = [each for each in (one, other) if isinstance(each, FoundRide)]
        longest = LONGEST if rides else LONGEST_DIRECT
        # A ride can be moved to a platform that is further away.
        too_far = metres > longest and not any(ride.moved for ride in rides)
        return None if too_far else (cycle_seconds(metres), metres)

    def _at_place(self, place: Place, stop: int) -> _Way:
        """On foot between a place and the stop of a demand-responsive ride."""
        if stop == POINT or stop in place.stops:
            return _AT_ONCE
        return self._path(place.point, self._network.coordinates(stop))

    def _between(self, stop: int, other: int, *, leaving: bool) -> _Way:
        """On foot between the stop of a ride with a timetable and the `other` of one on demand.
        `leaving`: from the first."""
        if stop == other:
            return _AT_ONCE
        point = None if other == POINT else self._network.coordinates(other)
        if point is None:
            return None
        return self._near(point, stop, leaving=leaving)

    def _near(self, point: Point, stop: int, *, leaving: bool) -> _Way:
        """On foot between a point and a stop with a timetable. `leaving`: from the stop."""
        near = self._walking.stops_near(*point, self._wishes.max_walk, leaving=leaving)
        ways = [(seconds, metres) for each, seconds, metres in near if each == stop]
        return min(ways, default=None)

    def _path(self, one: Point | None, other: Point | None) -> _Way:
        if one is None or other is None:
            return None
        path = self._walking.path(one, other)
        if path is None or path.metres > self._wishes.max_walk:
            return None
        return path.seconds, path.metres
