"""The stops that can be reached from a place in a time, or from which a place can."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import numpy as np

from mobilite.geo.domain.areas import Rings, walked_area
from mobilite.journeys.domain.raptor.labels import NEVER
from mobilite.journeys.flows.journey_query import JourneySearch, Wishes, walking_of
from mobilite.journeys.flows.places import Place, access_from, access_to, get_place
from mobilite.journeys.flows.planning_state import PlanningState
from mobilite.timetable.domain.timetable import I32

_MINUTE: Final = 60


@dataclass(frozen=True, slots=True)
class ReachRequest:
    """A query. `place`: as the origin of a query of journeys."""

    place: str
    minutes: tuple[int, ...]
    """The times of the areas, ascending."""
    at: int | None = None
    """POSIX seconds of leaving the place, or of being there; None: now."""
    backwards: bool = False
    """Whether the place is the destination."""
    wishes: Wishes = field(default_factory=Wishes)


@dataclass(frozen=True, slots=True, eq=False)
class ReachedStops:
    """How far a time goes."""

    request: ReachRequest
    planning: PlanningState
    place: Place
    at: int
    """POSIX seconds; so is `generated_at`."""
    generated_at: int
    stops: I32
    """Numbers of the network, soonest first."""
    seconds: I32
    """From leaving the place to each stop, waiting included; backwards from each stop to it."""

    def area(self, minutes: int) -> Rings:
        """What is reached in that time, with ways on foot from the place and the stops."""
        network, limit = self.planning.timetables.network, minutes * _MINUTE
        near = self.seconds <= limit
        stops, left = self.stops[near], limit - self.seconds[near].astype(np.int64)
        lat, lon = network.stop_lat[stops], network.stop_lon[stops]
        if self.place.point is not None:
            lat, lon = np.append(lat, self.place.point[0]), np.append(lon, self.place.point[1])
            left = np.append(left, limit)
        wishes = self.request.wishes
        return walked_area(lat, lon, left, wishes.max_walk, wishes.walk_speed)


def reach_stops(planning: PlanningState, request: ReachRequest, *, now: datetime) -> ReachedStops:
    """The stops reached within the longest time of a query, in real time. Raises Refusal as
    `get_place`."""
    generated_at = int(now.timestamp())
    at = generated_at if request.at is None else request.at
    planning = planning.at(at)
    place = get_place(planning, request.place, "to" if request.backwards else "from")
    wishes = request.wishes
    walking = walking_of(planning.timetables, wishes)
    access = (access_to if request.backwards else access_from)(walking, place, wishes.max_walk)
    seconds = _no_stop(planning)
    if len(access.stops):
        longest = max(request.minutes) * _MINUTE
        search = JourneySearch(planning, wishes)
        seconds = search.reach(access, at, longest, backwards=request.backwards)
    served = planning.timetables.served
    reached = served[seconds[served] < NEVER]
    order = np.argsort(seconds[reached], kind="stable")
    stops = reached[order]
    return ReachedStops(request, planning, place, at, generated_at, stops, seconds[stops])


def _no_stop(planning: PlanningState) -> I32:
    return np.full(planning.timetables.network.stops, NEVER, np.int32)
