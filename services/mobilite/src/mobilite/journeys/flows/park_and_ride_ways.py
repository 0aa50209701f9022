"""Ways by the own car to a park-and-ride near the origin, and on foot to the stops around it.

The car drives the straight distance × 1.3 at 30 km/h; then people park. It is not known along
streets, and takes as long at night as in the rush hour.
"""

from collections.abc import Iterator
from math import ceil
from typing import Final

from mobilite.car_parks.domain.car_park import CarPark
from mobilite.geo.domain.walking import DETOUR
from mobilite.journeys.domain.journey import POINT, DriveLeg, WalkLeg
from mobilite.journeys.flows.approaches import Legs
from mobilite.journeys.flows.bicycle_ways import Point, way_metres
from mobilite.journeys.flows.journey_query import Wishes, walking_of
from mobilite.journeys.flows.planning_state import PlanningState
from mobilite.on_demand.domain.rides import CAR_SPEED

PARKING: Final = 180
"""Seconds to park."""
LONGEST_DRIVE: Final = 45 * 60
"""Seconds."""
LONGEST: Final = int(LONGEST_DRIVE * CAR_SPEED)
"""Metres of a way by car."""
_MOST: Final = 20
"""Car parks that are tried, the nearest first."""


class ParkAndRideWays:
    """The ways of one traveller by car and on foot."""

    def __init__(self, planning: PlanningState, wishes: Wishes) -> None:
        self._walking = walking_of(planning.timetables, wishes).anywhere
        self._parks, self._wishes = planning.car_parks, wishes

    def to_stops(self, origin: Point) -> dict[int, Legs]:
        """The fastest way to each stop of the network that is near one of the car parks."""
        found = dict[int, Legs]()
        for park, metres in self._reached(origin):
            drive = DriveLeg(0, drive_seconds(metres), metres, park)
            near = self._walking.stops_near(*park.point, self._wishes.max_walk)
            for stop, seconds, walked in near:
                legs = _on_foot(drive, stop, seconds, walked)
                if stop not in found or legs[-1].arrival < found[stop][-1].arrival:
                    found[stop] = legs
        return found

    def reaches(self, origin: Point) -> bool:
        """Whether there is a car park."""
        return next(self._reached(origin), None) is not None

    def _reached(self, origin: Point) -> Iterator[tuple[CarPark, int]]:
        """The car parks that are tried, with the metres of the way to each."""
        tried = 0
        for park, straight in self._parks.near(origin, LONGEST / DETOUR):
            if tried == _MOST:
                return
            # Nothing is known of the other places of one that states none for wheelchairs.
            if not self._wishes.wheelchair or park.disabled:
                tried += 1
                yield park, ceil(straight * DETOUR)


def lacks_car_park(planning: PlanningState, wishes: Wishes, origin: Point) -> bool:
    """Whether a traveller with a car finds no car park near an origin."""
    return "car" in (wishes.modes or ()) and not ParkAndRideWays(planning, wishes).reaches(origin)


def drive_seconds(metres: int) -> int:
    """The seconds of a way by car, rounded up, with those to park."""
    return ceil(metres / CAR_SPEED) + PARKING


def drive_metres(origin: Point, park: CarPark) -> int | None:
    """The metres of the way to a car park, rounded up; None if it is too far."""
    metres = way_metres(origin, park.point)
    return metres if metres <= LONGEST else None


def _on_foot(drive: DriveLeg, stop: int, seconds: int, metres: int) -> Legs:
    """By car, then on foot to a stop, unless the car park is at the stop itself."""
    if not seconds:
        return (drive,)
    arrival = drive.arrival + seconds
    return (drive, WalkLeg(POINT, stop, drive.arrival, arrival, metres, start=drive.end))
