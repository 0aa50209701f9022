"""Journeys by the own car to a park-and-ride, then by public transport, for travellers who accept
it. The car is not at the other end, and none goes all the way by car."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property

from mobilite.journeys.domain.access import Access
from mobilite.journeys.domain.alternatives import best_of
from mobilite.journeys.domain.journey import Journey, WalkLeg
from mobilite.journeys.flows.approaches import (
    Legs,
    beyond_walks,
    legs_at,
    listed,
    walked_metres,
)
from mobilite.journeys.flows.journey_query import JourneySearch, Wishes, walking_of
from mobilite.journeys.flows.park_and_ride_ways import ParkAndRideWays
from mobilite.journeys.flows.places import Place, access_from, access_to
from mobilite.journeys.flows.planning_state import PlanningState

_Run = Callable[[Access, Access], Iterable[Journey]]


class ParkAndRideJourneys:
    """Searches these journeys between two places. Instants are POSIX seconds."""

    def __init__(self, planning: PlanningState, places: Sequence[Place], wishes: Wishes) -> None:
        """`places`: origin and destination."""
        self._planning, self._wishes = planning, wishes
        self._origin, self._destination = places[0], places[-1]

    @property
    def accepted(self) -> bool:
        """Whether the traveller accepts them, and there can be one."""
        wanted = "car" in (self._wishes.modes or ())
        return wanted and self._origin.point is not None and len(self._planning.car_parks) > 0

    def leaving(self, search: JourneySearch, first: int, last: int) -> Sequence[Journey]:
        """The journeys that leave between two instants."""
        window = max(last - first, 1)
        found = self._found(lambda start, end: search.leaving(start, end, first, window))
        return best_of(each for each in found if first <= each.departure <= last)

    def arriving(self, search: JourneySearch, first: int, last: int) -> Sequence[Journey]:
        """The journeys that arrive between two instants."""
        window = max(last - first, 1)
        found = self._found(lambda start, end: search.arriving(start, end, last, window))
        return best_of(each for each in found if first <= each.arrival <= last)

    def earliest(self, search: JourneySearch, at: int) -> Sequence[Journey]:
        """The journey that arrives first of those that leave at an instant or after."""
        return [*self._found(lambda start, end: listed(search.earliest(start, end, at)))]

    def latest(self, search: JourneySearch, by: int) -> Sequence[Journey]:
        """The journey that leaves last of those that arrive at an instant or before."""
        return [*self._found(lambda start, end: listed(search.latest(start, end, by)))]

    def _found(self, run: _Run) -> Iterator[Journey]:
        """The journeys of a search from an origin to a destination, with the way by car."""
        for journey in run(self._onwards, self._back):
            first, *others = journey.legs
            if isinstance(first, WalkLeg) and first.to_stop in self._ways:
                yield Journey((*legs_at(self._ways[first.to_stop], first.departure), *others))

    @cached_property
    def _ways(self) -> dict[int, Legs]:
        """The ways to the stops that are out of reach on foot."""
        assert self._origin.point is not None
        walking = walking_of(self._planning.timetables, self._wishes)
        walks = access_from(walking, self._origin, self._wishes.max_walk)
        ways = ParkAndRideWays(self._planning, self._wishes).to_stops(self._origin.point)
        return beyond_walks(ways, walks)

    @cached_property
    def _onwards(self) -> Access:
        return Access.of(
            (stop, legs[-1].arrival, walked_metres(legs)) for stop, legs in self._ways.items()
        )

    @cached_property
    def _back(self) -> Access:
        walking = walking_of(self._planning.timetables, self._wishes)
        return access_to(walking, self._destination, self._wishes.max_walk)
