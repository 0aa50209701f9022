"""Journeys by bicycle to a stop or from one, or all the way, for travellers who accept it.

A rented scooter is ridden like a rented bicycle. Rental stations are known as they are now: a
vehicle is rented within the next hour.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cached_property, partial
from typing import Final

from mobilite.journeys.domain.access import Access
from mobilite.journeys.domain.alternatives import best_of
from mobilite.journeys.domain.journey import POINT, CycleLeg, Journey, WalkLeg
from mobilite.journeys.flows.approaches import (
    Legs,
    beyond_walks,
    legs_at,
    listed,
    walked_metres,
)
from mobilite.journeys.flows.bicycle_ways import BicycleWays
from mobilite.journeys.flows.journey_query import JourneySearch, Wishes, walking_of
from mobilite.journeys.flows.places import Place, access_from, access_to
from mobilite.journeys.flows.planning_state import PlanningState
from mobilite.rental.domain.dock import FORMS
from mobilite.rental.flows.live_docks import live_docks
from mobilite.rental.flows.live_rentals import RentalState

KNOWN_AHEAD: Final = 3600
"""Seconds from now until which the state of rental stations is used."""

_Run = Callable[[JourneySearch, Access, Access], Iterable[Journey]]


class BicycleJourneys:
    """Searches these journeys between two places. Instants are POSIX seconds."""

    def __init__(
        self,
        planning: PlanningState,
        rentals: RentalState,
        places: Sequence[Place],
        wishes: Wishes,
        *,
        now: datetime,
    ) -> None:
        """`places`: origin and destination. By wheelchair there is no such journey; with a bicycle
        that always comes aboard none with another one."""
        modes = wishes.modes if wishes.modes is not None and not wishes.wheelchair else frozenset()
        self._own, self._stays = "bicycle" in modes, not wishes.bicycle_aboard
        shared = [mode for mode in FORMS if mode in modes and self._stays]
        self._rented: tuple[BicycleWays, ...] = ()
        self._ends = places[0].point, places[-1].point
        self._rented_until = int(now.timestamp()) + KNOWN_AHEAD
        if self._own or shared:
            walking = walking_of(planning.timetables, wishes)
            ways = partial(BicycleWays, planning.timetables, walking.anywhere, wishes=wishes)
            self._ways = ways(docks=())
            self._rented = tuple(ways(docks=live_docks(rentals, mode, now=now)) for mode in shared)
            self._from = access_from(walking, places[0], wishes.max_walk)
            self._to = access_to(walking, places[-1], wishes.max_walk)
            self._at = _at(places[0]), _at(places[-1])
            self._aboard = JourneySearch(planning, replace(wishes, bicycle_aboard=True))

    @property
    def accepted(self) -> bool:
        """Whether the traveller accepts a bicycle or a scooter."""
        return self._own or bool(self._rented)

    def leaving(self, search: JourneySearch, first: int, last: int) -> Sequence[Journey]:
        """The journeys that leave between two instants."""
        window = max(last - first, 1)
        found = self._found(search, lambda by, start, end: by.leaving(start, end, first, window))
        found += self._direct(first, arrive_by=False)
        return self._known(each for each in found if first <= each.departure <= last)

    def arriving(self, search: JourneySearch, first: int, last: int) -> Sequence[Journey]:
        """The journeys that arrive between two instants."""
        window = max(last - first, 1)
        found = self._found(search, lambda by, start, end: by.arriving(start, end, last, window))
        found += self._direct(last, arrive_by=True)
        return self._known(each for each in found if first <= each.arrival <= last)

    def earliest(self, search: JourneySearch, at: int) -> Sequence[Journey]:
        """With each type of bicycle, the journey that arrives first of those that leave at an
        instant or after."""
        found = self._found(search, lambda each, start, end: listed(each.earliest(start, end, at)))
        return self._known([*found, *self._direct(at, arrive_by=False)])

    def latest(self, search: JourneySearch, by: int) -> Sequence[Journey]:
        """With each type of bicycle, the journey that leaves last of those that arrive at an
        instant or before."""
        found = self._found(search, lambda each, start, end: listed(each.latest(start, end, by)))
        return self._known([*found, *self._direct(by, arrive_by=True)])

    def _found(self, search: JourneySearch, run: _Run) -> list[Journey]:
        """The journeys that ride a bicycle. `run`: searches from an origin to a destination."""
        found = [
            journey
            for onwards, back in self._around
            for journey in _with_bicycles(
                run(search, _joined(self._from, onwards), _joined(self._to, back)), onwards, back
            )
        ]
        origin, destination = self._ends
        if self._own and origin is not None and destination is not None:
            # At a stop itself nobody has to ride to it.
            start, end = self._at
            onwards = beyond_walks(self._ways.own_to_stops(origin, aboard=True), start)
            back = beyond_walks(self._ways.own_from_stops(destination), end)
            journeys = run(self._aboard, _joined(start, onwards), _joined(end, back))
            found += _with_bicycles(journeys, onwards, back)
        return found

    @cached_property
    def _around(self) -> Sequence[tuple[Mapping[int, Legs], Mapping[int, Legs]]]:
        """What `_find_around` finds, for all searches."""
        return [*self._find_around()]

    def _find_around(self) -> Iterator[tuple[Mapping[int, Legs], Mapping[int, Legs]]]:
        """The ways from the origin and those to the destination, with a bicycle that stays at a
        stop, and with rented vehicles; of these also without those to the destination, which can be
        too late to be known."""
        origin, destination = self._ends
        if self._own and self._stays and origin is not None:
            yield beyond_walks(self._ways.own_to_stops(origin), self._from), {}
        if origin is None or destination is None:
            return
        for ways in self._rented:
            onwards = beyond_walks(ways.rented_to_stops(origin), self._from)
            back = beyond_walks(ways.rented_from_stops(destination), self._to)
            if onwards:
                yield onwards, {}
            if back:
                yield onwards, back

    def _direct(self, at: int, *, arrive_by: bool) -> Iterator[Journey]:
        """By bicycle all the way, leaving at an instant, or arriving then."""
        origin, destination = self._ends
        if origin is None or destination is None:
            return
        ways = [
            self._ways.own_between(origin, destination) if self._own else None,
            *(each.rented_between(origin, destination) for each in self._rented),
        ]
        for legs in ways:
            if legs is not None:
                yield Journey(legs_at(legs, at - legs[-1].arrival if arrive_by else at))

    def _known(self, journeys: Iterable[Journey]) -> Sequence[Journey]:
        """The best of the journeys in which no vehicle is rented later than is known."""
        return best_of(
            journey
            for journey in journeys
            if all(
                leg.rental is None or leg.departure <= self._rented_until
                for leg in journey.legs
                if isinstance(leg, CycleLeg)
            )
        )


def _at(place: Place) -> Access:
    """The stops of a place."""
    return Access.of([(stop, 0, 0) for stop in sorted(place.stops)])


def _joined(walks: Access, ways: Mapping[int, Legs]) -> Access:
    """Ways on foot and by bicycle; no stop has both."""
    rows = zip(walks.stops.tolist(), walks.seconds.tolist(), walks.metres.tolist(), strict=True)
    cycled = ((stop, legs[-1].arrival, walked_metres(legs)) for stop, legs in ways.items())
    return Access.of([*rows, *cycled])


def _with_bicycles(
    journeys: Iterable[Journey], onwards: Mapping[int, Legs], back: Mapping[int, Legs]
) -> Iterator[Journey]:
    """Those of the journeys that use one of the ways by bicycle, with its legs."""
    for journey in journeys:
        legs = [*journey.legs]
        start, end = legs[0], legs[-1]
        if isinstance(start, WalkLeg) and start.from_stop == POINT and start.to_stop in onwards:
            legs[:1] = legs_at(onwards[start.to_stop], start.departure)
        if isinstance(end, WalkLeg) and end.to_stop == POINT and end.from_stop in back:
            legs[-1:] = legs_at(back[end.from_stop], end.departure)
        if any(isinstance(leg, CycleLeg) for leg in legs):
            yield Journey(tuple(legs))
