"""What a traveller wishes, and the searches that answer it on one planning state."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final, Literal

import numpy as np

from mobilite.geo.domain.walking import WALKING_SPEED
from mobilite.gtfs.domain.ids import FeedId, GlobalId, split_global_id
from mobilite.gtfs.domain.route_types import Mode, modes_of
from mobilite.journeys.domain.access import Access
from mobilite.journeys.domain.alternatives import best_of, with_less_walking
from mobilite.journeys.domain.day_network import DayNetwork
from mobilite.journeys.domain.filters import (
    lanes_of,
    open_lanes,
    stops_without_wheelchairs,
    without_stops,
)
from mobilite.journeys.domain.journey import Journey, RideLeg
from mobilite.journeys.domain.layers import Layers
from mobilite.journeys.domain.network import JourneyNetwork
from mobilite.journeys.domain.search import Query, arrive_by, depart_at, leave_later, reach
from mobilite.journeys.flows.planning_state import PlanningState, Timetables, Walking
from mobilite.rental.domain.dock import SharedMode
from mobilite.timetable.domain.timetable import I32
from socle.errors import Refusal

JourneyMode = Literal[Mode, "walk", "transit", "on_demand", "bicycle", SharedMode, "car"]
LONGEST_WALK: Final = 5000
"""Metres of a way on foot that a traveller can wish."""
WALK_SPEEDS: Final = (2, 8)
"""Kilometres an hour: the least and the most."""
LONGEST_STAY: Final = 720
"""Minutes at a place on the way."""
MOST_ROUTES: Final = 50
"""Routes that a traveller can avoid, or prefer."""
_NEXT: Final = 6 * 3600
"""Seconds in which another journey is searched for one whose vehicle is inaccessible."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a traveller accepts."""

    modes: frozenset[JourneyMode] | None = None
    """None: all but bicycles, scooters and the own car. "transit" is every vehicle with a timetable
    or on demand. Walking is always accepted, within `max_walk`."""
    wheelchair: bool = False
    max_walk: int = 1000
    """Metres of each way on foot."""
    bicycle_aboard: bool = False
    """Only in vehicles that are known to take bicycles."""
    car_aboard: bool = False
    """Only in vehicles that are known to take cars."""
    banned_routes: frozenset[GlobalId] = frozenset()
    preferred_routes: frozenset[GlobalId] = frozenset()
    """A journey that rides in one of them, or in a preferred mode, can take longer than others
    (`preferences.py`)."""
    preferred_modes: frozenset[Mode] = frozenset()
    walk_speed: float = WALKING_SPEED
    """Metres a second."""
    stay: int = 0
    """Seconds at each place on the way."""

    @property
    def all_transit(self) -> bool:
        """Whether every vehicle with a timetable or on demand is accepted."""
        return self.modes is None or "transit" in self.modes

    @property
    def on_demand(self) -> bool:
        """Whether rides on demand are accepted: none takes a car."""
        accepted = self.all_transit or "on_demand" in (self.modes or ())
        return accepted and not self.car_aboard

    @property
    def has_preferences(self) -> bool:
        """Whether some lines or modes are preferred."""
        return bool(self.preferred_routes or self.preferred_modes)


def walking_of(timetables: Timetables, wishes: Wishes) -> Walking:
    """The ways of a traveller, at their speed."""
    return timetables.walking(wheelchair=wishes.wheelchair).at_speed(wishes.walk_speed)


class JourneySearch:
    """Searches with one traveller's wishes, on one planning state."""

    def __init__(
        self, planning: PlanningState, wishes: Wishes, *, preferring: bool = False
    ) -> None:
        """`preferring`: every journey rides in a line or a mode that the traveller prefers.

        Raises Refusal("not_found") for an unknown route."""
        self.planning, self.wishes = planning, wishes
        network = planning.timetables.network
        self._ways = walking_of(planning.timetables, wishes).ways
        self._banned = _routes(planning.timetables, wishes.banned_routes, "banned_routes")
        self._preferred = _routes(planning.timetables, wishes.preferred_routes, "preferred_routes")
        self._preferred_types = _route_types(network, wishes.preferred_modes)
        self._layers: dict[date, Layers] | None = {} if preferring else None
        self._types = None if wishes.all_transit else _route_types(network, wishes.modes or ())
        self._closed = stops_without_wheelchairs(network) if wishes.wheelchair else None

    def leaving(
        self, origin: Access, destination: Access, first: int, window: int
    ) -> tuple[Journey, ...]:
        """The journeys that leave in `window` seconds from `first` (POSIX seconds) on."""
        ways, on = self._ways, self.planning.timetables.date_of(first)

        def search(day: DayNetwork, query: Query) -> tuple[Journey, ...]:
            return with_less_walking(
                lambda wish: depart_at(day, ways, wish, first, window=window), query
            )

        return best_of(self._accepted(on, origin, destination, search))

    def arriving(
        self, origin: Access, destination: Access, last: int, window: int
    ) -> tuple[Journey, ...]:
        """The journeys that arrive in the `window` seconds before `last` (POSIX seconds)."""
        ways, on = self._ways, self._day_before(last)

        def search(day: DayNetwork, query: Query) -> tuple[Journey, ...]:
            return with_less_walking(
                lambda wish: arrive_by(day, ways, wish, last, window=window), query
            )

        return best_of(self._accepted(on, origin, destination, search))

    def earliest(self, origin: Access, destination: Access, at: int) -> Journey | None:
        """The journey that arrives first of those that leave at `at` (POSIX seconds) or after."""
        ways, on = self._ways, self.planning.timetables.date_of(at)

        def search(day: DayNetwork, query: Query) -> tuple[Journey, ...]:
            found = depart_at(day, ways, query, at)
            first = min(found, key=lambda each: (each.arrival, each.rides), default=None)
            return () if first is None else (leave_later(day, ways, query, first),)

        found = self._accepted(on, origin, destination, search)
        if not found and self.wishes.wheelchair:
            # Its vehicle may be reported as inaccessible: take the first of the next ones.
            found = [*self.leaving(origin, destination, at, _NEXT)]
        return min(found, key=lambda each: (each.arrival, each.rides), default=None)

    def latest(self, origin: Access, destination: Access, by: int) -> Journey | None:
        """The journey that leaves last of those that arrive at `by` (POSIX seconds) or before."""
        ways, on = self._ways, self._day_before(by)

        def search(day: DayNetwork, query: Query) -> tuple[Journey, ...]:
            found = arrive_by(day, ways, query, by)
            last = max(found, key=lambda each: (each.departure, -each.rides), default=None)
            if last is None:
                return ()
            # Of those that leave then, the one that arrives first.
            same = replace(query, most_rides=last.rides, longest=last.arrival - last.departure)
            sooner = depart_at(day, ways, same, last.departure)
            return (min(sooner, key=lambda each: each.arrival, default=last),)

        found = self._accepted(on, origin, destination, search)
        if not found and self.wishes.wheelchair:
            found = [*self.arriving(origin, destination, by, _NEXT)]
        return max(found, key=lambda each: (each.departure, -each.rides), default=None)

    def reach(self, place: Access, at: int, longest: int, *, backwards: bool) -> I32:
        """The seconds to each stop from a place, left at `at` (POSIX seconds), within `longest`
        seconds (`domain.search.reach`); or to it, to be there at `at`, if `backwards`."""
        on = self._day_before(at) if backwards else self.planning.timetables.date_of(at)
        day = self.planning.day(on)
        query = replace(self._query(day, place, place), longest=longest)
        return reach(self._open(day), self._ways, query, at, backwards=backwards)

    def _is_accessible(self, journey: Journey) -> bool:
        """Whether no vehicle of a run in real time excludes the traveller."""
        if not self.wishes.wheelchair:
            return True
        network, snapshot = self.planning.timetables.network, self.planning.live.snapshot
        runs = [
            snapshot.feed(network.feeds[leg.feed].feed_id).runs.get(leg.run)
            for leg in journey.legs
            if isinstance(leg, RideLeg)
        ]
        return all(run is None or run.update.vehicle_access != "no" for run in runs)

    def _day_before(self, instant: int) -> date:
        return self.planning.timetables.date_of(instant) - timedelta(days=1)

    def _accepted(
        self,
        on: date,
        origin: Access,
        destination: Access,
        search: Callable[[DayNetwork, Query], tuple[Journey, ...]],
    ) -> list[Journey]:
        """The journeys of a search on a date, as the traveller accepts them."""
        if not len(origin.stops) or not len(destination.stops):
            return []
        day = self._open(self.planning.day(on))
        query = self._query(day, origin, destination)
        if self._layers is not None:
            query = replace(query, layers=self._layered(on, day))
        return [each for each in search(day, query) if self._is_accessible(each)]

    def _layered(self, on: date, day: DayNetwork) -> Layers:
        """The day of a date with the preferred lanes."""
        assert self._layers is not None
        if on not in self._layers:
            lanes = lanes_of(day, routes=self._preferred, types=self._preferred_types)
            self._layers[on] = Layers(day, self._ways.onwards, lanes)
        return self._layers[on]

    def _query(self, day: DayNetwork, origin: Access, destination: Access) -> Query:
        wishes = self.wishes
        lanes = open_lanes(
            day,
            banned_routes=self._banned,
            modes=self._types,
            wheelchair=wishes.wheelchair,
        )
        if wishes.bicycle_aboard:
            lanes = lanes & open_lanes(day, bikes=True, unknown=False)
        if wishes.car_aboard:
            lanes = lanes & open_lanes(day, cars=True)
        return Query(origin, destination, walk_budget=wishes.max_walk, open_lanes=lanes)

    def _open(self, day: DayNetwork) -> DayNetwork:
        """A day without the stops that exclude the traveller."""
        return day if self._closed is None else without_stops(day, self._closed)


def _route_types(network: JourneyNetwork, modes: Iterable[JourneyMode]) -> frozenset[int]:
    """The route_types of the network that are of one of the modes."""
    types = {each for feed in network.feeds for each in np.unique(feed.route_type).tolist()}
    wanted = {*modes}
    return frozenset(each for each in types if not wanted.isdisjoint(modes_of([each])))


def with_known_routes(timetables: Timetables, wishes: Wishes) -> Wishes:
    """The wishes without the routes that the timetables do not have any more."""

    def known(routes: Iterable[GlobalId]) -> frozenset[GlobalId]:
        return frozenset(each for each in routes if route_number(timetables, each) is not None)

    return replace(
        wishes,
        banned_routes=known(wishes.banned_routes),
        preferred_routes=known(wishes.preferred_routes),
    )


def _routes(timetables: Timetables, routes: Iterable[GlobalId], parameter: str) -> list[int]:
    """The numbers of routes in the network."""
    numbers = []
    for route in routes:
        number = route_number(timetables, route)
        if number is None:
            sentence = f"La ligne {route} n'est pas connue."
            raise Refusal("not_found", sentence, parameter=parameter)
        numbers.append(number)
    return numbers


def route_number(timetables: Timetables, route: GlobalId) -> int | None:
    """The number of a route in the network; None if it is not known."""
    feed_id, local_id = split_global_id(route) or (FeedId(""), "")
    feed = timetables.feeds.get(feed_id)
    row = None if feed is None else timetables.network.feeds[feed].route_ids.index_of(local_id)
    if feed is None or row is None:
        return None
    return int(timetables.network.route_first[feed]) + row
