"""Ways on foot that enter and leave stations by their entrances, and what they lead along."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from mobilite.geo.domain.distances import distances
from mobilite.geo.domain.walking import WALKING_SPEED
from mobilite.journeys.domain.footpaths import WalkingPath
from mobilite.journeys.domain.journey import POINT
from mobilite.journeys.domain.network import JourneyNetwork
from mobilite.journeys.flows.paced_ways import PacedWays
from mobilite.journeys.flows.stations.station_pathways import NetworkStations
from mobilite.journeys.ports import WalkingWays
from mobilite.pathways.domain.station_paths import StationPath
from mobilite.timetable.domain.timetable import F64, I32

Degrees = tuple[float, float]
"""Latitude and longitude."""


class WalkEnd(NamedTuple):
    """Where a way starts or ends."""

    stop: int
    """A number of the network; negative for a point."""
    place: Degrees | None
    """None if it is not known."""


@dataclass(frozen=True, slots=True)
class StationPart:
    """The part of a way that is inside a station."""

    feed: int
    """The index of the feed in the network."""
    station_path: StationPath
    entrance: int | None = None
    """The row of the entrance where it starts or ends; None between two platforms."""
    inwards: bool = False
    """Whether it starts there."""


@dataclass(frozen=True, slots=True)
class StationWalk:
    """A way on foot, some of it in stations."""

    seconds: int
    path: WalkingPath | None
    """None if the place of an end is not known."""
    parts: tuple[StationPart, ...]


class _Gate(NamedTuple):
    """Where a way is on the streets, after its start or before its end."""

    stop: int
    place: Degrees
    seconds: int
    """To there, inside the station."""


class StationWalking:
    """The ways on foot, or by wheelchair, in a network. Implements `WalkingWays`."""

    def __init__(
        self,
        network: JourneyNetwork,
        streets: WalkingWays,
        stations: NetworkStations,
        speed: float = WALKING_SPEED,
    ) -> None:
        """`streets`: ways to and from the stops of the streets (`street_stops`), at that speed, in
        metres a second."""
        self._network, self._streets, self.stations = network, streets, stations
        self._speed = speed

    def at_speed(self, speed: float) -> "StationWalking":
        """The same ways, walked along streets at that speed, in metres a second."""
        if speed == self._speed:
            return self
        streets = PacedWays(self._streets, speed)
        return StationWalking(self._network, streets, self.stations, speed)

    @property
    def distance(self) -> str:
        """How distances are found, for readers of an answer."""
        return self._streets.distance

    def stops_near(
        self, lat: float, lon: float, budget: int, *, leaving: bool = False
    ) -> list[tuple[int, int, int]]:
        """The stops within `budget` metres along streets: number, seconds and metres of each, the
        seconds with those inside stations. `leaving`: of the ways from the stops to the point."""
        inside = self.stations.inside
        steps = inside.leaving if leaving else inside.entering
        return [
            (stop, seconds + more, metres)
            for near, seconds, metres in self._streets.stops_near(lat, lon, budget)
            for stop, more in steps.of(near)
        ]

    def walks(self, longest: int) -> tuple[I32, I32, I32]:
        """The ways along streets."""
        return self._streets.walks(longest)

    def path(self, start: Degrees, end: Degrees) -> WalkingPath | None:
        """The way along streets between two places; None if there is none."""
        return self._streets.path(start, end)

    def describes(self, *ends: WalkEnd) -> bool:
        """Whether pathways describe a station at one of the ends."""
        return any(each.stop >= 0 and self.stations.inside.station[each.stop] >= 0 for each in ends)

    def is_incomplete(self, stop: int) -> bool:
        """Whether it is a platform of which pathways state no way to an entrance."""
        return stop >= 0 and int(self.stations.inside.incomplete[stop]) >= 0

    def walk(self, start: WalkEnd, end: WalkEnd) -> StationWalk | None:
        """The fastest way between two places, with what is inside stations; None if there is
        none."""
        if start.stop >= 0 and end.stop >= 0:
            station_path = self.stations.station_path(start.stop, end.stop)
            if station_path is not None:
                feed, _ = self.stations.row_of(start.stop)
                path = _straight(start, end, station_path.seconds)
                return StationWalk(station_path.seconds, path, (StationPart(feed, station_path),))
        return self._along_streets(start, end)

    def _along_streets(self, start: WalkEnd, end: WalkEnd) -> StationWalk | None:
        outs = [*self._gates(start, leaving=True)]
        intos = [*self._gates(end, leaving=False)]
        least = _at_least(outs, intos, self._speed)
        best: tuple[int, _Gate, _Gate, WalkingPath] | None = None
        for pair in np.argsort(least, kind="stable").tolist():
            if best is not None and least[pair] >= best[0]:
                break
            out, into = outs[pair // len(intos)], intos[pair % len(intos)]
            path = self._streets.path(out.place, into.place)
            if path is not None:
                seconds = out.seconds + path.seconds + into.seconds
                if best is None or seconds < best[0]:
                    best = seconds, out, into, path
        if best is None:
            return None
        seconds, out, into, path = best
        parts = (*self._part(start, out, leaving=True), *self._part(end, into, leaving=False))
        return StationWalk(seconds, _lengthened(path, start, out, into, end), parts)

    def _gates(self, end: WalkEnd, *, leaving: bool) -> Iterator[_Gate]:
        """Where the streets are met at one end."""
        if end.place is None:
            return
        inside = self.stations.inside
        if end.stop < 0:
            yield _Gate(POINT, end.place, 0)
            return
        steps = inside.leaving if leaving else inside.entering
        for stop, seconds in steps.leading_to(end.stop):
            lat, lon = (
                float(each[stop]) for each in (self._network.stop_lat, self._network.stop_lon)
            )
            if lat == lat and lon == lon:  # NaN is not equal to itself
                yield _Gate(stop, end.place if stop == end.stop else (lat, lon), seconds)

    def _part(self, end: WalkEnd, gate: _Gate, *, leaving: bool) -> Iterator[StationPart]:
        if gate.stop in (POINT, end.stop):
            return
        ends = (end.stop, gate.stop) if leaving else (gate.stop, end.stop)
        station_path = self.stations.station_path(*ends)
        if station_path is not None:
            feed, row = self.stations.row_of(gate.stop)
            yield StationPart(feed, station_path, row, inwards=not leaving)


def _straight(start: WalkEnd, end: WalkEnd, seconds: int) -> WalkingPath | None:
    """The straight line inside a station."""
    if start.place is None or end.place is None:
        return None
    return WalkingPath(0, seconds, (_lon_lat(start.place), _lon_lat(end.place)))


def _at_least(outs: Sequence[_Gate], intos: Sequence[_Gate], speed: float) -> F64:
    """The seconds that no way undercuts, of each pair of gates: the first with all others, the
    next with all others…"""
    one, other = (np.array([each.place for each in gates]) for gates in (outs, intos))
    if not len(one) or not len(other):
        return np.empty(0)
    ends = (*np.repeat(one, len(other), axis=0).T, *np.tile(other, (len(one), 1)).T)
    inside = [out.seconds + into.seconds for out in outs for into in intos]
    least: F64 = distances(*ends) / speed + np.array(inside)
    return least


def _lengthened(
    path: WalkingPath, start: WalkEnd, out: _Gate, into: _Gate, end: WalkEnd
) -> WalkingPath:
    """The path along streets, drawn to the platforms at its ends."""
    first = () if start.place in (None, out.place) else (_lon_lat(start.place),)
    last = () if end.place in (None, into.place) else (_lon_lat(end.place),)
    return WalkingPath(
        path.metres, path.seconds, (*first, *path.shape, *last), on_streets=path.on_streets
    )


def _lon_lat(place: Degrees) -> Degrees:
    return place[1], place[0]
