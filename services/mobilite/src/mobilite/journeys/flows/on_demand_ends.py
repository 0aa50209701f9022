"""Where demand-responsive rides start and end: at the places of a query, and for the stops with a
timetable that are out of reach of these on foot.

People walk to a stop where they are picked up, and from one where they are dropped off; in a zone
they do not.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from typing import Final, NamedTuple

import numpy as np

from mobilite.geo.domain.distances import distances
from mobilite.geo.domain.walking import DETOUR
from mobilite.gtfs.domain.service_date import ServiceDate
from mobilite.journeys.domain.filters import stops_without_wheelchairs
from mobilite.journeys.domain.journey import POINT
from mobilite.journeys.flows.journey_query import Wishes, walking_of
from mobilite.journeys.flows.places import Place
from mobilite.journeys.flows.planning_state import PlanningState
from mobilite.journeys.flows.stations.station_walking import StationWalking
from mobilite.on_demand.domain.rides import OfferedRide
from mobilite.on_demand.domain.trips import Area, OnDemandTrips
from mobilite.on_demand.domain.zones import Zone
from mobilite.timetable.domain.timetable import F64, I64, Bool

MOST_STOPS: Final = 1_000
"""Stops with a timetable that a ride leads to, those nearest to the place."""
MOST_GROUP_STOPS: Final = 600
"""Stops of location groups around which a query searches for stops with a timetable."""
MOST_PATHS: Final = 100
"""Stops of a feed to which a query searches ways on foot from a place, those nearest to it."""

LONGEST_WAIT: Final = 14
"""Days after that of a query in which the next ride on demand is searched for."""
MOST_RIDES: Final = 100
"""Rides of a feed and a day among which it is."""


class BookableRide(NamedTuple):
    """A ride on demand that can still be booked."""

    ride: OfferedRide
    first: int
    """Its first pick-up, POSIX seconds."""


class PlaceService(NamedTuple):
    """The rides on demand that serve a place."""

    that_day: bool
    """Whether some run on the day of the query."""
    next: BookableRide | None
    """The first one of a later day; None within `LONGEST_WAIT` days."""


class RideEnd(NamedTuple):
    """Where people get in or out, and their way on foot between there and a place or a stop."""

    stop: int
    """→ stops of the network; `POINT`: at the place itself."""
    point: tuple[float, float]
    seconds: int = 0
    metres: int = 0
    beyond: int = POINT
    """The stop at the other end of the way on foot; `POINT`: the place."""


class RideEnds(NamedTuple):
    """The same for stops with a timetable, as columns. `beyond` can be repeated."""

    stop: I64
    lat: F64
    lon: F64
    seconds: I64
    metres: I64
    beyond: I64

    def end(self, row: int) -> RideEnd:
        """One of them."""
        stop, lat, lon, seconds, metres, beyond = (column[row].item() for column in self)
        return RideEnd(stop, (lat, lon), seconds, metres, beyond)


class OnDemandEnds:
    """The ends of the rides of one query, as one traveller walks. Each is found once."""

    def __init__(self, planning: PlanningState, walking: StationWalking, wishes: Wishes) -> None:
        """`walking`: at the speed of the traveller."""
        self._max_walk, self._walking = wishes.max_walk, walking
        self._network, self._trips = planning.timetables.network, planning.timetables.on_demand
        self._closed = frozenset[int]()
        if wishes.wheelchair:
            self._closed = frozenset(stops_without_wheelchairs(self._network).tolist())
        self._group_stops = MOST_GROUP_STOPS
        self._at_places: dict[tuple[int, Place], dict[Area, RideEnd]] = {}
        self._at_stops: dict[tuple[int, Area, Place, bool], RideEnds] = {}

    def at_place(self, feed: int, place: Place) -> Mapping[Area, RideEnd]:
        """Where the trips of a feed pick people up from a place, or drop them off for it, by the
        areas in which they do."""
        key = feed, place
        if key not in self._at_places:
            found = {} if place.point is None else self._find_at_place(feed, place, place.point)
            self._at_places[key] = found
        return self._at_places[key]

    def _find_at_place(
        self, feed: int, place: Place, point: tuple[float, float]
    ) -> dict[Area, RideEnd]:
        found, areas = dict[Area, RideEnd](), self._trips.feeds[feed].areas
        first = int(self._network.stop_first[feed])
        stops = {first + row for area in areas if not isinstance(area, Zone) for row in area}
        walks = {each.stop: each for each in self._walks(point, sorted(stops))}
        for area in areas:
            if isinstance(area, Zone):
                if area.contains(*point):
                    found[area] = RideEnd(POINT, point)
                continue
            known = [first + row for row in area if self._is_usable(first + row)]
            there = [RideEnd(each, self._point(each)) for each in known if each in place.stops]
            near = there[:1] or [walks[each] for each in known if each in walks]
            if near:
                found[area] = min(near, key=lambda end: end.seconds)
        return found

    def _walks(self, point: tuple[float, float], stops: list[int]) -> Iterator[RideEnd]:
        """The ways on foot from a point to stops, or from them to it."""
        lat, lon = self._network.stop_lat[stops], self._network.stop_lon[stops]
        straight = distances(*point, lat, lon)
        # No street is shorter than the straight line. NaN is not near.
        near = np.flatnonzero(straight <= self._max_walk)
        near = near[np.argsort(straight[near], kind="stable")[:MOST_PATHS]]
        for row in near.tolist():
            there = self._point(stops[row])
            path = self._walking.path(point, there)
            if path is not None and path.metres <= self._max_walk:
                yield RideEnd(stops[row], there, path.seconds, path.metres)

    def at_stops(self, feed: int, area: Area, place: Place, *, leaving: bool) -> RideEnds:
        """Where a trip picks people up, or drops them off, for the stops of the network that a
        place is not within reach of on foot. `leaving`: people come from these."""
        key = feed, area, place, leaving
        if key not in self._at_stops:
            self._at_stops[key] = self._find_ends(feed, area, place, leaving=leaving)
        return self._at_stops[key]

    def _find_ends(self, feed: int, area: Area, place: Place, *, leaving: bool) -> RideEnds:
        if isinstance(area, Zone):
            beyond = self._trips.stops_in(area).astype(np.int64)
            stop, seconds, metres = beyond, np.zeros_like(beyond), np.zeros_like(beyond)
        else:
            stops = area[: self._group_stops]
            self._group_stops -= len(stops)
            first = int(self._network.stop_first[feed])
            rows = [way for row in stops for way in self._around(first + row, leaving=leaving)]
            stop, seconds, metres, beyond = np.array(rows, np.int64).reshape(-1, 4).T
        assert place.point is not None
        lat, lon = self._network.stop_lat, self._network.stop_lon
        apart = distances(*place.point, lat[beyond], lon[beyond]) * DETOUR
        far = apart > self._max_walk
        far &= ~np.isin(beyond, np.fromiter(place.stops, np.int64))
        chosen = np.flatnonzero(far)
        if len(chosen) > MOST_STOPS:
            chosen = np.sort(chosen[np.argsort(apart[chosen], kind="stable")[:MOST_STOPS]])
        stop, seconds, metres, beyond = (each[chosen] for each in (stop, seconds, metres, beyond))
        return RideEnds(stop, lat[stop], lon[stop], seconds, metres, beyond)

    def _around(self, stop: int, *, leaving: bool) -> Iterator[tuple[int, int, int, int]]:
        """The stops with a timetable that people walk to from a stop; `leaving`: or come from. The
        stop, seconds, metres, and the other stop."""
        if not self._is_usable(stop):
            return
        if stop in self._trips.served:
            yield stop, 0, 0, stop
        near_stops = self._walking.stops_near(*self._point(stop), self._max_walk, leaving=leaving)
        for near, seconds, metres in near_stops:
            if near != stop:
                yield stop, seconds, metres, near

    def _is_usable(self, stop: int) -> bool:
        """Whether a stop is somewhere, and open to the traveller."""
        return stop not in self._closed and not np.isnan(self._network.stop_lat[stop])

    def _point(self, stop: int) -> tuple[float, float]:
        return float(self._network.stop_lat[stop]), float(self._network.stop_lon[stop])


def find_service(
    planning: PlanningState, wishes: Wishes, place: Place, at: int, *, leaving: bool, now: int
) -> PlaceService | None:
    """The rides on demand that pick a traveller up at a place, or drop them off there unless
    `leaving`; None if none do on any day. `at`, `now`: POSIX seconds."""
    timetables = planning.timetables
    ends = OnDemandEnds(planning, walking_of(timetables, wishes).anywhere, wishes)
    day, that_day = timetables.date_of(at), False
    serving = list[tuple[OnDemandTrips, Bool]]()
    for feed, trips in timetables.on_demand.feeds.items():
        areas = trips.pick_up_areas if leaving else trips.drop_off_areas
        there = ends.at_place(feed, place)
        serves = np.array([area in there for area in trips.areas], np.bool_)[areas]
        if np.any(serves):
            serving.append((trips, serves))
            running = trips.timetable.services_on(ServiceDate(day))[trips.services]
            that_day = that_day or bool(np.any(serves & running))
    if not serving:
        return None
    later = (ServiceDate(day + timedelta(days=days)) for days in range(1, LONGEST_WAIT + 1))
    rides = (ride for each in later for ride in _bookable_rides(serving, each, now))
    return PlaceService(that_day, min(next(rides, ()), key=lambda each: each.first, default=None))


def _bookable_rides(
    serving: Iterable[tuple[OnDemandTrips, Bool]], day: ServiceDate, now: int
) -> Iterator[tuple[BookableRide, ...]]:
    """Those of a service date, if there are any."""
    found = list[BookableRide]()
    for trips, serves in serving:
        running = serves & trips.timetable.services_on(day)[trips.services]
        for row in np.flatnonzero(running)[:MOST_RIDES].tolist():
            ride = OfferedRide(trips, trips.rides[row].trip, day, *trips.rides[row][1:])
            times = ride.pick_ups(np.zeros(1, np.int64), now=now)
            if times is not None and times[0][0] <= times[1][0]:
                found.append(BookableRide(ride, int(times[0][0])))
    if found:
        yield tuple(found)
