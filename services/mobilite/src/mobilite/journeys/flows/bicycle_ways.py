"""Ways by bicycle around the places of a query: the straight distance × 1.3 at 15 km/h.

With their own bicycle people ride from the origin to a stop, where it stays, or take it aboard and
ride on. A rented one, or a rented scooter, leads from station to station of one system, at both
ends of a journey. Unless a bicycle comes aboard, only what is out of reach on foot is ridden to.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mobilite.geo.domain.distances import distances
from mobilite.geo.domain.walking import DETOUR
from mobilite.gtfs.domain.ids import FeedId
from mobilite.journeys.domain.journey import POINT, CycleLeg, Rental, WalkLeg
from mobilite.journeys.domain.near import pairs_within
from mobilite.journeys.flows.approaches import Legs
from mobilite.journeys.flows.journey_query import Wishes
from mobilite.journeys.flows.planning_state import Timetables
from mobilite.journeys.ports import WalkingWays
from mobilite.rental.domain.dock import Dock

CYCLING_SPEED: Final = 15 / 3.6
"""Metres a second."""
LONGEST: Final = 6_000
"""Metres of one way by bicycle to or from a stop."""
LONGEST_DIRECT: Final = 15_000
"""Metres of one by bicycle alone."""
HANDOVER: Final = 60
"""Seconds to take a bicycle at a station, and again to give it back."""
FROM_STATION: Final = 300
"""Metres on foot between a rental station and a stop."""
_TRIED: Final = 3
"""Rental stations of a system near a place that are tried, the nearest first."""

Point = tuple[float, float]


class _Walk(NamedTuple):
    """A way on foot between a place, or a stop, and a rental station."""

    dock: Dock
    seconds: int
    metres: int


class BicycleWays:
    """The ways of one traveller by bicycle."""

    def __init__(
        self, timetables: Timetables, walking: WalkingWays, docks: Sequence[Dock], wishes: Wishes
    ) -> None:
        """`walking`: at the speed of the traveller. `docks`: the rental stations of one mode, as
        they are now."""
        self._network, self._served = timetables.network, timetables.served
        self._lat = self._network.stop_lat[self._served]
        self._lon = self._network.stop_lon[self._served]
        self._walking, self._docks = walking, docks
        self._max_walk, self._walk_speed = wishes.max_walk, wishes.walk_speed
        # A rental station is near many stops.
        self._metres = cache(way_metres)

    def own_to_stops(self, origin: Point, *, aboard: bool = False) -> dict[int, Legs]:
        """With the own bicycle to each stop; to the near ones too if it comes aboard."""
        ways = self._ridden(origin, 0 if aboard else self._max_walk)
        return {
            stop: (CycleLeg(POINT, stop, 0, cycle_seconds(metres), metres),)
            for stop, metres in ways
        }

    def own_from_stops(self, destination: Point) -> dict[int, Legs]:
        """With the own bicycle, which came aboard, from each stop."""
        return {
            stop: (CycleLeg(stop, POINT, 0, cycle_seconds(metres), metres),)
            for stop, metres in self._ridden(destination, 0)
        }

    def own_between(self, origin: Point, destination: Point) -> Legs | None:
        """With the own bicycle all the way; None if it is too near or too far."""
        way = way_metres(origin, destination)
        if not self._max_walk < way <= LONGEST_DIRECT:
            return None
        return (CycleLeg(POINT, POINT, 0, cycle_seconds(way), way),)

    def rented_to_stops(self, origin: Point) -> dict[int, Legs]:
        """With a rented vehicle to each stop with a rental station near it."""
        found = dict[int, Legs]()
        starts = self._near(origin, [dock for dock in self._docks if dock.vehicles])
        if not starts:
            return found
        for stop, end in self._at_stops(origin, [dock for dock in self._docks if dock.places]):
            for start in starts:
                _add(found, stop, self._rented(start, end, POINT, stop, LONGEST))
        return found

    def rented_from_stops(self, destination: Point) -> dict[int, Legs]:
        """With a rented vehicle from each stop with a rental station near it."""
        found = dict[int, Legs]()
        ends = self._near(destination, [dock for dock in self._docks if dock.places])
        if not ends:
            return found
        for stop, start in self._at_stops(
            destination, [dock for dock in self._docks if dock.vehicles]
        ):
            for end in ends:
                _add(found, stop, self._rented(start, end, stop, POINT, LONGEST))
        return found

    def rented_between(self, origin: Point, destination: Point) -> Legs | None:
        """With a rented vehicle all the way; None if there is none, or it is too near or too
        far."""
        if way_metres(origin, destination) <= self._max_walk:
            return None
        found = dict[int, Legs]()
        for start in self._near(origin, [dock for dock in self._docks if dock.vehicles]):
            for end in self._near(destination, [dock for dock in self._docks if dock.places]):
                _add(found, POINT, self._rented(start, end, POINT, POINT, LONGEST_DIRECT))
        return found.get(POINT)

    def _ridden(self, place: Point, beyond: int) -> Iterator[tuple[int, int]]:
        """The stops that are further than that from a place, in metres, but not too far, and the
        metres to each."""
        far = _far(place, self._lat, self._lon)
        rows = np.flatnonzero((far > beyond) & (far <= LONGEST))
        metres = np.ceil(far[rows]).astype(int)
        return zip(self._served[rows].tolist(), metres.tolist(), strict=True)

    def _near(self, place: Point, docks: Sequence[Dock]) -> list[_Walk]:
        """The nearest rental stations that people walk to from a place, or from to it."""
        if not docks:
            return []
        lat, lon = np.array([dock.point for dock in docks]).T
        far = _far(place, lat, lon)
        found, tried = [], Counter[FeedId]()
        for row in np.argsort(far, kind="stable").tolist():
            dock = docks[row]
            # No street is shorter than the straight line.
            if far[row] / DETOUR > self._max_walk:
                break
            tried[dock.feed_id] += 1
            if tried[dock.feed_id] > _TRIED:
                continue
            path = self._walking.path(place, dock.point)
            if path is not None and path.metres <= self._max_walk:
                found.append(_Walk(dock, path.seconds, path.metres))
        return found

    def _at_stops(self, place: Point, docks: Sequence[Dock]) -> Iterator[tuple[int, _Walk]]:
        """The rental stations near each stop that is out of reach on foot from a place, but not by
        bicycle."""
        if not docks:
            return
        far = _far(place, self._lat, self._lon)
        rows = np.flatnonzero((far > self._max_walk) & (far <= LONGEST + self._max_walk))
        lat, lon = np.array([dock.point for dock in docks]).T
        ends = np.concatenate([self._lat[rows], lat]), np.concatenate([self._lon[rows], lon])
        source, target, straight = pairs_within(*ends, min(FROM_STATION, self._max_walk) / DETOUR)
        of_stop = (source < len(rows)) & (target >= len(rows))
        columns = (source[of_stop], target[of_stop] - len(rows), straight[of_stop] * DETOUR)
        for row, dock, walked in zip(*(each.tolist() for each in columns), strict=True):
            metres = int(np.ceil(walked))
            seconds = int(np.ceil(metres / self._walk_speed))
            yield int(self._served[rows[row]]), _Walk(docks[dock], seconds, metres)

    def _rented(
        self, start: _Walk, end: _Walk, from_stop: int, to_stop: int, longest: int
    ) -> Legs | None:
        """On foot to a vehicle, with it, and on foot on. None if both stations are the same or of
        different systems, or the way is too long."""
        if start.dock.feed_id != end.dock.feed_id or start.dock.id == end.dock.id:
            return None
        metres = self._metres(start.dock.point, end.dock.point)
        if metres > longest:
            return None
        ride = rented_leg(Rental(start.dock, end.dock), start.seconds, metres)
        last = ride.arrival + end.seconds
        legs = (
            WalkLeg(from_stop, POINT, 0, start.seconds, start.metres, end=ride.start),
            ride,
            WalkLeg(POINT, to_stop, ride.arrival, last, end.metres, start=ride.end),
        )
        # At a station itself there is no way to it.
        return tuple(leg for leg in legs if leg.arrival > leg.departure)


def way_metres(one: Point, other: Point) -> int:
    """The metres of the way between two points, rounded up."""
    far = _far(one, np.array([other[0]]), np.array([other[1]]))
    return int(np.ceil(far[0]))


def rented_leg(rental: Rental, departure: int, metres: int) -> CycleLeg:
    """The ride between two rental stations, with the time to take the vehicle and to give it
    back."""
    arrival = departure + cycle_seconds(metres) + 2 * HANDOVER
    return CycleLeg(POINT, POINT, departure, arrival, metres, rental)


def _far(place: Point, lat: NDArray[np.float64], lon: NDArray[np.float64]) -> NDArray[np.float64]:
    """The metres of the ways to many points; NaN where one has no coordinates."""
    return distances(*place, lat, lon) * DETOUR


def cycle_seconds(metres: int) -> int:
    """The seconds of a way by bicycle, rounded up."""
    return int(np.ceil(metres / CYCLING_SPEED))


def _add(found: dict[int, Legs], stop: int, legs: Legs | None) -> None:
    """Of several ways to one stop the shortest counts."""
    if legs is not None and (stop not in found or legs[-1].arrival < found[stop][-1].arrival):
        found[stop] = legs
